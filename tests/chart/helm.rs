//! Helm, and what it renders.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use plimsoll::yaml::documents;
use serde_json::Value;
use support::committed::repository;

/// The Kubernetes that is rendered for where a test says nothing else. A helm that was not made by its
/// own release would take its client library's.
const KUBERNETES: &str = "1.36.0";

static HELM: LazyLock<PathBuf> = LazyLock::new(|| {
    let script = repository().join("tests/chart/helm");
    let output = Command::new("bash")
        .arg(script)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("bash runs");
    assert!(output.status.success(), "no helm: see above");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
});

/// The folder of the chart.
pub fn chart() -> PathBuf {
    repository().join("charts/plimsoll")
}

/// Runs helm; its standard output, or all that it says about a failure.
pub fn helm(arguments: &[&str], kubeconfig: Option<&Path>) -> Result<String, String> {
    let mut command = Command::new(&*HELM);
    // No file of the machine, and no cluster of its user.
    command.env("KUBECONFIG", kubeconfig.unwrap_or(Path::new("/dev/null")));
    let output = command.args(arguments).stdin(Stdio::null()).output().expect("helm runs");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(out.into_owned()) } else { Err(format!("{out}{err}")) }
}

/// `helm template` of the chart with these further arguments, into the namespace `plimsoll`.
pub fn template(arguments: &[&str]) -> Result<String, String> {
    let chart = chart();
    let path = chart.to_str().expect("a path of UTF-8");
    let fixed = ["template", "plimsoll", path, "--namespace", "plimsoll", "--kube-version"];
    helm(&[&fixed[..], &[KUBERNETES], arguments].concat(), None)
}

/// The same, where it must succeed.
pub fn rendered(arguments: &[&str]) -> String {
    template(arguments).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// What a YAML text holds.
pub fn values(text: &str) -> Vec<Value> {
    let json = |node: plimsoll::yaml::Node| serde_json::from_str(&node.to_json()).expect("JSON");
    documents(text).into_iter().map(|node| json(node.expect("readable YAML"))).collect()
}

/// The objects of a render.
pub struct Objects(pub Vec<Value>);

impl Objects {
    /// Of a render with these arguments.
    pub fn of(arguments: &[&str]) -> Self {
        Self(values(&rendered(arguments)))
    }

    /// Those of a kind.
    pub fn of_kind(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|object| object["kind"] == kind).collect()
    }

    /// The one of a kind and name.
    pub fn one(&self, kind: &str, name: &str) -> &Value {
        let found: Vec<_> =
            self.of_kind(kind).into_iter().filter(|o| o["metadata"]["name"] == name).collect();
        let [one] = found[..] else { panic!("{} of {kind} {name}", found.len()) };
        one
    }

    /// The Deployment.
    pub fn deployment(&self) -> &Value {
        self.one("Deployment", "plimsoll")
    }

    /// The Pod of the Deployment.
    pub fn pod(&self) -> &Value {
        &self.deployment()["spec"]["template"]["spec"]
    }

    /// The flags of the server.
    pub fn flags(&self) -> Vec<&str> {
        let flags = self.pod()["containers"][0]["args"].as_array().expect("flags");
        flags.iter().map(|flag| flag.as_str().expect("a text")).collect()
    }
}
