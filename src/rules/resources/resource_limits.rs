//! Limits: what a container may use at most.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded::bounded;
use super::{
    Amounts, LIMITS, ResourceParams, article, missing, problems_of_amounts, problems_of_resources,
};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRole, Pod, Pods, is_container_resource};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("resource_limits.md")]
pub(crate) struct ResourceLimits;

/// Which limits a container must have, and which it may not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ResourceLimitsParams {
    /// The resources that are limited, such as `cpu`, `memory` and `ephemeral-storage`.
    #[schemars(length(max = 50), inner(length(min = 1, max = 317)))]
    pub resources: Vec<String>,
    /// Those that are not, such as `cpu` where nothing is to be throttled.
    #[schemars(length(max = 50), inner(length(min = 1, max = 317)))]
    pub forbidden: Vec<String>,
    /// The least that a limit is, such as `{memory: 64Mi}`; none by default.
    pub min: Amounts,
    /// The most, such as `{cpu: "4", memory: 8Gi}`; any by default.
    pub max: Amounts,
}

impl Default for ResourceLimitsParams {
    fn default() -> Self {
        let ResourceParams { resources, min, max } = ResourceParams::default();
        Self { resources, forbidden: Vec::new(), min, max }
    }
}

impl Params for ResourceLimitsParams {
    fn problems(&self) -> Vec<BadValue> {
        let Self { resources, forbidden, min, max } = self;
        // None need be named where some are forbidden or bounded.
        let asks_otherwise = !(forbidden.is_empty() && min.is_empty() && max.is_empty());
        let mut wrong = match resources.as_slice() {
            [] if asks_otherwise => Vec::new(),
            resources => problems_of_resources(resources),
        };
        wrong.extend(BadValue::in_list("forbidden", forbidden, None, |name| {
            let shown = clipped(name, QUOTE_LIMIT);
            if resources.iter().any(|wanted| wanted == name) {
                return Some(format!("`{shown}` is asked for in `resources`"));
            }
            let reason = format!("`{shown}` is no resource of a container");
            (!is_container_resource(name)).then_some(reason)
        }));
        wrong.extend(problems_of_amounts(min, max));
        wrong
    }
}

impl Rule for ResourceLimits {
    type On = Pods;
    type Params = ResourceLimitsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("resource-limits"),
        group: Text::Borrowed("resources"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every container has resource limits."),
        rows: &["M25"],
        standards: &[Standard::NsaCisa("Resource policies"), Standard::Cwe(770)],
        page: Text::Borrowed(include_str!("resource_limits.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &ResourceLimitsParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        missing(pod, &params.resources, LIMITS, found)?;
        bounded(pod, [&params.min, &params.max], LIMITS, found)?;
        unwanted(pod, &params.forbidden, found)
    }
}

/// Limits of what is not to be limited, of the pod or of a container.
fn unwanted(pod: &Pod<'_, '_>, forbidden: &[String], found: &mut Findings<'_>) -> Checked {
    if forbidden.is_empty() {
        return Ok(());
    }
    for resource in forbidden {
        found.visit(1)?;
        let is_set =
            pod.spec.resources.as_deref().is_some_and(|r| r.limits.get(resource).is_some());
        if is_set {
            let at = pod.at(&["resources", LIMITS.key]).key(resource.clone());
            let message = format!("the pod has {} {resource} limit", article(resource));
            let evidence = || Evidence::new([Fact::new(Reach::pod(pod), ["limited", resource])]);
            found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
        }
    }
    for c in pod.containers().filter(|c| c.role != ContainerRole::Ephemeral) {
        let own = c.spec.resources.as_deref();
        for resource in forbidden {
            found.visit(1)?;
            if own.is_none_or(|r| r.limits.get(resource).is_none()) {
                continue;
            }
            let at = c.at(&["resources", LIMITS.key]).key(resource.clone());
            let message = format!("{c} has {} {resource} limit", article(resource));
            let evidence = || Evidence::of(&c, ["limited", resource]);
            found.add(Finding::of(&c, at.clone(), message, Remedy::remove(at)), evidence)?;
        }
    }
    Ok(())
}
