//! What strikes whom, told without the rules: the oracle that the ratchet is held against.

use std::collections::BTreeSet;

use serde_json::Value;

/// One thing that is the case, by rule, role, name of the container, and what it is.
#[derive(Debug, Clone)]
pub struct Fact(String, Hard);

#[derive(Debug, Clone)]
pub enum Hard {
    Degree(u8),
    AllBut(BTreeSet<String>),
    /// Writable, passed on, and the part that is shown; `/` for the whole.
    Mount(bool, bool, String),
}

impl Fact {
    /// Whether this struck as hard as `new`, or harder.
    pub fn covers(&self, new: &Self) -> bool {
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

/// All that violates, with whom it strikes.
pub fn facts(pod: &Value) -> Vec<Fact> {
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
    health(pod, role, c, add);
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
