//! Labels and annotations that must be there, and what they may say.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::annotations::annotation_at;
use crate::rules::{BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Reach, Remedy};
use crate::subject::{Kind, Pod, PodOrObject, Secretive, Shape, Str, is_label_key};
use crate::text::{QUOTE_LIMIT, Quoted, Wildcard, clipped};

/// How much of a list of values is said with each finding, in characters.
const SHOWN: usize = 300;

/// A label or annotation that must be there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Required {
    /// Its key, such as `example.com/team`.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,
    /// What it may say, with `*` for any characters and `?` for one; anything but nothing where the
    /// list is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 253)))]
    pub values: Vec<String>,
}

/// Of what something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum Of {
    /// Of the workload itself: of every kind but Pods and `ReplicaSets`, which take theirs from others.
    Workload,
    /// Of the pods, in the template that they are made from.
    Pods,
    /// Of Namespaces.
    Namespaces,
    /// Of Services.
    Services,
    /// Of Ingresses.
    Ingresses,
}

impl Of {
    /// Whether it is asked of objects of such a kind themselves.
    fn is_of(self, kind: &Kind) -> bool {
        match self {
            Self::Workload => kind.is_workload() && !kind.is_made_from_others(),
            Self::Pods => false,
            Self::Namespaces => kind.is_namespace(),
            Self::Services => kind.shape == Shape::Service,
            Self::Ingresses => kind.shape == Shape::Ingress,
        }
    }
}

/// Whether anything is asked of objects like this one.
pub(super) fn asks_anything(of: &[Of], on: PodOrObject<'_>, cx: &Context<'_>) -> bool {
    let is_pod = matches!(on, PodOrObject::Pod(_));
    is_pod && of.contains(&Of::Pods) || of.iter().any(|of| of.is_of(cx.kind))
}

/// What is wrong with a list of them, where `can_be` says whether there can be such a value.
pub(super) fn problems(
    parameter: &'static str,
    list: &[Required],
    of: &[Of],
    can_be: impl Fn(&str) -> bool,
) -> Vec<BadValue> {
    let keys: Vec<String> = list.iter().map(|required| required.key.clone()).collect();
    let mut wrong = BadValue::in_list(parameter, &keys, Some("asks for nothing"), |key| {
        let shown = clipped(key, QUOTE_LIMIT);
        let help = "has no form of a key, such as `example.com/team`";
        (!is_label_key(key)).then(|| format!("`{shown}` {help}"))
    });
    for (index, required) in list.iter().enumerate() {
        let mut bad = |reason| wrong.push(BadValue { parameter, element: Some(index), reason });
        if keys.iter().take(index).any(|key| *key == required.key) {
            bad(format!("asks for `{}` a second time", clipped(&required.key, QUOTE_LIMIT)));
        }
        for value in required.values.iter().filter(|value| !can_be(value)) {
            let shown = clipped(value, QUOTE_LIMIT);
            bad(format!("asks for the value `{shown}`, which nothing can have"));
        }
    }
    if of.is_empty() {
        wrong.push(asks_nobody());
    }
    wrong
}

/// What is wrong with an empty list of those who are asked.
pub(super) fn asks_nobody() -> BadValue {
    let reason = "asks nobody; there are `Workload`, `Pods`, `Namespaces`, `Services` and \
                  `Ingresses`";
    BadValue { parameter: "of", element: None, reason: reason.to_owned() }
}

/// Whose labels or annotations they are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bearer<'c> {
    Workload,
    Pod(&'c Pod<'c, 'c>),
    /// An object of such a kind.
    Object(&'c str),
}

impl fmt::Display for Bearer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Workload => "the workload",
            Self::Pod(pod) if pod.is_itself() => "the pod",
            Self::Pod(_) => "the pod template",
            Self::Object(kind) => return write!(f, "the {kind}"),
        })
    }
}

impl<'c> Bearer<'c> {
    /// Its label `key`, and where that stands or would.
    pub(super) fn label(self, key: &str, cx: &Context<'c>) -> (FieldPath, Option<&'c str>) {
        match self {
            Self::Pod(pod) => (pod.label_at(key), pod.label(key)),
            Self::Workload | Self::Object(_) => (
                FieldPath::root().keys(&["metadata", "labels"]).found_key(key),
                cx.metadata.labels.get(key).map(Str::as_str),
            ),
        }
    }

    /// Its annotation `key`, and where that stands or would.
    pub(super) fn annotation(self, key: &str, cx: &Context<'c>) -> (FieldPath, Option<&'c str>) {
        match self {
            Self::Pod(pod) => (pod.annotation_at(key), pod.annotation(key)),
            Self::Workload | Self::Object(_) => {
                (annotation_at(key), cx.metadata.annotations.get(key).map(Secretive::as_str))
            }
        }
    }
}

/// Who is asked about an object, and about a pod of it.
pub(super) fn bearers<'c>(
    of: &[Of],
    on: PodOrObject<'c>,
    cx: &Context<'c>,
) -> impl Iterator<Item = Bearer<'c>> + use<'c> {
    let itself = of.iter().any(|of| of.is_of(cx.kind));
    let kind = &*cx.kind.kind;
    let (itself, pod) = match on {
        PodOrObject::Pod(pod) => {
            let is_asked = of.contains(&Of::Pods);
            (itself.then_some(Bearer::Workload), is_asked.then_some(Bearer::Pod(pod)))
        }
        PodOrObject::Object(_) => (itself.then_some(Bearer::Object(kind)), None),
    };
    itself.into_iter().chain(pod)
}

/// A label or an annotation as it is asked for and found.
pub(super) struct Asked<'c> {
    /// `label` or `annotation`.
    pub(super) word: &'static str,
    pub(super) required: &'c Required,
    /// Whose.
    pub(super) bearer: Bearer<'c>,
    /// Where it stands, or would.
    pub(super) at: FieldPath,
    /// What it says.
    pub(super) value: Option<&'c str>,
}

impl Asked<'_> {
    /// Adds what is wrong with it.
    pub(super) fn check(self, found: &mut Findings<'_>) -> Checked {
        let Self { word, required, bearer, at, value } = self;
        let Required { key, values } = required;
        found.visit(1 + values.len())?;
        let length = value.map_or(0, str::len);
        found.spend(values.iter().map(|pattern| pattern.len() * length).sum())?;
        let name = Quoted(key);
        let fault = match value.map(str::trim) {
            None => format!("{bearer} has no {word} {name}"),
            Some("") => format!("{word} {name} of {bearer} is empty"),
            Some(value) if fits(values, value) => return Ok(()),
            Some(_) => format!("{word} {name} of {bearer} has a value that is not allowed"),
        };
        let is_plain = |value: &&String| !value.contains(['*', '?']);
        let remedy = match values.as_slice() {
            [value] if is_plain(&value) => Remedy::set(at.clone(), value.as_str()),
            [] => Remedy::Advice(format!("set {at}")),
            [form] => Remedy::Advice(format!("set {at} in the form {form}")),
            several => {
                let list = several.join(", ");
                let is_exact = several.iter().all(|value| is_plain(&value));
                let of = if is_exact { "to one of" } else { "in one of the forms" };
                Remedy::Advice(format!("set {at} {of} {}", clipped(&list, SHOWN)))
            }
        };
        let place = at.pointer();
        let evidence = || Evidence::new([Fact::new(Reach::object(), [word, &place])]);
        found.add(Finding::new(at, fault, remedy), evidence)
    }
}

fn fits(patterns: &[String], value: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| Wildcard::new(pattern).fits(value))
}
