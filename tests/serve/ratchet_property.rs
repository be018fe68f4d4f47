//! F-120, F-121: an update is let in exactly when nothing that violates strikes a container harder
//! than before. Held against an oracle of this test's own, over generated pairs, both ways.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use plimsoll::policy::Snapshot;
use plimsoll::rules::catalog::CATALOG;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use support::review::{create, update};
use support::rules::least;

use crate::fixture::{ask_under, good_pod, spec};
use crate::ratchet_oracle::{Fact, Form, LISTS, containers, facts, text};

/// Whether the oracle can tell of the rule: it looks at nothing but the object, and at nothing that
/// the oracle does not model.
fn is_told(id: &str) -> bool {
    !["secret-references", "persistent-storage", "topology-spread"].contains(&id)
}

/// Every rule that looks at nothing but the object, and refuses.
pub fn everything() -> Arc<Snapshot> {
    let rules = CATALOG
        .iter()
        .filter(|rule| is_told(&rule.id))
        .map(|rule| format!("{}: {}", rule.id, least(&rule.id)));
    spec(&format!("{{rules: {{{}}}}}", rules.collect::<Vec<_>>().join(", ")))
}

/// The same rules as Kubernetes had them at some minor, at the lower or the higher level.
fn everything_in(form: Form) -> Arc<Snapshot> {
    let level = if form.is_baseline { "level: baseline" } else { "" };
    let rules = CATALOG.iter().filter(|rule| is_told(&rule.id)).map(|rule| match &*rule.id {
        "seccomp" | "proc-mount" => format!("{}: {{{level}}}", rule.id),
        id => format!("{id}: {}", least(id)),
    });
    let rules = rules.collect::<Vec<_>>().join(", ");
    spec(&format!("{{podSecurityVersion: v1.{}, rules: {{{rules}}}}}", form.minor))
}

/// Each form is made once.
static FORMS: LazyLock<Vec<(Form, Arc<Snapshot>)>> = LazyLock::new(|| {
    let minors = [37, 34, 24, 18].into_iter();
    let forms = minors.flat_map(|minor| [false, true].map(|b| Form { minor, is_baseline: b }));
    forms.map(|form| (form, everything_in(form))).collect()
});

