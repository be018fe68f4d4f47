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
    #[serde(borrow)]
    pub owner_references: List<Mapping<OwnerReference<'a>>>,
}

/// `OwnerReference`, which buys no exemption: whoever writes an object writes it as well.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference<'a> {
    /// The version of the owner's kind.
    #[serde(borrow)]
    pub api_version: Option<Str<'a>>,
    /// The owner's kind.
    #[serde(borrow)]
    pub kind: Option<Str<'a>>,
    /// Whether it looks after the object.
    pub controller: Option<bool>,
}
