//! What is under review: one borrowed view of an object, whichever kind it is.
//!
//! A subject is read in one pass over the JSON of the request, holds only the fields that some rule
//! reads, and borrows every string. It is generic over the deserializer ([`Object`] is read by a
//! seed), so that a faster one can take `serde_json`'s place without a rule noticing.

#![deny(clippy::disallowed_methods)]

mod borrowed;
mod container;
mod environment;
mod error;
mod fingerprint;
mod image;
mod index;
mod judged;
mod kind;
mod mapping;
pub mod members;
mod name;
mod object;
mod pod;
mod quantity;
mod volume;

pub use borrowed::{IntOrString, List, Map, Raw, RawQuantity, Secretive, Str};
pub use container::{ContainerRef, Role};
pub use environment::*;
pub use error::{ReadError, problem_of};
pub use fingerprint::{Fingerprint, fingerprint};
pub use image::{DEFAULT_DOMAIN, ImageReference, InvalidReference, REFERENCE_LIMIT};
pub use judged::is_unchanged;
pub use kind::{BUILT_IN, InvalidTemplatePath, TemplatePath, WorkloadKind};
pub use mapping::{Boxed, Mapping};
pub use name::{
    is_container_resource, is_dns_label, is_dns_subdomain, is_kind, is_label_key, is_label_value,
};
pub use object::{FoundTemplate, Object, ObjectMeta, ObjectSeed};
pub use pod::*;
pub use quantity::{InvalidQuantity, Quantity};
pub use volume::*;

use std::borrow::Cow;
use std::cell::RefCell;

use index::Index;
use serde::de::DeserializeSeed;

use crate::path::FieldPath;
use crate::text::clipped;
use crate::yaml::{Node, Taken, Watched};

/// An object under review.
#[derive(Debug)]
pub struct Subject<'a> {
    /// What kind it is, and where its pod template stands.
    pub kind: &'a WorkloadKind,
    /// The object.
    pub object: Object<'a>,
    /// The namespace; the request's where the object names none.
    pub namespace: Option<Cow<'a, str>>,
    /// Whether the API server has filled in what was left out; in manifests it has not.
    pub is_defaulted: bool,
    /// The name; `prefix*` where the API server has yet to make one up from `generateName`.
    pub name: Cow<'a, str>,
}

