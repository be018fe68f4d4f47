//! A namespace without a Pod Security level takes any pod.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Namespaces, ObjectMeta, Str};
use crate::text::Quoted;

#[doc = include_str!("namespace_pod_security.md")]
pub(crate) struct NamespacePodSecurity;

/// The label by which the API server refuses pods.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// A Pod Security level that a namespace can enforce.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Enforced {
    /// Refuses what is known to be dangerous.
    Baseline,
    /// Demands what is known to be safe.
    Restricted,
}

impl Enforced {
    fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// What a namespace must enforce.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NamespacePodSecurityParams {
    /// The level that it must enforce at least: `baseline` or `restricted`.
    pub level: Enforced,
}

impl Default for NamespacePodSecurityParams {
    fn default() -> Self {
        Self { level: Enforced::Baseline }
    }
}

impl Params for NamespacePodSecurityParams {}

impl Rule for NamespacePodSecurity {
    type On = Namespaces;
    type Params = NamespacePodSecurityParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("namespace-pod-security"),
        group: Text::Borrowed("governance"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every namespace enforces a Pod Security level."),
        rows: &["M26"],
        standards: &[Standard::NsaCisa("Pod security enforcement"), Standard::Cis("5.2.1")],
        page: Text::Borrowed(include_str!("namespace_pod_security.md")),
    };
    const READS_LABELS: bool = true;

    fn check(
        metadata: &ObjectMeta<'_>,
        params: &NamespacePodSecurityParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let label = metadata.labels.get(ENFORCE).map(Str::as_str);
        // How much it lets in: more is harder.
        let (fault, openness) = match label {
            Some("restricted") => return Ok(()),
            Some("baseline") if params.level == Enforced::Baseline => return Ok(()),
            Some("baseline") => ("enforces no more than the level \"baseline\"".to_owned(), 1_u8),
            Some("privileged") => ("lets in any pod: it enforces \"privileged\"".to_owned(), 2),
            Some(other) => (format!("enforces {}, which is no level", Quoted(other)), 2),
            None => ("enforces no Pod Security level".to_owned(), 2),
        };
        let at = FieldPath::root().keys(&["metadata", "labels"]).key(ENFORCE);
        let remedy = Remedy::set(at.clone(), params.level.as_str());
        let fact = || Fact::new(Reach::object(), [ENFORCE]).degree(openness);
        let finding = Finding::new(at, format!("the namespace {fault}"), remedy);
        found.add(finding, || Evidence::new([fact()]))
    }
}
