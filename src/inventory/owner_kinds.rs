//! The kinds of object that Kubernetes' own controllers make pods from, and where in each that stands.

/// A kind of object that a controller of Kubernetes makes others from.
#[derive(Debug, PartialEq, Eq)]
pub struct OwnerKind {
    /// Its API group; the version is `v1` in every API server.
    pub group: &'static str,
    /// Its name in manifests.
    pub kind: &'static str,
    /// Its name in URLs and in metrics.
    pub plural: &'static str,
    /// The kind of what is made from it.
    pub makes: &'static str,
    /// The account of the controller that does.
    pub(super) account: &'static str,
}

/// The user who makes everything, where the controllers have no accounts of their own
/// (`--use-service-account-credentials=false`).
const ALL_CONTROLLERS: &str = "system:kube-controller-manager";

/// What the names of their accounts begin with.
const ACCOUNTS: &str = "system:serviceaccount:kube-system:";

/// Owners before what they make; the revisions of a `StatefulSet` are what it makes its older Pods
/// from.
static KINDS: [OwnerKind; 8] = [
    of("apps", "Deployment", "deployments", "ReplicaSet", "deployment-controller"),
    of("apps", "ReplicaSet", "replicasets", "Pod", "replicaset-controller"),
    of("apps", "StatefulSet", "statefulsets", "Pod", "statefulset-controller"),
    of("apps", "ControllerRevision", "controllerrevisions", "Pod", "statefulset-controller"),
    of("apps", "DaemonSet", "daemonsets", "Pod", "daemon-set-controller"),
    of("batch", "CronJob", "cronjobs", "Job", "cronjob-controller"),
    of("batch", "Job", "jobs", "Pod", "job-controller"),
    of("", "ReplicationController", "replicationcontrollers", "Pod", "replication-controller"),
];

const fn of(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    makes: &'static str,
    account: &'static str,
) -> OwnerKind {
    OwnerKind { group, kind, plural, makes, account }
}

impl OwnerKind {
    /// The kind of the revisions of a `StatefulSet`.
    pub(super) const REVISION: &'static str = "ControllerRevision";

    /// All of them.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        KINDS.iter()
    }

    /// The kind of this group and name in manifests; a revision owns nothing.
    pub fn find(group: &str, kind: &str) -> Option<&'static Self> {
        let is_it = |known: &&Self| (known.group, known.kind) == (group, kind);
        KINDS.iter().filter(|known| known.kind != Self::REVISION).find(is_it)
    }

    /// The kinds that people write of which controllers make objects of this kind.
    pub fn makers_of(group: &str, kind: &str) -> impl Iterator<Item = &'static Self> {
        let made_in = move |of: &Self| if of.makes == "Pod" { "" } else { of.group };
        let is_one = move |of: &&Self| of.makes == kind && made_in(of) == group;
        KINDS.iter().filter(|of| of.kind != Self::REVISION).filter(is_one)
    }

    /// Whether this user makes what is made from it.
    pub fn is_made_by(&self, user: &str) -> bool {
        user == ALL_CONTROLLERS || user.strip_prefix(ACCOUNTS) == Some(self.account)
    }
}

/// Whether this is the user of a controller that makes pods, or what pods are made from.
pub fn is_controller(user: &str) -> bool {
    user.starts_with("system:") && KINDS.iter().any(|kind| kind.is_made_by(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_is_told_by_its_whole_name_and_makes_what_is_its_own_to_make() {
        let deployment = OwnerKind::find("apps", "Deployment").expect("one");
        let account = |name: &str| format!("system:serviceaccount:kube-system:{name}");
        assert!(deployment.is_made_by(&account("deployment-controller")));
        assert!(deployment.is_made_by(ALL_CONTROLLERS));
        assert!(!deployment.is_made_by(&account("replicaset-controller")));
        for other in ["deployment-controller", "system:serviceaccount:shop:deployment-controller"] {
            assert!(!deployment.is_made_by(other) && !is_controller(other), "{other}");
        }
        for other in ["", "system:masters", "system:kube-controller-manager2"] {
            assert!(!is_controller(other), "{other}");
        }
        assert!(!is_controller(&account("deployment-controller-2")));
        assert!(OwnerKind::all().all(|kind| is_controller(&account(kind.account))));
        assert_eq!(OwnerKind::find("apps", "ControllerRevision"), None);
        assert_eq!(OwnerKind::find("extensions", "Deployment"), None);
    }
}
