//! What a policy demands of environments.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use crate::rules::{BadValue, Params};
use crate::subject::{ContainerRef, ContainerRole, Pod};
use crate::text::{QUOTE_LIMIT, Wildcard, clipped};

/// What containers find in their environment.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EnvironmentContractParams {
    /// Which containers the contract is for: those that one of these fits; all of them where it is
    /// empty.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub containers: Vec<Choice>,
    /// What is demanded of each variable.
    #[schemars(length(min = 1, max = 500))]
    pub variables: Vec<Demand>,
    /// What becomes of a variable that the contract does not name.
    #[serde(default)]
    pub unknown: Unknown,
}

/// Containers, by all that is said of them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Choice {
    /// Their image without tag and digest, in which `*` stands for anything: `*/mmt-backend`.
    #[schemars(length(max = 500))]
    pub image: String,
    /// Their name, in which `*` stands for anything.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Labels of the pod.
    #[schemars(schema_with = "labels")]
    pub labels: BTreeMap<String, String>,
}

/// What becomes of a variable that the contract does not name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum Unknown {
    /// Nothing.
    #[default]
    Allow,
    /// It is reported, with the name that may be meant.
    Report,
}

/// What is demanded of a variable.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Demand {
    /// Its name. With a `*` in it, the demand is for every variable that is called so, and none has to
    /// be there.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Whether it has to be there: it has, unless `false`, or `*` is in its name.
    pub required: Option<bool>,
    /// That it must not be there.
    pub forbidden: bool,
    /// Where its value must come from; anywhere where it is not said.
    pub from: Option<Origin>,
    /// The one value that it must have.
    #[schemars(length(max = 1000))]
    pub equals: Option<String>,
    /// Values of which it must have one.
    #[schemars(length(max = 200), inner(length(max = 1000)))]
    pub one_of: Vec<String>,
    /// A regular expression that fits its value.
    pub pattern: Option<Pattern>,
    /// A regular expression that must not fit it.
    pub forbid_pattern: Option<Pattern>,
    /// How many characters it has at least.
    pub min_length: Option<u32>,
    /// That it is a URL.
    pub url: Option<UrlDemand>,
    /// That it is a whole number.
    pub integer: Option<Range>,
    /// What separates the parts of a list: then `pattern`, `url`, `integer` and `oneOf` are about each
    /// part of it.
    #[schemars(length(min = 1, max = 8))]
    pub separator: Option<String>,
    /// That it is an element of the list in another variable.
    pub member_of: Option<Membership>,
    /// The name of a variable whose URL its own URL stands below.
    #[schemars(length(min = 1, max = 253))]
    pub below: Option<String>,
    /// What it must agree with.
    pub agrees_with: Option<Agreement>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum Origin {
    /// It stands in the pod.
    Literal,
    /// From a `ConfigMap`, by `valueFrom` or `envFrom`.
    ConfigMap,
    /// From a Secret, by `valueFrom` or `envFrom`.
    Secret,
    /// From a field of the pod, or a resource of the container.
    Field,
}

impl Origin {
    /// In words, behind "comes from".
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Literal => "a literal",
            Self::ConfigMap => "a ConfigMap",
            Self::Secret => "a Secret",
            Self::Field => "a field of the pod",
        }
    }
}

/// What a URL is like. Its host is never a placeholder, such as `example.com`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct UrlDemand {
    /// The schemes that it may have; any where it is empty.
    #[schemars(length(max = 20), inner(length(min = 1, max = 40)))]
    pub scheme: Vec<String>,
}

/// A range of whole numbers, with both ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Range {
    /// The least.
    pub min: Option<i64>,
    /// The most.
    pub max: Option<i64>,
}

/// The list that a value is an element of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Membership {
    /// The variable that holds the list.
    #[schemars(length(min = 1, max = 253))]
    pub variable: String,
    /// What separates its elements.
    #[serde(default = "comma")]
    #[schemars(length(min = 1, max = 8))]
    pub separator: String,
    /// Where an element ends, as far as it is compared: `:` in `id:key`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 8))]
    pub until: String,
}

/// What a version agrees with; a `v` in front of it makes no difference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Agreement {
    /// The tag of the container's image, where it has one.
    pub image_tag: bool,
    /// A label of the pod, by its key.
    #[schemars(length(max = 317))]
    pub label: String,
}

fn comma() -> String {
    ",".to_owned()
}

