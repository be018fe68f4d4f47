//! What kind of disk it is that data lie on, somebody has chosen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ClaimRef, Str, VolumeClaims, is_dns_subdomain};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("storage_class.md")]
pub(crate) struct StorageClass;

/// Which classes there are to choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StorageClassParams {
    /// The classes that claims may have; any where there is none.
    #[schemars(length(max = 100), inner(length(min = 1, max = 253)))]
    pub allowed: Vec<String>,
}

impl Params for StorageClassParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("allowed", &self.allowed, None, |name| {
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_dns_subdomain(name)).then(|| format!("`{shown}` is no name of a StorageClass"))
        })
    }
}

impl Rule for StorageClass {
    type On = VolumeClaims;
    type Params = StorageClassParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("storage-class"),
        group: Text::Borrowed("storage"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every volume claim names a class of storage that is allowed."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("storage_class.md")),
    };

    fn check(
        claim: ClaimRef<'_>,
        params: &StorageClassParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        found.visit(1 + params.allowed.len())?;
        let class = claim.spec.and_then(|spec| spec.storage_class_name.as_ref());
        let name = class.map_or("", Str::as_str);
        let is_allowed = || params.allowed.is_empty() || params.allowed.iter().any(|n| n == name);
        if !name.is_empty() && is_allowed() {
            return Ok(());
        }
        let message = match name {
            "" => format!("{claim} names no class of storage"),
            _ => format!("{claim} has a class of storage that is not allowed: {}", Quoted(name)),
        };
        let at = claim.at().key("storageClassName");
        let remedy = match params.allowed.as_slice() {
            [only] => Remedy::set(at.clone(), only.as_str()),
            [] => Remedy::Advice(format!("set {at}; `kubectl get storageclass` lists them")),
            some => {
                let some = clipped(&some.join(", "), QUOTE_LIMIT).into_owned();
                Remedy::Advice(format!("set {at} to one of these: {some}"))
            }
        };
        let of = claim.name();
        let fact = || Evidence::new([Fact::new(Reach::object(), [of, name])]);
        found.add(Finding::new(at, message, remedy), fact)
    }
}
