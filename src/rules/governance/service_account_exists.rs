//! A pod runs under an account that is there.

use crate::inventory::Neighbour;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("service_account_exists.md")]
pub(crate) struct ServiceAccountExists;

/// The account that a controller makes in every namespace.
const EVERYWHERE: &str = "default";

impl Rule for ServiceAccountExists {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("service-account-exists"),
        group: Text::Borrowed("governance"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every account that pods run under is there."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("service_account_exists.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::ServiceAccount];

    fn applies(pod: &Pod<'_, '_>, _: &NoParams, _: &Context<'_>) -> bool {
        pod.service_account() != EVERYWHERE
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let name = pod.service_account();
        found.spend(2 * name.len())?;
        if cx.neighbours.is_there(Neighbour::ServiceAccount, cx.namespace, name)? {
            return Ok(());
        }
        let at = pod.at(&["serviceAccountName"]);
        let message = format!("there is no ServiceAccount {}", Quoted(name));
        let advice = format!("create it, or name one that is there at {at}");
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || Evidence::new([Fact::new(Reach::pod(pod), [name])]))
    }
}
