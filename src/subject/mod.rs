//! What is under review: one borrowed view of an object, whichever kind it is.
//!
//! A subject is read in one pass over the JSON of the request, holds only the fields that some rule
//! reads, and borrows every string. It is generic over the deserializer ([`Object`] is read by a
//! seed), so that a faster one can take `serde_json`'s place without a rule noticing.

#![deny(clippy::disallowed_methods)]

mod body;
mod body_target;
mod borrowed;
mod claim;
mod container;
mod environment;
mod error;
mod fingerprint;
mod gateway;
mod handler;
mod identity;
mod image;
mod index;
mod ingress;
mod judged;
mod kind;
mod kinds;
mod lookup;
mod mapping;
pub mod members;
mod metadata;
mod metadata_target;
mod name;
mod network_policy;
mod object;
mod pod;
mod pod_ref;
mod prometheus;
mod quantity;
mod rbac;
mod revision;
mod scalar;
mod scheduling;
mod secret;
mod service;
mod shape;
mod table;
mod target;
mod template;
mod templates;
mod tree;
mod upkeep;
mod volume;
mod whole;
mod workload;

pub use body::Body;
pub use body_target::{
    Autoscalers, Bindings, ConfigMaps, ControllerRevisions, DisruptionBudgets, Entrance, Entrances,
    Ingresses, Monitors, NetworkPolicies, PodOrIngress, PodsAndIngresses, PrometheusRules, Roles,
    Secrets, Services, VolumeClaims,
};
pub use borrowed::{List, Map, Secretive, Str};
pub use claim::{ClaimRef, PersistentVolumeClaim};
pub use container::{ContainerRef, ContainerRole, Handler};
pub use environment::*;
pub use error::{ReadError, problem_of};
pub use fingerprint::{Fingerprint, fingerprint};
pub use gateway::*;
pub use handler::*;
pub use identity::{Controller, Identity};
pub use image::{DEFAULT_DOMAIN, ImageReference, InvalidReference, REFERENCE_LIMIT};
pub use ingress::*;
pub use judged::{is_unchanged, judged_paths};
pub use kind::{Kind, KindId, Scope};
pub use kinds::Kinds;
pub use mapping::{Boxed, Mapping};
pub use metadata::{ObjectMeta, OwnerReference};
pub use metadata_target::{
    Namespaces, Objects, PodObjects, PodOrObject, PodsAndObjects, Versions, Workloads,
};
pub use name::{
    is_container_resource, is_dns_label, is_dns_subdomain, is_kind, is_label_key, is_label_value,
};
pub use network_policy::*;
pub use object::{Object, ObjectSeed};
pub use pod::*;
pub use pod_ref::Pod;
pub use prometheus::*;
pub use quantity::{InvalidQuantity, Quantity};
pub use rbac::*;
pub use revision::ControllerRevision;
pub use scalar::{IntOrString, Raw, RawQuantity};
pub use scheduling::*;
pub use secret::{ConfigMap, Secret};
pub use service::*;
pub use shape::Shape;
pub use table::{BUILT_IN, built_in_kind, workloads};
pub use target::{
    CronJobs, Jobs, Pods, Replicated, Rollouts, Selecting, StatefulSets, Target, Views,
};
pub use template::{InvalidTemplatePath, TemplatePath};
pub use templates::FoundTemplate;
pub use tree::{Fields, Tree, TreeSeed};
pub use upkeep::*;
pub use volume::*;
pub use whole::{Trees, Untold, Whole};
pub use workload::*;

use std::borrow::Cow;
use std::cell::RefCell;

use serde::de::DeserializeSeed;

use crate::text::clipped;
use crate::yaml::{FieldsRead, Node, Recording};

/// An object under review.
#[derive(Debug)]
pub struct Subject<'a> {
    /// What kind it is.
    pub kind: &'a Kind,
    /// The object.
    pub object: Object<'a>,
    /// The namespace; the request's where the object names none.
    pub namespace: Option<Cow<'a, str>>,
    /// Whether the API server has filled in what was left out; in manifests it has not.
    pub is_defaulted: bool,
    /// The name; `prefix*` where the API server has yet to make one up from `generateName`.
    pub name: Cow<'a, str>,
    /// Where the whole object is, for the few that need all of it.
    pub source: Source<'a>,
    /// How it is written, where somebody does.
    pub write: Option<Write<'a>>,
    /// Whether it is there as what a controller of Kubernetes made of an object that is known.
    pub is_made: bool,
}

/// A write of an object, as the API server tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// The object as it was; none where it is new.
    pub before: Option<Source<'a>>,
    /// The whole review; of its request the objects are not read here.
    pub review: &'a [u8],
}

