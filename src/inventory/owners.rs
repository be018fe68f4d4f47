//! Objects that controllers make others from, trimmed to that.

use std::borrow::Cow;
use std::fmt;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::fields::Identity;
use super::owner_kinds::OwnerKind;

/// An object that a controller makes others from, trimmed to what those are made from.
#[derive(Debug, Clone, Default)]
pub struct Owner {
    identity: Identity,
    /// Goes up with every change of what is asked for.
    generation: i64,
    template: Option<Value>,
    /// Which a Deployment hands on to what it makes.
    annotations: Option<Value>,
    replicas: Option<i64>,
    is_suspended: bool,
    is_finished: bool,
    /// Of a stored revision, the uid of the `StatefulSet` that it is of.
    revision_of: Option<String>,
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Value::deserialize(input).map(|whole| Self::of(&whole))
    }
}

impl Owner {
    /// What is read of an object; a field of another type than the API's is as if it were not there.
    fn of(whole: &Value) -> Self {
        let text = |at: &str| whole.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let number = |at: &str| whole.pointer(at).and_then(Value::as_i64);
        let identity = Identity {
            name: text("/metadata/name"),
            namespace: text("/metadata/namespace"),
            resource_version: text("/metadata/resourceVersion"),
            uid: text("/metadata/uid"),
            ..Identity::default()
        };
        let list = |at: &str| whole.pointer(at).and_then(Value::as_array).into_iter().flatten();
        let set = list("/metadata/ownerReferences").find(|owner| {
            owner.get("controller") == Some(&Value::Bool(true))
                && owner.get("kind").and_then(Value::as_str) == Some("StatefulSet")
        });
        let uid = |owner: &Value| owner.get("uid").and_then(Value::as_str).map(str::to_owned);
        let is_end = |condition: &Value| {
            let is = |key, value| condition.get(key).and_then(Value::as_str) == Some(value);
            is("status", "True") && (is("type", "Complete") || is("type", "Failed"))
        };
        let places = ["/spec/template", "/spec/jobTemplate", "/data/spec/template"];
        Self {
            identity,
            generation: number("/metadata/generation").unwrap_or_default(),
            template: places.iter().find_map(|at| whole.pointer(at)).cloned(),
            annotations: whole.pointer("/metadata/annotations").cloned(),
            replicas: number("/spec/replicas"),
            is_suspended: whole.pointer("/spec/suspend") == Some(&Value::Bool(true)),
            is_finished: list("/status/conditions").any(is_end),
            revision_of: set.and_then(uid),
        }
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What it is found by; none of what owns nothing.
    pub(super) fn key(&self, kind: &OwnerKind) -> Option<String> {
        if kind.kind == OwnerKind::REVISION {
            let (set, name) = (self.revision_of.as_ref()?, self.identity.name.as_ref()?);
            return Some(revision_key(set, name));
        }
        self.identity.uid.clone().filter(|uid| !uid.is_empty())
    }

    /// What is made from it, where anything will be, in the form of that: of a Pod or a Job, which have
    /// the form of their templates, or of a `ReplicaSet`, which gets its Deployment's annotations
    /// (`SetNewReplicaSetAnnotations`); and what goes up when it changes, where something does.
    pub(super) fn makes_from(&self, kind: &OwnerKind) -> Option<(Cow<'_, Value>, i64)> {
        let template = self.template.as_ref().filter(|_| self.has_to_make(kind))?;
        if kind.makes != "ReplicaSet" {
            return Some((Cow::Borrowed(template), self.generation));
        }
        let (annotations, labels) = (&self.annotations, template.pointer("/metadata/labels"));
        let made = json!({
            "metadata": {"annotations": annotations, "labels": labels}, "spec": {"template": template},
        });
        // Annotations change without a new generation.
        Some((Cow::Owned(made), 0))
    }

    /// Whether anything will be made from it. A Deployment hands its replicas on to a `ReplicaSet`, which
    /// is made with none of them, too.
    fn has_to_make(&self, kind: &OwnerKind) -> bool {
        let rests = self.replicas == Some(0) && kind.kind != "Deployment";
        // A Job that is suspended may go on; a CronJob makes none meanwhile.
        let is_suspended = self.is_suspended && kind.kind == "CronJob";
        !(rests || is_suspended || self.is_finished)
    }
}

/// What a stored revision of a `StatefulSet` is found by.
pub(super) fn revision_key(set: &str, name: &str) -> String {
    format!("{set}/{name}")
}

/// What is made from an owner, as it stands there.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    pub(super) generation: i64,
    packed: Box<[u8]>,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("bytes", &self.packed.len()).finish_non_exhaustive()
    }
}

/// The longest template that is unpacked: longer than any object that the API server stores.
const LONGEST: usize = 4 << 20;

/// How hard it is packed: hardly.
const LEVEL: u8 = 1;

impl Template {
    pub(super) fn of(template: &Value, generation: i64) -> Self {
        let packed = compress_to_vec(template.to_string().as_bytes(), LEVEL);
        Self { generation, packed: packed.into_boxed_slice() }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        self.packed.len()
    }

    /// The JSON of the object that is made, as far as its owner says; none where it cannot be unpacked.
    pub fn made(&self) -> Option<Vec<u8>> {
        let Ok(made) = decompress_to_vec_with_limit(&self.packed, LONGEST) else { return None };
        Some(made)
    }
}
