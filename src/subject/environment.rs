//! The view of a container's environment: its variables, and what they are taken from.

use serde::Deserialize;

use super::borrowed::{Secretive, Str};
use super::mapping::{Boxed, Mapping};

/// `EnvVar`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct EnvVar<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub value: Option<Secretive<'a>>,
    #[serde(borrow)]
    pub value_from: Option<Boxed<EnvVarSource<'a>>>,
}

/// `EnvVarSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct EnvVarSource<'a> {
    #[serde(borrow)]
    pub field_ref: Option<Mapping<ObjectFieldSelector<'a>>>,
    #[serde(borrow)]
    pub config_map_key_ref: Option<Mapping<KeySelector<'a>>>,
    #[serde(borrow)]
    pub secret_key_ref: Option<Mapping<KeySelector<'a>>>,
}

/// `ObjectFieldSelector`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectFieldSelector<'a> {
    /// The field of the pod, such as `metadata.name`.
    #[serde(borrow)]
    pub field_path: Option<Str<'a>>,
}

/// `SecretKeySelector` and `ConfigMapKeySelector`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct KeySelector<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub key: Option<Str<'a>>,
    pub optional: Option<bool>,
}

/// `EnvFromSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct EnvFromSource<'a> {
    #[serde(borrow)]
    pub prefix: Option<Box<Str<'a>>>,
    #[serde(borrow)]
    pub config_map_ref: Option<Boxed<ObjectReference<'a>>>,
    #[serde(borrow)]
    pub secret_ref: Option<Boxed<ObjectReference<'a>>>,
}

/// `SecretEnvSource` and `ConfigMapEnvSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ObjectReference<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    pub optional: Option<bool>,
}
