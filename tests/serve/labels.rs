//! Labels that are judged, and not only looked at to see who is bound: an update of nothing but these
//! is an update.

use plimsoll::policy::Snapshot;
use serde_json::{Value, json};
use support::review::{Review, create, update};

use crate::fixture::{allowed, ask_under, good, good_pod, spec};

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

fn with_labels(mut object: Value, labels: Value) -> Value {
    object["metadata"]["labels"] = labels;
    object
}

fn namespace(name: &str, labels: Value) -> Value {
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    with_labels(object, labels)
}

fn lets(policy: &Snapshot, old: &Value, new: &Value) -> bool {
    allowed(policy, &update(old, new))
}

#[test]
fn an_update_that_only_takes_a_required_label_away_is_refused() {
    let policy = spec("{rules: {required-labels: {labels: [{key: team}], of: [Workload]}}}");
    let labelled = with_labels(good(), json!({"team": "a", "tier": "x"}));
    let bare = with_labels(good(), json!({"tier": "x"}));
    assert!(allowed(&policy, &create(&labelled)) && !allowed(&policy, &create(&bare)));
    assert!(!lets(&policy, &labelled, &bare), "nothing else that is judged has changed");
    // What lacked it before goes on, whatever else becomes of its labels.
    assert!(lets(&policy, &bare, &with_labels(good(), json!({"tier": "y"}))));
    assert!(lets(&policy, &bare, &labelled));
    let of_pods = spec("{rules: {required-labels: {labels: [{key: team}]}}}");
    let (labelled, bare) =
        (with_labels(good_pod(), json!({"team": "a"})), with_labels(good_pod(), json!({})));
    assert!(!lets(&of_pods, &labelled, &bare), "the labels of a Pod are those of its template");
}

#[test]
fn a_label_that_goes_stale_is_refused_and_one_that_was_goes_on() {
    let policy = spec("{rules: {version-agreement: {}}}");
    let version =
        |version: &str| with_labels(good(), json!({"app.kubernetes.io/version": version}));
    let image = good()["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    let (_, tag) = image.as_str().unwrap().split_once(':').expect("a tag");
    let tag = tag.split('@').next().unwrap();
    assert!(!lets(&policy, &version(tag), &version("0.0.1")));
    assert!(lets(&policy, &version("0.0.1"), &version("0.0.1")));
}

#[test]
fn an_update_of_a_namespace_that_lets_more_in_is_refused() {
    let policy = spec("{rules: {namespace-pod-security: {level: restricted}}}");
    let level = |level: &str| namespace("shop", json!({ENFORCE: level}));
    let open = namespace("shop", json!({}));
    assert!(!lets(&policy, &level("restricted"), &open));
    assert!(!lets(&policy, &level("restricted"), &level("baseline")));
    assert!(!lets(&policy, &level("baseline"), &open));
    assert!(
        lets(&policy, &open, &level("baseline")),
        "less than is asked for, and more than before"
    );
    assert!(lets(&policy, &open, &namespace("shop", json!({"team": "a"}))));
    assert!(!lets(&policy, &level("baseline"), &level("privileged")));
}

/// As the API server has it, which sends the name of a Namespace as its namespace once it is there.
#[test]
fn a_namespace_is_in_itself_and_is_named_once() {
    let policy = spec(
        "{match: {namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, \
         operator: NotIn, values: [kube-system]}]}}, rules: {namespace-pod-security: {}}}",
    );
    assert!(!allowed(&policy, &create(&namespace("shop", json!({})))));
    assert!(allowed(&policy, &create(&namespace("kube-system", json!({})))));
    let body = Review::create(&namespace("shop", json!({}))).namespace("shop").to_string();
    let answer = ask_under(&policy, body).unwrap();
    let message = answer.response.status.expect("denied").message;
    assert!(message.contains("Namespace shop fails"), "{message}");
}

#[test]
fn no_namespace_steps_out_of_a_policy_by_its_labels() {
    let policy = spec(
        "{match: {namespaceSelector: {matchLabels: {env: prod}}}, \
         rules: {namespace-pod-security: {}}}",
    );
    let bound = namespace("shop", json!({"env": "prod", ENFORCE: "baseline"}));
    assert!(!lets(&policy, &bound, &namespace("shop", json!({"env": "test"}))));
    assert!(lets(&policy, &bound, &namespace("shop", json!({"env": "test", ENFORCE: "baseline"}))));
    let free = namespace("shop", json!({"env": "test"}));
    assert!(lets(&policy, &free, &namespace("shop", json!({}))));
}

/// Who deletes a workload and leaves its Pods lets the garbage collector take their owner away.
#[test]
fn a_pod_is_orphaned_without_a_refusal_and_made_without_an_owner_with_one() {
    let policy = spec("{rules: {bare-pod: {}}}");
    let mut owned = good_pod();
    owned["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "a", "uid": "1", "controller": true
    }]);
    assert!(allowed(&policy, &create(&owned)) && !allowed(&policy, &create(&good_pod())));
    assert!(lets(&policy, &owned, &good_pod()));
    // An owner is no way out of any other rule.
    let strict = spec("{rules: {bare-pod: {}, host-namespaces: {}}}");
    owned["spec"]["hostPID"] = true.into();
    assert!(!allowed(&strict, &create(&owned)));
}

/// What ends by itself was good when it was written.
#[test]
fn a_sign_off_that_has_ended_stops_no_update_and_none_that_is_made_worse() {
    let policy = spec("{rules: {sign-off: {roles: [security], maxDays: 30}}}");
    let signed = |by: &str| {
        let mut object = good();
        object["metadata"]["annotations"] = json!({"sign-off.plimsoll.dev/security": by});
        object
    };
    // It is 1970.
    assert!(allowed(&policy, &create(&signed("j.doe 1969-12-24"))));
    let old = signed("j.doe 1969-06-01");
    assert!(!allowed(&policy, &create(&old)));
    let mut new = old.clone();
    new["spec"]["replicas"] = 7.into();
    assert!(lets(&policy, &old, &new));
    assert!(!lets(&policy, &old, &signed("j.doe 1969-05-01")));
    assert!(!lets(&policy, &old, &good()), "there is none now");
}
