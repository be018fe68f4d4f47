//! What strikes whom, told without the rules: the oracle that the ratchet is held against.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One thing that is the case, by rule, role, name of the container, and what it is.
#[derive(Debug, Clone)]
pub struct Fact(String, Hard);

#[derive(Debug, Clone)]
pub enum Hard {
    Degree(u64),
    AllBut(BTreeSet<String>),
    /// One of many; none for all of them.
    One(Option<String>),
    /// How writable, how far passed on, and the part that is shown; `/` for the whole.
    Mount(u8, u8, String),
}

/// The form of the rules that is in force.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// The minor of Kubernetes whose Pod Security Standards hold.
    pub minor: u16,
    /// Whether the rules that have two levels are at the lower one.
    pub is_baseline: bool,
}

/// Rules about what processes may do, which is worse among the users of the node.
const OF_PROCESSES: [&str; 10] = [
    "privileged",
    "capabilities",
    "capabilities-drop-all",
    "privilege-escalation",
    "proc-mount",
    "seccomp",
    "apparmor",
    "selinux",
    "run-as-non-root",
    "run-as-user",
];

impl Fact {
    /// Whether this struck as hard as `new`, or harder.
    pub fn covers(&self, new: &Self) -> bool {
        self.0 == new.0
            && match (&self.1, &new.1) {
                (Hard::Degree(old), Hard::Degree(new)) => old >= new,
                // Who drops `all` has dropped all there is.
                (Hard::AllBut(_), Hard::AllBut(new)) if new.contains("ALL") => true,
                (Hard::AllBut(old), Hard::AllBut(new)) => old.is_subset(new),
                (Hard::One(old), Hard::One(new)) => old.is_none() || old == new,
                (Hard::Mount(w, p, path), Hard::Mount(new_w, new_p, new_path)) => {
                    w >= new_w && p >= new_p && format!("{new_path}/").starts_with(path)
                }
                _ => false,
            }
    }
}

/// The lists of a pod that containers stand in.
pub const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// The containers of a pod, each with its role.
pub fn containers(pod: &Value) -> Vec<(&'static str, &Value)> {
    let list = |list: &'static str| pod["spec"][list].as_array().into_iter().flatten();
    let role = |name: &'static str, c: &Value| match name {
        "initContainers" if c["restartPolicy"] == "Always" => "sidecar",
        name => name,
    };
    LISTS.into_iter().flat_map(|name| list(name).map(move |c| (role(name, c), c))).collect()
}

/// The text, empty where it is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// What a container has of a security field: its own, or the pod's.
fn effective<'p>(pod: &'p Value, c: &'p Value, field: &str) -> &'p Value {
    let own = &c["securityContext"][field];
    if own.is_null() { &pod["spec"]["securityContext"][field] } else { own }
}

fn annotation<'p>(pod: &'p Value, key: &str, name: &str) -> Option<&'p str> {
    pod["metadata"]["annotations"][format!("{key}{name}")].as_str()
}

/// All that violates, with whom it strikes.
pub fn facts(pod: &Value, form: Form) -> Vec<Fact> {
    let has_own_users = pod["spec"]["hostUsers"] == false;
    let is_windows = pod["spec"]["os"]["name"] == "windows";
    let is_relaxed = |rule: &str| {
        let root = ["run-as-non-root", "run-as-user"].contains(&rule)
            || rule == "proc-mount" && form.is_baseline;
        let linux = ["capabilities-drop-all", "privilege-escalation"].contains(&rule)
            || rule == "seccomp" && !form.is_baseline;
        let since = match rule {
            "privilege-escalation" => 8,
            "run-as-user" => 23,
            "host-probes" => 34,
            _ => 0,
        };
        root && has_own_users && form.minor >= 35
            || linux && is_windows && form.minor >= 25
            || ["read-only-root-filesystem", "privileged-ports"].contains(&rule) && is_windows
            || ["high-user-id", "host-users", "run-as-group"].contains(&rule)
                && (is_windows || has_own_users)
            || form.minor < since
    };
    let mut facts: Vec<Fact> = whatever_the_form(pod, form);
    facts.retain(|fact| !is_relaxed(fact.0.split('|').next().unwrap()));
    let of_processes = |fact: &&Fact| OF_PROCESSES.contains(&fact.0.split('|').next().unwrap());
    let on_the_node: Vec<Fact> = facts.iter().filter(of_processes).cloned().collect();
    if !has_own_users {
        facts.extend(
            on_the_node
                .into_iter()
                .map(|Fact(what, hard)| Fact(format!("{what}|as a user of the node"), hard)),
        );
    }
    facts
}

