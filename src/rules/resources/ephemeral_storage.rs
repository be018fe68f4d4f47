//! What a container writes beside its volumes fills the disk of its node, and of all pods on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LIMITS, REQUESTS, amount, problem};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, ContainerRole, InvalidQuantity, Pod, Pods, Quantity};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("ephemeral_storage.md")]
pub(crate) struct EphemeralStorage;

const RESOURCE: &str = "ephemeral-storage";

/// How much a container may write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EphemeralStorageParams {
    /// The highest limit, such as `10Gi`; any where it is empty.
    #[schemars(length(max = 64))]
    pub max: String,
}

impl EphemeralStorageParams {
    fn most(&self) -> Result<Quantity, InvalidQuantity> {
        Quantity::parse(&self.max)
    }
}

impl Params for EphemeralStorageParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_good = self.max.is_empty() || self.most().is_ok_and(Quantity::is_positive);
        let shown = clipped(&self.max, QUOTE_LIMIT);
        let reason = format!("`{shown}` is no quantity above 0, such as `10Gi`");
        let problem = BadValue { parameter: "max", element: None, reason };
        if is_good { Vec::new() } else { vec![problem] }
    }
}

impl Rule for EphemeralStorage {
    type On = Pods;
    type Params = EphemeralStorageParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("ephemeral-storage"),
        group: Text::Borrowed("resources"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every container limits what it writes to its node's disk."),
        rows: &["M25"],
        standards: &[Standard::NsaCisa("Resource policies"), Standard::Cwe(770)],
        page: Text::Borrowed(include_str!("ephemeral_storage.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &EphemeralStorageParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let most = params.most();
        for c in pod.containers().filter(|c| c.role != ContainerRole::Ephemeral) {
            let own = c.spec.resources.as_deref();
            let limit = amount(own, RESOURCE, LIMITS, found)?;
            if let Some(finding) = problem(&c, RESOURCE, limit, LIMITS) {
                found.add(finding, || evidence(&c, "limit", u64::MAX))?;
                continue;
            }
            if let (Some((text, Ok(limit))), Ok(most)) = (limit, most)
                && limit > most
            {
                let finding = above(&c, text, &params.max);
                let times = limit.times(most).unwrap_or(u64::MAX);
                found.add(finding, || evidence(&c, "limit", times))?;
            }
            // Where none is written, the limit is requested.
            let request = amount(own, RESOURCE, REQUESTS, found)?;
            let finding = request.and_then(|_| problem(&c, RESOURCE, request, REQUESTS));
            if let Some(finding) = finding {
                found.add(finding, || evidence(&c, "request", 0))?;
            }
        }
        Ok(())
    }
}

fn above(c: &ContainerRef<'_, '_>, limit: &str, max: &str) -> Finding {
    let at = c.at(&["resources", LIMITS.key]).key(RESOURCE);
    let message = format!("{c} has an {RESOURCE} limit of {}, above {max}", Quoted(limit));
    let remedy = Remedy::Advice(format!("set {at} to {max} at most"));
    Finding::of(c, at, message, remedy)
}

fn evidence(c: &ContainerRef<'_, '_>, what: &str, how_hard: u64) -> Evidence {
    Evidence::new([Fact::new(Reach::one(c), [what]).degree(how_hard)])
}
