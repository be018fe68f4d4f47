//! What is written in a version of yesterday is refused by the cluster of tomorrow.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::Versions;
use crate::text::Quoted;

#[doc = include_str!("deprecated_api.md")]
pub(crate) struct DeprecatedApi;

/// A version of a group that is served no more.
struct Gone {
    version: &'static str,
    /// The kinds for which this holds; all of the group where none is named.
    kinds: &'static [&'static str],
    /// The Kubernetes that was the first without it.
    since: &'static str,
    /// What took its place.
    instead: &'static str,
    /// What is different there, where not only the version is.
    differs: Option<&'static str>,
}

const fn gone(version: &'static str, since: &'static str, instead: &'static str) -> Gone {
    Gone { version, kinds: &[], since, instead, differs: None }
}

impl Gone {
    const fn of(self, kinds: &'static [&'static str]) -> Self {
        Self { kinds, ..self }
    }

    const fn but(self, differs: &'static str) -> Self {
        Self { differs: Some(differs), ..self }
    }
}

const RBAC: &str = "rbac.authorization.k8s.io/v1";
const NETWORKING: &str = "networking.k8s.io/v1";

/// What is served no more of the groups of which some kind is reviewed, or will be
/// (`kubernetes.io/docs/reference/using-api/deprecation-guide`).
static GONE: [Gone; 11] = [
    gone("apps/v1beta1", "1.16", "apps/v1").but("spec.selector is required"),
    gone("apps/v1beta2", "1.16", "apps/v1"),
    gone("batch/v2alpha1", "1.21", "batch/v1"),
    gone("batch/v1beta1", "1.25", "batch/v1"),
    gone("rbac.authorization.k8s.io/v1alpha1", "1.22", RBAC)
        .but("a subject has an apiGroup in place of an apiVersion"),
    gone("rbac.authorization.k8s.io/v1beta1", "1.22", RBAC),
    gone("networking.k8s.io/v1beta1", "1.22", NETWORKING)
        .of(&["Ingress"])
        .but("every path has a pathType, and backends have another form"),
    gone("networking.k8s.io/v1beta1", "1.22", NETWORKING).of(&["IngressClass"]),
    gone("policy/v1beta1", "1.25", "policy/v1").of(&["PodDisruptionBudget"]),
    gone("autoscaling/v2beta1", "1.25", "autoscaling/v2").but("metrics have another form"),
    gone("autoscaling/v2beta2", "1.26", "autoscaling/v2"),
];

impl Rule for DeprecatedApi {
    type On = Versions;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("deprecated-api"),
        group: Text::Borrowed("api"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every manifest is written in a version that is still served."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("deprecated_api.md")),
    };

    fn check(version: &str, _: &NoParams, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
        found.visit(GONE.len())?;
        let is_of = |gone: &Gone| gone.kinds.is_empty() || gone.kinds.contains(&&*cx.kind.kind);
        let Some(gone) = GONE.iter().find(|gone| gone.version == version && is_of(gone)) else {
            return Ok(());
        };
        let at = FieldPath::root().key("apiVersion");
        let message = format!(
            "the {} is written in {}, which Kubernetes {} has removed",
            cx.kind.kind,
            Quoted(version),
            gone.since
        );
        let remedy = match gone.differs {
            None => Remedy::set(at.clone(), gone.instead),
            Some(differs) => {
                Remedy::Advice(format!("write it in {}, where {differs}", gone.instead))
            }
        };
        let fact = || Fact::new(Reach::object(), [version]);
        found.add(Finding::new(at, message, remedy), || Evidence::new([fact()]))
    }
}
