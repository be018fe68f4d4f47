//! The kinds of neighbour, whether anybody looks at them, and that nothing is known of one.

use std::fmt;

use jiff::Timestamp;

/// A kind of neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Neighbour {
    /// Secrets, and what makes them.
    Secret,
    /// `ConfigMaps`.
    ConfigMap,
    /// What decides about the number of replicas: `HorizontalPodAutoscaler`, `ScaledObject`.
    Autoscaler,
    /// What restricts the network of pods: `NetworkPolicy`, `CiliumNetworkPolicy`.
    NetworkPolicy,
    /// How many pods may be away: `PodDisruptionBudget`.
    DisruptionBudget,
    /// Services.
    Service,
    /// The hosts of Ingresses.
    Ingress,
    /// What runs a number of pods: Deployments and `StatefulSets`.
    Workload,
    /// What runs pods beside these: `DaemonSets`, Jobs, `CronJobs`, and what nothing of Kubernetes' own made of
    /// `ReplicaSets` and `ReplicationControllers`.
    OtherWorkload,
    /// Pods that none of these made.
    Pod,
    /// `ServiceAccounts`.
    ServiceAccount,
    /// What takes metrics: `ServiceMonitor`, `PodMonitor`.
    Monitor,
    /// What raises alerts: `PrometheusRule`.
    Alert,
    /// What backs up volumes, or may: schedules, `CronJobs`.
    Backup,
    /// What controllers make Pods from.
    Owner,
    /// The values of `ConfigMaps`.
    ConfigMapValue,
    /// The values of Secrets, of which only manifests tell.
    SecretValue,
}

impl Neighbour {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Secret,
        Self::ConfigMap,
        Self::Autoscaler,
        Self::NetworkPolicy,
        Self::DisruptionBudget,
        Self::Service,
        Self::Ingress,
        Self::Workload,
        Self::OtherWorkload,
        Self::Pod,
        Self::ServiceAccount,
        Self::Monitor,
        Self::Alert,
        Self::Backup,
        Self::Owner,
        Self::ConfigMapValue,
        Self::SecretValue,
    ];

    /// Several of them, in words.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Secret => "Secrets",
            Self::ConfigMap => "ConfigMaps",
            Self::Autoscaler => "HorizontalPodAutoscalers and ScaledObjects",
            Self::NetworkPolicy => "NetworkPolicies",
            Self::DisruptionBudget => "PodDisruptionBudgets",
            Self::Service => "Services",
            Self::Ingress => "Ingresses",
            Self::Workload => "Deployments and StatefulSets",
            Self::OtherWorkload => "DaemonSets, Jobs and other workloads",
            Self::Pod => "Pods",
            Self::ServiceAccount => "ServiceAccounts",
            Self::Monitor => "ServiceMonitors and PodMonitors",
            Self::Alert => "PrometheusRules",
            Self::Backup => "CronJobs and schedules of backups",
            Self::Owner => "the owners of Pods",
            Self::ConfigMapValue => "the values of ConfigMaps",
            Self::SecretValue => "the values of Secrets",
        }
    }
}

/// Whether anybody looks at the objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sight {
    /// Nobody does.
    #[default]
    NotLookedAt,
    /// All of them are known.
    Known,
    /// They were known until this moment.
    StaleSince(Timestamp),
}

impl Sight {
    /// Of both together: no more is known than of either.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotLookedAt, _) | (_, Self::NotLookedAt) => Self::NotLookedAt,
            (Self::Known, sight) | (sight, Self::Known) => sight,
            (Self::StaleSince(one), Self::StaleSince(other)) => Self::StaleSince(one.min(other)),
        }
    }
}

/// Neighbours of a kind of which nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unseen {
    /// The kind.
    pub kind: Neighbour,
    /// Until when they were known; none where nobody ever looked.
    pub since: Option<Timestamp>,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.plural();
        match self.since {
            None => write!(f, "{kind} were not looked at"),
            Some(moment) => write!(f, "what is known of {kind} is stale since {moment}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_kinds_together_no_more_is_known_than_of_each() {
        let (early, late) = (Timestamp::MIN, Timestamp::UNIX_EPOCH);
        let stale = Sight::StaleSince;
        for (a, b, both) in [
            (Sight::Known, Sight::Known, Sight::Known),
            (Sight::Known, stale(late), stale(late)),
            (stale(late), stale(early), stale(early)),
            (stale(early), Sight::NotLookedAt, Sight::NotLookedAt),
            (Sight::Known, Sight::NotLookedAt, Sight::NotLookedAt),
        ] {
            assert_eq!((a.and(b), b.and(a)), (both, both));
        }
    }
}
