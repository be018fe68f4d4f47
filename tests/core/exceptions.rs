//! Exceptions: what they excuse, until when, and that several never excuse more than each alone.

use jiff::{SignedDuration, Timestamp};
use plimsoll::policy::{Documents, MAX_DAYS, Snapshot, Terms, Unknown, load_with};
use plimsoll::review::{Verdict, review, review_update};
use plimsoll::rules::{Budget, Mode};
use plimsoll::subject::{Subject, built_in_kind};
use proptest::prelude::*;
use serde_json::{Value, json};

const POLICY: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: p}
spec: {rules: {privileged: {}, host-path-volumes: {}, run-as-non-root: {}, capabilities: {}}}
";

fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().expect("a moment")
}

fn exception(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: plimsoll.dev/v1alpha1\nkind: PolicyException\n\
         metadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

fn lasting(select: &str, rules: &str) -> String {
    format!("{{rules: [{rules}], select: {select}, reason: why, expires: '2027-01-01T00:00:00Z'}}")
}

fn documents(exceptions: &[String]) -> Documents {
    let text = format!("{POLICY}{}", exceptions.concat());
    load_with("p.yaml", &text, Unknown::IsWrong).unwrap_or_else(|e| panic!("{e:?}"))
}

fn snapshot(exceptions: &[String]) -> Snapshot {
    Snapshot::of(documents(exceptions), Terms::default())
}

/// A Pod of two privileged containers that mounts two paths of its node.
fn pod() -> Value {
    let container = |name: &str| {
        json!({"name": name, "image": "i", "securityContext": {"privileged": true, "runAsNonRoot": true,
               "capabilities": {"add": ["SYS_ADMIN"]}}})
    };
    let volume = |name: &str, path: &str| json!({"name": name, "hostPath": {"path": path}});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "cache-0", "namespace": "shop"},
           "spec": {"containers": [container("redis"), container("sidecar")],
                    "volumes": [volume("logs", "/var/log"), volume("root", "/")]}})
}

fn verdict(object: &Value, snapshot: &Snapshot, now: Timestamp) -> Verdict {
    let json = object.to_string();
    let kind = built_in_kind("", "Pod").expect("a kind");
    let subject = Subject::read(kind, json.as_bytes()).expect("readable");
    review(&subject, None, snapshot, now, &mut Budget::default())
}