/// What may stand in a container, field by field; `null` for nothing.
const OF_CONTAINERS: &str = r#"{
    "/securityContext/privileged": [true, false, null],
    "/securityContext/allowPrivilegeEscalation": [true, false, null],
    "/securityContext/readOnlyRootFilesystem": [true, false, null],
    "/securityContext/runAsNonRoot": [true, false, null],
    "/securityContext/runAsUser": [0, 10001, 10002, null],
    "/securityContext/procMount": ["Unmasked", "Default", null],
    "/securityContext/seccompProfile": [{"type": "Unconfined"}, {"type": "RuntimeDefault"}, null],
    "/securityContext/appArmorProfile": [{"type": "Unconfined"}, {"type": "RuntimeDefault"}, null],
    "/securityContext/seLinuxOptions": [{"type": "spc_t"}, {"user": "x"}, {"level": "s0"}, null],
    "/securityContext/windowsOptions": [{"hostProcess": true}, {"hostProcess": false}, null],
    "/securityContext/capabilities": [
        {"drop": ["ALL"]}, {"drop": ["NET_RAW"]}, {"drop": ["NET_RAW", "SYS_ADMIN"]},
        {"add": ["SYS_ADMIN"], "drop": ["ALL"]},
        {"add": ["SYS_ADMIN", "SYS_ADMIN", "CHOWN"], "drop": ["ALL"]},
        {"add": ["ALL"], "drop": ["all"]}, {"add": ["sys_admin"], "drop": ["net_raw"]}, null
    ],
    "/image": [
        "registry.example/a:1", "registry.example/a:2", "registry.example/a:latest",
        "evil.example/a:1", "evil.example/a:latest", "nginx", "docker.io/library/nginx:latest"
    ],
    "/args": [
        ["--password=hunter2-hunter2"], ["-v", "--password=hunter2-hunter2"],
        ["--password", "hunter2-hunter2"], ["--password", "correct-horse"], ["-v"], null
    ],
    "/lifecycle": [
        {"preStop": {"tcpSocket": {"host": "10.0.0.1", "port": 80}}},
        {"preStop": {"tcpSocket": {"host": "10.0.0.1", "port": "web"}}},
        {"preStop": {"exec": {"command": ["a", "--password", "hunter2-hunter2"]}}}, null
    ],
    "/resources/limits/cpu": ["0", "1", null],
    "/resources/requests/memory": ["0", "1Mi", null],
    "/restartPolicy": ["Always", "Never", null],
    "/env": [
        [{"name": "DB_PASSWORD", "value": "hunter2-hunter2"}],
        [{"name": "A", "value": "b"}, {"name": "DB_PASSWORD", "value": "hunter2-hunter2"}],
        [{"name": "DB_PASSWORD", "value": "correct-horse"}],
        [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "db", "key": "a"}}}],
        [{"name": "B", "valueFrom": {"secretKeyRef": {"name": "db", "key": "b"}}}],
        [{"name": "DIR", "value": "a"}], [{"name": "DIR", "value": "a/b"}],
        [{"name": "DIR", "value": "a"}, {"name": "DIR", "value": "."}], null
    ],
    "/ports": [
        [{"containerPort": 80, "hostPort": 80}],
        [{"containerPort": 80, "hostPort": 80, "hostIP": "127.0.0.1"}],
        [{"containerPort": 80, "hostPort": 80, "hostIP": "0.0.0.0", "protocol": "TCP"}],
        [{"containerPort": 80, "hostPort": 80, "hostIP": "::1"}],
        [{"containerPort": 80, "hostPort": 80, "hostIP": "0:0:0:0:0:0:0:1"}],
        [{"containerPort": 80, "hostPort": 80, "hostIP": "::"}],
        [{"containerPort": 80, "name": "web"}], [{"containerPort": 81, "name": "web"}],
        [{"containerPort": 81, "hostPort": 80}], null
    ],
    "/startupProbe": [
        {"httpGet": {"host": "10.0.0.1", "port": 80}},
        {"httpGet": {"host": "10.0.0.1", "port": 80, "path": "/", "scheme": "HTTP"}},
        {"httpGet": {"host": "10.0.0.1", "port": "80"}},
        {"httpGet": {"host": "10.0.0.1", "port": "web"}},
        {"tcpSocket": {"host": "10.0.0.1", "port": 80}},
        {"httpGet": {"host": "10.0.0.1", "port": 80, "scheme": "HTTPS"}},
        {"httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": "Basic hunter2"}]}},
        {"httpGet": {"port": 80, "httpHeaders": [
            {"name": "Accept", "value": "a"}, {"name": "Authorization", "value": "Basic hunter2"}
        ]}},
        {"httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": "Basic correct"}]}},
        null
    ],
    "/livenessProbe": [
        {"exec": {"command": ["a"]}}, {"exec": {"command": ["a", "--password=hunter2-hunter2"]}},
        {"exec": {"command": ["--password=hunter2-hunter2", "b"]}},
        {"exec": {"command": ["a", "--password", "hunter2-hunter2"]}}, null
    ],
    "/readinessProbe": [
        {"exec": {"command": ["a"]}}, {"exec": {"command": ["a", "--password=hunter2-hunter2"]}},
        null
    ],
    "/volumeMounts": [
        [{"name": "v", "mountPath": "/v"}],
        [{"name": "v", "mountPath": "/v", "readOnly": true}],
        [{"name": "v", "mountPath": "/v", "readOnly": true, "subPath": "a"}],
        [{"name": "v", "mountPath": "/v", "subPath": "a/b"}],
        [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}],
        [{"name": "v", "mountPath": "/v", "mountPropagation": "HostToContainer"}],
        [{"name": "v", "mountPath": "/v", "readOnly": true, "recursiveReadOnly": "Enabled"}],
        [{"name": "v", "mountPath": "/v", "readOnly": true, "recursiveReadOnly": "IfPossible"}],
        [{"name": "v", "mountPath": "/v", "readOnly": true, "recursiveReadOnly": "Disabled"}],
        [{"name": "v", "mountPath": "/v", "subPathExpr": "$(DIR)"}],
        [{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/u", "subPath": "a"}],
        [{"name": "w", "mountPath": "/w"}], null
    ]
}"#;

