//! F-36 to F-38: an update is refused for what it brings in, not for what was there.

use serde_json::{Value, json};
use support::review::{Review, update};

use crate::fixture::{PRODUCTION_POLICY, allowed, ask, ask_under, bad, good, good_pod, spec};

fn is_allowed(old: &Value, new: &Value) -> bool {
    allowed(&PRODUCTION_POLICY, &update(old, new))
}

fn changed(object: &Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut object = object.clone();
    change(&mut object);
    object
}

fn containers(object: &mut Value) -> &mut Vec<Value> {
    object["spec"]["template"]["spec"]["containers"].as_array_mut().expect("containers")
}

fn refusals(old: &Value, new: &Value) -> Vec<String> {
    let answer = ask(update(old, new)).unwrap();
    let details = answer.response.status.expect("denied").details.expect("details");
    details.causes.into_iter().map(|cause| format!("{}: {}", cause.reason, cause.field)).collect()
}

/// A review of an update that this user asks for.
fn by(user: &str, old: &Value, new: &Value) -> String {
    Review::update(old, new).user(user).to_string()
}

#[test]
fn f36_an_unchanged_violating_object_is_admitted_and_a_person_is_told_in_one_line() {
    let answer = ask(update(&bad(), &bad())).unwrap();
    assert!(answer.response.allowed && !answer.is_fault);
    assert_eq!(answer.response.status, None);
    let known = answer.verdict.warnings().count();
    assert!(known >= 5 && answer.verdict.warnings().all(|violation| violation.inherited));
    let line = format!("{known} known violations stay; `plimsoll check` shows them");
    assert_eq!(answer.response.warnings, [line]);
}

#[test]
fn f36_a_program_is_told_nothing_about_what_was_known() {
    let labelled = changed(&bad(), |o| o["metadata"]["labels"]["team"] = "a".into());
    for user in [
        "system:serviceaccount:argocd:argocd-application-controller",
        "system:node:node0",
        "system:kube-controller-manager",
    ] {
        let answer = ask(by(user, &bad(), &labelled)).unwrap();
        assert!(answer.response.allowed);
        assert_eq!(answer.response.warnings, [""; 0], "{user}");
        // The audit log keeps it, unless the policy does not bind who asks.
        let is_bound = user.contains("argocd") || user.contains("node");
        assert_eq!(answer.response.audit_annotations.contains_key("warned"), is_bound);
    }
}

#[test]
fn what_an_update_brings_in_is_shown_in_full_beside_what_was_known() {
    let policy = spec("{mode: warn, rules: {resource-limits: {}, privileged: {}}}");
    let worse = changed(&bad(), |o| {
        containers(o)[0]["securityContext"]["privileged"] = true.into();
    });
    for (user, lines) in [("developer", 2), ("system:serviceaccount:a:b", 1)] {
        let answer = ask_under(&policy, by(user, &bad(), &worse)).unwrap();
        let warnings = &answer.response.warnings;
        assert!(warnings[0].starts_with("privileged: container \"api\" is privileged; set "));
        assert_eq!(warnings.len(), lines, "{warnings:?}");
    }
    let answer = ask_under(&policy, update(&bad(), &worse)).unwrap();
    assert_eq!(answer.response.warnings[1], "1 known violation stays; `plimsoll check` shows them");
}

