//! Objects of any size that are made to cost as much as they can: made from the fields that the view
//! reads, so that a field that is added is attacked as well.

use plimsoll::subject::{Kind, ObjectSeed, PodTemplateSpec};
use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::{Value, json};

use crate::probe::{Probe, Wanted};

/// Every field of a Pod that the view reads, and its type.
pub fn read_fields() -> Vec<(String, &'static str)> {
    let wanted = Wanted::default();
    for volume_source in
        ["secret", "configMap", "projected", "csi", "hostPath", "image", "emptyDir"]
    {
        let probe = Probe { path: String::new(), wanted: wanted.clone(), volume_source };
        PodTemplateSpec::deserialize(probe).expect("the probe gives everything");
    }
    let mut wanted = wanted.borrow().clone();
    wanted.sort();
    wanted.dedup();
    wanted
}

/// Every field that is read of an object of some kind beside its metadata and what is in its pod
/// templates, and its type.
pub fn own_fields(kind: &Kind) -> Vec<(String, &'static str)> {
    let wanted = Wanted::default();
    let probe = Probe { path: String::new(), wanted: wanted.clone(), volume_source: "secret" };
    let seed = ObjectSeed::of(kind).expect("a kind of Kubernetes itself");
    seed.deserialize(probe).expect("the probe gives everything");
    let mut wanted = wanted.borrow().clone();
    let template = template_of(kind);
    wanted.retain(|(path, _)| {
        let is_of_template = template.as_ref().is_some_and(|template| path.starts_with(template));
        path.split('.').count() > 2 && !path.starts_with(".metadata.") && !is_of_template
            || path == ".data"
            || [".data{}", ".stringData{}", ".type"].contains(&path.as_str())
    });
    wanted.sort();
    wanted.dedup();
    wanted
}

/// Where the pod template of a kind is.
pub fn template_of(kind: &Kind) -> Option<String> {
    let [template] = kind.templates() else { return None };
    Some(template.keys().iter().map(|key| format!(".{key}")).collect())
}

