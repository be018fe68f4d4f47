//! Policies and exceptions as objects of the cluster, followed: each is made ready as it comes in, and
//! one with which something is wrong stops no other (F-91).

use std::borrow::Cow;
use std::sync::Arc;

use kube::api::ObjectMeta;
use kube::core::ApiResource;
use kube::{Api, Client, Resource};
use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::listing::{Reader, Served, Sink, Unanswered, Which};
use super::reflection::{self, Fold, Gate, metadata_of};
use super::{Observer, ask};
use crate::policy::exception::EXCEPTION_KIND;
use crate::policy::spec::{API_VERSION, KIND};
use crate::policy::{Documents, Terms, load_object};
use crate::subject::Identity;

/// The API group of both.
pub const GROUP: &str = "plimsoll.dev";

/// The version that is read and written.
pub const VERSION: &str = "v1alpha1";

/// One of the two kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnKind {
    /// The kind.
    pub kind: &'static str,
    /// Its name in URLs and in metrics.
    pub plural: &'static str,
}

/// `DeployPolicy`.
pub const POLICIES: OwnKind = OwnKind { kind: KIND, plural: "deploypolicies" };

/// `PolicyException`.
pub const EXCEPTIONS: OwnKind = OwnKind { kind: EXCEPTION_KIND, plural: "policyexceptions" };

impl OwnKind {
    /// What the API server calls it.
    pub(super) fn resource(self) -> ApiResource {
        ApiResource {
            group: GROUP.to_owned(),
            version: VERSION.to_owned(),
            api_version: API_VERSION.to_owned(),
            kind: self.kind.to_owned(),
            plural: self.plural.to_owned(),
        }
    }

    /// The name of its definition.
    pub(super) fn definition(self) -> String {
        format!("{}.{GROUP}", self.plural)
    }
}

/// An object as it comes in, of whatever kind, readable or not.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    metadata: ObjectMeta,
    whole: Value,
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = Value::deserialize(deserializer)?;
        Ok(Self { metadata: metadata_of(&whole).0, whole })
    }
}

impl Resource for Raw {
    type DynamicType = ApiResource;
    type Scope = kube::core::DynamicResourceScope;

    fn kind(of: &ApiResource) -> Cow<'_, str> {
        of.kind.as_str().into()
    }
    fn group(of: &ApiResource) -> Cow<'_, str> {
        of.group.as_str().into()
    }
    fn version(of: &ApiResource) -> Cow<'_, str> {
        of.version.as_str().into()
    }
    fn plural(of: &ApiResource) -> Cow<'_, str> {
        of.plural.as_str().into()
    }
    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// An object, made ready.
#[derive(Clone)]
pub struct Compiled {
    /// Its namespace, where it has one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// What tells it from one of the same name before.
    pub uid: String,
    /// Which edit of it this is.
    pub generation: Option<i64>,
    /// What it comes to, or everything for which it cannot be put in force.
    pub made: Result<Documents, Vec<String>>,
    /// What stands in its status.
    pub status: Value,
}

impl Compiled {
    fn of(mut raw: Raw, kind: OwnKind) -> Option<Self> {
        let name = raw.metadata.name.clone()?;
        if let Some(object) = raw.whole.as_object_mut() {
            object.entry("apiVersion").or_insert_with(|| API_VERSION.into());
            object.entry("kind").or_insert_with(|| kind.kind.into());
        }
        let status = raw.whole.get("status").cloned().unwrap_or(Value::Null);
        let made = load_object(&raw.whole.to_string());
        let made = made.map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        if let Err(problems) = &made {
            let namespace = raw.metadata.namespace.as_deref().unwrap_or_default();
            let (kind, problems) = (kind.kind, problems.join("; "));
            tracing::error!(kind, namespace, name, problems, "an object is not in force");
        }
        Some(Self {
            namespace: raw.metadata.namespace,
            name,
            uid: raw.metadata.uid.unwrap_or_default(),
            generation: raw.metadata.generation,
            made,
            status,
        })
    }
}

/// All objects of a kind, by namespace and name.
#[derive(Clone)]
pub struct Objects {
    kind: OwnKind,
    by_name: RedBlackTreeMapSync<(Option<String>, String), Arc<Compiled>>,
}