#[test]
fn f36_a_change_of_metadata_or_status_alone_is_admitted() {
    let old = changed(&bad(), |o| {
        o["metadata"]["finalizers"] = json!(["foregroundDeletion", "example.com/keep"]);
        o["metadata"]["ownerReferences"] = json!([{"kind": "Shop", "name": "a", "uid": "1"}]);
    });
    let changes: [fn(&mut Value); 7] = [
        |o| o["metadata"]["finalizers"] = json!([]),
        |o| o["metadata"]["labels"]["team"] = "a".into(),
        |o| o["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "3"}),
        |o| o["metadata"]["ownerReferences"] = Value::Null,
        |o| o["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into(),
        |o| o["status"] = json!({"replicas": 2}),
        |o| o["spec"]["replicas"] = 7.into(),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let new = changed(&old, change);
        assert!(is_allowed(&old, &new), "change {index}");
        let status = Review::update(&old, &new).sub_resource("status");
        assert!(allowed(&PRODUCTION_POLICY, &status.to_string()), "change {index} through status");
    }
}

#[test]
fn f36_a_deletion_timestamp_buys_nothing_for_a_new_violation() {
    // CVE-2023-34091: hold an object open with a finalizer, then edit it freely.
    let held = |o: &mut Value| {
        o["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        o["metadata"]["finalizers"] = json!(["example.com/hold"]);
    };
    let old = changed(&good(), held);
    let new = changed(&bad(), held);
    assert!(!is_allowed(&old, &new));
    assert!(is_allowed(&new, &changed(&new, |o| o["metadata"]["finalizers"] = json!([]))));
}

#[test]
fn a_new_violation_is_denied_and_the_old_ones_are_not_held_against_it() {
    let new =
        changed(&bad(), |o| containers(o)[0]["image"] = "registry.example/shop/api:latest".into());
    assert_eq!(refusals(&bad(), &new), ["image-tag: spec.template.spec.containers[0].image"]);
    let worse = changed(&bad(), |o| o["spec"]["template"]["spec"]["hostNetwork"] = true.into());
    assert_eq!(refusals(&bad(), &worse), ["host-namespaces: spec.template.spec.hostNetwork"]);
}

#[test]
fn f37_the_image_of_an_init_container_is_reviewed_again() {
    let init = |image: &str| {
        let image = image.to_owned();
        changed(&bad(), |o| {
            let mut container = containers(o)[0].clone();
            container["name"] = "migrate".into();
            container["image"] = image.into();
            o["spec"]["template"]["spec"]["initContainers"] = json!([container]);
        })
    };
    let old = init("registry.example/shop/migrate:1.0");
    assert!(is_allowed(&old, &init("registry.example/shop/migrate:1.1")));
    assert_eq!(
        refusals(&old, &init("registry.example/shop/migrate:latest")),
        ["image-tag: spec.template.spec.initContainers[0].image"]
    );
    // One moving tag for another is a new flaw as well.
    assert!(!is_allowed(&init("registry.example/a:latest"), &init("registry.example/b:latest")));
}

#[test]
fn f37_the_same_flaw_once_more_is_denied() {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let new = changed(&bad(), |o| {
            let mut container = containers(o)[0].clone();
            container["name"] = "another".into();
            let pod = &mut o["spec"]["template"]["spec"];
            match pod[list].as_array_mut() {
                Some(others) => others.push(container),
                None => pod[list] = json!([container]),
            }
        });
        let refused = refusals(&bad(), &new);
        assert!(refused.iter().any(|r| r.starts_with("secret-literals: ")), "{refused:?}");
        assert!(refused.iter().all(|r| r.contains(list)), "{refused:?}");
    }
}

#[test]
fn f37_a_second_container_of_the_same_name_is_one_more() {
    let new = changed(&bad(), |o| {
        let container = containers(o)[0].clone();
        containers(o).push(container);
    });
    let refused = refusals(&bad(), &new);
    assert!(
        !refused.is_empty() && refused.iter().all(|r| r.contains("containers[1]")),
        "{refused:?}"
    );
}

#[test]
fn a_container_may_move_in_its_list() {
    let clean = |name: &str| {
        let mut container = containers(&mut good())[0].clone();
        container["name"] = name.into();
        container
    };
    let old = changed(&bad(), |o| {
        o["spec"]["template"]["spec"]["securityContext"] =
            good()["spec"]["template"]["spec"]["securityContext"].clone();
        containers(o).push(clean("second"));
    });
    let new = changed(&old, |o| {
        containers(o).reverse();
        containers(o).insert(0, clean("third"));
    });
    assert!(is_allowed(&old, &new));
}

#[test]
fn a_flaw_that_moves_to_another_container_is_denied() {
    let two = |first: bool, second: bool| {
        changed(&good(), |o| {
            let mut other = containers(o)[0].clone();
            other["name"] = "second".into();
            other["securityContext"]["privileged"] = second.into();
            containers(o)[0]["securityContext"]["privileged"] = first.into();
            containers(o).push(other);
        })
    };
    assert!(is_allowed(&two(true, false), &two(true, false)));
    assert!(!is_allowed(&two(true, false), &two(false, true)));
    assert!(is_allowed(&two(true, true), &two(false, true)));
}

#[test]
fn what_was_mended_may_not_come_back() {
    assert!(is_allowed(&bad(), &good()));
    assert!(!is_allowed(&good(), &bad()));
}

#[test]
fn f38_an_old_object_that_cannot_be_read_excuses_nothing() {
    let unreadable = [
        json!(null),
        json!("x"),
        json!([]),
        json!(7),
        json!({}),
        json!({"spec": "x"}),
        json!({"spec": null}),
        changed(&bad(), |o| o["metadata"]["annotations"] = json!([])),
        changed(&bad(), |o| containers(o)[0]["env"] = json!(7)),
        changed(&bad(), |o| containers(o)[0]["env"][0]["value"] = json!(7)),
    ];
    for old in unreadable {
        let body = update(&old, &bad());
        assert!(!allowed(&PRODUCTION_POLICY, &body), "{old}");
        let body = update(&old, &good());
        assert!(allowed(&PRODUCTION_POLICY, &body), "{old}");
    }
    let without = Review::update(&bad(), &bad()).without("oldObject");
    assert!(!allowed(&PRODUCTION_POLICY, &without.to_string()));
}

#[test]
fn only_an_update_has_something_to_inherit() {
    let body = Review::of("CREATE", &bad(), &bad()).to_string();
    assert!(!allowed(&PRODUCTION_POLICY, &body));
}

#[test]
fn an_object_that_steps_under_a_policy_inherits_nothing_from_before() {
    let policy = spec(
        "{match: {objectSelector: {matchLabels: {tier: prod}}}, rules: {resource-limits: {}}}",
    );
    let bound = changed(&bad(), |o| o["metadata"]["labels"]["tier"] = "prod".into());
    assert!(!allowed(&policy, &update(&bad(), &bound)));
    assert!(allowed(&policy, &update(&bound, &bound)));
    assert!(allowed(&policy, &update(&bound, &bad())));
}

#[test]
fn a_resize_of_a_violating_pod_inherits_as_well() {
    let old = changed(&good_pod(), |pod| pod["spec"]["containers"][0]["image"] = "a:latest".into());
    let bigger = changed(&old, |pod| {
        pod["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "1".into();
    });
    let unlimited = changed(&old, |pod| pod["spec"]["containers"][0]["resources"] = json!({}));
    let resized = |new| Review::update(&old, new).sub_resource("resize").to_string();
    assert!(allowed(&PRODUCTION_POLICY, &resized(&bigger)));
    assert!(!allowed(&PRODUCTION_POLICY, &resized(&unlimited)));
}

#[test]
fn what_a_policy_only_warns_about_is_never_denied_by_an_update() {
    let policy = spec("{mode: warn, rules: {resource-limits: {}}}");
    let answer = ask_under(&policy, update(&good(), &bad())).unwrap();
    assert!(answer.response.allowed);
    assert!(answer.response.warnings.iter().all(|warning| !warning.contains("as before")));
    assert_eq!(answer.response.warnings.len(), 1);
}

/// A well-made container more, by another name.
fn add_container(spec: &mut Value) {
    let mut second = spec["containers"][0].clone();
    second["name"] = json!("second");
    spec["containers"].as_array_mut().unwrap().push(second);
}

#[test]
fn the_same_words_about_something_worse_excuse_nothing() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change, Change, bool); 6] = [
        (
            "another path of the node under the name of an old volume",
            |s| s["volumes"] = json!([{"name": "v", "hostPath": {"path": "/var/log/app"}}]),
            |s| s["volumes"][0]["hostPath"]["path"] = json!("/"),
            false,
        ),
        (
            "another secret in the variable of an old one",
            |s| s["containers"][0]["env"] = json!([{"name": "DB_PASSWORD", "value": "correct"}]),
            |s| s["containers"][0]["env"][0]["value"] = json!("horse-battery"),
            false,
        ),
        (
            "one more container in a pod that may run as root",
            |s| s["securityContext"]["runAsNonRoot"] = json!(false),
            add_container,
            false,
        ),
        (
            "one more container in a pod on the network of its node",
            |s| s["hostNetwork"] = json!(true),
            add_container,
            false,
        ),
        (
            "a container less in it",
            |s| {
                s["hostNetwork"] = json!(true);
                add_container(s);
            },
            |s| s["containers"].as_array_mut().unwrap().truncate(1),
            true,
        ),
        (
            "the next release of a container that was privileged before",
            |s| s["containers"][0]["securityContext"]["privileged"] = json!(true),
            |s| s["containers"][0]["image"] = json!("registry.example/shop/api:2.7.2"),
            true,
        ),
    ];
    for (what, before, after, is_let_in) in cases {
        let mut old = good();
        before(&mut old["spec"]["template"]["spec"]);
        let mut new = old.clone();
        after(&mut new["spec"]["template"]["spec"]);
        let unchanged = ask(update(&old, &old)).unwrap();
        assert!(unchanged.response.allowed && !unchanged.response.warnings.is_empty(), "{what}");
        assert_eq!(ask(update(&old, &new)).unwrap().response.allowed, is_let_in, "{what}");
    }
}