impl<'a> Subject<'a> {
    /// Reads the JSON of an object of kind `kind`.
    ///
    /// It is read from bytes: UTF-8 is demanded of what is read, and the rest is nobody's business.
    ///
    /// # Errors
    /// Text that is not JSON, a field that is read and has another type than the API's, a key that
    /// is there twice: with the path of the field and never with its value.
    pub fn read(kind: &'a WorkloadKind, json: &'a [u8]) -> Result<Self, ReadError> {
        let read = |seed: ObjectSeed<'_>| {
            let mut deserializer = serde_json::Deserializer::from_slice(json);
            let object = seed.deserialize(&mut deserializer)?;
            deserializer.end().map(|()| object)
        };
        Self::in_passes(kind, read).map_err(|_| ReadError::explain(kind, json))
    }

    /// Reads the tree of an object of kind `kind`, with no text in between.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_tree(kind: &'a WorkloadKind, tree: &'a Node) -> Result<Self, ReadError> {
        Ok(Self::in_passes(kind, |seed| seed.deserialize(tree))?)
    }

    /// The same, with a note of what is read, and of what may be a secret.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_watched(
        kind: &'a WorkloadKind,
        tree: &'a Node,
        taken: &RefCell<Taken>,
    ) -> Result<Self, ReadError> {
        Ok(Self::in_passes(kind, |seed| seed.deserialize(Watched::new(tree, taken)))?)
    }

    fn in_passes<E>(
        kind: &'a WorkloadKind,
        read: impl Fn(ObjectSeed<'_>) -> Result<Object<'a>, E>,
    ) -> Result<Self, E> {
        let mut whole = Object::default();
        for (number, seed) in ObjectSeed::passes(kind).enumerate() {
            let part = read(seed)?;
            if number == 0 {
                whole = part;
            } else {
                whole.templates.extend(part.templates);
            }
        }
        Ok(Self::new(kind, whole))
    }

    /// The subject of an object that was read already.
    pub fn new(kind: &'a WorkloadKind, object: Object<'a>) -> Self {
        let own = |text: &Str<'a>| Cow::Owned(text.as_str().to_owned());
        let metadata = &object.metadata;
        let name = match (&metadata.name, &metadata.generate_name) {
            (Some(name), _) if !name.is_empty() => own(name),
            (_, Some(prefix)) => Cow::Owned(format!("{}*", prefix.as_str())),
            _ => Cow::Borrowed(""),
        };
        let namespace = metadata.namespace.as_ref().filter(|n| !n.is_empty()).map(own);
        Self { kind, object, namespace, is_defaulted: true, name }
    }

    /// The pods that the object is or would make, in the order of their templates' paths; none
    /// where it holds no template.
    pub fn pods(&self) -> impl Iterator<Item = Pod<'_, 'a>> {
        self.object.templates.iter().filter_map(|FoundTemplate { path, template }| {
            let spec = template.spec.as_deref()?;
            Some(Pod {
                template: self.kind.templates().get(*path).unwrap_or(&ITSELF),
                metadata: template.metadata.as_deref(),
                spec,
                index: Index::default(),
            })
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

/// Where a Pod's own template stands.
static ITSELF: TemplatePath = TemplatePath::ITSELF;

/// A pod, or the template of one, and where it stands in its object.
#[derive(Debug, Clone)]
pub struct Pod<'s, 'a> {
    /// Where its template stands.
    pub template: &'s TemplatePath,
    /// Labels and annotations of the pod.
    pub metadata: Option<&'s TemplateMeta<'a>>,
    /// What runs in it.
    pub spec: &'s PodSpec<'a>,
    index: Index,
}

impl Pod<'_, '_> {
    /// The path of the field `keys` of the pod's spec.
    pub fn at(&self, keys: &[&'static str]) -> FieldPath {
        self.root().key("spec").keys(keys)
    }

    /// The path of the annotation `key` of the pod.
    pub fn annotation_at(&self, key: &str) -> FieldPath {
        self.root().keys(&["metadata", "annotations"]).found_key(key)
    }

    fn root(&self) -> FieldPath {
        self.template.into()
    }

    /// Whether the pod says that it runs on Windows, where Linux' security fields mean nothing.
    pub fn is_windows(&self) -> bool {
        let os = self.spec.os.as_ref().and_then(|os| os.name.as_ref());
        os.is_some_and(|name| name.as_str() == "windows")
    }

    /// Whether the pod has a user namespace of its own, in which root is not the node's root.
    pub fn has_user_namespace(&self) -> bool {
        self.spec.host_users == Some(false)
    }

    /// The account whose token the pod gets.
    pub fn service_account(&self) -> &str {
        let spellings = [&self.spec.service_account_name, &self.spec.service_account];
        let named = spellings.into_iter().flatten().find(|name| !name.is_empty());
        named.map_or("default", |name| name.as_str())
    }

    /// What the field `path` says (`fieldRef`), where the pod itself says it and not the cluster.
    pub fn field(&self, path: &str) -> Option<&str> {
        let key = |list: &str| path.strip_prefix(list)?.strip_prefix("['")?.strip_suffix("']");
        if path == "spec.serviceAccountName" {
            return Some(self.service_account());
        }
        if let Some(key) = key("metadata.annotations") {
            return Some(self.annotation(key).unwrap_or_default());
        }
        let labels = self.metadata.map(|metadata| &metadata.labels);
        let label = |key| labels?.get(key).map(Str::as_str);
        key("metadata.labels").map(|key| label(key).unwrap_or_default())
    }

    /// The pod's annotation `key`.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata?.annotations.get(key).map(Secretive::as_str)
    }
}
