//! F-120, F-121: an update is let in exactly when nothing that violates strikes a container harder
//! than before. Held against an oracle of this test's own, over generated pairs, both ways.

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll::policy::Snapshot;
use plimsoll::rules::catalog::CATALOG;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::fixture::{ask_under, good_pod, spec};
use crate::review::{create, update};

/// Every rule that looks at nothing but the object, and refuses.
fn everything() -> Arc<Snapshot> {
    let rules = CATALOG.iter().filter(|rule| rule.id != "secret-references").map(|rule| {
        let params = if rule.id == "image-registry" { "allowed: [registry.example]" } else { "" };
        format!("{}: {{{params}}}", rule.id)
    });
    spec(&format!("{{rules: {{{}}}}}", rules.collect::<Vec<_>>().join(", ")))
}

/// One thing that is the case, by rule, role, name of the container, and what it is.
#[derive(Debug, Clone)]
struct Fact(String, Hard);

#[derive(Debug, Clone)]
enum Hard {
    Degree(u8),
    AllBut(BTreeSet<String>),
    /// Writable, passed on, and the part that is shown; `/` for the whole.
    Mount(bool, bool, String),
}

impl Fact {
    fn covers(&self, new: &Self) -> bool {
        self.0 == new.0
            && match (&self.1, &new.1) {
                (Hard::Degree(old), Hard::Degree(new)) => old >= new,
                (Hard::AllBut(old), Hard::AllBut(new)) => old.is_subset(new),
                (Hard::Mount(w, p, path), Hard::Mount(new_w, new_p, new_path)) => {
                    w >= new_w && p >= new_p && format!("{new_path}/").starts_with(path)
                }
                _ => false,
            }
    }
}

const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// The containers of a pod, each with its role.
fn containers(pod: &Value) -> Vec<(&'static str, &Value)> {
    let list = |list: &'static str| pod["spec"][list].as_array().into_iter().flatten();
    let role = |name: &'static str, c: &Value| match name {
        "initContainers" if c["restartPolicy"] == "Always" => "sidecar",
        name => name,
    };
    LISTS.into_iter().flat_map(|name| list(name).map(move |c| (role(name, c), c))).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// What a container has of a security field: its own, or the pod's.
fn effective<'p>(pod: &'p Value, c: &'p Value, field: &str) -> &'p Value {
    let own = &c["securityContext"][field];
    if own.is_null() { &pod["spec"]["securityContext"][field] } else { own }
}

/// All that violates, with whom it strikes.
fn facts(pod: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (role, c) in containers(pod) {
        let name = text(&c["name"]);
        let mut add = |rule: &str, what: &str, hard: Hard| {
            facts.push(Fact(format!("{rule}|{role}|{name}|{what}"), hard));
        };
        security(pod, c, &mut add);
        privileges(c, &mut add);
        things(pod, role, c, &mut add);
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if pod["spec"][field] == true {
                add("host-namespaces", field, Hard::Degree(0));
            }
        }
        for sysctl in pod["spec"]["securityContext"]["sysctls"].as_array().into_iter().flatten() {
            if sysctl["name"] != "kernel.shm_rmid_forced" {
                add("sysctls", &sysctl.to_string(), Hard::Degree(0));
            }
        }
        if pod["spec"]["automountServiceAccountToken"] != false {
            add("service-account-token", "", Hard::Degree(0));
        }
    }
    facts.extend(volumes(pod));
    facts
}

fn security(pod: &Value, c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    let user = effective(pod, c, "runAsUser");
    if effective(pod, c, "runAsNonRoot") != true {
        let may_be_root = user.is_null() || *user == 0;
        add("run-as-non-root", "", Hard::Degree(u8::from(may_be_root)));
    }
    if *user == 0 {
        add("run-as-user", "", Hard::Degree(0));
    }
    let seccomp = effective(pod, c, "seccompProfile");
    if seccomp["type"] != "RuntimeDefault" {
        add("seccomp", "", Hard::Degree(u8::from(!seccomp.is_null())));
    }
    if effective(pod, c, "appArmorProfile")["type"] == "Unconfined" {
        add("apparmor", "", Hard::Degree(0));
    }
    let selinux = effective(pod, c, "seLinuxOptions");
    if selinux["type"] == "spc_t" {
        add("selinux", "type spc_t", Hard::Degree(0));
    }
    if selinux["user"].is_string() {
        add("selinux", text(&selinux["user"]), Hard::Degree(0));
    }
    if effective(pod, c, "windowsOptions")["hostProcess"] == true {
        add("host-process", "", Hard::Degree(0));
    }
}

