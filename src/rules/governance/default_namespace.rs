//! The namespace `default` is where things land that nobody has put anywhere.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ObjectMeta, Objects, Scope};

#[doc = include_str!("default_namespace.md")]
pub(crate) struct DefaultNamespace;

/// The namespace that `kubectl` takes where none is named.
const DEFAULT: &str = "default";

impl Rule for DefaultNamespace {
    type On = Objects;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("default-namespace"),
        group: Text::Borrowed("governance"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Nothing runs in the namespace `default`."),
        rows: &[],
        standards: &[Standard::NsaCisa("Namespaces"), Standard::Cis("5.7.4")],
        page: Text::Borrowed(include_str!("default_namespace.md")),
    };

    fn applies(_: &ObjectMeta<'_>, _: &NoParams, cx: &Context<'_>) -> bool {
        // The address of the API server, which it writes itself.
        let is_api_server = cx.kind.is("", "Service") && cx.name == "kubernetes";
        cx.kind.scope != Scope::Cluster && cx.namespace.is_some() && !is_api_server
    }

    fn check(
        _: &ObjectMeta<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if cx.namespace != Some(DEFAULT) {
            return Ok(());
        }
        let at = FieldPath::root().keys(&["metadata", "namespace"]);
        let message = format!("the {} is in the namespace `default`", cx.kind.kind);
        let remedy = Remedy::Advice(format!("name a namespace of its own at {at}"));
        let fact = || Fact::new(Reach::object(), [DEFAULT]);
        found.add(Finding::new(at, message, remedy), || Evidence::new([fact()]))
    }
}
