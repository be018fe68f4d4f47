//! A pod that no network policy selects talks to everybody, and everybody to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::{Neighbour, Selecting};
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("network_policy.md")]
pub(crate) struct NetworkPolicy;

/// Which directions are restricted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NetworkPolicyParams {
    /// Whether what goes out has to be restricted as well as what comes in.
    pub egress: bool,
}

impl Params for NetworkPolicyParams {}

impl Rule for NetworkPolicy {
    type On = Pods;
    type Params = NetworkPolicyParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("network-policy"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every pod is selected by a network policy."),
        rows: &["M29", "M46"],
        standards: &[
            Standard::NsaCisa("Network separation and hardening"),
            Standard::Cis("5.3.2"),
            Standard::Cwe(923),
        ],
        page: Text::Borrowed(include_str!("network_policy.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::NetworkPolicy];

    fn applies(pod: &Pod<'_, '_>, _: &NetworkPolicyParams, _: &Context<'_>) -> bool {
        // What shares the node's network is beyond all policies.
        pod.spec.host_network != Some(true)
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &NetworkPolicyParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let (mut ingress, mut egress) = (false, !params.egress);
        for policy in cx.neighbours.selecting(Neighbour::NetworkPolicy, cx.namespace)? {
            found.visit(1)?;
            if policy.selects(|key| pod.label(key)) {
                let Selecting { ingress: inward, egress: outward, .. } = *policy;
                ingress |= inward;
                egress |= outward;
            }
        }
        for (is_restricted, direction, what) in
            [(ingress, "ingress", "what comes in"), (egress, "egress", "what goes out")]
        {
            if is_restricted {
                continue;
            }
            let at = pod.labels_at();
            let message = format!(
                "no NetworkPolicy selects the pod for {direction}: {what} is not restricted"
            );
            let advice = format!(
                "add a NetworkPolicy for {direction} whose podSelector fits the labels at {at}, or one with \
                 podSelector {{}} for the whole namespace"
            );
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            let finding = if cx.is_write { finding.only_warns() } else { finding };
            found.add(finding, || Evidence::new([Fact::new(Reach::pod(pod), [direction])]))?;
        }
        Ok(())
    }
}