fn privileges(c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    let security = &c["securityContext"];
    if security["privileged"] == true {
        add("privileged", "", Hard::Degree(0));
    }
    if security["allowPrivilegeEscalation"] != false {
        add("privilege-escalation", "", Hard::Degree(0));
    }
    if security["procMount"] == "Unmasked" {
        add("proc-mount", "", Hard::Degree(0));
    }
    let names = |list: &str| -> BTreeSet<String> {
        let list = security["capabilities"][list].as_array().into_iter().flatten();
        list.map(|name| text(name).to_owned()).collect()
    };
    for name in names("add") {
        if name != "CHOWN" {
            add("capabilities", &name, Hard::Degree(0));
        }
        add("capabilities-drop-all", &name, Hard::Degree(0));
    }
    if !names("drop").contains("ALL") {
        add("capabilities-drop-all", "not all", Hard::AllBut(names("drop")));
    }
}

fn things(pod: &Value, role: &str, c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    let is_ephemeral = role == "ephemeralContainers";
    if !is_ephemeral && c["securityContext"]["readOnlyRootFilesystem"] != true {
        add("read-only-root-filesystem", "", Hard::Degree(0));
    }
    let limits = &c["resources"]["limits"];
    let requests = &c["resources"]["requests"];
    for resource in ["cpu", "memory"] {
        let is_set = |value: &Value| value.is_string() && value != "0";
        if !is_ephemeral && !is_set(&limits[resource]) {
            add("resource-limits", resource, Hard::Degree(0));
        }
        let request = if requests[resource].is_null() { limits } else { requests };
        if !is_ephemeral && !is_set(&request[resource]) {
            add("resource-requests", resource, Hard::Degree(0));
        }
    }
    let image = text(&c["image"]);
    if image.ends_with(":latest") {
        add("image-tag", image, Hard::Degree(0));
    }
    if !image.starts_with("registry.example/") {
        add("image-registry", image, Hard::Degree(0));
    }
    let restart = if c["restartPolicy"].is_null() { &pod["spec"] } else { c };
    let lasts = match role {
        "containers" => restart["restartPolicy"] == "Always",
        "sidecar" => {
            containers(pod).iter().any(|(role, c)| {
                let own = if c["restartPolicy"].is_null() { &pod["spec"] } else { *c };
                *role == "containers" && own["restartPolicy"] == "Always"
            }) || pod["spec"]["restartPolicy"] == "Always"
        }
        _ => false,
    };
    for (rule, probe) in
        [("liveness-probe", "livenessProbe"), ("readiness-probe", "readinessProbe")]
    {
        if lasts && c[probe].is_null() {
            add(rule, "", Hard::Degree(0));
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let mut handler = c[probe]["httpGet"].clone();
        if handler["host"].is_string() {
            for (field, default) in [("scheme", "HTTP"), ("path", "/")] {
                if handler[field].is_null() {
                    handler[field] = default.into();
                }
            }
            add("host-probes", &format!("{probe} {handler}"), Hard::Degree(0));
        }
    }
    for variable in c["env"].as_array().into_iter().flatten() {
        if variable["name"] == "DB_PASSWORD" {
            add("secret-literals", &variable.to_string(), Hard::Degree(0));
        }
    }
    for port in c["ports"].as_array().into_iter().flatten() {
        if port["hostPort"].is_number() {
            let address = text(&port["hostIP"]);
            let spared = Some(address).filter(|a| !a.is_empty() && *a != "0.0.0.0");
            let what = format!("{} {}", port["hostPort"], port["containerPort"]);
            let spared = spared.map(str::to_owned).into_iter().collect();
            add("host-ports", &what, Hard::AllBut(spared));
        }
    }
}

fn volumes(pod: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
        let mut source = volume.clone();
        source.as_object_mut().unwrap().remove("name");
        if source["hostPath"].is_object() && source["hostPath"]["type"].is_null() {
            source["hostPath"]["type"] = "".into();
        }
        let rules: &[&str] = match () {
            () if source["hostPath"].is_object() => &["host-path-volumes", "volume-types"],
            () if source["nfs"].is_object() => &["volume-types"],
            () if text(&source["image"]["reference"]).ends_with(":latest") => &["image-tag"],
            () => &[],
        };
        for rule in rules {
            facts.push(Fact(format!("{rule}|{source}"), Hard::Degree(0)));
            for (role, c) in containers(pod) {
                for mount in c["volumeMounts"].as_array().into_iter().flatten() {
                    if mount["name"] == volume["name"] {
                        let (name, at) = (text(&c["name"]), text(&mount["mountPath"]));
                        let part = match text(&mount["subPath"]) {
                            "" => String::from("/"),
                            path => format!("/{path}/"),
                        };
                        let writable = mount["readOnly"] != true;
                        let is_passed_on = mount["mountPropagation"] == "Bidirectional";
                        facts.push(Fact(
                            format!("{rule}|{source}|{role}|{name}|{at}"),
                            Hard::Mount(writable, is_passed_on, part),
                        ));
                    }
                }
            }
        }
    }
    facts
}