/// Rule, container and place of each finding that refuses.
fn refusing(verdict: &Verdict) -> Vec<String> {
    let shown = verdict.denials().map(|v| {
        let container = v.finding.container.as_deref().unwrap_or("-");
        format!("{} {container} {}", v.rule.id, v.finding.at)
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

#[test]
fn an_exception_excuses_one_rule_of_one_container_and_nothing_else() {
    let all = refusing(&verdict(&pod(), &snapshot(&[]), now()));
    assert_eq!(all.len(), 6, "{all:?}");
    let spec = lasting("{kind: Pod, name: 'cache-?', containers: [redis]}", "privileged");
    let excused = verdict(&pod(), &snapshot(&[exception("e", &spec)]), now());
    let left = refusing(&excused);
    let gone: Vec<&String> = all.iter().filter(|one| !left.contains(one)).collect();
    assert_eq!(gone, ["privileged redis spec.containers[0].securityContext.privileged"]);
    let shown: Vec<_> =
        excused.excused().map(|v| (v.excused_by().unwrap().as_ref(), v.mode)).collect();
    assert_eq!(shown, [("shop/e", Mode::Deny)], "it is still told of");
}

#[test]
fn kind_name_namespace_and_container_must_all_fit() {
    let all = refusing(&verdict(&pod(), &snapshot(&[]), now()));
    for select in [
        "{kind: StatefulSet, name: '*'}",
        "{kind: Pod, name: cache}",
        "{kind: Pod, name: 'cache-??'}",
        "{kind: Pod, group: apps, name: '*'}",
        "{kind: Pod, name: '*', containers: [other]}",
    ] {
        let spec = lasting(select, "privileged, host-path-volumes, run-as-non-root, capabilities");
        let left = refusing(&verdict(&pod(), &snapshot(&[exception("e", &spec)]), now()));
        assert_eq!(left, all, "{select}");
    }
    let spec = lasting("{kind: Pod, name: '*'}", "privileged");
    let elsewhere = exception("e", &spec).replace("namespace: shop", "namespace: other");
    assert_eq!(refusing(&verdict(&pod(), &snapshot(&[elsewhere]), now())), all);
    // One that names containers does not excuse what is wrong with the Pod.
    let spec = lasting("{kind: Pod, name: '*', containers: [redis, sidecar]}", "host-path-volumes");
    assert_eq!(refusing(&verdict(&pod(), &snapshot(&[exception("e", &spec)]), now())), all);
}

#[test]
fn an_object_whose_namespace_is_not_known_is_excused_by_nothing() {
    let mut pod = pod();
    pod["metadata"].as_object_mut().unwrap().remove("namespace");
    let spec = lasting("{kind: Pod, name: '*'}", "privileged");
    let verdict = verdict(&pod, &snapshot(&[exception("e", &spec)]), now());
    assert_eq!(verdict.excused().count(), 0);
}

#[test]
fn an_excuse_that_is_bound_to_a_value_covers_no_other() {
    let bound = |field: &str, values: &str| {
        let spec = format!(
            "{{rules: [host-path-volumes, capabilities], select: {{kind: Pod, name: '*'}}, \
             found: [{{field: '{field}', values: [{values}]}}], reason: why, \
             expires: '2027-01-01T00:00:00Z'}}"
        );
        let verdict = verdict(&pod(), &snapshot(&[exception("e", &spec)]), now());
        verdict.excused().map(|v| v.finding.at.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        bound("spec.volumes[*].hostPath.path", "/var/log"),
        ["spec.volumes[0].hostPath"],
        "not the root of the node"
    );
    assert_eq!(bound("spec.volumes[1].hostPath.path", "/var/log"), [""; 0]);
    assert_eq!(bound("spec.volumes[*].hostPath.pat", "/var/log"), [""; 0]);
    let added = "spec.containers[*].securityContext.capabilities.add[*]";
    assert_eq!(bound(added, "SYS_ADMIN").len(), 2);
    assert_eq!(bound(added, "NET_ADMIN"), [""; 0]);
}

#[test]
fn an_exception_ends_at_its_moment_and_excuses_nothing_from_too_far_ahead() {
    let spec = lasting("{kind: Pod, name: '*'}", "privileged");
    let snapshot = snapshot(&[exception("e", &spec)]);
    let end: Timestamp = "2027-01-01T00:00:00Z".parse().expect("a moment");
    let excused = |at| verdict(&pod(), &snapshot, at).excused().count();
    let nearly = SignedDuration::from_nanos(1);
    assert_eq!((excused(end - nearly), excused(end)), (2, 0), "to the instant");
    let ahead = SignedDuration::from_hours(24 * i64::from(MAX_DAYS));
    assert_eq!((excused(end - ahead), excused(end - ahead - nearly)), (2, 0));
    let ended = verdict(&pod(), &snapshot, end);
    let said = ended.denials().filter_map(|v| v.lapsed()).map(ToString::to_string).next();
    assert_eq!(said.as_deref(), Some("the exception shop/e ended at 2027-01-01T00:00:00Z"));
}

#[test]
fn what_an_exception_let_in_is_no_known_flaw_once_it_has_ended() {
    let spec = lasting("{kind: Pod, name: '*'}", "privileged, host-path-volumes, capabilities");
    let snapshot = snapshot(&[exception("e", &spec)]);
    let (old, mut new) = (pod(), pod());
    new["metadata"]["labels"] = json!({"a": "b"});
    let (old, new) = (old.to_string(), new.to_string());
    let kind = built_in_kind("", "Pod").expect("a kind");
    let read = |json: &'static str| Subject::read(kind, json.as_bytes()).expect("readable");
    let (old, new) = (read(old.leak()), read(new.leak()));
    let update = |at: &str| {
        let at = at.parse().expect("a moment");
        review_update(&new, Some(&old), None, &snapshot, at, &mut Budget::default()).allowed()
    };
    assert!(update("2026-12-31T23:59:59Z"));
    assert!(!update("2027-01-01T00:00:00Z"));
}

fn any_exception() -> impl Strategy<Value = String> {
    let rules = prop::sample::subsequence(
        vec!["privileged", "host-path-volumes", "run-as-non-root", "capabilities"],
        1..=4,
    );
    let names = prop::sample::select(vec!["*", "cache-*", "cache-0", "other", "?ache-0"]);
    let containers = prop::sample::select(vec!["", "redis", "sidecar", "redis, sidecar", "x"]);
    let ends = prop::sample::select(vec!["2026-11-30", "2026-12-02", "2027-01-01", "2028-01-01"]);
    let bound = prop::sample::select(vec![
        "",
        "{field: 'spec.volumes[*].hostPath.path', values: [/var/log]}",
        "{field: 'spec.volumes[*].hostPath.path', values: [/]}",
        "{field: 'spec.containers[*].securityContext.privileged', values: ['true']}",
    ]);
    (rules, names, containers, ends, bound).prop_map(|(rules, name, containers, ends, bound)| {
        format!(
            "{{rules: [{}], select: {{kind: Pod, name: '{name}', containers: [{containers}]}}, \
             found: [{bound}], reason: why, expires: '{ends}T00:00:00Z'}}",
            rules.join(", ")
        )
    })
}

proptest! {
    /// F-98.
    #[test]
    fn f98_several_exceptions_excuse_what_each_alone_excuses_and_no_more(
        specs in prop::collection::vec(any_exception(), 1..5)
    ) {
        let each: Vec<String> =
            specs.iter().enumerate().map(|(n, spec)| exception(&format!("e{n}"), spec)).collect();
        let excused = |exceptions: &[String]| {
            let verdict = verdict(&pod(), &snapshot(exceptions), now());
            let key = |v: &plimsoll::review::Violation| {
                (v.rule.id.to_string(), v.finding.container.clone(), v.finding.at.clone())
            };
            verdict.excused().map(key).collect::<std::collections::BTreeSet<_>>()
        };
        let together = excused(&each);
        let alone = each.iter().flat_map(|one| excused(std::slice::from_ref(one))).collect();
        prop_assert_eq!(together, alone);
    }
}

/// What has ended is no reason to let the same in, in another form: for the pod and not the container.
#[test]
fn a_flaw_that_an_exception_let_in_is_not_inherited_in_another_form_once_it_has_ended() {
    let of_redis = lasting("{kind: Pod, name: cache-0, containers: [redis]}", "run-as-non-root");
    let snapshot = snapshot(&[exception("e", &of_redis)]);
    let root = |of_pod: bool| {
        let mut pod = pod();
        for (at, key) in [(0, "redis"), (1, "sidecar")] {
            let is_redis = key == "redis";
            pod["spec"]["containers"][at]["securityContext"] =
                if is_redis && !of_pod { json!({"runAsNonRoot": false}) } else { json!({}) };
            if !is_redis {
                pod["spec"]["containers"][at]["securityContext"] = json!({"runAsNonRoot": true});
            }
        }
        if of_pod {
            pod["spec"]["securityContext"] = json!({"runAsNonRoot": false});
        }
        pod["spec"]["volumes"] = json!([]);
        pod
    };
    let refused_at = |new: &Value, now: &str| {
        let (old, new) = (root(false).to_string(), new.to_string());
        let kind = built_in_kind("", "Pod").expect("a kind");
        let read = |json: &'static str| Subject::read(kind, json.as_bytes()).expect("readable");
        let (old, new) = (read(old.leak()), read(new.leak()));
        let now = now.parse().expect("a moment");
        let verdict = review_update(&new, Some(&old), None, &snapshot, now, &mut Budget::default());
        !verdict.allowed()
    };
    assert!(!refused_at(&root(false), "2026-12-02T00:00:00Z"), "while it holds");
    for of_pod in [false, true] {
        assert!(refused_at(&root(of_pod), "2027-01-02T00:00:00Z"), "of the pod: {of_pod}");
    }
}

#[test]
fn a_list_of_nothing_is_none_of_the_values_that_an_exception_is_bound_to() {
    let spec = "{rules: [capabilities-drop-all], select: {kind: Pod, name: cache-0}, reason: why, \
                found: [{field: 'spec.containers[*].securityContext.capabilities.drop', values: [NET_RAW]}], \
                expires: '2027-01-01T00:00:00Z'}";
    let policy = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\n\
                  spec: {rules: {capabilities-drop-all: {}}}\n";
    let text = format!("{policy}{}", exception("e", spec));
    let documents =
        load_with("p.yaml", &text, Unknown::IsWrong).unwrap_or_else(|e| panic!("{e:?}"));
    let snapshot = Snapshot::of(documents, Terms::default());
    let allowed = |drop: Value| {
        let capabilities = json!({"capabilities": {"drop": drop}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "cache-0", "namespace": "shop"},
            "spec": {"containers": [{"name": "a", "image": "i", "securityContext": capabilities}]}});
        let json = pod.to_string();
        let kind = built_in_kind("", "Pod").expect("a kind");
        let mut subject = Subject::read(kind, json.as_bytes()).expect("readable");
        subject.source = plimsoll::subject::Source::Json(json.as_bytes());
        review(&subject, None, &snapshot, now(), &mut Budget::default()).allowed()
    };
    assert!(allowed(json!(["NET_RAW"])), "what it is bound to");
    assert!(!allowed(json!([])) && !allowed(json!(["KILL"])));
}
