//! Which object it is, and which controller made it: what nothing is judged by.

use std::borrow::Cow;

use serde::Deserialize;

use super::borrowed::{List, Str};
use super::mapping::Mapping;

/// Which object it is, and which controller made it.
#[derive(Debug, Default)]
pub struct Identity<'a> {
    /// Its namespace; empty where it is in none.
    pub namespace: Str<'a>,
    /// Its name.
    pub name: Str<'a>,
    /// What tells it from another of the same name before or after.
    pub uid: Str<'a>,
    /// What made it and looks after it.
    pub controller: Option<Controller<'a>>,
}

/// What made an object and looks after it, as the object says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Controller<'a> {
    /// Its API group; empty for the core group.
    pub group: Str<'a>,
    /// Its kind.
    pub kind: Str<'a>,
    /// Its name; its namespace is that of the object, or it is in none.
    pub name: Str<'a>,
    /// Its uid.
    pub uid: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written<'a> {
    #[serde(borrow)]
    metadata: Option<Mapping<Metadata<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata<'a> {
    #[serde(borrow)]
    namespace: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    uid: Option<Str<'a>>,
    #[serde(borrow)]
    owner_references: List<Mapping<Reference<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Reference<'a> {
    #[serde(borrow)]
    api_version: Str<'a>,
    #[serde(borrow)]
    kind: Str<'a>,
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(borrow)]
    uid: Str<'a>,
    controller: Option<bool>,
}

impl<'a> Identity<'a> {
    /// Reads it off the JSON of an object; none where its metadata is of another type than the API's.
    pub fn read(json: &'a [u8]) -> Option<Self> {
        let Ok(written) = serde_json::from_slice::<Mapping<Written<'a>>>(json) else { return None };
        let metadata = written.0.metadata.unwrap_or_default().0;
        let controller = metadata.owner_references.iter().find(|r| r.controller == Some(true));
        Some(Self {
            namespace: metadata.namespace.unwrap_or_default(),
            name: metadata.name.unwrap_or_default(),
            uid: metadata.uid.unwrap_or_default(),
            controller: controller.map(|reference| {
                let Reference { api_version, kind, name, uid, .. } = &reference.0;
                let group = match &api_version.0 {
                    Cow::Borrowed(version) => Str::from(group_of(version)),
                    Cow::Owned(version) => Str(Cow::Owned(group_of(version).to_owned())),
                };
                Controller { group, kind: kind.clone(), name: name.clone(), uid: uid.clone() }
            }),
        })
    }
}

fn group_of(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_owners_the_controller_is_the_one_that_says_so() {
        let json = br#"{"metadata": {"name": "a-1", "namespace": "shop", "uid": "u", "ownerReferences": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "1"},
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "a", "uid": "2", "controller": true}]}}"#;
        let identity = Identity::read(json).expect("readable");
        let controller = identity.controller.expect("one of them");
        let told = [&*controller.group, &*controller.kind, &*controller.name, &*controller.uid];
        assert_eq!(told, ["apps", "ReplicaSet", "a", "2"]);
        assert_eq!([&*identity.namespace, &*identity.name, &*identity.uid], ["shop", "a-1", "u"]);
    }

    #[test]
    fn an_object_that_lacks_it_all_is_nobody_and_one_that_garbles_it_is_not_read() {
        let nobody = Identity::read(br#"{"metadata": null}"#).expect("readable");
        assert!(nobody.name.is_empty() && nobody.controller.is_none());
        assert!(Identity::read(br#"{"metadata": {"name": 7}}"#).is_none());
        assert!(Identity::read(b"[]").is_none());
    }
}
