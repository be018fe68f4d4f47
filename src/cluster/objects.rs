//! Policies and exceptions as objects of the cluster, followed: each is made ready as it comes in, and
//! one with which something is wrong stops no other (F-91).

use std::borrow::Cow;
use std::sync::Arc;

use kube::Resource;
use kube::api::ObjectMeta;
use kube::core::ApiResource;
use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::reflection::{Fold, metadata_of};
use crate::policy::exception::EXCEPTION_KIND;
use crate::policy::spec::{API_VERSION, KIND};
use crate::policy::{Documents, Terms, Unknown, load_object};

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
    pub fn definition(self) -> String {
        format!("{}.{GROUP}", self.plural)
    }
}

/// An object as it comes in, of whatever kind, readable or not.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    metadata: ObjectMeta,
    whole: Value,
}

impl Raw {
    /// All of it.
    pub(super) fn whole(&self) -> &Value {
        &self.whole
    }
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
    /// Which write of it this is.
    pub resource_version: Option<String>,
    /// Which edit of it this is.
    pub generation: Option<i64>,
    /// What it comes to, or everything for which it cannot be put in force; nothing where it is not
    /// honoured.
    pub made: Result<Documents, Vec<String>>,
    /// What stands in its status; nothing where that is longer than any that is written.
    pub status: Value,
}

/// The longest status that is kept, in bytes of JSON: whoever may write everything in a namespace may
/// write this, too.
const STATUS_LIMIT: usize = 64 << 10;

impl Compiled {
    /// Of one that is not honoured nothing is kept of what it says, so that whoever may write there
    /// costs no memory.
    fn of(mut raw: Raw, kind: OwnKind, is_honoured: bool) -> Option<Self> {
        let name = raw.metadata.name.clone()?;
        if let Some(object) = raw.whole.as_object_mut() {
            object.entry("apiVersion").or_insert_with(|| API_VERSION.into());
            object.entry("kind").or_insert_with(|| kind.kind.into());
        }
        let status = raw.whole.get_mut("status").map(Value::take).unwrap_or_default();
        let status = if status.to_string().len() > STATUS_LIMIT { Value::Null } else { status };
        let nothing = || Ok(Documents::default());
        let load = || load_object(&raw.whole, Unknown::IsLeftOutWithFaults);
        let made = if is_honoured { load() } else { nothing() };
        let made = made.map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        if let Err(problems) = &made {
            let namespace = raw.metadata.namespace.as_deref().unwrap_or_default();
            let (kind, problems) = (kind.kind, problems.join("; "));
            tracing::error!(kind, namespace, name, problems, "an object is not in force");
        }
        let policies = made.iter().flat_map(|made| &made.policies);
        for (policy, what) in policies.flat_map(|policy| policy.not_in_force()) {
            tracing::error!(policy = &*policy, what, "a part of a policy is not in force");
        }
        Some(Self {
            namespace: raw.metadata.namespace,
            name,
            uid: raw.metadata.uid.unwrap_or_default(),
            resource_version: raw.metadata.resource_version,
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
    terms: Arc<Terms>,
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
        Self::honoured_on(&Terms::default())
    }
}

impl OwnObjects {
    /// None yet, where exceptions are honoured on these terms.
    pub fn honoured_on(terms: &Terms) -> Self {
        let (policies, exceptions) = (Objects::of(POLICIES, terms), Objects::of(EXCEPTIONS, terms));
        Self { policies, exceptions }
    }

    /// How many of them cannot be put in force at all.
    pub fn invalid(&self) -> usize {
        self.policies.iter().chain(self.exceptions.iter()).filter(|o| o.made.is_err()).count()
    }

    /// These are all of a kind.
    pub fn learn(&mut self, kind: OwnKind, all: Objects) {
        if kind == POLICIES { self.policies = all } else { self.exceptions = all }
    }

    /// Those that can be put in force.
    pub fn in_force(&self) -> Documents {
        let mut all = self.policies.in_force();
        all.append(self.exceptions.in_force());
        all
    }
}

impl Objects {
    /// None of a kind yet, where exceptions are honoured on these terms.
    pub fn of(kind: OwnKind, terms: &Terms) -> Self {
        Self { kind, terms: Arc::new(terms.clone()), by_name: RedBlackTreeMapSync::default() }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Compiled>> {
        self.by_name.values()
    }

    /// Those that can be put in force.
    pub fn in_force(&self) -> Documents {
        let mut all = Documents::default();
        for made in self.iter().filter_map(|object| object.made.as_ref().ok()) {
            all.append(made.clone());
        }
        all
    }

    fn honours(&self, namespace: Option<&str>) -> bool {
        namespace.is_none_or(|namespace| self.terms.honour(namespace))
    }
}

impl Fold for Objects {
    type Entry = Raw;

    /// Each may be as large as the API server takes.
    fn page(&self) -> u32 {
        20
    }

    fn apply(&mut self, raw: Raw) {
        let is_honoured = self.honours(raw.metadata.namespace.as_deref());
        if let Some(compiled) = Compiled::of(raw, self.kind, is_honoured) {
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

/// What the API server calls definitions of kinds.
pub(super) fn resource_of_definitions() -> ApiResource {
    ApiResource {
        group: "apiextensions.k8s.io".to_owned(),
        version: "v1".to_owned(),
        api_version: "apiextensions.k8s.io/v1".to_owned(),
        kind: "CustomResourceDefinition".to_owned(),
        plural: "customresourcedefinitions".to_owned(),
    }
}
