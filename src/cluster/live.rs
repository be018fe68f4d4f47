//! An object of the cluster that neighbours are known from, trimmed while it is read: for watches and
//! for lists alike.

use std::borrow::Cow;

use kube::api::ObjectMeta;
use kube::core::{ApiResource, DynamicResourceScope};
use kube::{Client, Resource};
use serde::{Deserialize, Deserializer};

use super::{Asked, ask};
use crate::inventory::{Identity, MapData, Neighbour, NeighbourKind, Owner, OwnerKind, Trimmed};

/// An object of a [`NeighbourKind`]; whatever is in it can be read, so that none stops another.
#[derive(Debug, Clone)]
pub struct Live {
    metadata: ObjectMeta,
    /// What is read of it.
    pub trimmed: Trimmed,
}

impl<'de> Deserialize<'de> for Live {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let trimmed = Trimmed::deserialize(input)?;
        Ok(Self { metadata: metadata(trimmed.identity()), trimmed })
    }
}

/// An object that controllers make others from.
#[derive(Debug, Clone)]
pub struct LiveOwner {
    metadata: ObjectMeta,
    /// What is read of it.
    pub owner: Owner,
}

impl<'de> Deserialize<'de> for LiveOwner {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let owner = Owner::deserialize(input)?;
        Ok(Self { metadata: metadata(owner.identity()), owner })
    }
}

/// A `ConfigMap` of which values are read.
#[derive(Debug, Clone)]
pub struct LiveValues {
    metadata: ObjectMeta,
    /// What is read of it.
    pub data: MapData,
}

impl<'de> Deserialize<'de> for LiveValues {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let data = MapData::deserialize(input)?;
        Ok(Self { metadata: metadata(data.identity()), data })
    }
}

fn metadata(identity: &Identity) -> ObjectMeta {
    let Identity { name, namespace, resource_version, uid, .. } = identity.clone();
    ObjectMeta { name, namespace, resource_version, uid, ..ObjectMeta::default() }
}

/// Objects whose kind is known at run time.
macro_rules! resource {
    ($of:ident) => {
        impl Resource for $of {
            type DynamicType = ApiResource;
            type Scope = DynamicResourceScope;

            fn kind(of: &ApiResource) -> Cow<'_, str> {
                of.kind.as_str().into()
            }
            fn group(of: &ApiResource) -> Cow<'_, str> {
                of.group.as_str().into()
            }
            fn version(of: &ApiResource) -> Cow<'_, str> {
                of.version.as_str().into()
            }
            fn plural(of: &ApiResource) -> Cow<'_, str> {
                of.plural.as_str().into()
            }
            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }
            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }
        }
    };
}

resource!(Live);
resource!(LiveOwner);
resource!(LiveValues);

/// A kind of object that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// Its API group.
    pub group: &'static str,
    /// Its name in manifests.
    pub kind: &'static str,
    /// Its name in URLs.
    pub plural: &'static str,
    /// What it is called in metrics and in the log.
    pub label: &'static str,
    /// The version in which every API server has it; none where the API server is to be asked.
    pub version: Option<&'static str>,
    /// What its objects tell of.
    pub fills: Neighbour,
}

impl From<&NeighbourKind> for Followed {
    fn from(kind: &NeighbourKind) -> Self {
        let &NeighbourKind { group, kind, plural, version, fills, .. } = kind;
        // Those that are owners as well are followed once for each.
        let label = match (fills, plural) {
            (Neighbour::Workload, "deployments") => "deployment-replicas",
            (Neighbour::Workload, "statefulsets") => "statefulset-replicas",
            (Neighbour::OtherWorkload, "daemonsets") => "daemonset-pods",
            (Neighbour::OtherWorkload, "replicasets") => "replicaset-pods",
            (Neighbour::OtherWorkload, "replicationcontrollers") => "replicationcontroller-pods",
            (Neighbour::OtherWorkload, "jobs") => "job-pods",
            (Neighbour::Backup, "cronjobs") => "cronjob-pods",
            (Neighbour::Backup, "schedules") if group == "velero.io" => "velero-schedules",
            (Neighbour::Backup, "schedules") => "k8up-schedules",
            _ => plural,
        };
        Self { group, kind, plural, label, version, fills }
    }
}

