//! Whether the API server knows all of a kind that this version does: what its definition lacks nobody
//! can write, and it is handed out to nobody where it is stored (F-81).

use std::sync::Arc;
use std::time::Duration;

use kube::{Api, Client};
use serde_json::{Map, Value};
use tokio::time::{MissedTickBehavior, interval};

use super::crds::definitions;
use super::objects::{OwnKind, Raw, resource_of_definitions};
use super::{Observer, ask};

/// How often the definition is looked at.
const INTERVAL: Duration = Duration::from_secs(30);

/// The most fields that are named.
const NAMED: usize = 20;

/// Looks at the definition of a kind for good, and tells what it lacks. That there is none, or that it
/// cannot be read, others tell.
pub async fn watch(client: Client, kind: OwnKind, observer: Arc<dyn Observer>) {
    let name = kind.definition();
    let ours = definitions().into_iter().flatten();
    let ours = ours.filter_map(|definition| serde_json::to_value(definition).ok());
    let is_it = |one: &Value| one.pointer("/metadata/name").is_some_and(|of| of == name.as_str());
    let Some(ours) = ours.into_iter().find(is_it) else { return };
    let api: Api<Raw> = Api::all_with(client, &resource_of_definitions());
    let mut told = Vec::new();
    let mut looks = interval(INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let Ok(Some(theirs)) = ask(api.get_opt(&name)).await else { continue };
        let lacks = lacking(&ours, theirs.whole());
        observer.definition_lacks(kind.plural, lacks.len());
        if lacks != told {
            tell(kind, &lacks);
            told = lacks;
        }
    }
}

fn tell(kind: OwnKind, lacks: &[String]) {
    let kind = kind.kind;
    if lacks.is_empty() {
        tracing::info!(kind, "the API server knows all of the kind that this version does");
        return;
    }
    let fields = lacks.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let count = lacks.len();
    tracing::warn!(
        kind,
        count,
        fields,
        "the API server's definition of the kind lacks fields of this version, which so are in force \
         nowhere; apply what `plimsoll crds` prints"
    );
}

/// The fields of a specification that one definition has and the other lacks, the outermost of each.
fn lacking(ours: &Value, theirs: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let (Some(ours), Some(theirs)) = (spec_of(ours), spec_of(theirs)) {
        compare(ours, theirs, "spec", &mut found);
    }
    found
}

/// The schema of the specification, in the version that is stored.
fn spec_of(definition: &Value) -> Option<&Value> {
    let versions = definition.pointer("/spec/versions")?.as_array()?;
    let stored =
        versions.iter().find(|version| version.get("storage").is_some_and(|is| is == true))?;
    stored.pointer("/schema/openAPIV3Schema/properties/spec")
}

fn compare(ours: &Value, theirs: &Value, at: &str, found: &mut Vec<String>) {
    // What keeps everything lacks nothing.
    if theirs["x-kubernetes-preserve-unknown-fields"] == true {
        return;
    }
    for (name, ours) in ours["properties"].as_object().into_iter().flat_map(Map::iter) {
        let at = format!("{at}.{name}");
        match theirs["properties"].get(name) {
            Some(theirs) => compare(ours, theirs, &at, found),
            None => found.push(at),
        }
    }
    for (part, sign) in [("items", "[]"), ("additionalProperties", ".*")] {
        if ours[part].is_object() {
            compare(&ours[part], &theirs[part], &format!("{at}{sign}"), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str =
        "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/rules/properties";

    fn ours() -> Value {
        serde_json::to_value(&definitions().unwrap()[0]).unwrap()
    }

    #[test]
    fn a_definition_lacks_nothing_of_itself_and_of_one_that_knows_more() {
        let mut newer = ours();
        assert_eq!(lacking(&ours(), &newer), [""; 0]);
        newer.pointer_mut(RULES).unwrap()["rule-of-tomorrow"] = Value::Object(Map::new());
        assert_eq!(lacking(&ours(), &newer), [""; 0]);
    }

    #[test]
    fn a_definition_lacks_a_rule_and_a_parameter_that_it_does_not_know() {
        let mut older = ours();
        let rules = older.pointer_mut(RULES).and_then(Value::as_object_mut).unwrap();
        rules.remove("host-ports").unwrap();
        let parameters = rules["image-tag"]["properties"].as_object_mut().unwrap();
        parameters.remove("moving").unwrap();
        let lacks = lacking(&ours(), &older);
        assert_eq!(lacks, ["spec.rules.host-ports", "spec.rules.image-tag.moving"]);
    }

    #[test]
    fn a_definition_that_keeps_what_it_does_not_know_lacks_nothing() {
        let mut older = ours();
        let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
        *older.pointer_mut(spec).unwrap() =
            serde_json::json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        assert_eq!(lacking(&ours(), &older), [""; 0]);
    }
}