fn whatever_the_form(pod: &Value, form: Form) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (role, c) in containers(pod) {
        let name = text(&c["name"]);
        let mut add = |rule: &str, what: &str, hard: Hard| {
            facts.push(Fact(format!("{rule}|{role}|{name}|{what}"), hard));
        };
        security(pod, c, form, &mut add);
        privileges(c, form, &mut add);
        things(pod, role, c, &mut add);
        accounts(pod, c, &mut add);
        if role == "containers" && c["restartPolicy"] == "Never" {
            add("restart-policy", "", Hard::Degree(0));
        }
        images(c, &mut add);
        shares(role, c, &mut add);
        ports(pod, c, &mut add);
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
            let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or("default");
            add("service-account-token", account, Hard::Degree(0));
        }
    }
    for (key, value) in pod["metadata"]["annotations"].as_object().into_iter().flatten() {
        if text(value).contains("hunter2") {
            facts.push(Fact(format!("secret-literals|{key}|{value}"), Hard::Degree(0)));
        }
    }
    facts.extend(obsolete(pod));
    facts.extend(volumes(pod));
    let shares = &pod["spec"]["resources"];
    if shares["requests"]["memory"].is_string() && shares["limits"]["memory"].is_null() {
        let what = String::from("requests-equal-limits|the pod");
        facts.push(Fact(what, Hard::Degree(u64::MAX)));
    }
    facts.extend(ports_again(pod));
    if pod["spec"]["restartPolicy"] == "Never" {
        facts.push(Fact("restart-policy|the pod".to_owned(), Hard::Degree(0)));
    }
    // No pod here has one.
    facts.push(Fact("priority-class|".to_owned(), Hard::Degree(0)));
    facts
}

/// How often a port, and a name of one, is there once more among what runs side by side; here a
/// container has one at most.
fn ports_again(pod: &Value) -> Vec<Fact> {
    let mut again: BTreeMap<String, u64> = BTreeMap::new();
    let beside =
        containers(pod).into_iter().filter(|(role, _)| ["sidecar", "containers"].contains(role));
    for port in beside.flat_map(|(_, c)| c["ports"].as_array().into_iter().flatten()) {
        for what in ["containerPort", "name"].into_iter().filter(|what| !port[*what].is_null()) {
            let what = format!("{what} {}", port[what]);
            again.entry(what).and_modify(|times| *times += 1).or_default();
        }
    }
    again.retain(|_, times| *times > 0);
    let fact = |(what, times)| Fact(format!("container-ports|{what}"), Hard::Degree(times));
    again.into_iter().map(fact).collect()
}

/// Annotations of profiles, where no field says the same.
fn obsolete(pod: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (key, _) in pod["metadata"]["annotations"].as_object().into_iter().flatten() {
        let field = match key {
            key if key.contains("seccomp.") => "seccompProfile",
            key if key.contains("apparmor.") => "appArmorProfile",
            _ => continue,
        };
        let (_, name) = key.split_once('/').expect("a key with a domain");
        let is_of_pod = !key.starts_with("container.");
        let named = containers(pod).into_iter().find(|(_, c)| c["name"] == name);
        let is_bare = named.is_some_and(|(_, c)| c["securityContext"][field].is_null());
        if pod["spec"]["securityContext"][field].is_null() && (is_of_pod || is_bare) {
            facts.push(Fact(format!("deprecated-field|{key}"), Hard::Degree(0)));
        }
    }
    facts
}

