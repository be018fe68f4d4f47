//! What a database writes into a pod is gone with the pod.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    BadValue, Checked, Context, Evidence, Finding, Findings, Params, Remedy, Rule, RuleDescription,
    Severity, Text,
};
use crate::subject::{
    ContainerRef, ContainerRole, ImageReference, Pod, Pods, REFERENCE_LIMIT, Shape, Str,
};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("persistent_storage.md")]
pub(crate) struct PersistentStorage;

/// The images that keep data.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PersistentStorageParams {
    /// Names of images that keep data: the last part of the repository, such as `postgres`.
    #[schemars(length(min = 1, max = 200), inner(length(min = 1, max = 128)))]
    pub images: Vec<String>,
}

/// Databases, queues and caches under the names of their images.
const IMAGES: [&str; 34] = [
    "cassandra",
    "clickhouse-server",
    "cockroach",
    "consul",
    "couchdb",
    "elasticsearch",
    "etcd",
    "influxdb",
    "kafka",
    "keydb",
    "mariadb",
    "memgraph",
    "minio",
    "mongo",
    "mongodb",
    "mysql",
    "mysql-server",
    "nats",
    "neo4j",
    "opensearch",
    "pgvector",
    "postgis",
    "postgres",
    "postgresql",
    "prometheus",
    "qdrant",
    "rabbitmq",
    "redis",
    "redis-stack-server",
    "scylla",
    "timescaledb",
    "valkey",
    "weaviate",
    "zookeeper",
];

impl Default for PersistentStorageParams {
    fn default() -> Self {
        Self { images: IMAGES.map(str::to_owned).to_vec() }
    }
}

impl Params for PersistentStorageParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("images", &self.images, Some("names no image"), |name| {
            let is_inner = |b: u8| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
            };
            let is_name = !name.is_empty() && name.bytes().all(is_inner);
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_name)
                .then(|| format!("`{shown}` is no last part of a repository, such as `postgres`"))
        })
    }
}

/// Sources of volumes that are gone with the pod, or that hold nothing of its own.
const PASSING: [&str; 7] =
    ["emptyDir", "ephemeral", "configMap", "secret", "projected", "downwardAPI", "image"];

impl Rule for PersistentStorage {
    type On = Pods;
    type Params = PersistentStorageParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("persistent-storage"),
        group: Text::Borrowed("storage"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "Every database, queue and cache keeps its data when its pod goes.",
        ),
        rows: &["M10", "M11"],
        standards: &[],
        page: Text::Borrowed(include_str!("persistent_storage.md")),
    };

    fn applies(_: &Pod<'_, '_>, _: &PersistentStorageParams, cx: &Context<'_>) -> bool {
        cx.kind.shape == Shape::StatefulSet
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &PersistentStorageParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let mut passing = None;
        for c in pod.containers().filter(|c| c.role == ContainerRole::Main) {
            found.visit(1 + params.images.len())?;
            let image = c.spec.0.image.as_deref().unwrap_or_default();
            found.spend(4 * image.len().min(REFERENCE_LIMIT))?;
            let Some(name) = name_of(image, params) else { continue };
            if passing.is_none() {
                found.visit(2 * pod.spec.volumes.len())?;
            }
            let passing = passing.get_or_insert_with(|| passing_volumes(pod));
            found.visit(2 * c.spec.volume_mounts.len())?;
            let mut mounts = c.spec.volume_mounts.iter().filter_map(|mount| mount.name.as_deref());
            // What is no volume of the pod is a claim that the StatefulSet makes for it.
            if mounts.any(|volume| !passing.contains(volume)) {
                continue;
            }
            lost(&c, name, found)?;
        }
        Ok(())
    }
}

fn lost(c: &ContainerRef<'_, '_>, name: &str, found: &mut Findings<'_>) -> Checked {
    let at = c.at(&["volumeMounts"]);
    let message = format!("{c} runs {name}, and every volume that it mounts is gone with the pod");
    let message = if c.spec.volume_mounts.is_empty() {
        format!("{c} runs {name}, and mounts no volume for its data")
    } else {
        message
    };
    let advice = format!(
        "add one of spec.volumeClaimTemplates, and mount it at {at} where {name} keeps its data"
    );
    let evidence = || Evidence::of(c, ["data is lost", name]);
    found.add(Finding::of(c, at, message, Remedy::Advice(advice)), evidence)
}

/// The name of an image, where it is one that keeps data.
fn name_of<'p>(image: &str, params: &'p PersistentStorageParams) -> Option<&'p str> {
    let Ok(reference) = ImageReference::parse(image) else { return None };
    let repository = reference.repository();
    let last = repository.rsplit('/').next().unwrap_or_default();
    params.images.iter().map(String::as_str).find(|name| *name == last)
}

/// The names of the volumes that are gone with the pod.
fn passing_volumes<'s>(pod: &'s Pod<'s, '_>) -> BTreeSet<&'s str> {
    let volumes = pod.spec.volumes.iter();
    let passing = volumes.filter(|volume| {
        // One without a source is an `emptyDir`.
        volume.source.as_deref().is_none_or(|source| PASSING.contains(&source))
    });
    passing.map(|volume| volume.name.as_ref().map_or("", Str::as_str)).collect()
}
