//! What a controller makes pods from is written by that controller alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text, Undetermined,
};
use crate::subject::{self, ControllerRevisions};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("controller_revision.md")]
pub(crate) struct ControllerRevision;

/// Who may write what controllers make pods from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ControllerRevisionParams {
    /// The users who may, by their whole names.
    #[schemars(length(min = 1, max = 200), inner(length(min = 1, max = 400)))]
    pub writers: Vec<String>,
}

impl Default for ControllerRevisionParams {
    fn default() -> Self {
        let writers = [
            "system:kube-controller-manager",
            "system:serviceaccount:kube-system:daemon-set-controller",
            "system:serviceaccount:kube-system:statefulset-controller",
        ];
        Self { writers: writers.map(str::to_owned).to_vec() }
    }
}

impl Params for ControllerRevisionParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("writers", &self.writers, Some("names no writer"), |name| {
            let is_name = !name.is_empty() && !name.contains('*') && name.trim() == name;
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_name).then(|| format!("`{shown}` is no user; one is written with its whole name"))
        })
    }
}

impl Rule for ControllerRevision {
    type On = ControllerRevisions;
    type Params = ControllerRevisionParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("controller-revision"),
        group: Text::Borrowed("governance"),
        severity: Severity::Critical,
        checklist: Text::Borrowed(
            "Stored revisions of workloads are written by their controllers.",
        ),
        rows: &["R17", "M30"],
        standards: &[Standard::Cwe(345)],
        page: Text::Borrowed(include_str!("controller_revision.md")),
    };

    fn applies(
        revision: &subject::ControllerRevision<'_>,
        _: &ControllerRevisionParams,
        _: &Context<'_>,
    ) -> bool {
        revision.data.is_some()
    }

    fn check(
        revision: &subject::ControllerRevision<'_>,
        params: &ControllerRevisionParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(user) = cx.requester else { return Err(Undetermined::Requester.into()) };
        found.visit(params.writers.len())?;
        if params.writers.iter().any(|writer| writer == user) {
            return Ok(());
        }
        let data = revision.data.as_ref().map_or("", |data| data.as_str());
        let message =
            format!("{} is no controller, and writes what pods are made from", Quoted(user));
        let advice = "change the workload itself; its controller keeps its revisions";
        let finding =
            Finding::new(FieldPath::root().key("data"), message, Remedy::Advice(advice.to_owned()));
        found.add(finding.of_write(), || Evidence::new([Fact::new(Reach::object(), [data])]))
    }
}
