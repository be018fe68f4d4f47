//! The shipped policies: well-made workloads pass, and every single flaw is refused by its rule.

use jiff::Timestamp;
use plimsoll::policy::{BUILT_IN_POLICIES, Snapshot, built_in, load};
use plimsoll::review::review;
use plimsoll::rules::catalog::{CATALOG, RuleSettings};
use plimsoll::rules::{Budget, Mode, PodSecurityVersion};
use plimsoll::subject::{BUILT_IN, Kind, Subject, built_in_kind, workloads};
use schemars::schema_for;
use serde_json::Value;
use support::workloads::{CONTAINER_FLAWS, LASTING_FLAWS, POD_FLAWS, good, pod_spec};

fn production() -> Snapshot {
    Snapshot::new(built_in("production").expect("it loads"))
}

/// The rules that refuse the object, each once.
fn refusing(object: &Value, kind: &Kind, snapshot: &Snapshot) -> Vec<String> {
    let json = object.to_string();
    let subject = Subject::read(kind, json.as_bytes()).expect("readable");
    let verdict = review(&subject, None, snapshot, Timestamp::UNIX_EPOCH, &mut Budget::default());
    let mut rules: Vec<String> = verdict.denials().map(|v| v.rule.id.to_string()).collect();
    rules.dedup();
    rules
}

#[test]
fn a_well_made_workload_of_every_kind_passes_the_production_policy() {
    let snapshot = production();
    for kind in workloads() {
        assert_eq!(refusing(&good(kind), kind, &snapshot), [""; 0], "{}", kind.kind);
    }
}

#[test]
fn each_single_flaw_of_a_container_is_refused_by_its_rule_in_every_list_and_kind() {
    let snapshot = production();
    let places = [("containers", 0), ("initContainers", 0), ("initContainers", 1)];
    let mut made = 0;
    for kind in workloads() {
        for (list, index) in places {
            let is_lasting = !kind.runs_to_completion() && (list, index) != ("initContainers", 0);
            let lasting = LASTING_FLAWS.iter().filter(|_| is_lasting);
            for (rule, flaw) in CONTAINER_FLAWS.iter().chain(lasting) {
                let mut object = good(kind);
                flaw(&mut pod_spec(&mut object, kind)[list][index]);
                assert_eq!(
                    refusing(&object, kind, &snapshot),
                    [*rule],
                    "{} in {list}[{index}] of a {}",
                    rule,
                    kind.kind
                );
                made += 1;
            }
        }
    }
    assert!(made > 600, "{made}");
}

#[test]
fn each_single_flaw_of_a_pod_is_refused_by_its_rule_in_every_kind() {
    let snapshot = production();
    for kind in workloads() {
        for (rule, flaw) in POD_FLAWS {
            let mut object = good(kind);
            flaw(pod_spec(&mut object, kind));
            let refusing = refusing(&object, kind, &snapshot);
            assert!(refusing.iter().any(|r| r == rule), "{rule} of a {}: {refusing:?}", kind.kind);
            // A socket of the node is mounted by a volume of the node.
            let others =
                refusing.iter().filter(|r| !(rule == "runtime-socket" && **r == "volume-types"));
            assert!(others.count() <= 1, "{rule} of a {}: {refusing:?}", kind.kind);
        }
    }
}

#[test]
fn every_rule_that_denies_in_production_has_a_flaw_here() {
    let snapshot = production();
    let policy = &snapshot.policies()[0];
    let flaws = CONTAINER_FLAWS.iter().chain(&LASTING_FLAWS).chain(&POD_FLAWS);
    let covered: Vec<&str> = flaws.map(|(rule, _)| *rule).collect();
    let [pod, ..] = BUILT_IN else { panic!("no kinds") };
    for rule in policy.rules.iter().filter(|rule| rule.covers(pod)) {
        let denies = rule.mode(policy.mode, Timestamp::UNIX_EPOCH) == Mode::Deny;
        assert!(!denies || covered.contains(&rule.rule().id.as_ref()), "{}", rule.rule().id);
    }
}