/// What may stand in a container, field by field; `null` for nothing.
fn choices() -> Vec<(&'static str, Vec<Value>)> {
    let none = Value::Null;
    let b = |field| (field, vec![json!(true), json!(false), Value::Null]);
    vec![
        b("/securityContext/privileged"),
        b("/securityContext/allowPrivilegeEscalation"),
        b("/securityContext/readOnlyRootFilesystem"),
        b("/securityContext/runAsNonRoot"),
        ("/securityContext/runAsUser", vec![json!(0), json!(10001), json!(10002), none.clone()]),
        ("/securityContext/procMount", vec![json!("Unmasked"), json!("Default"), none.clone()]),
        (
            "/securityContext/seccompProfile",
            vec![json!({"type": "Unconfined"}), json!({"type": "RuntimeDefault"}), none.clone()],
        ),
        (
            "/securityContext/appArmorProfile",
            vec![json!({"type": "Unconfined"}), json!({"type": "RuntimeDefault"}), none.clone()],
        ),
        (
            "/securityContext/seLinuxOptions",
            vec![
                json!({"type": "spc_t"}),
                json!({"user": "x"}),
                json!({"level": "s0"}),
                none.clone(),
            ],
        ),
        (
            "/securityContext/windowsOptions",
            vec![json!({"hostProcess": true}), json!({"hostProcess": false}), none.clone()],
        ),
        (
            "/securityContext/capabilities",
            vec![
                json!({"drop": ["ALL"]}),
                json!({"drop": ["NET_RAW"]}),
                json!({"drop": ["NET_RAW", "SYS_ADMIN"]}),
                json!({"add": ["SYS_ADMIN"], "drop": ["ALL"]}),
                json!({"add": ["SYS_ADMIN", "SYS_ADMIN", "CHOWN"], "drop": ["ALL"]}),
                none.clone(),
            ],
        ),
        (
            "/image",
            [
                "registry.example/a:1",
                "registry.example/a:2",
                "registry.example/a:latest",
                "evil.example/a:1",
                "evil.example/a:latest",
            ]
            .map(Value::from)
            .to_vec(),
        ),
        ("/resources/limits/cpu", vec![json!("0"), json!("1"), none.clone()]),
        ("/resources/requests/memory", vec![json!("0"), json!("1Mi"), none.clone()]),
        ("/restartPolicy", vec![json!("Always"), json!("Never"), none.clone()]),
        (
            "/env",
            vec![
                json!([{"name": "DB_PASSWORD", "value": "hunter2-hunter2"}]),
                json!([{"name": "A", "value": "b"}, {"name": "DB_PASSWORD", "value": "hunter2-hunter2"}]),
                json!([{"name": "DB_PASSWORD", "value": "correct-horse"}]),
                none.clone(),
            ],
        ),
        (
            "/ports",
            vec![
                json!([{"containerPort": 80, "hostPort": 80}]),
                json!([{"containerPort": 80, "hostPort": 80, "hostIP": "127.0.0.1"}]),
                json!([{"containerPort": 80, "hostPort": 80, "hostIP": "0.0.0.0", "protocol": "TCP"}]),
                json!([{"containerPort": 81, "hostPort": 80}]),
                none.clone(),
            ],
        ),
        (
            "/startupProbe",
            vec![
                json!({"httpGet": {"host": "10.0.0.1", "port": 80}}),
                json!({"httpGet": {"host": "10.0.0.1", "port": 80, "path": "/", "scheme": "HTTP"}}),
                json!({"httpGet": {"host": "10.0.0.1", "port": "80"}}),
                json!({"httpGet": {"host": "10.0.0.1", "port": 80, "scheme": "HTTPS"}}),
                none.clone(),
            ],
        ),
        ("/livenessProbe", vec![json!({"exec": {"command": ["a"]}}), none.clone()]),
        ("/readinessProbe", vec![json!({"exec": {"command": ["a"]}}), none.clone()]),
        (
            "/volumeMounts",
            vec![
                json!([{"name": "v", "mountPath": "/v"}]),
                json!([{"name": "v", "mountPath": "/v", "readOnly": true}]),
                json!([{"name": "v", "mountPath": "/v", "readOnly": true, "subPath": "a"}]),
                json!([{"name": "v", "mountPath": "/v", "subPath": "a/b"}]),
                json!([{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}]),
                json!([{"name": "w", "mountPath": "/w"}]),
                none,
            ],
        ),
    ]
}