/// What may stand in a pod beside its containers and the security fields that both have.
const OF_PODS: &str = r#"{
    "/hostNetwork": [true, null],
    "/hostUsers": [true, false, null],
    "/os": [{"name": "windows"}, {"name": "linux"}, null],
    "/serviceAccountName": ["a", "default", null],
    "/resources": [{"limits": {"cpu": "1", "memory": "0"}}, {"requests": {"memory": "1Gi"}}, null],
    "/hostPID": [true, false, null],
    "/automountServiceAccountToken": [true, false, null],
    "/restartPolicy": ["Always", "Never"],
    "/securityContext/sysctls": [
        [{"name": "kernel.msgmax", "value": "1"}], [{"name": "kernel.msgmax", "value": "2"}],
        [{"name": "kernel.shm_rmid_forced", "value": "1"}], null
    ],
    "/volumes": [
        [{"name": "v", "hostPath": {"path": "/"}}],
        [{"name": "v", "hostPath": {"path": "/", "type": ""}}],
        [{"name": "v", "hostPath": {"path": "/var"}}],
        [{"name": "w", "hostPath": {"path": "/"}}, {"name": "v", "emptyDir": {}}],
        [{"name": "v", "nfs": {"server": "a", "path": "/"}}],
        [{"name": "v", "image": {"reference": "registry.example/v:latest"}}], []
    ],
    "/overhead": [{"deep": [[[[{}]]]]}, 7, null]
}"#;

/// Annotations of a pod.
const ANNOTATIONS: &str = r#"[
    {},
    {"note": "https://a:hunter2hunter2@b"},
    {"note": "https://a:hunter2hunter3@b"},
    {"container.apparmor.security.beta.kubernetes.io/a": "unconfined"},
    {"container.apparmor.security.beta.kubernetes.io/a": "runtime/default",
     "container.apparmor.security.beta.kubernetes.io/b": "unconfined"},
    {"container.seccomp.security.alpha.kubernetes.io/a": "unconfined"},
    {"container.seccomp.security.alpha.kubernetes.io/a": "runtime/default",
     "seccomp.security.alpha.kubernetes.io/pod": "unconfined"},
    {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}
]"#;

type Choices = Vec<(String, Vec<Value>)>;

fn choices_in(text: &str) -> Choices {
    serde_json::from_str::<BTreeMap<String, Vec<Value>>>(text).unwrap().into_iter().collect()
}

static CONTAINERS: LazyLock<Choices> = LazyLock::new(|| choices_in(OF_CONTAINERS));

static PODS: LazyLock<Choices> = LazyLock::new(|| {
    let shared = ["runAs", "seccomp", "appArmor", "seLinux", "windows"];
    let both = CONTAINERS.iter().filter(|(field, _)| shared.iter().any(|f| field.contains(f)));
    both.cloned().chain(choices_in(OF_PODS)).collect()
});

/// Sets a field; what holds it is made, and goes when it is empty.
fn set(object: &mut Value, field: &str, value: &Value) {
    let mut here = object;
    let mut keys = field.split('/').skip(1).peekable();
    while let Some(key) = keys.next() {
        if here.is_null() {
            *here = json!({});
        }
        if keys.peek().is_none() {
            if value.is_null() {
                here.as_object_mut().unwrap().remove(key);
            } else {
                here[key] = value.clone();
            }
            return;
        }
        here = &mut here[key];
    }
}

/// One step from a pod to another.
#[derive(Debug, Clone)]
pub enum Step {
    /// A field of a container, and what it gets.
    Container(Index, Index, Index),
    Pod(Index, Index),
    Annotations(Index),
    /// A container goes to another list.
    Move(Index, &'static str),
    Add(&'static str, Index),
    Remove(Index),
    Reverse,
    /// Two containers swap names.
    Swap(Index, Index),
    Unread(usize),
}

pub fn any_step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        8 => (index(), index(), index()).prop_map(|(c, f, v)| Step::Container(c, f, v)),
        5 => (index(), index()).prop_map(|(f, v)| Step::Pod(f, v)),
        1 => index().prop_map(Step::Annotations),
        1 => (index(), select(LISTS.to_vec())).prop_map(|(c, list)| Step::Move(c, list)),
        1 => (select(LISTS.to_vec()), index()).prop_map(|(list, name)| Step::Add(list, name)),
        1 => index().prop_map(Step::Remove),
        1 => Just(Step::Reverse),
        1 => (index(), index()).prop_map(|(a, b)| Step::Swap(a, b)),
        1 => select(vec![1, 130, 9_000]).prop_map(Step::Unread),
    ]
}

fn places(pod: &Value) -> Vec<(&'static str, usize)> {
    let length = |list: &str| pod["spec"][list].as_array().map_or(0, Vec::len);
    LISTS.iter().flat_map(|list| (0..length(list)).map(move |at| (*list, at))).collect()
}

