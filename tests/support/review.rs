//! AdmissionReviews as the API server sends them, and what can be made of them.

use std::fmt;

use plimsoll::subject::BUILT_IN;
use serde_json::{Value, json};

/// The uid of every review made here.
pub const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// A review of creating `object`.
pub fn create(object: &Value) -> String {
    Review::create(object).to_string()
}

/// A review of updating `old` to `object`.
pub fn update(old: &Value, object: &Value) -> String {
    Review::update(old, object).to_string()
}

/// A review, whose members can be changed one by one before it is written by `to_string`: whole, and
/// in the order in which Go writes them, unless something else is asked for.
///
/// What is changed or taken away has to be there, and what is added must not: a review that is not
/// changed as a test means it to be makes a test that proves nothing.
#[derive(Debug, Clone)]
pub struct Review {
    frame: Members,
    request: Members,
}

impl Review {
    /// Of creating `object`.
    pub fn create(object: &Value) -> Self {
        Self::of("CREATE", object, &Value::Null)
    }

    /// Of updating `old` to `object`.
    pub fn update(old: &Value, object: &Value) -> Self {
        Self::of("UPDATE", object, old)
    }

    /// Of deleting `old`.
    pub fn delete(old: &Value) -> Self {
        Self::of("DELETE", &Value::Null, old)
    }

    /// Of any operation; kind, resource, name and namespace are those of `object`, or of `old` where
    /// there is no `object`.
    pub fn of(operation: &str, object: &Value, old: &Value) -> Self {
        let known = if object.is_null() { old } else { object };
        let version = known["apiVersion"].as_str().unwrap_or("v1");
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let kind = known["kind"].as_str().unwrap_or("Pod");
        let built_in = BUILT_IN.iter().find(|k| k.kind == kind && k.group == group);
        let plural = || format!("{}s", kind.to_lowercase());
        let resource = built_in.map_or_else(plural, |k| k.resource.to_string());
        let kind = json!({"group": group, "version": version, "kind": kind}).to_string();
        let resource =
            json!({"group": group, "version": version, "resource": resource}).to_string();
        let request = [
            ("uid", json!(UID).to_string()),
            ("kind", kind.clone()),
            ("resource", resource.clone()),
            ("requestKind", kind),
            ("requestResource", resource),
            ("name", known["metadata"]["name"].to_string()),
            ("namespace", known["metadata"]["namespace"].to_string()),
            ("operation", json!(operation).to_string()),
            ("userInfo", user_info("developer")),
            ("object", object.to_string()),
            ("oldObject", old.to_string()),
            ("dryRun", "false".to_owned()),
            ("options", r#"{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}"#.to_owned()),
        ];
        let frame = [
            ("kind", json!("AdmissionReview").to_string()),
            ("apiVersion", json!("admission.k8s.io/v1").to_string()),
        ];
        Self { frame: Members::new(frame), request: Members::new(request) }
    }

    /// Of this operation.
    #[must_use]
    pub fn operation(self, operation: &str) -> Self {
        self.with("operation", operation)
    }

    /// Of a subresource; of the object itself where `name` is empty.
    #[must_use]
    pub fn sub_resource(mut self, name: &str) -> Self {
        if !name.is_empty() {
            self.request.insert_behind("resource", "subResource", json!(name).to_string());
        }
        self
    }

    /// Of a resource of this group.
    #[must_use]
    pub fn resource(self, group: &str, resource: &str) -> Self {
        self.with("resource", json!({"group": group, "version": "v1", "resource": resource}))
    }

    /// Of a kind of this group.
    #[must_use]
    pub fn kind(self, group: &str, kind: &str) -> Self {
        self.with("kind", json!({"group": group, "version": "v1", "kind": kind}))
    }

    /// Asked for by this user.
    #[must_use]
    pub fn user(mut self, name: &str) -> Self {
        self.request.set("userInfo", user_info(name));
        self
    }

    /// In this namespace, whatever the object says.
    #[must_use]
    pub fn namespace(self, namespace: &str) -> Self {
        self.with("namespace", namespace)
    }

    /// With another value of a member of the request.
    #[must_use]
    pub fn with(self, member: &str, value: impl Into<Value>) -> Self {
        self.with_text(member, &value.into().to_string())
    }

    /// With text, be it JSON or not, as the value of a member of the request.
    #[must_use]
    pub fn with_text(mut self, member: &str, text: &str) -> Self {
        self.request.set(member, text.to_owned());
        self
    }

    /// With one more member of the request, behind the others.
    #[must_use]
    pub fn adding(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.request.add(member, value.into().to_string());
        self
    }

    /// With a member of the request twice, first with this value.
    #[must_use]
    pub fn twice(mut self, member: &str, value: impl Into<Value>) -> Self {
        let at = self.request.position(member);
        self.request.0.insert(at, (member.to_owned(), value.into().to_string()));
        self
    }

    /// Without a member of the request.
    #[must_use]
    pub fn without(mut self, member: &str) -> Self {
        self.request.remove(member);
        self
    }

    /// With another value of a member that stands beside the request.
    #[must_use]
    pub fn with_beside(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.frame.set(member, value.into().to_string());
        self
    }

    /// With one more member beside the request, in front of it.
    #[must_use]
    pub fn adding_beside(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.frame.add(member, value.into().to_string());
        self
    }

    /// Without a member that stands beside the request.
    #[must_use]
    pub fn without_beside(mut self, member: &str) -> Self {
        self.frame.remove(member);
        self
    }

    /// With all members in the order of their names, so that the object comes before the resource and
    /// the uid behind it.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        for members in [&mut self.frame, &mut self.request] {
            members.0.sort();
            for (_, text) in &mut members.0 {
                if let Ok(value) = serde_json::from_str::<Value>(text) {
                    *text = value.to_string();
                }
            }
        }
        self
    }

    /// With two members of the request in each other's place, counted around.
    #[must_use]
    pub fn swapped(mut self, one: usize, other: usize) -> Self {
        let count = self.request.0.len();
        self.request.0.swap(one % count, other % count);
        self
    }
}

