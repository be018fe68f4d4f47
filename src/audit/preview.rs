//! What policies would refuse, before they are in force.

use jiff::Timestamp;

use super::outcome::Audit;
use crate::policy::{BoundPolicy, Making, Operation, Requester, Snapshot};
use crate::rules::{Armed, Mode};
use crate::subject::built_in_kind;
use crate::text::clipped;

/// An audit of what runs as if it were made today, and how it bears on what is made tomorrow.
#[derive(Debug)]
pub struct Preview {
    /// What was found.
    pub audit: Audit,
    /// The mode that rules were given which set none, where it is not that of their policies.
    pub mode: Option<Mode>,
    /// Policies that refuse what Kubernetes' own controllers make, too.
    pub judging_controllers: Vec<String>,
}

/// Somebody who makes objects, of whom nothing is known.
pub const SOMEBODY: Requester<'static> =
    Requester { user: None, groups: &[], operation: Operation::Create, making: Making::No };

/// The accounts of Kubernetes' own controllers that make Pods.
const CONTROLLERS: [&str; 5] = [
    "system:serviceaccount:kube-system:daemon-set-controller",
    "system:serviceaccount:kube-system:job-controller",
    "system:serviceaccount:kube-system:replicaset-controller",
    "system:serviceaccount:kube-system:replication-controller",
    "system:serviceaccount:kube-system:statefulset-controller",
];

/// The groups that they are in.
const GROUPS: [&str; 3] =
    ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];

/// The longest list of rules in a note, in characters.
const NOTE_LIMIT: usize = 300;

impl Preview {
    /// What an audit under `snapshot` means for what is made from now on.
    pub fn of(mut audit: Audit, snapshot: &Snapshot, mode: Option<Mode>) -> Self {
        let now = audit.time;
        let policies = snapshot.policies().iter();
        let judging = policies.clone().filter(|policy| judges_controllers(policy, now));
        let judging_controllers = judging.map(|policy| policy.name.to_string()).collect();
        if mode.is_some() {
            audit.notes.extend(policies.filter_map(|policy| of_their_own(policy, now)));
        }
        Self { audit, mode, judging_controllers }
    }
}

/// Whether a policy refuses Pods also where Kubernetes' own controllers make them, whatever they make
/// them from.
fn judges_controllers(policy: &BoundPolicy, now: Timestamp) -> bool {
    let Some(pod) = built_in_kind("", "Pod") else { return false };
    let refuses = |rule: &dyn Armed| rule.mode(policy.mode, now) == Mode::Deny && rule.covers(pod);
    let judges = |user| {
        let making = Making::unseen(Some(user), pod);
        policy.judges(&Requester { groups: &GROUPS, making, ..Requester::named(user) }, pod)
    };
    policy.rules.iter().any(|rule| refuses(&**rule)) && CONTROLLERS.into_iter().any(judges)
}

/// The rules of a policy that another mode of the policy leaves as they are.
fn of_their_own(policy: &BoundPolicy, now: Timestamp) -> Option<String> {
    let is_own = |rule: &&std::sync::Arc<dyn Armed>| {
        let mode = rule.mode(Mode::Deny, now);
        mode == rule.mode(Mode::Audit, now) && mode != policy.mode
    };
    let own: Vec<String> =
        policy.rules.iter().filter(is_own).map(|rule| rule.rule().id.to_string()).collect();
    (!own.is_empty()).then(|| {
        let rules = own.join(", ");
        let rules = clipped(&rules, NOTE_LIMIT);
        format!("policy `{}`: of a mode of their own, as they were: {rules}", policy.name)
    })
}