/// Policies and exceptions together.
#[derive(Clone)]
pub struct OwnObjects {
    /// The policies.
    pub policies: Objects,
    /// The exceptions.
    pub exceptions: Objects,
}

impl Default for OwnObjects {
    fn default() -> Self {
        Self { policies: Objects::of(POLICIES), exceptions: Objects::of(EXCEPTIONS) }
    }
}

impl OwnObjects {
    /// These are all of a kind.
    pub fn learn(&mut self, kind: OwnKind, all: Objects) {
        if kind == POLICIES { self.policies = all } else { self.exceptions = all }
    }

    /// Those that can be put in force, on these terms.
    pub fn in_force(&self, terms: &Terms) -> Documents {
        let mut all = self.policies.in_force(terms);
        all.append(self.exceptions.in_force(terms));
        all
    }
}

impl Objects {
    /// None of a kind.
    pub fn of(kind: OwnKind) -> Self {
        Self { kind, by_name: RedBlackTreeMapSync::default() }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Compiled>> {
        self.by_name.values()
    }

    /// Those that can be put in force, on these terms.
    pub fn in_force(&self, terms: &Terms) -> Documents {
        let mut all = Documents::default();
        for object in self.iter() {
            let is_honoured = match &object.namespace {
                Some(namespace) => terms.honour(namespace),
                None => true,
            };
            if let Ok(made) = &object.made
                && is_honoured
            {
                all.append(made.clone());
            }
        }
        all
    }
}

impl Fold for Objects {
    type Entry = Raw;

    fn apply(&mut self, raw: Raw) {
        if let Some(compiled) = Compiled::of(raw, self.kind) {
            let key = (compiled.namespace.clone(), compiled.name.clone());
            self.by_name.insert_mut(key, Arc::new(compiled));
        }
    }

    fn delete(&mut self, raw: &Raw) {
        if let Some(name) = raw.metadata.name.clone() {
            self.by_name.remove_mut(&(raw.metadata.namespace.clone(), name));
        }
    }

    fn shrinks_to(&self, next: &Self) -> bool {
        self.by_name.keys().any(|key| !next.by_name.contains_key(key))
    }
}

/// Whether the kind is there to stay: its objects go with it, and nobody meant to delete them (F-95).
struct Definition {
    client: Client,
    kind: OwnKind,
}

impl Gate for Definition {
    async fn lets_go(&self) -> bool {
        let definitions = ApiResource {
            group: "apiextensions.k8s.io".to_owned(),
            version: "v1".to_owned(),
            api_version: "apiextensions.k8s.io/v1".to_owned(),
            kind: "CustomResourceDefinition".to_owned(),
            plural: "customresourcedefinitions".to_owned(),
        };
        let api: Api<Raw> = Api::all_with(self.client.clone(), &definitions);
        match ask(api.get_opt(&self.kind.definition())).await {
            Ok(Some(definition)) => definition.metadata.deletion_timestamp.is_none(),
            Ok(None) => false,
            // Whoever may not ask takes it for what it most often is.
            Err(error) => error.is_forbidden(),
        }
    }
}

/// Takes what is listed.
struct Taken(Objects);

impl Sink for Taken {
    fn object(&mut self, json: &[u8], _: Option<&Identity<'_>>) {
        if let Ok(raw) = serde_json::from_slice(json) {
            self.0.apply(raw);
        }
    }
}

/// All objects of a kind as they are now.
///
/// # Errors
/// [`Unanswered`]; not found, where nobody has defined the kind.
pub async fn read(reader: &Reader, kind: OwnKind) -> Result<Objects, Unanswered> {
    let mut taken = Taken(Objects::of(kind));
    let served = Served::of(GROUP, VERSION, kind.plural, kind == EXCEPTIONS);
    reader.all(&served, Which::default(), &mut taken).await?;
    Ok(taken.0)
}

/// Follows the objects of a kind for good. Each time something changes, `publish` gets all of them.
pub async fn follow(
    client: Client,
    kind: OwnKind,
    publish: impl Fn(Objects) + Send,
    observer: Arc<dyn Observer>,
) {
    let api = Api::all_with(client.clone(), &kind.resource());
    let gate = Definition { client, kind };
    reflection::follow(api, kind.plural, Objects::of(kind), gate, publish, observer).await;
}
