//! An audit of what well-known projects install, beside `check` of the same objects: as they are in the
//! cluster, and as they were written. What is left out counts as what the API server fills in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use plimsoll::inventory::NeighbourKind;
use plimsoll::subject::{BUILT_IN, Scope};
use plimsoll::yaml;
use serde_json::{Value, json};
use support::control_plane::{ControlPlane, User};
use support::corpora::{corpus, say};

const NAMESPACE: &str = "sample";

/// What is looked at, as kubectl names it.
const KINDS: &str = "deployments,statefulsets,daemonsets,replicasets,cronjobs,jobs,pods,replicationcontrollers,\
                     podtemplates,services,roles,clusterroles,rolebindings,clusterrolebindings,configmaps,secrets,\
                     horizontalpodautoscalers,serviceaccounts";

/// Manifests below a folder.
fn manifests(folder: PathBuf, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            manifests(path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

/// The objects of the sample that some rule is about, each under a name of its own, and what stands
/// around them; all in one namespace.
fn objects() -> Option<Vec<Value>> {
    let root = corpus("realworld")?;
    let (mut paths, mut all) = (Vec::new(), Vec::new());
    manifests(root, &mut paths);
    for (number, path) in paths.iter().enumerate() {
        let text = fs::read_to_string(path).unwrap();
        for document in yaml::documents(&text).into_iter().flatten() {
            let mut object = document.to_value();
            let version = object["apiVersion"].as_str().unwrap_or_default();
            let group = version.split_once('/').map_or("", |(group, _)| group).to_owned();
            let Some(kind) = object["kind"].as_str().map(str::to_owned) else { continue };
            let known = BUILT_IN.iter().find(|known| known.group == group && known.kind == kind);
            let is_neighbour = NeighbourKind::all()
                .any(|known| known.version.is_some() && known.kind == kind && known.group == group);
            if let Some(known) = known {
                object["metadata"]["name"] = format!("s-{number}").into();
                if known.scope != Scope::Cluster {
                    object["metadata"]["namespace"] = NAMESPACE.into();
                }
            } else if is_neighbour {
                object["metadata"]["namespace"] = NAMESPACE.into();
            } else {
                continue;
            }
            all.push(object);
        }
    }
    Some(all)
}

type Findings = BTreeMap<String, BTreeSet<(String, String)>>;

/// What is found, by object: the rule, and all that is said of it.
fn findings(report: &Value, of: &BTreeSet<String>) -> Findings {
    let mut all = Findings::new();
    let list = |field: &str| report[field].as_array().cloned().unwrap_or_default();
    for (what, field) in [("violations", "message"), ("undetermined", "why")] {
        for found in list(what) {
            let title =
                format!("{} {}", found["kind"].as_str().unwrap(), found["name"].as_str().unwrap());
            if of.contains(&title) {
                let fields =
                    ["mode", "container", "path", field].map(|field| found[field].to_string());
                let rule = found["rule"].as_str().unwrap().to_owned();
                all.entry(title).or_default().insert((rule, fields.join(" ")));
            }
        }
    }
    all
}

fn plimsoll(arguments: &[&str], cluster: Option<&ControlPlane>) -> Value {
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/production.yaml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(arguments).args(["--policy", policy, "--format", "json"]);
    if let Some(cluster) = cluster {
        command.arg("--kubeconfig").arg(cluster.kubeconfig(User::Admin));
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// F-106.
#[test]
fn an_audit_of_a_sample_finds_what_check_finds_before_and_after_the_api_server_has_filled_in_defaults()
 {
    let Some(objects) = objects() else { return };
    let cluster = ControlPlane::start().unwrap();
    assert!(cluster.kubectl(&["create", "namespace", NAMESPACE]).success());
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let made = cluster.kubectl_stdin(&["create", "--validate=false", "-f", "-"], &list.to_string());
    let exported = cluster.kubectl(&["get", KINDS, "-A", "-o", "json"]).json();
    let title = |object: &Value| {
        format!(
            "{} {}",
            object["kind"].as_str().unwrap(),
            object["metadata"]["name"].as_str().unwrap()
        )
    };
    let is_ours = |object: &Value| object["metadata"]["name"].as_str().unwrap().starts_with("s-");
    let accepted: BTreeSet<String> =
        exported["items"].as_array().unwrap().iter().filter(|o| is_ours(o)).map(title).collect();
    assert!(accepted.len() > 300, "{}: {made}", accepted.len());
    let refused = objects.iter().filter(|o| is_ours(o) && !accepted.contains(&title(o))).count();
    say(&format!("{} objects of the sample are in, {refused} are not accepted", accepted.len()));

    let live = findings(&plimsoll(&["audit", "--secrets"], Some(&cluster)), &accepted);
    let file = |name: &str, items: Vec<Value>| {
        let path = cluster.dir().join(name);
        fs::write(&path, json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string())
            .unwrap();
        path.to_str().unwrap().to_owned()
    };
    let all = file("exported.json", exported["items"].as_array().unwrap().clone());
    let of_export = findings(&plimsoll(&["check", &all], None), &accepted);
    for title in &accepted {
        assert_eq!(live.get(title), of_export.get(title), "{title}");
    }
    assert!(live.len() > 150, "{}", live.len());

    let written: Vec<Value> = objects
        .into_iter()
        .filter(|object| !is_ours(object) || accepted.contains(&title(object)))
        .collect();
    let all = file("written.json", written);
    let of_files = findings(&plimsoll(&["check", &all], None), &accepted);
    // By rule: what the API server's defaults change. It is one thing: beside `serviceAccount`, which
    // is deprecated, it fills in `serviceAccountName`. All other rules know the defaults.
    let mut differs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let none = BTreeSet::new();
    for title in &accepted {
        let of = |all: &'_ Findings| all.get(title).unwrap_or(&none).clone();
        for (rule, what) in of(&of_files).symmetric_difference(&of(&live)) {
            differs.entry(rule.clone()).or_default().push(format!("{title}: {what}"));
        }
    }
    let of_alias = differs.remove("deprecated-field").unwrap_or_default();
    assert!(of_alias.iter().all(|what| what.contains("serviceAccountName")), "{of_alias:?}");
    assert_eq!(differs, BTreeMap::new());
}