fn labels(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object", "maxProperties": 20,
        "additionalProperties": {"type": "string", "maxLength": 63}
    })
}

impl Demand {
    /// Whether the name stands for many.
    pub(super) fn is_of_many(&self) -> bool {
        self.name.contains('*')
    }

    /// Whether the variable has to be there.
    pub(super) fn is_required(&self) -> bool {
        !self.forbidden && !self.is_of_many() && self.required != Some(false)
    }

    /// Whether anything is demanded of its value.
    pub(super) fn is_about_value(&self) -> bool {
        let Self { equals, one_of, pattern, forbid_pattern, min_length, url, integer, .. } = self;
        let Self { member_of, below, agrees_with, .. } = self;
        equals.is_some()
            || !one_of.is_empty()
            || pattern.is_some()
            || forbid_pattern.is_some()
            || min_length.is_some()
            || url.is_some()
            || integer.is_some()
            || member_of.is_some()
            || below.is_some()
            || agrees_with.is_some()
    }

    /// What makes no sense about it.
    fn problem(&self) -> Option<String> {
        let name = clipped(&self.name, QUOTE_LIMIT);
        if self.name.is_empty() || self.name.contains('=') {
            return Some(format!("`{name}` is the name of no variable"));
        }
        if self.forbidden && (self.is_about_value() || self.from.is_some()) {
            return Some(format!("`{name}` is forbidden, so nothing else can be said of it"));
        }
        if self.forbidden && self.required == Some(true) {
            return Some(format!("`{name}` is required and forbidden"));
        }
        if self.is_of_many() && self.required == Some(true) {
            return Some(format!(
                "`{name}` stands for any number of variables, which cannot be required"
            ));
        }
        let patterns = [&self.pattern, &self.forbid_pattern];
        if let Some(bad) = patterns.into_iter().flatten().find(|pattern| !pattern.is_good()) {
            let shown = clipped(bad.text(), QUOTE_LIMIT);
            return Some(format!(
                "`{shown}` of `{name}` is no regular expression (RE2's syntax), or one that takes too much memory"
            ));
        }
        let range = self.integer.as_ref();
        if range.is_some_and(|range| range.min.zip(range.max).is_some_and(|(min, max)| min > max)) {
            return Some(format!(
                "`integer` of `{name}` has no number in it: `min` is above `max`"
            ));
        }
        None
    }
}

impl Params for EnvironmentContractParams {
    fn problems(&self) -> Vec<BadValue> {
        let bad = |parameter, element, reason| BadValue { parameter, element, reason };
        let mut problems = Vec::new();
        if self.variables.is_empty() {
            problems.push(bad("variables", None, "names no variable".to_owned()));
        }
        let mut names = std::collections::BTreeSet::new();
        for (index, demand) in self.variables.iter().enumerate() {
            if let Some(reason) = demand.problem() {
                problems.push(bad("variables", Some(index), reason));
            } else if !names.insert(demand.name.as_str()) {
                let name = clipped(&demand.name, QUOTE_LIMIT);
                problems.push(bad(
                    "variables",
                    Some(index),
                    format!("`{name}` is named a second time"),
                ));
            }
        }
        let choices = self.containers.iter().enumerate().filter(|(_, c)| **c == Choice::default());
        problems.extend(choices.map(|(index, _)| {
            bad("containers", Some(index), "says nothing of the container; leave it out".to_owned())
        }));
        problems
    }
}

impl EnvironmentContractParams {
    /// Whether the contract is for this container. What is put into a running pod to look around is
    /// not the program.
    pub(super) fn is_for(&self, pod: &Pod<'_, '_>, c: &ContainerRef<'_, '_>) -> bool {
        c.role != ContainerRole::Ephemeral
            && (self.containers.is_empty()
                || self.containers.iter().any(|choice| choice.fits(pod, c)))
    }
}

impl Choice {
    fn fits(&self, pod: &Pod<'_, '_>, c: &ContainerRef<'_, '_>) -> bool {
        let is =
            |pattern: &str, text: &str| pattern.is_empty() || Wildcard::new(pattern).fits(text);
        let image = c.spec.image.as_deref().unwrap_or_default();
        is(&self.name, c.name())
            && is(&self.image, repository(image))
            && self.labels.iter().all(|(key, value)| pod.label(key) == Some(value.as_str()))
    }
}

/// An image without tag and digest, as it is written.
fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    }
}
