//! What an attack on the verdicts found: F-120, F-136, F-138. Each new object here is refused when
//! it is created, and was let in as an update of an object that had a flaw of the same name.

use serde_json::{Value, json};
use support::edit::replaced;
use support::review::{Review, create, update};
use support::worse::{ATTACKS, Change, changed, security, two_containers};

use crate::fixture::{ask, ask_under, document, good_pod, policies, spec};

fn pod(change: Change) -> Value {
    changed(&two_containers(good_pod()), change)
}

#[test]
fn f120_an_update_that_makes_a_known_flaw_worse_is_refused_and_the_way_back_is_not() {
    for (what, stands, worse) in ATTACKS {
        let old = pod(stands);
        let new = changed(&old, worse);
        assert!(!ask(create(&new)).unwrap().response.allowed, "created: {what}");
        assert!(!ask(update(&old, &new)).unwrap().response.allowed, "{what}");
        assert!(ask(update(&old, &old)).unwrap().response.allowed, "unchanged: {what}");
        assert!(ask(update(&new, &new)).unwrap().response.allowed, "unchanged: {what}");
    }
}

#[test]
fn f120_what_is_no_harder_than_before_is_let_in() {
    let cases: [(&str, Change, Change); 4] = [
        (
            "one capability more is dropped",
            |p| {
                p["spec"]["containers"][0]["securityContext"]["capabilities"] =
                    json!({"drop": ["NET_RAW"]});
            },
            |p| {
                p["spec"]["containers"][0]["securityContext"]["capabilities"] =
                    json!({"drop": ["NET_RAW", "SYS_ADMIN"]});
            },
        ),
        (
            "a default is written out",
            |p| {
                p["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] =
                    Value::Null;
            },
            |p| {
                p["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] =
                    json!(true);
            },
        ),
        (
            "a limit of nothing goes",
            |p| p["spec"]["containers"][0]["resources"]["limits"]["cpu"] = json!("0"),
            |p| p["spec"]["containers"][0]["resources"]["limits"] = json!({"memory": "256Mi"}),
        ),
        (
            "what held for the pod is said of each container",
            |p| security(p, json!({"runAsNonRoot": false}), json!({}), json!({})),
            |p| {
                security(
                    p,
                    json!({"runAsNonRoot": null}),
                    json!({"runAsNonRoot": false}),
                    json!({}),
                );
            },
        ),
    ];
    for (what, stands, after) in cases {
        let old = pod(stands);
        assert!(!ask(create(&old)).unwrap().response.allowed, "{what}");
        assert!(ask(update(&old, &changed(&old, after))).unwrap().response.allowed, "{what}");
    }
}

#[test]
fn f121_nesting_that_nobody_reads_makes_nothing_equal() {
    // Both objects hold it.
    let deep = |review: &str| {
        let nested = format!("{}7{}", "{\"f:a\":".repeat(130), "}".repeat(130));
        replaced(review, "\"DEEP\"", &nested, 2)
    };
    let marked =
        changed(&good_pod(), |p| p["metadata"]["managedFields"] = json!([{"fieldsV1": "DEEP"}]));
    for (what, stands, worse) in ATTACKS {
        let old = changed(&pod(stands), |p| {
            p["metadata"]["managedFields"] = marked["metadata"]["managedFields"].clone();
        });
        let new = changed(&old, worse);
        let answer = ask(deep(&update(&old, &new))).unwrap();
        assert!(!answer.response.allowed && !answer.is_fault, "{what}");
    }
}

/// A good Pod that takes as much room as the API server stores.
fn large(gates: usize) -> Value {
    changed(&good_pod(), |pod| {
        let gates = (0..gates).map(|n| json!({"conditionType": format!("g/{n}")}));
        pod["spec"]["readinessGates"] = gates.collect();
    })
}

#[test]
fn f136_each_object_is_bounded_by_itself() {
    let old = large(130_000);
    let new = changed(&old, |pod| pod["metadata"]["finalizers"] = json!([]));
    let answer = ask(update(&old, &new)).unwrap();
    assert!(answer.response.allowed && !answer.is_fault, "{:?}", answer.response.status);
    // Judged as ever, not only let through.
    let worse = changed(&new, |pod| pod["spec"]["hostNetwork"] = json!(true));
    let answer = ask(update(&old, &worse)).unwrap();
    assert!(!answer.response.allowed && !answer.is_fault);
}

#[test]
fn f136_what_cannot_be_read_or_holds_too_much_may_stay_as_it_is() {
    let faults: [(&str, Change); 4] = [
        ("a wrong type", |p| p["spec"]["containers"][0]["env"] = json!(7)),
        ("more containers than are read", |p| {
            let one = p["spec"]["containers"][0].clone();
            p["spec"]["containers"] = vec![one; 513].into();
        }),
        ("more mappings than are read", |p| p["spec"]["x"] = vec![json!({}); 250_001].into()),
        ("half a character", |p| p["spec"]["x"] = json!("HALF")),
    ];
    for (what, fault) in faults {
        let halves = usize::from(what == "half a character");
        let half =
            |review: String, objects: usize| replaced(&review, "HALF", "\\ud800", halves * objects);
        let old = changed(&good_pod(), fault);
        let answer = ask(half(create(&old), 1)).unwrap();
        assert!(!answer.response.allowed && answer.is_fault, "{what}");
        for harmless in [
            (|p| p["metadata"]["finalizers"] = json!(["a/b"])) as Change,
            |p| p["metadata"]["labels"]["team"] = json!("a"),
            |p| p["metadata"]["managedFields"] = json!([]),
            |p| p["status"] = json!({"phase": "Running"}),
        ] {
            let answer = ask(half(update(&old, &changed(&old, harmless)), 2)).unwrap();
            assert!(answer.response.allowed, "{what}: {:?}", answer.response.status);
        }
        for judged in [
            (|p| p["spec"]["hostNetwork"] = json!(true)) as Change,
            |p| p["metadata"]["annotations"] = json!({"note": "x"}),
            |p| p["spec"]["containers"][0]["image"] = json!("registry.example/other:1"),
        ] {
            let answer = ask(half(update(&old, &changed(&old, judged)), 2)).unwrap();
            assert!(!answer.response.allowed && answer.is_fault, "{what}");
        }
        // Only an update has something that it could stay.
        let body = half(Review::of("CREATE", &old, &old).to_string(), 2);
        assert!(!ask(body).unwrap().response.allowed, "{what}");
    }
}

#[test]
fn f136_an_old_object_that_is_out_of_bounds_stands_in_no_new_ones_way() {
    let old = changed(&good_pod(), |p| p["spec"]["x"] = vec![json!({}); 250_001].into());
    let answer = ask(update(&old, &good_pod())).unwrap();
    assert!(answer.response.allowed, "{:?}", answer.response.status);
    let bad = changed(&good_pod(), |p| p["spec"]["hostNetwork"] = json!(true));
    assert!(!ask(update(&old, &bad)).unwrap().response.allowed);
}

#[test]
fn f138_a_write_that_drops_the_label_does_not_step_out_of_the_policy() {
    let policy =
        spec("{match: {objectSelector: {matchLabels: {tier: prod}}}, rules: {privileged: {}}}");
    let labelled = changed(&good_pod(), |p| p["metadata"]["labels"]["tier"] = json!("prod"));
    let out = |change: Change| changed(&good_pod(), change);
    let privileged: Change =
        |p| p["spec"]["containers"][0]["securityContext"]["privileged"] = json!(true);
    let is_allowed =
        |old: &Value, new: &Value| ask_under(&policy, update(old, new)).unwrap().response.allowed;
    assert!(is_allowed(&labelled, &good_pod()), "the label may go");
    assert!(!is_allowed(&labelled, &out(privileged)), "and nothing else with it");
    assert!(is_allowed(&good_pod(), &out(privileged)), "who never was in is not bound");
    assert!(!is_allowed(&good_pod(), &changed(&labelled, privileged)));
    // Labels that cannot be read let nobody off.
    let unknown = changed(&good_pod(), |p| p["metadata"]["labels"] = json!([]));
    assert!(!is_allowed(&unknown, &out(privileged)));
}

#[test]
fn f129_more_findings_than_are_kept_are_a_denial_that_says_so_and_may_stay() {
    let many = |name: &str| {
        let name = name.to_owned();
        changed(&good_pod(), |pod| {
            let added: Value = (0..1_500).map(|n| json!(format!("{name}_{n}"))).collect();
            pod["spec"]["containers"][0]["securityContext"]["capabilities"]["add"] = added;
        })
    };
    let answer = ask(create(&many("CAP"))).unwrap();
    assert!(!answer.response.allowed && !answer.is_fault);
    assert_eq!(answer.verdict.violations.len(), 1_000);
    let message = answer.response.status.unwrap().message;
    assert!(message.contains("1000 failures"), "{message}");
    let relabelled = changed(&many("CAP"), |p| p["metadata"]["labels"]["team"] = json!("a"));
    assert!(ask(update(&many("CAP"), &relabelled)).unwrap().response.allowed);
    assert!(!ask(update(&many("CAP"), &many("CAQ"))).unwrap().response.allowed);
}

#[test]
fn f129_what_is_only_warned_about_never_denies_however_much_there_is() {
    let policy = spec("{mode: warn, rules: {capabilities: {}, privileged: {mode: deny}}}");
    let pod = changed(&good_pod(), |pod| {
        let added: Value = (0..1_500).map(|n| json!(format!("CAP_{n}"))).collect();
        pod["spec"]["containers"][0]["securityContext"]["capabilities"]["add"] = added;
    });
    let answer = ask_under(&policy, create(&pod)).unwrap();
    assert!(answer.response.allowed && answer.verdict.left_out);
    let worse = changed(&pod, |p| {
        p["spec"]["containers"][0]["securityContext"]["privileged"] = json!(true);
    });
    assert!(!ask_under(&policy, create(&worse)).unwrap().response.allowed, "the rest is judged");
}

#[test]
fn f128_an_update_that_takes_more_than_a_first_look_is_judged_in_full() {
    let noting = document("noting", "{mode: audit, rules: {secret-literals: {}}}");
    let refusing = document("refusing", "{rules: {privileged: {}, secret-literals: {}}}");
    // Together more than a first look has steps for.
    let policies = policies(&[vec![refusing; 12], vec![noting]].concat().join("---\n"));
    let line = "curl -sf http://localhost:8080/healthz >> /var/log/app.log; export A=$B\n";
    let mut old = good_pod();
    old["spec"]["containers"][0]["args"] = json!([line.repeat(1_200_000 / line.len())]);
    let ask = |old: &Value, new: &Value| ask_under(&policies, update(old, new)).unwrap();

    let good = changed(&old, |p| p["spec"]["containers"][0]["image"] = json!("a.example/b:2"));
    assert!(ask(&old, &good).response.allowed);
    let worse = changed(&good, |p| {
        p["spec"]["containers"][0]["securityContext"]["privileged"] = json!(true);
    });
    assert_eq!(ask(&old, &worse).response.status.unwrap().code, 403);
    assert!(
        ask(&worse, &changed(&worse, |p| p["metadata"]["labels"]["a"] = json!("b")))
            .response
            .allowed
    );
    let known = changed(&worse, |p| p["spec"]["containers"][0]["image"] = json!("a.example/b:3"));
    let answer = ask(&worse, &known);
    assert!(answer.response.allowed && !answer.response.warnings.is_empty());
    let noted = changed(&good, |p| {
        p["spec"]["containers"][0]["args"]
            .as_array_mut()
            .unwrap()
            .push(json!("--password=hunter2"));
    });
    assert_eq!(ask(&old, &noted).response.status.unwrap().code, 403);
}