/// Whose rights it has.
fn accounts(pod: &Value, c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    let spec = &pod["spec"];
    let account = spec["serviceAccountName"].as_str().unwrap_or("default");
    if spec["automountServiceAccountToken"] != false && account == "default" {
        add("default-service-account", "", Hard::One(None));
    }
    if !["hostNetwork", "hostPID", "hostIPC"].iter().any(|field| spec[field] == true) {
        add("host-users", "", Hard::Degree(0));
    }
    // Nobody says in which group it runs.
    add("run-as-group", "", Hard::One(None));
    // An image may name root, and root is everybody.
    let user = effective(pod, c, "runAsUser");
    if user.is_null() || *user == 0 {
        add("high-user-id", "", Hard::One(None));
    }
    let variables = c["env"].as_array().into_iter().flatten();
    if variables.filter(|variable| variable["name"] == "DIR").count() > 1 {
        add("duplicate-environment", "DIR", Hard::Degree(0));
    }
    for variable in c["env"].as_array().into_iter().flatten() {
        let from = &variable["valueFrom"]["secretKeyRef"];
        if !from.is_null() {
            add("secret-in-environment", &from.to_string(), Hard::Degree(0));
        }
    }
}

/// No image here has a digest, and none was scanned.
fn images(c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    let image = match text(&c["image"]) {
        "nginx" => "docker.io/library/nginx:latest",
        image => image,
    };
    add("image-scanned", image, Hard::Degree(0));
    add("image-digest", image.rsplit_once(':').unwrap().0, Hard::Degree(0));
}

/// What it may use of its node, and what it requests of that; all are written in one of these ways.
fn shares(role: &str, c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    if role == "ephemeralContainers" {
        return;
    }
    add("ephemeral-storage", "", Hard::Degree(u64::MAX));
    assert_eq!(c["resources"]["limits"]["memory"], "256Mi");
    let times = match c["resources"]["requests"]["memory"].as_str() {
        None => return,
        Some("0") => u64::MAX,
        Some("1Mi") => 256,
        Some("128Mi") => 2,
        other => panic!("{other:?}"),
    };
    add("requests-equal-limits", "", Hard::Degree(times));
    if times > 2 {
        add("limit-request-ratio", "", Hard::Degree(times));
    }
}

fn ports(pod: &Value, c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    let ports = |c: &Value| c["ports"].as_array().cloned().unwrap_or_default();
    for port in ports(c) {
        add("privileged-ports", &port["containerPort"].to_string(), Hard::Degree(0));
    }
    let all: Vec<Value> = containers(pod).iter().flat_map(|(_, c)| ports(c)).collect();
    for (hook, probe) in hooks(c).into_iter().filter(|(hook, _)| *hook != "preStop") {
        for action in ["httpGet", "tcpSocket"] {
            let (port, is_own) = (&probe[action]["port"], probe[action]["host"].is_null());
            let is_listed = |list: &[Value], key: &str| list.iter().any(|of| of[key] == *port);
            let is_missing = port.is_string() && !is_listed(&ports(c), "name")
                || port.is_number() && is_own && !is_listed(&all, "containerPort");
            if is_missing {
                add("probe-port", &format!("{hook} {port}"), Hard::Degree(0));
            }
        }
    }
    let (liveness, readiness) = (&c["livenessProbe"], &c["readinessProbe"]);
    if !liveness.is_null() && liveness == readiness {
        add("identical-probes", "", Hard::Degree(0));
    }
}

