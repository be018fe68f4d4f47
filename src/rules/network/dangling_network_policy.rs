//! A network policy is about pods that somebody runs.

use super::behind::{RUNNING, is_added};
use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{LabelSelector, NetworkPolicies, NetworkPolicy};

#[doc = include_str!("dangling_network_policy.md")]
pub(crate) struct DanglingNetworkPolicy;

impl Rule for DanglingNetworkPolicy {
    type On = NetworkPolicies;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("dangling-network-policy"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every network policy is about pods that somebody runs."),
        rows: &[],
        standards: &[Standard::Cis("5.3.2")],
        page: Text::Borrowed(include_str!("dangling_network_policy.md")),
    };
    const NEEDS: &'static [Neighbour] = &RUNNING;

    fn applies(policy: &NetworkPolicy<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        selector(policy).is_some()
    }

    fn check(
        policy: &NetworkPolicy<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(selector) = selector(policy) else { return Ok(()) };
        let elements = selector.elements();
        for running in cx.neighbours.all_running(cx.namespace)? {
            found.visit(1 + elements)?;
            if selector.selects(|key| running.label(key)) {
                return Ok(());
            }
        }
        let at = FieldPath::root().keys(&["spec", "podSelector"]);
        let message = "nothing here runs pods that the policy selects, so it protects nobody";
        let advice =
            format!("set {at} as the pod template of a workload has it, or delete the policy");
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["selects nothing"])]))
    }
}

/// Which pods it is about; none where it is about all of a namespace.
fn selector<'s>(policy: &'s NetworkPolicy<'_>) -> Option<&'s LabelSelector<'s>> {
    let selector: &LabelSelector<'_> = policy.spec.as_deref()?.pod_selector.as_deref()?;
    let labels = selector.match_labels.iter().map(|(key, _)| key.as_str());
    let asked = selector.match_expressions.iter().filter_map(|asked| asked.key.as_deref());
    // Of those that a controller adds no template tells.
    (selector.elements() > 0 && !labels.chain(asked).any(is_added)).then_some(selector)
}