/// What may stand in a pod beside its containers.
fn pod_choices() -> Vec<(&'static str, Vec<Value>)> {
    let mut all: Vec<_> = choices();
    all.retain(|(field, _)| {
        ["runAs", "seccomp", "appArmor", "seLinux", "windows"].iter().any(|f| field.contains(f))
    });
    all.extend([
        ("/hostNetwork", vec![json!(true), Value::Null]),
        ("/hostPID", vec![json!(true), json!(false), Value::Null]),
        ("/automountServiceAccountToken", vec![json!(true), json!(false), Value::Null]),
        ("/restartPolicy", vec![json!("Always"), json!("Never")]),
        (
            "/securityContext/sysctls",
            vec![
                json!([{"name": "kernel.msgmax", "value": "1"}]),
                json!([{"name": "kernel.msgmax", "value": "2"}]),
                json!([{"name": "kernel.shm_rmid_forced", "value": "1"}]),
                Value::Null,
            ],
        ),
        (
            "/volumes",
            vec![
                json!([{"name": "v", "hostPath": {"path": "/"}}]),
                json!([{"name": "v", "hostPath": {"path": "/", "type": ""}}]),
                json!([{"name": "v", "hostPath": {"path": "/var"}}]),
                json!([{"name": "w", "hostPath": {"path": "/"}}, {"name": "v", "emptyDir": {}}]),
                json!([{"name": "v", "nfs": {"server": "a", "path": "/"}}]),
                json!([{"name": "v", "image": {"reference": "registry.example/v:latest"}}]),
                json!([]),
            ],
        ),
        ("/affinity", vec![json!({"deep": [[[[{}]]]]}), json!(7), Value::Null]),
    ]);
    all
}

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
enum Step {
    /// A field of a container, and what it gets.
    Container(Index, Index, Index),
    Pod(Index, Index),
    /// A container goes to another list.
    Move(Index, &'static str),
    Add(&'static str, Index),
    Remove(Index),
    Reverse,
    /// Two containers swap names.
    Swap(Index, Index),
    Unread(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        8 => (index(), index(), index()).prop_map(|(c, f, v)| Step::Container(c, f, v)),
        5 => (index(), index()).prop_map(|(f, v)| Step::Pod(f, v)),
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
            let (choices, container) = (choices(), &mut pod["spec"][list][at]);
            let (field, values) = field.get(&choices);
            set(container, field, value.get(values));
        }
        Step::Pod(field, value) => {
            let choices = pod_choices();
            let (field, values) = field.get(&choices);
            set(&mut pod["spec"], field, value.get(values));
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

fn pod_of(steps: &[Step]) -> Value {
    let mut pod = good_pod();
    pod["spec"]["restartPolicy"] = "Always".into();
    pod["spec"]["containers"][0]["name"] = "a".into();
    steps.iter().for_each(|step| taken(&mut pod, step));
    pod
}

/// The review with the unread nesting in it.
fn deepened(review: &str) -> String {
    let nested = |depth: usize| format!("{}7{}", "{\"f:a\":".repeat(depth), "}".repeat(depth));
    [1, 130, 9_000].iter().fold(review.to_owned(), |review, depth| {
        review.replace(&format!("\"DEEP{depth}\""), &nested(*depth))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f120_an_update_is_let_in_exactly_when_nothing_strikes_harder_than_before(
        before in prop::collection::vec(any_step(), 0..14),
        after in prop::collection::vec(any_step(), 0..4),
    ) {
        let policy = everything();
        let old = pod_of(&before);
        let mut new = old.clone();
        after.iter().for_each(|step| taken(&mut new, step));
        let (stood, strikes) = (facts(&old), facts(&new));
        let harder: Vec<&Fact> =
            strikes.iter().filter(|fact| !stood.iter().any(|old| old.covers(fact))).collect();
        let answer = ask_under(&policy, deepened(&update(&old, &new))).expect("a review");
        prop_assert!(!answer.is_fault, "{:?}", answer.response.status);
        prop_assert_eq!(
            answer.response.allowed, harder.is_empty(),
            "{:?}\nharder: {:?}\nold: {}\nnew: {}", answer.response.status, harder, old, new
        );
        // The oracle sees what the rules see.
        let created = ask_under(&policy, deepened(&create(&new))).expect("a review");
        prop_assert!(strikes.is_empty() || !created.response.allowed, "{}", new);
        // What stays as it is stays let in.
        let same = ask_under(&policy, deepened(&update(&new, &new))).expect("a review");
        prop_assert!(same.response.allowed, "{}", new);
    }
}
