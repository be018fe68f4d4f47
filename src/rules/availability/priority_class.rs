//! When nodes are full, somebody has to go: who, is better decided before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{Pod, Pods, Str, is_dns_subdomain};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("priority_class.md")]
pub(crate) struct PriorityClass;

/// Which classes there are to choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PriorityClassParams {
    /// The classes that pods may have; any where there is none.
    #[schemars(length(max = 100), inner(length(min = 1, max = 253)))]
    pub allowed: Vec<String>,
}

impl Params for PriorityClassParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("allowed", &self.allowed, None, |name| {
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_dns_subdomain(name)).then(|| format!("`{shown}` is no name of a PriorityClass"))
        })
    }
}

impl Rule for PriorityClass {
    type On = Pods;
    type Params = PriorityClassParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("priority-class"),
        group: Text::Borrowed("availability"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every pod has a priority that somebody chose."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("priority_class.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &PriorityClassParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        found.visit(params.allowed.len())?;
        let name = pod.spec.priority_class_name.as_ref().map_or("", Str::as_str);
        let is_allowed = || params.allowed.is_empty() || params.allowed.iter().any(|n| n == name);
        if !name.is_empty() && is_allowed() {
            return Ok(());
        }
        let message = match name {
            "" => "the pod names no priority class".to_owned(),
            _ => format!("the pod has a priority class that is not allowed: {}", Quoted(name)),
        };
        let at = pod.at(&["priorityClassName"]);
        let remedy = match params.allowed.as_slice() {
            [only] => Remedy::set(at.clone(), only.as_str()),
            [] => Remedy::Advice(format!("set {at}")),
            some => {
                let some = clipped(&some.join(", "), QUOTE_LIMIT).into_owned();
                Remedy::Advice(format!("set {at} to one of these: {some}"))
            }
        };
        let evidence = || Evidence::new([Fact::new(Reach::pod(pod), [name])]);
        found.add(Finding::new(at, message, remedy), evidence)
    }
}
