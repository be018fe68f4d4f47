//! The views of what holds values: `Secret` and `ConfigMap` (`core/v1`).

use serde::Deserialize;

use super::borrowed::{Map, Secretive, Str};

/// What is read of a Secret beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Secret<'a> {
    /// What it is for, such as `kubernetes.io/tls`.
    #[serde(borrow, rename = "type")]
    pub kind: Option<Str<'a>>,
    /// Values in Base64.
    #[serde(borrow)]
    pub data: Map<'a, Option<Secretive<'a>>>,
    /// Values as they are, which the API server puts into `data` in place of those that are there.
    #[serde(borrow)]
    pub string_data: Map<'a, Option<Secretive<'a>>>,
}

/// Types of Secrets that machines make for themselves: releases of Helm, and tokens that Kubernetes
/// issues.
const OF_MACHINES: [&str; 3] =
    ["helm.sh/release.v1", "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"];

impl Secret<'_> {
    /// Whether a machine makes what is in it, for itself.
    pub fn is_of_machines(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| OF_MACHINES.contains(&kind))
    }
}

/// What is read of a `ConfigMap` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMap<'a> {
    /// Its values that are text: what is not meant to be a secret may well be one.
    #[serde(borrow)]
    pub data: Map<'a, Option<Secretive<'a>>>,
}
