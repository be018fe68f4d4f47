//! Objects that are made up at random from the fields that the view reads: mostly of the right types,
//! with every text that some rule looks for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use plimsoll::subject::Kind;
use proptest::prelude::RngExt;
use serde_json::json;

use support::shapes::{Step, TOKENS, own_fields, read_fields, steps, template_of};

/// What stands below a field: nothing but its type, or more fields.
#[derive(Default)]
struct Branch {
    /// The type of a leaf.
    leaf: Option<&'static str>,
    below: BTreeMap<Step, Branch>,
}

impl Branch {
    fn add(&mut self, steps: &[Step], leaf: &'static str) {
        match steps.split_first() {
            None => self.leaf = Some(leaf),
            Some((step, rest)) => self.below.entry(step.clone()).or_default().add(rest, leaf),
        }
    }
}

/// Makes objects of one kind.
pub struct Maker {
    head: String,
    root: Branch,
}

/// Words that mean something in some field.
const WORDS: [&str; 60] = [
    "Always",
    "Never",
    "OnFailure",
    "IfNotPresent",
    "RuntimeDefault",
    "Unconfined",
    "Localhost",
    "ALL",
    "NET_ADMIN",
    "Unmasked",
    "Default",
    "TCP",
    "HTTP",
    "https",
    "*",
    "",
    "a",
    "api",
    "web",
    "shop",
    "default",
    "kube-system",
    "app",
    "tier",
    "80",
    "http",
    "0",
    "-1",
    "1",
    "500m",
    "1Gi",
    "10%",
    "100%",
    "1e3",
    "1.5",
    "10.0.0.0/8",
    "10.0.0.1",
    "registry.example/api:1.4",
    "nginx:latest",
    "nginx",
    "a@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/",
    "/var/run",
    "/var/run/docker.sock",
    "/etc/passwd",
    "http://a:b@c:80/x?y=z#f",
    "2026-11-24T00:00:00Z",
    "In",
    "NotIn",
    "Exists",
    "DoesNotExist",
    "get",
    "secrets",
    "pods/exec",
    "cluster-admin",
    "system:anonymous",
    "User",
    "RollingUpdate",
    "LoadBalancer",
    "c2VjcmV0",
];

/// Annotations and labels that some rule reads.
const KEYS: [&str; 10] = [
    "app",
    "kubernetes.io/metadata.name",
    "pod-security.kubernetes.io/enforce",
    "container.apparmor.security.beta.kubernetes.io/a",
    "seccomp.security.alpha.kubernetes.io/pod",
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "cert-manager.io/issuer",
    "prometheus.io/scrape",
    "cpu",
    "memory",
];

impl Maker {
    /// One of objects of a kind of Kubernetes itself.
    pub fn of(kind: &Kind) -> Self {
        let mut root = Branch::default();
        for (path, leaf) in own_fields(kind) {
            root.add(&steps(&path), leaf);
        }
        if let Some(template) = template_of(kind) {
            for (path, leaf) in read_fields() {
                root.add(&steps(&format!("{template}{path}")), leaf);
            }
        }
        for path in [".metadata.labels{}", ".metadata.annotations{}"] {
            root.add(&steps(path), "string");
        }
        let group = match &*kind.group {
            "" => String::new(),
            group => format!("{group}/"),
        };
        let version = if kind.group == "autoscaling" { "v2" } else { "v1" };
        let head = format!("\"apiVersion\":\"{group}{version}\",\"kind\":\"{}\"", kind.kind);
        Self { head, root }
    }

    /// One object, as JSON.
    pub fn make(&self, rng: &mut impl RngExt) -> String {
        // Some objects have nearly every field, some nearly none.
        let density = rng.random_range(15..100);
        let mut made = String::from("{");
        made.push_str(&self.head);
        for (step, branch) in &self.root.below {
            let Step::Key(key) = step else { continue };
            let _ = write!(made, ",{}:", json!(key));
            if key == "metadata" {
                let name = WORDS[rng.random_range(17..20)];
                let _ = write!(made, "{{\"name\":\"{name}\",\"namespace\":\"shop\"");
                for (step, branch) in &branch.below {
                    let Step::Key(key) = step else { continue };
                    let _ = write!(made, ",{}:", json!(key));
                    write(branch, density, rng, &mut made);
                }
                made.push('}');
            } else {
                write(branch, density, rng, &mut made);
            }
        }
        made.push('}');
        made
    }
}

fn write(branch: &Branch, density: u32, rng: &mut impl RngExt, made: &mut String) {
    // Now and then something is of another type than it should be.
    if rng.random_ratio(1, 2_000) {
        made.push_str(["null", "{}", "[]", "7", "\"x\"", "true"][rng.random_range(0..6)]);
        return;
    }
    let Some((first, _)) = branch.below.first_key_value() else {
        return made.push_str(&leaf(branch.leaf.unwrap_or("string"), rng));
    };
    match first {
        Step::Elements => {
            let count = [0, 1, 1, 1, 2, 2, 3][rng.random_range(0..7)];
            made.push('[');
            for n in 0..count {
                made.push_str(if n == 0 { "" } else { "," });
                write(&branch.below[first], density, rng, made);
            }
            made.push(']');
        }
        Step::Entries => {
            made.push('{');
            for n in 0..rng.random_range(0..4) {
                made.push_str(if n == 0 { "" } else { "," });
                let key = KEYS[rng.random_range(0..KEYS.len())];
                let key = if rng.random_ratio(1, 4) { format!("{key}{n}") } else { key.to_owned() };
                let _ = write!(made, "{}:", json!(key));
                write(&branch.below[first], density, rng, made);
            }
            made.push('}');
        }
        Step::Key(_) => {
            made.push('{');
            let mut is_first = true;
            for (step, below) in &branch.below {
                let Step::Key(key) = step else { continue };
                // Names are needed for anything else to be looked at.
                let is_left_out = !rng.random_ratio(density, 100) && key != "name";
                if is_left_out {
                    continue;
                }
                made.push_str(if is_first { "" } else { "," });
                is_first = false;
                let _ = write!(made, "{}:", json!(key));
                write(below, density, rng, made);
            }
            made.push('}');
        }
    }
}

/// A value of a type, as JSON.
fn leaf(kind: &str, rng: &mut impl RngExt) -> String {
    match kind {
        "boolean" => rng.random_bool(0.5).to_string(),
        "string" | "quantity" => text(rng),
        _ => match rng.random_range(0..8) {
            0 => "0".to_owned(),
            1 => rng.random_range(-5..100_000_i64).to_string(),
            2 => "2147483647".to_owned(),
            _ => rng.random_range(0..70_000_u32).to_string(),
        },
    }
}

/// Some words and tokens, as a JSON string; tokens are written as they are in JSON.
pub fn text(rng: &mut impl RngExt) -> String {
    let mut made = String::from("\"");
    let parts = [1, 1, 1, 1, 2, 3, 8][rng.random_range(0..7)];
    for _ in 0..parts {
        if rng.random_ratio(1, 3) {
            let token = TOKENS[rng.random_range(0..TOKENS.len())];
            made.push_str(&token.repeat(if rng.random_ratio(1, 20) { 50 } else { 1 }));
        } else {
            made.push_str(WORDS[rng.random_range(0..WORDS.len())]);
        }
    }
    made.push('"');
    made
}