/// The JSON text of unread nesting is put in by hand: `Value` cannot be that deep.
fn taken(pod: &mut Value, step: &Step) {
    let places = places(pod);
    match step {
        Step::Container(which, field, value) if !places.is_empty() => {
            let (list, at) = *which.get(&places);
            let (field, values) = field.get(&CONTAINERS);
            set(&mut pod["spec"][list][at], field, value.get(values));
        }
        Step::Pod(field, value) => {
            let (field, values) = field.get(&PODS);
            set(&mut pod["spec"], field, value.get(values));
        }
        Step::Annotations(value) => {
            let values: Vec<Value> = serde_json::from_str(ANNOTATIONS).unwrap();
            pod["metadata"]["annotations"] = value.get(&values).clone();
        }
        Step::Move(which, list) if !places.is_empty() => {
            let (from, at) = *which.get(&places);
            let container = pod["spec"][from].as_array_mut().unwrap().remove(at);
            push(pod, list, container);
        }
        Step::Add(list, name) => {
            let used: Vec<String> =
                containers(pod).iter().map(|(_, c)| text(&c["name"]).to_owned()).collect();
            let free: Vec<&str> =
                ["a", "b", "c", "d"].into_iter().filter(|n| !used.iter().any(|u| u == n)).collect();
            if !free.is_empty() {
                let mut container = good_pod()["spec"]["containers"][0].take();
                container["name"] = json!(name.get(&free));
                push(pod, list, container);
            }
        }
        Step::Remove(which) if places.len() > 1 => {
            let (list, at) = *which.get(&places);
            pod["spec"][list].as_array_mut().unwrap().remove(at);
        }
        Step::Reverse => {
            for list in LISTS {
                if let Some(list) = pod["spec"][list].as_array_mut() {
                    list.reverse();
                }
            }
        }
        Step::Swap(a, b) if !places.is_empty() => {
            let ((list_a, a), (list_b, b)) = (*a.get(&places), *b.get(&places));
            let name_a = pod["spec"][list_a][a]["name"].clone();
            let name_b = std::mem::replace(&mut pod["spec"][list_b][b]["name"], name_a);
            pod["spec"][list_a][a]["name"] = name_b;
        }
        Step::Unread(depth) => {
            pod["metadata"]["managedFields"] = json!([{"fieldsV1": format!("DEEP{depth}")}]);
        }
        _ => {}
    }
}

fn push(pod: &mut Value, list: &str, container: Value) {
    match pod["spec"][list].as_array_mut() {
        Some(list) => list.push(container),
        None => pod["spec"][list] = json!([container]),
    }
}

pub fn pod_of(steps: &[Step]) -> Value {
    let mut pod = good_pod();
    pod["spec"]["restartPolicy"] = "Always".into();
    pod["spec"]["containers"][0]["name"] = "a".into();
    for step in steps {
        taken(&mut pod, step);
    }
    pod
}

/// The review with the unread nesting in it.
fn deepened(review: &str) -> String {
    let nested = |depth: usize| format!("{}7{}", "{\"f:a\":".repeat(depth), "}".repeat(depth));
    let deepened = [1, 130, 9_000].iter().fold(review.to_owned(), |review, depth| {
        review.replace(&format!("\"DEEP{depth}\""), &nested(*depth))
    });
    assert!(!deepened.contains("DEEP"), "a depth that is not made");
    deepened
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f120_an_update_is_let_in_exactly_when_nothing_strikes_harder_than_before(
        before in prop::collection::vec(any_step(), 0..14),
        after in prop::collection::vec(any_step(), 0..4),
        form in any::<Index>(),
    ) {
        let (form, policy) = form.get(&FORMS);
        let old = pod_of(&before);
        let mut new = old.clone();
        for step in &after {
            taken(&mut new, step);
        }
        let (stood, strikes) = (facts(&old, *form), facts(&new, *form));
        let harder: Vec<&Fact> =
            strikes.iter().filter(|fact| !stood.iter().any(|old| old.covers(fact))).collect();
        let answer = ask_under(policy, deepened(&update(&old, &new))).expect("a review");
        prop_assert!(!answer.is_fault, "{:?}", answer.response.status);
        prop_assert_eq!(
            answer.response.allowed, harder.is_empty(),
            "{:?}\n{:?}\nharder: {:?}\nold: {}\nnew: {}", answer.response.status, form, harder, old, new
        );
        // The oracle sees what the rules see.
        let created = ask_under(policy, deepened(&create(&new))).expect("a review");
        prop_assert!(strikes.is_empty() || !created.response.allowed, "{}", new);
        // What stays as it is stays let in.
        let same = ask_under(policy, deepened(&update(&new, &new))).expect("a review");
        prop_assert!(same.response.allowed, "{}", new);
    }
}