/// A change of a pod.
type Change = fn(&mut Value);

#[test]
fn a_rule_that_has_nothing_to_say_about_a_pod_is_no_check_that_it_passed() {
    let windows = |pod: &mut Value| pod["os"] = serde_json::json!({"name": "windows"});
    let own_user_namespace = |pod: &mut Value| pod["hostUsers"] = false.into();
    let anything = |_: &mut Value| {};
    let cases: [(&str, &str, Change); 12] = [
        ("capabilities-drop-all: {}", "latest", windows),
        ("host-probes: {}", "v1.33", anything),
        ("liveness-probe: {}", "latest", |pod| pod["restartPolicy"] = "Never".into()),
        ("privilege-escalation: {}", "latest", windows),
        ("privilege-escalation: {}", "v1.7", anything),
        ("proc-mount: {level: baseline}", "latest", own_user_namespace),
        ("readiness-probe: {}", "latest", |pod| pod["restartPolicy"] = "OnFailure".into()),
        ("read-only-root-filesystem: {}", "latest", windows),
        ("run-as-non-root: {}", "latest", own_user_namespace),
        ("run-as-user: {}", "latest", own_user_namespace),
        ("run-as-user: {}", "v1.22", anything),
        ("seccomp: {level: restricted}", "latest", windows),
    ];
    let pod = built_in_kind("", "Pod").expect("built in");
    let total = |rule: &str, version: &str, change: Change| {
        let text = format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p}}\n\
             spec: {{podSecurityVersion: {version}, rules: {{{rule}}}}}"
        );
        let snapshot = Snapshot::new(load("p", &text).expect("it loads"));
        let mut object = good(pod);
        change(pod_spec(&mut object, pod));
        let json = object.to_string();
        let subject = Subject::read(pod, json.as_bytes()).expect("readable");
        review(&subject, None, &snapshot, Timestamp::UNIX_EPOCH, &mut Budget::default()).total()
    };
    for (rule, version, change) in cases {
        assert_eq!(total(rule, version, change), 0, "{rule} at {version}");
        assert_eq!(total(rule, "latest", anything), 1, "{rule} of another pod");
    }
}

#[test]
fn the_shipped_policies_load_and_are_named_like_their_files() {
    for (name, text) in BUILT_IN_POLICIES {
        let policies = load(name, text).expect(name);
        assert_eq!(policies.len(), 1, "{name}");
        assert_eq!(&*policies[0].name, name);
        assert_eq!(policies[0].version, PodSecurityVersion::NEWEST, "{name}");
    }
}

#[test]
fn the_schema_of_a_policys_rules_describes_every_rule_by_its_checklist_line() {
    let schema = schema_for!(RuleSettings).to_value();
    for meta in CATALOG {
        let property = &schema["properties"][meta.id.as_ref()];
        assert_eq!(property["description"], meta.checklist.as_ref(), "{}", meta.id);
    }
}

#[test]
fn an_announced_rule_warns_before_its_day_and_denies_from_it_on() {
    let text = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\n\
                spec:\n  rules:\n    image-tag: {mode: warn, denyFrom: \"2026-12-01T00:00:00Z\"}\n";
    let snapshot = Snapshot::new(load("p", text).expect("it loads"));
    let kind = &BUILT_IN[1];
    let mut object = good(kind);
    pod_spec(&mut object, kind)["containers"][0]["image"] = "nginx".into();
    let json = object.to_string();
    let subject = Subject::read(kind, json.as_bytes()).expect("readable");
    let allowed = |moment: &str| {
        let now: Timestamp = moment.parse().expect("a moment");
        review(&subject, None, &snapshot, now, &mut Budget::default()).allowed()
    };
    assert!(allowed("2026-11-30T23:59:59Z"));
    assert!(!allowed("2026-12-01T00:00:00Z"));
}