impl Followed {
    /// `ConfigMaps`, for their values.
    pub(super) const VALUES: Self = Self {
        group: "",
        kind: "ConfigMap",
        plural: "configmaps",
        label: "configmap-values",
        version: Some("v1"),
        fills: Neighbour::ConfigMapValue,
    };
}

impl From<&OwnerKind> for Followed {
    fn from(kind: &OwnerKind) -> Self {
        let &OwnerKind { group, kind, plural, .. } = kind;
        Self { group, kind, plural, label: plural, version: Some("v1"), fills: Neighbour::Owner }
    }
}

/// How the API server is asked for objects of a kind; none where it has no such kind.
///
/// # Errors
/// Where it does not say.
pub async fn served(client: &Client, kind: Followed) -> Asked<Option<ApiResource>> {
    let in_version = |version: &str| {
        let api_version = match kind.group {
            "" => version.to_owned(),
            group => format!("{group}/{version}"),
        };
        let (group, version) = (kind.group.to_owned(), version.to_owned());
        let (kind, plural) = (kind.kind.to_owned(), kind.plural.to_owned());
        ApiResource { group, version, api_version, kind, plural }
    };
    if let Some(version) = kind.version {
        return Ok(Some(in_version(version)));
    }
    let all = ask(client.list_api_groups()).await?;
    let Some(group) = all.groups.into_iter().find(|group| group.name == kind.group) else {
        return Ok(None);
    };
    // What the API server prefers is first among them.
    for version in group.preferred_version.into_iter().chain(group.versions) {
        let resources = ask(client.list_api_group_resources(&version.group_version)).await?;
        if resources.resources.iter().any(|resource| resource.name == kind.plural) {
            return Ok(Some(in_version(&version.version)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kube::ResourceExt;
    use kube::api::{ObjectList, WatchEvent};

    use super::*;

    const SECRET: &str = r#"{"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "db", "namespace": "shop", "uid": "u", "resourceVersion": "7",
                     "annotations": {"note": "hunter2"}, "labels": {"note": "hunter2"}},
        "data": {"password": "hunter2"}}"#;

    #[test]
    fn of_a_secret_in_a_list_or_an_event_no_value_comes_through() {
        let event = format!(r#"{{"type": "ADDED", "object": {SECRET}}}"#);
        let list = format!(
            r#"{{"kind": "SecretList", "apiVersion": "v1", "metadata": {{}}, "items": [{SECRET}]}}"#
        );
        let Ok(WatchEvent::Added(one)) = serde_json::from_str::<WatchEvent<Live>>(&event) else {
            panic!("no event")
        };
        let list: ObjectList<Live> = serde_json::from_str(&list).expect("a list");
        for object in list.items.iter().chain([&one]) {
            let told = (object.name_any(), object.namespace(), object.resource_version());
            assert_eq!(told, ("db".to_owned(), Some("shop".to_owned()), Some("7".to_owned())));
            assert_eq!(object.uid().as_deref(), Some("u"));
            let shown = format!("{object:?}");
            assert!(shown.contains("password") && !shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn an_object_that_cannot_be_read_stops_no_other_in_its_list() {
        let items = format!(r#"[7, null, {{"metadata": 7}}, {{"data": [1]}}, {SECRET}]"#);
        let list = format!(r#"{{"metadata": {{"resourceVersion": "9"}}, "items": {items}}}"#);
        let list: ObjectList<Live> = serde_json::from_str(&list).expect("a list");
        assert_eq!(list.items.iter().filter(|object| object.meta().name.is_some()).count(), 1);
    }

    /// Or one would be taken for the other, and stopped or not followed.
    #[test]
    fn no_two_kinds_that_are_followed_are_called_the_same() {
        let neighbours = NeighbourKind::all().map(Followed::from);
        let owners = OwnerKind::all().map(Followed::from);
        let all: Vec<&str> =
            neighbours.chain(owners).chain([Followed::VALUES]).map(|kind| kind.label).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}