/// Where the whole of an object is.
#[derive(Debug, Clone, Copy, Default)]
pub enum Source<'a> {
    /// It is not at hand.
    #[default]
    None,
    /// Its JSON.
    Json(&'a [u8]),
    /// Its tree in a manifest.
    Node(&'a Node),
}

impl Source<'_> {
    /// The object as a tree, made anew; none where it is not at hand or cannot be read.
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever needs the tree and has none finds nothing"
    )]
    pub fn to_value(self) -> Option<serde_json::Value> {
        match self {
            Source::None => None,
            Source::Json(json) => serde_json::from_slice(json).ok(),
            Source::Node(node) => Some(node.to_value()),
        }
    }
}

impl<'a> Subject<'a> {
    /// Reads the JSON of an object of kind `kind`.
    ///
    /// It is read from bytes: UTF-8 is demanded of what is read, and the rest is nobody's business.
    ///
    /// # Errors
    /// Text that is not JSON, a field that is read and has another type than the API's, a key that
    /// is there twice: with the path of the field and never with its value.
    pub fn read(kind: &'a Kind, json: &'a [u8]) -> Result<Self, ReadError> {
        let read = |seed: ObjectSeed<'_>| {
            let mut deserializer = serde_json::Deserializer::from_slice(json);
            let object = seed.deserialize(&mut deserializer)?;
            deserializer.end().map(|()| object)
        };
        let read = Self::in_passes(kind, read).map_err(|_| ReadError::explain(kind, json))?;
        Ok(Self { source: Source::Json(json), ..read })
    }

    /// Reads the tree of an object of kind `kind`, with no text in between.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_tree(kind: &'a Kind, tree: &'a Node) -> Result<Self, ReadError> {
        let read = Self::in_passes(kind, |seed| seed.deserialize(tree))?;
        Ok(Self { source: Source::Node(tree), ..read })
    }

    /// The same, with a note of what is read, and of what may be a secret.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_watched(
        kind: &'a Kind,
        tree: &'a Node,
        taken: &RefCell<FieldsRead>,
    ) -> Result<Self, ReadError> {
        let read = Self::in_passes(kind, |seed| seed.deserialize(Recording::new(tree, taken)))?;
        Ok(Self { source: Source::Node(tree), ..read })
    }

    fn in_passes<E>(
        kind: &'a Kind,
        read: impl Fn(ObjectSeed<'_>) -> Result<Object<'a>, E>,
    ) -> Result<Self, E> {
        let mut whole = Object::default();
        for (number, seed) in ObjectSeed::passes(kind).enumerate() {
            let part = read(seed)?;
            if number == 0 {
                whole = part;
            } else if let (Body::Workload(whole), Body::Workload(part)) =
                (&mut whole.body, part.body)
            {
                whole.templates.extend(part.templates);
            }
        }
        Ok(Self::new(kind, whole))
    }

    /// The subject of an object that was read already.
    pub fn new(kind: &'a Kind, object: Object<'a>) -> Self {
        let own = |text: &Str<'a>| Cow::Owned(text.as_str().to_owned());
        let metadata = &object.metadata;
        let name = match (&metadata.name, &metadata.generate_name) {
            (Some(name), _) if !name.is_empty() => own(name),
            (_, Some(prefix)) => Cow::Owned(format!("{}*", prefix.as_str())),
            _ => Cow::Borrowed(""),
        };
        // The API server takes a namespace away from what is in none.
        let named = metadata.namespace.as_ref().filter(|_| kind.scope != Scope::Cluster);
        let namespace = named.filter(|n| !n.is_empty()).map(own);
        Self {
            kind,
            object,
            namespace,
            is_defaulted: true,
            name,
            source: Source::None,
            write: None,
            is_made: false,
        }
    }

    /// The pods that the object is or would make, in the order of their templates' paths; none
    /// where it holds no template.
    pub fn pods(&self) -> impl Iterator<Item = Pod<'_, 'a>> {
        let templates = match &self.object.body {
            Body::Workload(workload) => workload.templates.as_slice(),
            _ => &[],
        };
        templates.iter().filter_map(|FoundTemplate { path, template }| {
            let spec = template.spec.as_deref()?;
            let (metadata, at) = (template.metadata.as_deref(), self.kind.templates().get(*path));
            Some(Pod::new(at, self.kind.runs_to_completion(), metadata, spec))
        })
    }

    /// The subject as people name it: `Deployment shop/api`.
    pub fn title(&self) -> String {
        let (kind, name) = (&self.kind.kind, clipped(&self.name, NAME_LIMIT));
        match &self.namespace {
            Some(namespace) => format!("{kind} {}/{name}", clipped(namespace, NAME_LIMIT)),
            None => format!("{kind} {name}"),
        }
    }
}

/// The longest name that the API server takes.
const NAME_LIMIT: usize = 253;
