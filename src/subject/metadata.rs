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
    #[serde(borrow)]
    pub owner_references: List<Mapping<OwnerReference<'a>>>,
}

/// `OwnerReference`, which buys no exemption: whoever writes an object writes it as well.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct OwnerReference<'a> {
    #[serde(borrow)]
    pub api_version: Option<Str<'a>>,
    #[serde(borrow)]
    pub kind: Option<Str<'a>>,
    pub controller: Option<bool>,
}
