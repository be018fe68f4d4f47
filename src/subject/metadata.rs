//! What is read of every object: its metadata.

use serde::Deserialize;

use super::borrowed::{Map, Secretive, Str};

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
}