fn security(pod: &Value, c: &Value, form: Form, add: &mut dyn FnMut(&str, &str, Hard)) {
    let name = text(&c["name"]);
    let user = effective(pod, c, "runAsUser");
    if effective(pod, c, "runAsNonRoot") != true {
        let may_be_root = user.is_null() || *user == 0;
        add("run-as-non-root", "", Hard::Degree(may_be_root.into()));
    }
    if *user == 0 {
        add("run-as-user", "", Hard::Degree(0));
    }
    let seccomp = effective(pod, c, "seccompProfile");
    if form.minor < 19 {
        let own = annotation(pod, "container.seccomp.security.alpha.kubernetes.io/", name);
        let profile =
            own.or_else(|| annotation(pod, "seccomp.security.alpha.kubernetes.io/", "pod"));
        if profile == Some("unconfined") {
            add("seccomp", "", Hard::Degree(1));
        }
    } else if seccomp["type"] == "Unconfined" || seccomp.is_null() && !form.is_baseline {
        add("seccomp", "", Hard::Degree((!seccomp.is_null()).into()));
    }
    let by_annotation = annotation(pod, "container.apparmor.security.beta.kubernetes.io/", name);
    let is_unconfined = match by_annotation {
        Some(profile) if c["securityContext"]["appArmorProfile"].is_null() => {
            profile == "unconfined"
        }
        _ => effective(pod, c, "appArmorProfile")["type"] == "Unconfined",
    };
    if is_unconfined {
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

fn privileges(c: &Value, form: Form, add: &mut dyn FnMut(&str, &str, Hard)) {
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
        list.map(|name| text(name).to_uppercase()).collect()
    };
    for name in names("add") {
        let one = Hard::One(Some(name.clone()).filter(|name| name != "ALL"));
        if name != "CHOWN" {
            add("capabilities", "", one.clone());
        }
        if name != "CHOWN" || form.minor >= 22 {
            add("capabilities-drop-all", "", one);
        }
    }
    let drop = security["capabilities"]["drop"].as_array();
    if form.minor >= 22 && !drop.is_some_and(|drop| drop.iter().any(|name| name == "ALL")) {
        add("capabilities-drop-all", "not all", Hard::AllBut(names("drop")));
    }
}

fn things(pod: &Value, role: &str, c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    let is_ephemeral = role == "ephemeralContainers";
    if !is_ephemeral && c["securityContext"]["readOnlyRootFilesystem"] != true {
        add("read-only-root-filesystem", "", Hard::Degree(0));
    }
    for resource in ["cpu", "memory"] {
        let first = |lists: &[&str]| {
            let places = [c, &pod["spec"]].into_iter();
            let values = places.flat_map(|o| lists.iter().map(|l| &o["resources"][*l][resource]));
            let value = values.into_iter().find(|value| !value.is_null());
            value.is_some_and(|value| value != "0")
        };
        if !is_ephemeral && !first(&["limits"]) {
            add("resource-limits", resource, Hard::Degree(0));
        }
        if !is_ephemeral && !first(&["requests", "limits"]) {
            add("resource-requests", resource, Hard::Degree(0));
        }
    }
    let image = match text(&c["image"]) {
        "nginx" => "docker.io/library/nginx:latest",
        image => image,
    };
    if image.ends_with(":latest") {
        add("image-tag", image, Hard::Degree(0));
    }
    if !image.starts_with("registry.example/") {
        add("image-registry", image, Hard::Degree(0));
    }
    health(pod, role, c, add);
    literals(c, add);
    for port in c["ports"].as_array().into_iter().flatten() {
        if port["hostPort"].is_number() {
            let address = match text(&port["hostIP"]) {
                "0:0:0:0:0:0:0:1" => "::1",
                address => address,
            };
            let spared = Some(address).filter(|a| !["", "0.0.0.0", "::"].contains(a));
            let what = format!("{} {}", port["hostPort"], port["containerPort"]);
            let spared = spared.map(str::to_owned).into_iter().collect();
            add("host-ports", &what, Hard::AllBut(spared));
        }
    }
}

fn literals(c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
    for variable in c["env"].as_array().into_iter().flatten() {
        if variable["name"] == "DB_PASSWORD" {
            add("secret-literals", &variable.to_string(), Hard::Degree(0));
        }
    }
    let hooks = hooks(c);
    let run = hooks.iter().map(|(hook, handler)| (*hook, &handler["exec"]["command"]));
    for (list, args) in run.chain([("args", &c["args"])]) {
        let args: Vec<&str> = args.as_array().into_iter().flatten().map(text).collect();
        for (at, arg) in args.iter().enumerate() {
            let is_named = at > 0 && args[at - 1] == "--password";
            if arg.starts_with("--password=") || is_named {
                add("secret-literals", &format!("{list} {is_named} {arg}"), Hard::Degree(0));
            }
        }
    }
    for (hook, handler) in hooks {
        for header in handler["httpGet"]["httpHeaders"].as_array().into_iter().flatten() {
            if header["name"] == "Authorization" {
                add("secret-literals", &format!("{hook} {header}"), Hard::Degree(0));
            }
        }
    }
}

fn hooks(c: &Value) -> [(&'static str, &Value); 4] {
    [
        ("livenessProbe", &c["livenessProbe"]),
        ("readinessProbe", &c["readinessProbe"]),
        ("startupProbe", &c["startupProbe"]),
        ("preStop", &c["lifecycle"]["preStop"]),
    ]
}

fn health(pod: &Value, role: &str, c: &Value, add: &mut dyn FnMut(&str, &str, Hard)) {
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
    if lasts && !c["livenessProbe"].is_null() && c["startupProbe"].is_null() {
        add("startup-probe", "", Hard::Degree(0));
    }
    for (rule, probe) in
        [("liveness-probe", "livenessProbe"), ("readiness-probe", "readinessProbe")]
    {
        if lasts && c[probe].is_null() {
            add(rule, "", Hard::Degree(0));
        }
    }
    let serves = c["ports"].as_array().is_some_and(|ports| !ports.is_empty());
    if lasts && role == "containers" && serves && c["lifecycle"]["preStop"].is_null() {
        add("pre-stop", "", Hard::Degree(0));
    }
    for (hook, handler) in hooks(c) {
        for action in ["httpGet", "tcpSocket"] {
            let mut handler = handler[action].clone();
            if !handler["host"].is_string() {
                continue;
            }
            let defaults = [("scheme", "HTTP"), ("path", "/")].into_iter();
            for (field, default) in defaults.filter(|_| action == "httpGet") {
                if handler[field].is_null() {
                    handler[field] = default.into();
                }
            }
            let named = |port: &&Value| port["name"].is_string() && port["name"] == handler["port"];
            let listed = c["ports"].as_array().into_iter().flatten().find(named);
            if let Some(port) = listed {
                handler["port"] = port["containerPort"].clone();
            }
            add("host-probes", &format!("{hook} {action} {handler}"), Hard::Degree(0));
        }
    }
}

/// The part of a volume that a mount of a container shows; `/` for the whole.
fn part(c: &Value, mount: &Value) -> String {
    let path = match text(&mount["subPathExpr"]) {
        "" => text(&mount["subPath"]),
        expression => {
            assert_eq!(expression, "$(DIR)");
            let mut variables = c["env"].as_array().into_iter().flatten();
            match variables.rfind(|v| v["name"] == "DIR").map(|v| text(&v["value"])) {
                Some(".") => "",
                Some(path) => path,
                None => return String::from("/nobody knows/"),
            }
        }
    };
    if path.is_empty() { String::from("/") } else { format!("/{path}/") }
}

fn volumes(pod: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
        let mut source = volume.clone();
        source.as_object_mut().unwrap().remove("name");
        if source["hostPath"].is_object() && source["hostPath"]["type"].is_null() {
            source["hostPath"]["type"] = "".into();
        }
        if source["emptyDir"].is_object() && source["emptyDir"]["sizeLimit"].is_null() {
            let what = format!("empty-dir-size|{}", volume["name"]);
            facts.push(Fact(what, Hard::Degree(0)));
        }
        let rules: &[&str] = match () {
            // The root and `/var` hold the runtime's socket.
            () if source["hostPath"].is_object() => {
                &["host-path-volumes", "volume-types", "runtime-socket"]
            }
            () if source["nfs"].is_object() => &["volume-types"],
            () if text(&source["image"]["reference"]).ends_with(":latest") => {
                &["image-tag", "image-digest", "image-scanned"]
            }
            () => &[],
        };
        for rule in rules {
            facts.push(Fact(format!("{rule}|{source}"), Hard::Degree(0)));
            for (role, c) in containers(pod) {
                for mount in c["volumeMounts"].as_array().into_iter().flatten() {
                    if mount["name"] == volume["name"] {
                        let (name, at) = (text(&c["name"]), text(&mount["mountPath"]));
                        let writable = match text(&mount["recursiveReadOnly"]) {
                            _ if mount["readOnly"] != true => 3,
                            "Enabled" => 0,
                            "IfPossible" => 1,
                            _ => 2,
                        };
                        let passed_on = match text(&mount["mountPropagation"]) {
                            "Bidirectional" => 2,
                            "HostToContainer" => 1,
                            _ => 0,
                        };
                        facts.push(Fact(
                            format!("{rule}|{source}|{role}|{name}|{at}"),
                            Hard::Mount(writable, passed_on, part(c, mount)),
                        ));
                    }
                }
            }
        }
    }
    facts
}
