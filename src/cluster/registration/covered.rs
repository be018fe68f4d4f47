//! What the API server sends here, as it is registered.

use std::collections::BTreeMap;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;

use super::configuration::NAME;
use crate::subject::Kind;

/// The resources that the API server sends, and whether it waits for the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covered(BTreeMap<(String, String), bool>);

impl Covered {
    /// Those of a configuration; nothing where there is none.
    pub(super) fn of(live: Option<&ValidatingWebhookConfiguration>) -> Self {
        let mut all = BTreeMap::new();
        for entry in live.into_iter().flat_map(|live| live.webhooks.iter().flatten()) {
            let refuses = entry.name == NAME;
            for rule in entry.rules.iter().flatten() {
                for group in rule.api_groups.iter().flatten() {
                    for resource in rule.resources.iter().flatten() {
                        let known = all.entry((group.clone(), resource.clone())).or_insert(false);
                        *known |= refuses;
                    }
                }
            }
        }
        Self(all)
    }

    /// Whether objects of a kind are sent; where a rule `may_deny` them, as what may be refused.
    pub fn sends(&self, kind: &Kind, may_deny: bool) -> bool {
        let found = self.0.get(&(kind.group.to_string(), kind.resource.to_string()));
        found.is_some_and(|refuses| *refuses || !may_deny)
    }
}
