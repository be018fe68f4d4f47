//! What somebody takes away that others need: a `ConfigMap`, a Secret or a key of one, a budget, a network
//! policy. It is told in a warning, and stands in nobody's way.
//!
//! Nothing is said where the workloads are not known, and nothing to controllers: what ends with its
//! namespace, or with its owner, is not needed any more.

#![deny(clippy::disallowed_methods)]

use std::collections::BTreeMap;

use serde::Deserialize;

use super::request::Request;
use crate::inventory::{
    Inventory, KeySource, Neighbour, Running, Selecting, Sight, Trimmed, Unseen,
};
use crate::policy::Snapshot;
use crate::subject::{Kind, built_in_kind};
use crate::text::{QUOTE_LIMIT, Quoted, clipped, printable};

/// The most warnings of one request; each key that is gone has one.
const LIMIT: usize = 4;

/// How often a workload is held against a selector for one request: a namespace with more is not gone through,
/// and nothing is told.
const LOOKS: usize = 200_000;

/// How many workloads are named.
const NAMED: usize = 2;

/// What may be needed by others, by group and kind.
const KINDS: [(&str, &str, Taken); 4] = [
    ("", "ConfigMap", Taken::Keys(KeySource::ConfigMap)),
    ("", "Secret", Taken::Keys(KeySource::Secret)),
    ("policy", "PodDisruptionBudget", Taken::Budget),
    ("networking.k8s.io", "NetworkPolicy", Taken::Policy),
];

/// The neighbours that have to be known, or nothing is told.
pub const LOSS_NEEDS: [Neighbour; 4] = [
    Neighbour::Workload,
    Neighbour::OtherWorkload,
    Neighbour::DisruptionBudget,
    Neighbour::NetworkPolicy,
];

/// The kinds whose objects others may need.
pub fn loss_kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter_map(|(group, kind, _)| built_in_kind(group, kind))
}

/// What is taken away with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Keys(KeySource),
    Budget,
    Policy,
}

/// The objects of a review.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Review {
    request: Objects,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Objects {
    object: Option<Trimmed>,
    old_object: Option<Trimmed>,
}

/// Who takes away what nobody needs any more: what controls namespaces, and what an owner is gone of.
const CONTROLLERS: [&str; 2] =
    ["system:serviceaccount:kube-system:", "system:kube-controller-manager"];

/// The warnings about a request, whose review is `body`.
pub(super) fn warnings(request: &Request<'_>, body: &[u8], snapshot: &Snapshot) -> Vec<String> {
    let operation = request.operation.as_str();
    let Some(taken) = taken(request).filter(|_| matches!(operation, "UPDATE" | "DELETE")) else {
        return Vec::new();
    };
    let user = request.user_info.username.as_str();
    if CONTROLLERS.iter().any(|prefix| user.starts_with(prefix)) {
        return Vec::new();
    }
    // Of what nobody looks at, nothing is known to be lost, and nothing has to be read.
    if snapshot.inventory().sight(Neighbour::Workload) != Sight::Known {
        return Vec::new();
    }
    // What cannot be read is told of where it is reviewed.
    let Ok(Review { request: Objects { object, old_object: Some(old) } }) =
        serde_json::from_slice(body)
    else {
        return Vec::new();
    };
    let new = object.filter(|_| operation == "UPDATE");
    let loss = Loss {
        old: &old,
        new: new.as_ref(),
        namespace: request.namespace.as_deref(),
        name: old.identity().name.as_deref().unwrap_or_default(),
        inventory: snapshot.inventory(),
    };
    let told = match taken {
        Taken::Keys(source) => loss.of_keys(source),
        Taken::Budget => loss.of_budget(),
        Taken::Policy => loss.of_policy(),
    };
    told.unwrap_or_else(|Unseen { .. }| Vec::new())
}

fn taken(request: &Request<'_>) -> Option<Taken> {
    let is_itself = request.sub_resource.as_deref().is_none_or(str::is_empty);
    let kind = (request.kind.group.as_str(), request.kind.kind.as_str());
    let found = KINDS.iter().find(|(group, name, _)| (*group, *name) == kind);
    found.filter(|_| is_itself).map(|(.., taken)| *taken)
}

/// An object that goes, or becomes less.
struct Loss<'l> {
    old: &'l Trimmed,
    /// What it becomes; none where it goes.
    new: Option<&'l Trimmed>,
    namespace: Option<&'l str>,
    name: &'l str,
    inventory: &'l Inventory,
}

