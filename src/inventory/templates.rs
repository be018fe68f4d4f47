//! What controllers make pods from, by the uid of the owner: packed, and kept only of owners that
//! have something to make.

use std::sync::Arc;

use rpds::HashTrieMapSync;

use super::neighbour::Sight;
use super::owner_kinds::OwnerKind;
use super::owners::{Owner, Template, revision_key};

/// What is made from the objects of one kind. A copy shares all that is not changed.
#[derive(Debug, Clone)]
pub struct Templates {
    kind: &'static OwnerKind,
    by_key: HashTrieMapSync<Box<str>, Arc<Template>>,
    /// About how many bytes that takes.
    weight: usize,
    is_full: bool,
}

/// About how many bytes of templates are kept of one kind.
pub(super) const TEMPLATE_LIMIT: usize = 24 << 20;

/// What an entry takes beside its texts, in bytes.
const ENTRY: usize = 250;

impl Templates {
    /// None of a kind.
    pub fn of(kind: &'static OwnerKind) -> Self {
        Self { kind, by_key: HashTrieMapSync::new_sync(), weight: 0, is_full: false }
    }

    /// The kind.
    pub fn kind(&self) -> &'static OwnerKind {
        self.kind
    }

    /// Whether there was more than is kept.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// How many are kept, and about how many bytes they take.
    pub fn size(&self) -> (usize, usize) {
        (self.by_key.size(), self.weight)
    }

    /// Takes note of an owner, in place of what was known of it.
    pub fn apply(&mut self, owner: &Owner) {
        let Some(key) = owner.key(self.kind) else { return };
        let known = self.by_key.get(key.as_str());
        let Some((template, generation)) = owner.makes_from(self.kind) else {
            return self.forget(&key);
        };
        // Most events tell of a status, and leave the rest as it was.
        if generation > 0 && known.is_some_and(|known| known.generation == generation) {
            return;
        }
        self.forget(&key);
        let template = Template::of(&template, generation);
        let weight = weight(&key, &template);
        if self.weight.saturating_add(weight) > TEMPLATE_LIMIT {
            self.is_full = true;
            return;
        }
        self.weight += weight;
        self.by_key.insert_mut(key.into_boxed_str(), Arc::new(template));
    }

    /// Forgets an owner that is gone.
    pub fn delete(&mut self, owner: &Owner) {
        if let Some(key) = owner.key(self.kind) {
            self.forget(&key);
        }
    }

    fn forget(&mut self, key: &str) {
        if let Some(known) = self.by_key.get(key) {
            self.weight = self.weight.saturating_sub(weight(key, known));
            self.by_key.remove_mut(key);
        }
    }

    /// What the owner of this uid makes others from.
    pub(super) fn of_owner(&self, uid: &str) -> Option<&Arc<Template>> {
        self.by_key.get(uid)
    }

    /// What the `StatefulSet` of this uid made others from at a revision.
    pub(super) fn of_revision(&self, uid: &str, name: &str) -> Option<&Arc<Template>> {
        self.by_key.get(revision_key(uid, name).as_str())
    }
}

fn weight(key: &str, template: &Template) -> usize {
    ENTRY + key.len() + template.weight()
}

/// What is made from the objects of one kind, and how well that is known.
#[derive(Debug, Clone)]
pub(super) struct Owners {
    pub(super) templates: Templates,
    pub(super) sight: Sight,
}

