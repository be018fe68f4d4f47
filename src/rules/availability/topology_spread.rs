//! Replicas on one node are gone with it, however many they are.

use crate::inventory::Neighbour;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{self, Kind, Mapping, Pod, PodAffinityTerm, Replicated};

#[doc = include_str!("topology_spread.md")]
pub(crate) struct TopologySpread;

impl Rule for TopologySpread {
    type On = Replicated;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("topology-spread"),
        group: Text::Borrowed("availability"),
        severity: Severity::Low,
        checklist: Text::Borrowed("The replicas of a workload are spread over nodes or zones."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("topology_spread.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Autoscaler];

    fn check(
        replicas: subject::Replicas<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(pod) = replicas.pod else { return Ok(()) };
        let count = replicas.count.unwrap_or(1);
        if count < 1 || is_spread(pod, found)? {
            return Ok(());
        }
        let at = pod.at(&["topologySpreadConstraints"]);
        let advice = format!(
            "add to {at} one with topologyKey kubernetes.io/hostname, or topology.kubernetes.io/zone, \
             and the labels of the pods as its labelSelector"
        );
        let message = "nothing keeps the replicas from running on one node";
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        let evidence = || Evidence::new([Fact::new(Reach::object(), ["not spread"])]);
        if count > 1 {
            return found.add(finding, evidence);
        }
        // Whoever leaves the number to an autoscaler writes none, which the API server makes one.
        let Kind { group, kind, .. } = cx.kind;
        match cx.neighbours.is_scaled(group, kind, cx.namespace, cx.name) {
            Ok(true) => found.add(finding.only_warns(), evidence),
            // Two on one node are no worse than one.
            Ok(false) => found.add(finding.for_comparison(), evidence),
            Err(unseen) => {
                // To go from one to two is no worse where there may have been more all along.
                found.add(finding.for_comparison(), evidence)?;
                Err(unseen.into())
            }
        }
    }
}

/// Whether something spreads the pods, over whatever places.
fn is_spread(pod: &Pod<'_, '_>, found: &mut Findings<'_>) -> Result<bool, crate::rules::Halt> {
    let constraints = &pod.spec.topology_spread_constraints;
    found.visit(constraints.len())?;
    if constraints.iter().any(|one| one.topology_key.is_some()) {
        return Ok(true);
    }
    let affinity = pod.spec.affinity.as_deref();
    let Some(away) = affinity.and_then(|affinity| affinity.pod_anti_affinity.as_deref()) else {
        return Ok(false);
    };
    found.visit(away.required.len() + away.preferred.len())?;
    let is_place = |term: &Mapping<PodAffinityTerm<'_>>| term.topology_key.is_some();
    Ok(away.required.iter().any(is_place)
        || away.preferred.iter().any(|one| one.pod_affinity_term.as_ref().is_some_and(is_place)))
}
