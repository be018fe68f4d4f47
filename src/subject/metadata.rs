//! What is read of every object: its metadata.

use serde::Deserialize;

use super::borrowed::{List, Map, Secretive, Str};
use super::mapping::Mapping;

/// The part of `ObjectMeta` that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ObjectMeta<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub generate_name: Option<Str<'a>>,
    #[serde(borrow)]
    pub namespace: Option<Str<'a>>,
    #[serde(borrow)]
    pub labels: Map<'a, Str<'a>>,
    #[serde(borrow)]
    pub annotations: Map<'a, Secretive<'a>>,
    /// What the object says that made it: nothing but text of whoever writes it.
    pub owner_references: List<Mapping<OwnerReference>>,
}

/// The part of `OwnerReference` that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// Whether it looks after the object.
    pub controller: Option<bool>,
}