impl<'l> Loss<'l> {
    /// All workloads of the namespace.
    fn workloads(&self) -> Result<impl Iterator<Item = &'l Running>, Unseen> {
        let lasting = self.inventory.running(self.namespace)?;
        Ok(lasting.chain(self.inventory.running_otherwise(self.namespace)?))
    }

    /// What reads a `ConfigMap` or Secret, or a key of it that is gone.
    fn of_keys(&self, source: KeySource) -> Result<Vec<String>, Unseen> {
        let held = |object: Option<&'l Trimmed>, key: &str| {
            object.is_some_and(|object| object.has_key(key))
        };
        let mut needing: BTreeMap<Option<&str>, Vec<&Running>> = BTreeMap::new();
        for workload in self.workloads()? {
            let needs = workload.needs.iter();
            let needs = needs.filter(|need| need.source == source && *need.name == *self.name);
            for need in needs {
                let is_lost = match (&need.key, self.new) {
                    // With the object goes all that is read of it, which is said once.
                    (_, None) => true,
                    (None, Some(_)) => false,
                    (Some(key), Some(_)) => held(Some(self.old), key) && !held(self.new, key),
                };
                if is_lost {
                    let key = need.key.as_deref().filter(|_| self.new.is_some());
                    let all = needing.entry(key).or_default();
                    if all.last().is_none_or(|last| !std::ptr::eq(*last, workload)) {
                        all.push(workload);
                    }
                }
            }
        }
        let kind = source.kind();
        let told = needing.iter().map(|(key, workloads)| {
            let what = match key {
                Some(key) => format!("key {} of {kind} {}", Quoted(key), Quoted(self.name)),
                None => format!("{kind} {}", Quoted(self.name)),
            };
            let (who, they) = self.named(workloads);
            let need = if they { "need" } else { "needs" };
            format!("{who} {need} {what}: without it no new Pod starts")
        });
        Ok(told.take(LIMIT).collect())
    }

    /// Whom no budget keeps any more.
    fn of_budget(&self) -> Result<Vec<String>, Unseen> {
        let (Some(old), new) = (self.old.budgeted(), self.new.and_then(Trimmed::budgeted)) else {
            return Ok(Vec::new());
        };
        let others = self.others(Neighbour::DisruptionBudget)?;
        let lost = self.lost(&old, new.as_ref(), &others, |_| true)?;
        Ok(self.left("PodDisruptionBudget", &lost, "a drained node may take all its Pods at once"))
    }

    /// Whom no network policy protects any more, in either direction.
    fn of_policy(&self) -> Result<Vec<String>, Unseen> {
        let (old, new) = (self.old.restricted(), self.new.map(Trimmed::restricted));
        let others = self.others(Neighbour::NetworkPolicy)?;
        let mut told = Vec::new();
        for (is_of, what) in [
            (
                (|of: &Selecting| of.ingress) as fn(&Selecting) -> bool,
                "whoever reaches its Pods may talk to them",
            ),
            (|of| of.egress, "its Pods may talk to whomever they reach"),
        ] {
            if is_of(&old) {
                let lost = self.lost(&old, new.as_ref(), &others, is_of)?;
                told.extend(self.left("NetworkPolicy", &lost, what));
            }
        }
        Ok(told)
    }

    /// All others of its kind in the namespace.
    fn others(&self, kind: Neighbour) -> Result<Vec<&'l Selecting>, Unseen> {
        Ok(self.inventory.selecting_but(kind, self.namespace, self.name)?.collect())
    }

    /// What the old one selects, and neither the new one nor another.
    fn lost(
        &self,
        old: &Selecting,
        new: Option<&Selecting>,
        others: &[&Selecting],
        is_of: impl Fn(&Selecting) -> bool,
    ) -> Result<Vec<&'l Running>, Unseen> {
        let selects =
            |by: &Selecting, workload: &Running| is_of(by) && by.selects(|key| workload.label(key));
        let mut lost = Vec::new();
        let mut looks = 0_usize;
        for workload in self.workloads()? {
            looks += 1;
            if !selects(old, workload) {
                continue;
            }
            looks += 1 + others.len();
            if looks > LOOKS {
                return Ok(Vec::new());
            }
            let mut still = new.into_iter().chain(others.iter().copied());
            if !still.any(|by| selects(by, workload)) {
                lost.push(workload);
            }
        }
        Ok(lost)
    }

    fn left(&self, kind: &str, lost: &[&Running], so: &str) -> Vec<String> {
        if lost.is_empty() {
            return Vec::new();
        }
        vec![format!("no {kind} is left for {}: {so}", self.named(lost).0)]
    }

    /// The first of them and how many more, as a sentence begins with them; and whether they are several.
    fn named(&self, workloads: &[&Running]) -> (String, bool) {
        let namespace = self.namespace.map(|name| format!("{name}/")).unwrap_or_default();
        let name = |workload: &&Running| {
            let name = clipped(&workload.name, QUOTE_LIMIT);
            printable(&format!("{} {namespace}{name}", workload.kind)).into_owned()
        };
        let first: Vec<String> = workloads.iter().take(NAMED).map(name).collect();
        let more = workloads.len().saturating_sub(NAMED);
        let named = match (first.as_slice(), more) {
            ([only], 0) => only.clone(),
            (some, 0) => some.join(" and "),
            (some, more) => format!("{} and {more} more", some.join(", ")),
        };
        (named, workloads.len() > 1)
    }
}
