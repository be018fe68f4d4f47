//! Replicas on one node are gone with it, however many they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::Neighbour;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Halt, Params, Reach, Remedy,
    Rule, RuleDescription, Severity, Text,
};
use crate::subject::{self, Kind, Pod, Replicated, is_label_key};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("topology_spread.md")]
pub(crate) struct TopologySpread;

/// Over what replicas are spread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TopologySpreadParams {
    /// The labels of nodes over whose values they are, each of them; over those of any where the list
    /// is empty.
    #[schemars(length(max = 10), inner(length(min = 1, max = 317)))]
    pub keys: Vec<String>,
}

impl Params for TopologySpreadParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("keys", &self.keys, None, |key| {
            let shown = clipped(key, QUOTE_LIMIT);
            let help = "is no label of a node, such as `topology.kubernetes.io/zone`";
            (!is_label_key(key)).then(|| format!("`{shown}` {help}"))
        })
    }
}

impl Rule for TopologySpread {
    type On = Replicated;
    type Params = TopologySpreadParams;
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
        params: &TopologySpreadParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(pod) = replicas.pod else { return Ok(()) };
        let count = replicas.count.unwrap_or(1);
        if count < 1 {
            return Ok(());
        }
        let Some(lacking) = lacking(pod, &params.keys, found)? else { return Ok(()) };
        let at = pod.at(&["topologySpreadConstraints"]);
        let (message, key) = match lacking {
            Lacking::Everything => (
                "nothing keeps the replicas from running on one node".to_owned(),
                "kubernetes.io/hostname, or topology.kubernetes.io/zone,",
            ),
            Lacking::Key(key) => (format!("nothing spreads the replicas over {key}"), key),
        };
        let advice = format!(
            "add to {at} one with topologyKey {key} and the labels of the pods as its labelSelector"
        );
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        let what = match lacking {
            Lacking::Everything => "not spread",
            Lacking::Key(key) => key,
        };
        let evidence = || Evidence::new([Fact::new(Reach::object(), [what])]);
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

/// What the pods are not spread over.
#[derive(Clone, Copy)]
enum Lacking<'k> {
    Everything,
    Key(&'k str),
}

/// The first of the keys over which nothing spreads the pods; of no keys, whether nothing does at all.
fn lacking<'k>(
    pod: &Pod<'_, '_>,
    keys: &'k [String],
    found: &mut Findings<'_>,
) -> Result<Option<Lacking<'k>>, Halt> {
    let constraints = &pod.spec.topology_spread_constraints;
    let away = pod.spec.affinity.as_deref().and_then(|a| a.pod_anti_affinity.as_deref());
    let terms = away.map_or(0, |away| away.required.len() + away.preferred.len());
    found.visit((constraints.len() + terms) * (1 + keys.len()))?;
    let preferred = away.into_iter().flat_map(|away| &away.preferred);
    let preferred = preferred.filter_map(|one| one.pod_affinity_term.as_deref());
    let required = away.into_iter().flat_map(|away| &away.required).map(|term| &**term);
    let affinity = required.chain(preferred).filter_map(|term| term.topology_key.as_deref());
    let spread = constraints.iter().filter_map(|one| one.topology_key.as_deref());
    let mut places = spread.chain(affinity);
    if keys.is_empty() {
        return Ok(places.next().is_none().then_some(Lacking::Everything));
    }
    let places: Vec<&str> = places.filter(|place| keys.iter().any(|key| key == place)).collect();
    let is_lacking = |key: &&String| !places.contains(&key.as_str());
    Ok(keys.iter().find(is_lacking).map(|key| Lacking::Key(key)))
}