/// An object of some kind in which all of these fields are set, so that as many rules as possible
/// have something to say; text is `text`.
pub fn full_of(kind: &Kind, fields: &[(String, &'static str)], text: &str) -> Value {
    let group = if kind.group.is_empty() { String::new() } else { format!("{}/", kind.group) };
    let mut object = json!({
        "apiVersion": format!("{group}v1"), "kind": kind.kind,
        "metadata": {"name": "api", "namespace": "shop"},
    });
    for (path, kind) in fields {
        set(&mut object, &steps(path), value_of(kind, text));
    }
    if let Some(template) = template_of(kind) {
        let containers = json!({"spec": {"containers": [{"name": "a"}]}});
        set(&mut object, &steps(&template), containers);
    }
    if kind.kind == "Service" {
        object["spec"]["type"] = json!("LoadBalancer");
    }
    object
}

fn value_of(kind: &str, text: &str) -> Value {
    match kind {
        "string" => json!(text),
        "boolean" => json!(true),
        "quantity" => json!("0"),
        _ => json!(0),
    }
}

/// One step on the way from an object to a field that is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A field.
    Key(String),
    /// The elements of a list.
    Elements,
    /// The values of a mapping with free keys.
    Entries,
}

/// The steps of a path such as `.spec.containers[].resources.limits{}`.
pub fn steps(path: &str) -> Vec<Step> {
    let parted = path.replace("[]", ".[]").replace("{}", ".{}");
    let step = |step: &str| match step {
        "[]" => Step::Elements,
        "{}" => Step::Entries,
        key => Step::Key(key.to_owned()),
    };
    parted.split('.').filter(|step| !step.is_empty()).map(step).collect()
}

/// What stands for a number that is different wherever it is written.
const NUMBER: char = '#';

/// Text in which rules look for something: long runs of every token that their code knows.
pub const TOKENS: [&str; 33] = [
    "a",
    "=",
    "://",
    "://a:b",
    "://:",
    "eyJ",
    "eyJ(",
    ".eyJ",
    ".eyJaaaaaaaa",
    "-",
    "--a ",
    "--password a ",
    ":",
    "@",
    "/",
    "../",
    "\\\"",
    "_PW=",
    "_PW=$A",
    "API_KEY",
    "TLS_SECRET=",
    "-----BEGIN ",
    "PRIVATE KEY",
    "Bearer ",
    "Authorization: ",
    "-HX-Api-Key: ",
    "sk-",
    " ",
    ",",
    "&",
    "9",
    "\\u0007",
    "\\ud83d\\ude00",
];

/// A Pod in which every field that is read is set: text to `text`, everything else so that as many
/// rules as possible have something to say.
pub fn full(paths: &[(String, &'static str)], text: &str) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod"});
    for (path, kind) in paths {
        // The sources of volumes exclude one another: each gets a volume of its own.
        if path.starts_with(".spec.volumes[].") && path != ".spec.volumes[].name" {
            continue;
        }
        set(&mut pod, &steps(path), value_of(kind, text));
    }
    pod["metadata"]["name"] = json!("api");
    pod["metadata"]["namespace"] = json!("shop");
    pod["spec"]["os"] = Value::Null;
    pod["spec"]["restartPolicy"] = Value::Null;
    pod["spec"]["hostUsers"] = Value::Null;
    pod
}

fn set(at: &mut Value, steps: &[Step], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *at = value;
        return;
    };
    match step {
        Step::Key(key) => set(&mut at[key], rest, value),
        Step::Entries => set(&mut at["cpu"], rest, value),
        Step::Elements => {
            if at.is_null() {
                *at = json!([null]);
            }
            set(&mut at[0], rest, value);
        }
    }
}

/// How an object is filled.
pub struct Fill<'f> {
    /// The field that is filled.
    pub steps: &'f [Step],
    /// What is written there, as JSON.
    pub leaf: &'f str,
    /// The number that is written for the first `#`.
    pub first: usize,
    /// Whether elements have nothing beside the way to the field.
    pub is_bare: bool,
    /// The keys of the mapping that is filled.
    pub key: &'f str,
    /// The most elements of the list that stands around all others, and of any other.
    pub widths: (usize, usize),
}

impl Fill<'_> {
    /// `base` with so many of the field, or as many as lists may hold.
    pub fn with(&self, base: &Value, mut elements: usize) -> String {
        let depth = self.depth();
        let mut counts = vec![1; depth];
        for (level, count) in counts.iter_mut().enumerate().rev() {
            let most = if level == 0 && depth > 1 { self.widths.0 } else { self.widths.1 };
            *count = elements.min(most);
            elements = elements.div_ceil(most);
        }
        self.numbered(&self.written(base, self.steps, &counts, false))
    }

    /// `base` with as many of the field as make about so many bytes.
    pub fn of_size(&self, base: &Value, size: usize) -> String {
        let [one, two] = [1, 2].map(|n| self.with(base, n).len());
        self.with(base, size.saturating_sub(one) / (two - one).max(1))
    }

    fn depth(&self) -> usize {
        self.steps.iter().filter(|step| !matches!(step, Step::Key(_))).count()
    }

    fn written(&self, base: &Value, steps: &[Step], counts: &[usize], is_bare: bool) -> String {
        let Some((step, rest)) = steps.split_first() else { return self.leaf.to_owned() };
        if let Step::Key(key) = step {
            let mut members: Vec<String> = Vec::new();
            let others = base.as_object().into_iter().flatten().filter(|_| !is_bare);
            for (name, value) in others.filter(|(name, _)| *name != key) {
                members.push(format!("{}:{value}", json!(name)));
            }
            let value = self.written(&base[key], rest, counts, is_bare);
            members.push(format!("{}:{value}", json!(key)));
            return format!("{{{}}}", members.join(","));
        }
        let (count, counts) = counts.split_first().map_or((1, counts), |(n, rest)| (*n, rest));
        if *step == Step::Elements {
            let element = self.written(&base[0], rest, counts, self.is_bare);
            return format!("[{}]", vec![element; count].join(","));
        }
        let entry =
            format!("\"{}\":{}", self.key, self.written(&base["cpu"], rest, counts, self.is_bare));
        format!("{{{}}}", vec![entry; count].join(","))
    }

    fn numbered(&self, text: &str) -> String {
        let mut parts = text.split(NUMBER);
        let mut written = parts.next().unwrap_or_default().to_owned();
        written.reserve(text.len() * 2);
        for (number, part) in parts.enumerate() {
            written.push_str(&(self.first + number).to_string());
            written.push_str(part);
        }
        written
    }
}

/// Text of `length` bytes, as JSON.
pub fn run_of(token: &str, length: usize) -> String {
    format!("\"{}\"", token.repeat(length / token.len()))
}

/// Keys of annotations that a rule looks for, and one that none does.
pub const KEYS: [&str; 3] = [
    "k#",
    "container.apparmor.security.beta.kubernetes.io/#",
    "container.seccomp.security.alpha.kubernetes.io/#",
];

/// The ways to lists and mappings, and to what is in their elements.
pub fn lists(paths: &[(String, &'static str)]) -> Vec<(Vec<Step>, String)> {
    let mut found = Vec::new();
    for (path, kind) in paths {
        let steps = steps(path);
        let Some(last) = steps.iter().rposition(|step| !matches!(step, Step::Key(_))) else {
            continue;
        };
        let leaf = match *kind {
            "string" => "\"\"",
            "boolean" => "true",
            "quantity" => "\"1\"",
            _ => "1",
        };
        found.push((steps.clone(), leaf.to_owned()));
        if *kind == "string" {
            found.push((steps.clone(), "\"#\"".to_owned()));
            found.push((steps.clone(), "\"\\n\"".to_owned()));
        }
        // The mappings on the way, with nothing in them.
        for end in last + 1..steps.len() {
            found.push((steps[..end].to_vec(), "{}".to_owned()));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// A path as it is written.
pub fn shown(steps: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!(".{key}"),
        Step::Elements => "[]".to_owned(),
        Step::Entries => "{}".to_owned(),
    };
    steps.iter().map(step).collect()
}