impl fmt::Display for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        self.frame.write(f)?;
        if !self.frame.0.is_empty() {
            f.write_str(",")?;
        }
        f.write_str("\"request\":{")?;
        self.request.write(f)?;
        f.write_str("}}")
    }
}

/// The members of a JSON object, in order: each name, and the text of its value.
#[derive(Debug, Clone)]
struct Members(Vec<(String, String)>);

impl Members {
    fn new<const N: usize>(members: [(&str, String); N]) -> Self {
        Self(members.map(|(name, text)| (name.to_owned(), text)).into())
    }

    fn position(&self, name: &str) -> usize {
        let mut found = (0..self.0.len()).filter(|&at| self.0[at].0 == name);
        match (found.next(), found.next()) {
            (Some(at), None) => at,
            (None, _) => panic!("the review has no `{name}`"),
            (Some(_), Some(_)) => panic!("the review has `{name}` twice"),
        }
    }

    fn set(&mut self, name: &str, text: String) {
        let at = self.position(name);
        self.0[at].1 = text;
    }

    fn remove(&mut self, name: &str) {
        let at = self.position(name);
        self.0.remove(at);
    }

    fn add(&mut self, name: &str, text: String) {
        assert!(self.0.iter().all(|(other, _)| other != name), "the review has `{name}` already");
        self.0.push((name.to_owned(), text));
    }

    fn insert_behind(&mut self, before: &str, name: &str, text: String) {
        self.add(name, text);
        let added = self.0.pop().expect("a member");
        let at = self.position(before) + 1;
        self.0.insert(at, added);
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, text)) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}\"{name}\":{text}")?;
        }
        Ok(())
    }
}

fn user_info(name: &str) -> String {
    format!(r#"{{"username":{},"groups":["system:authenticated"]}}"#, json!(name))
}