impl Owners {
    /// Of nothing of this kind anything is known.
    pub(super) fn of(kind: &'static OwnerKind) -> Self {
        Self { templates: Templates::of(kind), sight: Sight::default() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn owner(whole: Value) -> Owner {
        serde_json::from_value(whole).expect("an object")
    }

    fn replica_set(replicas: i64, generation: i64, image: &str) -> Owner {
        owner(json!({
            "metadata": {"name": "a", "namespace": "shop", "uid": "u", "generation": generation},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"image": image}]}}},
        }))
    }

    fn of(kind: &str) -> Templates {
        Templates::of(OwnerKind::all().find(|known| known.kind == kind).expect("a kind"))
    }

    #[test]
    fn only_owners_that_have_pods_to_make_are_kept() {
        let mut all = of("ReplicaSet");
        all.apply(&replica_set(0, 1, "a"));
        assert_eq!(all.size(), (0, 0));
        all.apply(&replica_set(2, 2, "a"));
        let known = Arc::clone(all.of_owner("u").expect("kept"));
        let made: Value = serde_json::from_slice(&known.made().expect("packed")).expect("JSON");
        assert_eq!(made, json!({"spec": {"containers": [{"image": "a"}]}}));
        // A change of its status alone is none.
        all.apply(&replica_set(2, 2, "ignored"));
        assert!(Arc::ptr_eq(all.of_owner("u").expect("kept"), &known));
        all.apply(&replica_set(2, 3, "b"));
        assert_ne!(all.of_owner("u"), Some(&known));
        all.apply(&replica_set(0, 4, "b"));
        assert_eq!(all.size(), (0, 0), "all that went was counted off");
        for (kind, spec, status, is_kept) in [
            ("Deployment", json!({"replicas": 0}), json!({}), true),
            ("StatefulSet", json!({"replicas": 0}), json!({}), false),
            ("CronJob", json!({"suspend": true}), json!({}), false),
            ("Job", json!({"suspend": true}), json!({}), true),
            (
                "Job",
                json!({}),
                json!({"conditions": [{"type": "Failed", "status": "True"}]}),
                false,
            ),
            (
                "Job",
                json!({}),
                json!({"conditions": [{"type": "Failed", "status": "False"}]}),
                true,
            ),
        ] {
            let mut spec = spec;
            spec["template"] = json!({});
            let mut all = of(kind);
            let told = json!({"metadata": {"uid": "u"}, "spec": spec, "status": status});
            all.apply(&owner(told.clone()));
            assert_eq!(all.of_owner("u").is_some(), is_kept, "{kind} {told}");
        }
    }

    #[test]
    fn a_revision_is_found_by_its_set_and_that_of_another_kind_is_not_kept() {
        let revision = |kind: &str| {
            owner(json!({
                "metadata": {"name": "db-1", "uid": "r", "ownerReferences": [
                    {"kind": kind, "uid": "s", "controller": true}]},
                "data": {"spec": {"template": {"$patch": "replace", "spec": {}}}},
            }))
        };
        let mut all = of("ControllerRevision");
        all.apply(&revision("DaemonSet"));
        assert_eq!(all.size().0, 0);
        all.apply(&revision("StatefulSet"));
        assert!(all.of_revision("s", "db-1").is_some() && all.of_owner("r").is_none());
        all.delete(&revision("StatefulSet"));
        assert_eq!(all.size(), (0, 0));
    }

    #[test]
    fn what_a_deployment_makes_has_the_form_of_a_replica_set() {
        let mut all = of("Deployment");
        all.apply(&replica_set(1, 1, "a"));
        let made = all.of_owner("u").and_then(|known| known.made()).expect("packed");
        let made: Value = serde_json::from_slice(&made).expect("JSON");
        assert_eq!(made["spec"]["template"]["spec"]["containers"][0]["image"], "a");
    }

    #[test]
    fn an_object_of_another_form_is_nobody_and_stops_nobody() {
        for odd in
            [json!(null), json!(7), json!([1]), json!({"metadata": 7, "spec": [], "data": 1})]
        {
            let mut all = of("ReplicaSet");
            all.apply(&owner(odd));
            assert_eq!(all.size(), (0, 0));
        }
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut all = of("Deployment");
        // Does not pack well.
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'A' + u8::try_from(state >> 58).expect("six bits"))
        };
        let noise: String = (0..700_000).map(|_| next()).collect();
        let full = (0..200).find(|number| {
            all.apply(&owner(json!({
                "metadata": {"uid": number.to_string()}, "spec": {"template": {"a": noise}},
            })));
            all.is_full()
        });
        assert!(full.is_some() && all.size().1 <= TEMPLATE_LIMIT, "{:?}", all.size());
    }

    #[test]
    fn what_stands_in_a_template_is_not_shown() {
        let template = Template::of(&json!({"env": "hunter2"}), 1);
        assert_eq!(format!("{template:?}").matches("hunter2").count(), 0);
    }
}
