//! The kinds of object that neighbours are known from, and what is read of each: one table for
//! manifests and for what runs alike.

use super::backups::Backup;
use super::fields::TargetRef;
use super::keys::Keys;
use super::monitors::Monitor;
use super::neighbour::Neighbour;
use super::ports::Served;
use super::selecting::Selecting;
use super::told::{ScaleTarget, Told};
use super::trimmed::Trimmed;

/// A kind of object that neighbours are known from. All of them are in namespaces.
#[derive(Debug)]
pub struct NeighbourKind {
    /// Its API group.
    pub group: &'static str,
    /// Its name in manifests.
    pub kind: &'static str,
    /// Its name in URLs and in metrics.
    pub plural: &'static str,
    /// The version in which every API server has it; none where the API server is to be asked,
    /// which may well not have it.
    pub version: Option<&'static str>,
    /// The neighbours that it tells of.
    pub fills: Neighbour,
    /// Others that it tells of besides.
    also: Option<Neighbour>,
    tells: fn(&Trimmed, &mut Tell<'_>),
}

type Tell<'t> = dyn FnMut(&str, Told) + 't;

impl PartialEq for NeighbourKind {
    fn eq(&self, other: &Self) -> bool {
        (self.group, self.plural) == (other.group, other.plural)
    }
}

impl Eq for NeighbourKind {}

/// Besides `Secret` and `ConfigMap` those that make a Secret later: `ExternalSecret`
/// (external-secrets.io), `SealedSecret` (bitnami.com), `Certificate` (cert-manager.io),
/// `SecretProviderClass` (secrets-store.csi.x-k8s.io) and those of Vault's operator
/// (secrets.hashicorp.com); what decides about replicas; what selects pods; Services and Ingresses; what
/// runs pods, and by which account; what takes metrics and raises alerts; and what backs up volumes.
static KINDS: [NeighbourKind; 32] = [
    NeighbourKind {
        version: Some("v1"),
        ..of(Neighbour::Secret, "", "Secret", "secrets", |object, tell| {
            let keys = object.keys();
            // A controller fills a Secret that holds nothing yet, such as a token's.
            let keys = if keys.is_empty() { Keys::Unknown } else { Keys::Known(keys) };
            tell(own_name(object), Told::Keys(keys));
        })
    },
    NeighbourKind {
        version: Some("v1"),
        ..of(Neighbour::ConfigMap, "", "ConfigMap", "configmaps", |object, tell| {
            tell(own_name(object), Told::Keys(Keys::Known(object.keys())));
        })
    },
    of(
        Neighbour::Secret,
        "external-secrets.io",
        "ExternalSecret",
        "externalsecrets",
        |object, tell| {
            tell(object.target().unwrap_or(own_name(object)), Told::Keys(Keys::Unknown));
        },
    ),
    of(Neighbour::Secret, "bitnami.com", "SealedSecret", "sealedsecrets", |object, tell| {
        tell(object.template().unwrap_or(own_name(object)), Told::Keys(Keys::Unknown));
    }),
    of(Neighbour::Secret, "cert-manager.io", "Certificate", "certificates", |object, tell| {
        made(object.secret_name(), tell);
    }),
    of(
        Neighbour::Secret,
        "secrets-store.csi.x-k8s.io",
        "SecretProviderClass",
        "secretproviderclasses",
        |object, tell| made(object.secret_objects(), tell),
    ),
    of_vault("VaultStaticSecret", "vaultstaticsecrets"),
    of_vault("VaultDynamicSecret", "vaultdynamicsecrets"),
    of_vault("VaultPKISecret", "vaultpkisecrets"),
    of_vault("HCPVaultSecretsApp", "hcpvaultsecretsapps"),
    NeighbourKind {
        version: Some("v2"),
        ..of(
            Neighbour::Autoscaler,
            "autoscaling",
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            |object, tell| scales(object.scale_target(), ["", ""], tell),
        )
    },
    of(Neighbour::Autoscaler, "keda.sh", "ScaledObject", "scaledobjects", |object, tell| {
        scales(object.scale_target(), ["apps/v1", "Deployment"], tell);
    }),
    NeighbourKind {
        version: Some("v1"),
        ..of(
            Neighbour::NetworkPolicy,
            "networking.k8s.io",
            "NetworkPolicy",
            "networkpolicies",
            |object, tell| selects(object, Some(object.restricted()), tell),
        )
    },
    of(
        Neighbour::NetworkPolicy,
        "cilium.io",
        "CiliumNetworkPolicy",
        "ciliumnetworkpolicies",
        |object, tell| selects(object, object.restricted_by_cilium(), tell),
    ),
    NeighbourKind {
        version: Some("v1"),
        ..of(
            Neighbour::DisruptionBudget,
            "policy",
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            |object, tell| selects(object, object.budgeted(), tell),
        )
    },
    NeighbourKind {
        version: Some("v1"),
        ..of(Neighbour::Service, "", "Service", "services", |object, tell| {
            tell(own_name(object), Told::Serves(Box::new(Served::of(object))));
        })
    },
    NeighbourKind {
        version: Some("v1"),
        ..of(Neighbour::Ingress, "networking.k8s.io", "Ingress", "ingresses", |object, tell| {
            object.hosts().for_each(|host| tell(host, Told::Name));
        })
    },
    of_workload("Deployment", "deployments", |object, tell| runs(object, "Deployment", tell)),
    of_workload("StatefulSet", "statefulsets", |object, tell| runs(object, "StatefulSet", tell)),
    of_other("apps", "DaemonSet", "daemonsets", |object, tell| runs(object, "DaemonSet", tell)),
    of_other("apps", "ReplicaSet", "replicasets", |object, tell| {
        if !object.is_made_by(&["Deployment"]) {
            runs(object, "ReplicaSet", tell);
        }
    }),
    of_other("", "ReplicationController", "replicationcontrollers", |object, tell| {
        runs(object, "ReplicationController", tell);
    }),
    of_other("batch", "Job", "jobs", |object, tell| {
        if !object.is_made_by(&["CronJob"]) {
            runs(object, "Job", tell);
        }
    }),
    NeighbourKind {
        version: Some("v1"),
        ..of(Neighbour::Pod, "", "Pod", "pods", |object, tell| {
            if !object.is_made_by(&POD_MAKERS) {
                tell(own_name(object), Told::Runs(Box::new(object.itself_running())));
            }
        })
    },
    NeighbourKind {
        version: Some("v1"),
        ..of(Neighbour::ServiceAccount, "", "ServiceAccount", "serviceaccounts", |object, tell| {
            tell(own_name(object), Told::Name);
        })
    },
    of_prometheus(Neighbour::Monitor, "ServiceMonitor", "servicemonitors", |object, tell| {
        tell(own_name(object), Told::Monitors(Box::new(Monitor::of(object, false))));
    }),
    of_prometheus(Neighbour::Monitor, "PodMonitor", "podmonitors", |object, tell| {
        tell(own_name(object), Told::Monitors(Box::new(Monitor::of(object, true))));
    }),
    of_prometheus(Neighbour::Alert, "PrometheusRule", "prometheusrules", |object, tell| {
        if object.alerts() {
            tell(own_name(object), Told::Alerts);
        }
    }),
    NeighbourKind {
        version: Some("v1"),
        also: Some(Neighbour::OtherWorkload),
        ..of(Neighbour::Backup, "batch", "CronJob", "cronjobs", |object, tell| {
            backs_up(object, Backup::of_cron_job(object), tell);
            runs(object, "CronJob", tell);
        })
    },
    of(Neighbour::Backup, "velero.io", "Schedule", "schedules", |object, tell| {
        backs_up(object, Backup::of_velero(object), tell);
    }),
    of(Neighbour::Backup, "k8up.io", "Schedule", "schedules", |object, tell| {
        backs_up(object, Backup::of_namespace(), tell);
    }),
    of(
        Neighbour::Backup,
        "snapscheduler.backube",
        "SnapshotSchedule",
        "snapshotschedules",
        |object, tell| backs_up(object, Backup::of_claims(object), tell),
    ),
];

/// What makes Pods of which it tells itself.
const POD_MAKERS: [&str; 5] =
    ["ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"];

const fn of(
    fills: Neighbour,
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    tells: fn(&Trimmed, &mut Tell<'_>),
) -> NeighbourKind {
    NeighbourKind { group, kind, plural, version: None, fills, also: None, tells }
}

const fn of_workload(
    kind: &'static str,
    plural: &'static str,
    tells: fn(&Trimmed, &mut Tell<'_>),
) -> NeighbourKind {
    NeighbourKind { version: Some("v1"), ..of(Neighbour::Workload, "apps", kind, plural, tells) }
}

const fn of_other(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    tells: fn(&Trimmed, &mut Tell<'_>),
) -> NeighbourKind {
    NeighbourKind {
        version: Some("v1"),
        ..of(Neighbour::OtherWorkload, group, kind, plural, tells)
    }
}

const fn of_prometheus(
    fills: Neighbour,
    kind: &'static str,
    plural: &'static str,
    tells: fn(&Trimmed, &mut Tell<'_>),
) -> NeighbourKind {
    of(fills, "monitoring.coreos.com", kind, plural, tells)
}

const fn of_vault(kind: &'static str, plural: &'static str) -> NeighbourKind {
    of(Neighbour::Secret, "secrets.hashicorp.com", kind, plural, |object, tell| {
        made(object.destination(), tell);
    })
}

fn selects(object: &Trimmed, selecting: Option<Selecting>, tell: &mut Tell<'_>) {
    if let Some(selecting) = selecting {
        tell(own_name(object), Told::Selects(Box::new(selecting)));
    }
}

fn runs(object: &Trimmed, kind: &'static str, tell: &mut Tell<'_>) {
    tell(own_name(object), Told::Runs(Box::new(object.running(kind))));
}

fn backs_up(object: &Trimmed, backup: Backup, tell: &mut Tell<'_>) {
    tell(own_name(object), Told::BacksUp(Box::new(backup)));
}

fn own_name(object: &Trimmed) -> &str {
    object.identity().name.as_deref().unwrap_or_default()
}

/// Secrets of these names that a controller makes from an object, with keys that it does not tell.
fn made<'n>(names: impl IntoIterator<Item = &'n str>, tell: &mut Tell<'_>) {
    names.into_iter().for_each(|name| tell(name, Told::Keys(Keys::Unknown)));
}

/// `defaults` are the version and the kind of the target where they are left out.
fn scales(target: &TargetRef, defaults: [&str; 2], tell: &mut Tell<'_>) {
    let Some(name) = target.name.as_deref() else { return };
    let [version, kind] = defaults;
    let version = target.api_version.as_deref().unwrap_or(version);
    let group = version.split_once('/').map_or("", |(group, _)| group).into();
    let kind = target.kind.as_deref().unwrap_or(kind).into();
    tell(name, Told::Scales(ScaleTarget { group, kind }));
}

impl NeighbourKind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        KINDS.iter()
    }

    /// The kind of this group and name in manifests.
    pub fn find(group: &str, kind: &str) -> Option<&'static Self> {
        KINDS.iter().find(|known| (known.group, known.kind) == (group, kind))
    }

    /// Whether it tells of such neighbours.
    pub fn tells_of(&self, neighbour: Neighbour) -> bool {
        self.fills == neighbour || self.also == Some(neighbour)
    }

    /// What an object of this kind tells, by name.
    pub(super) fn told_by(&self, object: &Trimmed) -> Vec<(String, Told)> {
        let mut told = Vec::new();
        (self.tells)(object, &mut |name, what| told.push((name.to_owned(), what)));
        told
    }
}
