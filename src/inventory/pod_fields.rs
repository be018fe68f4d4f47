//! The fields that are read of pods that neighbours are known from, as they stand in them.

use serde::Deserialize;

use super::tolerant::{tolerant, tolerant_structs};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PodSpec {
    #[serde(deserialize_with = "tolerant")]
    pub(super) containers: Vec<Container>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) init_containers: Vec<Container>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) volumes: Vec<Volume>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Container {
    #[serde(deserialize_with = "tolerant")]
    pub(super) ports: Vec<ContainerPort>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) env: Vec<EnvVariable>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) env_from: Vec<Source>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct EnvVariable {
    #[serde(deserialize_with = "tolerant")]
    pub(super) value_from: ValueFrom,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ValueFrom {
    #[serde(deserialize_with = "tolerant")]
    pub(super) config_map_key_ref: Referred,
    #[serde(deserialize_with = "tolerant")]
    pub(super) secret_key_ref: Referred,
}

/// What variables are taken from all at once.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Source {
    #[serde(deserialize_with = "tolerant")]
    pub(super) config_map_ref: Referred,
    #[serde(deserialize_with = "tolerant")]
    pub(super) secret_ref: Referred,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Volume {
    #[serde(deserialize_with = "tolerant")]
    pub(super) config_map: Referred,
    #[serde(deserialize_with = "tolerant")]
    pub(super) secret: Referred,
    #[serde(deserialize_with = "tolerant")]
    pub(super) projected: Projected,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Projected {
    #[serde(deserialize_with = "tolerant")]
    pub(super) sources: Vec<Projection>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Projection {
    #[serde(deserialize_with = "tolerant")]
    pub(super) config_map: Referred,
    #[serde(deserialize_with = "tolerant")]
    pub(super) secret: Referred,
}

/// A `ConfigMap` or Secret that is referred to, in whichever form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Referred {
    #[serde(deserialize_with = "tolerant")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) secret_name: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) key: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) optional: Option<bool>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) items: Vec<Item>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    #[serde(deserialize_with = "tolerant")]
    pub(super) key: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ContainerPort {
    #[serde(deserialize_with = "tolerant")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) container_port: Option<i64>,
}

tolerant_structs!(
    PodSpec,
    Container,
    EnvVariable,
    ValueFrom,
    Source,
    Volume,
    Projected,
    Projection,
    Referred,
    Item,
    ContainerPort
);
