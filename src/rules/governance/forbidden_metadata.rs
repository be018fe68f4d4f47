//! A label or annotation may switch off what guards a workload, and whoever writes the workload writes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::form::Form;
use super::required::{Bearer, Of, asks_anything, asks_nobody, bearers};
use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Map, PodOrObject, PodsAndObjects, is_label_key};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("forbidden_metadata.md")]
pub(crate) struct ForbiddenMetadata;

/// What may not be there.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ForbiddenMetadataParams {
    /// The labels: each a `key`, and what it may not say, or may.
    #[schemars(length(max = 100))]
    pub labels: Vec<Forbidden>,
    /// The annotations, likewise.
    #[schemars(length(max = 100))]
    pub annotations: Vec<Forbidden>,
    /// Who may not have them: the `Workload`, its `Pods`, or other objects.
    #[schemars(length(min = 1, max = 5))]
    pub of: Vec<Of>,
}

/// A label or annotation that may not be there.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forbidden {
    /// Its key; with `*` at the end, every key that begins so.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,
    /// What it may not say, with `*` for any characters and `?` for one; anything where the list is
    /// left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub values: Vec<Form>,
    /// What it may say all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub except: Vec<Form>,
}

impl Forbidden {
    fn always(key: &str) -> Self {
        Self { key: key.to_owned(), values: Vec::new(), except: Vec::new() }
    }

    fn but(self, except: &[&str]) -> Self {
        Self { except: except.iter().copied().map(Form::new).collect(), ..self }
    }

    fn is_of(&self, key: &str) -> bool {
        match self.key.strip_suffix('*') {
            Some(start) => key.starts_with(start),
            None => self.key == key,
        }
    }

    fn forbids(&self, value: &str) -> bool {
        let is_bad = self.values.is_empty() || self.values.iter().any(|form| form.fits(value));
        is_bad && !self.except.iter().any(|form| form.fits(value))
    }

    /// How many bytes are looked at to tell.
    fn steps(&self, value: &str) -> usize {
        let forms = self.values.iter().chain(&self.except);
        forms.map(|form| form.text().len() * value.len()).sum()
    }
}

/// What istio-proxy's injector takes for a yes; all else is a no.
const YES: [&str; 4] = ["true", "y", "yes", "on"];

impl Default for ForbiddenMetadataParams {
    fn default() -> Self {
        let istio = || Forbidden::always("sidecar.istio.io/inject").but(&YES);
        let linkerd = Forbidden::always("linkerd.io/inject").but(&["enabled", "ingress"]);
        let around = [
            "traffic.sidecar.istio.io/exclude*",
            "config.linkerd.io/skip-inbound-ports",
            "config.linkerd.io/skip-outbound-ports",
            "config.linkerd.io/skip-subnets",
        ];
        let annotations = [istio(), linkerd].into_iter().chain(around.map(Forbidden::always));
        Self { labels: vec![istio()], annotations: annotations.collect(), of: vec![Of::Pods] }
    }
}

impl Params for ForbiddenMetadataParams {
    fn problems(&self) -> Vec<BadValue> {
        let mut wrong = Vec::new();
        for (parameter, list) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            let keys: Vec<String> = list.iter().map(|f| f.key.clone()).collect();
            wrong.extend(BadValue::in_list(parameter, &keys, None, |key| {
                let shown = clipped(key, QUOTE_LIMIT);
                let help = "has no form of a key, such as `example.com/team` or `example.com/*`";
                (!can_be_key(key)).then(|| format!("`{shown}` {help}"))
            }));
        }
        if self.labels.is_empty() && self.annotations.is_empty() {
            let reason = "forbids nothing, and neither do `labels`".to_owned();
            wrong.push(BadValue { parameter: "annotations", element: None, reason });
        }
        if self.of.is_empty() {
            wrong.push(asks_nobody());
        }
        wrong
    }
}

/// Whether there can be a key that is, or begins, like that.
fn can_be_key(key: &str) -> bool {
    match key.strip_suffix('*') {
        Some("") => true,
        Some(start) => is_label_key(&format!("{start}a")),
        None => is_label_key(key),
    }
}

impl Rule for ForbiddenMetadata {
    type On = PodsAndObjects;
    type Params = ForbiddenMetadataParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("forbidden-metadata"),
        group: Text::Borrowed("governance"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No label or annotation switches off what guards a workload."),
        rows: &[],
        standards: &[Standard::Cwe(693)],
        page: Text::Borrowed(include_str!("forbidden_metadata.md")),
    };
    const READS_LABELS: bool = true;

    fn applies(on: PodOrObject<'_>, params: &ForbiddenMetadataParams, cx: &Context<'_>) -> bool {
        asks_anything(&params.of, on, cx)
    }

    fn check(
        on: PodOrObject<'_>,
        params: &ForbiddenMetadataParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for bearer in bearers(&params.of, on, cx) {
            let pod = match bearer {
                Bearer::Pod(pod) => Some(pod.metadata),
                Bearer::Workload | Bearer::Object(_) => None,
            };
            let (labels, annotations) = match pod {
                Some(None) => continue,
                Some(Some(pod)) => (&pod.labels, &pod.annotations),
                None => (&cx.metadata.labels, &cx.metadata.annotations),
            };
            let at = |key: &str| bearer.label(key, cx).0;
            look(labels, &params.labels, "label", bearer, at, found)?;
            let at = |key: &str| bearer.annotation(key, cx).0;
            look(annotations, &params.annotations, "annotation", bearer, at, found)?;
        }
        Ok(())
    }
}

/// Finds what is forbidden among the labels, or the annotations, of one.
fn look<V: std::ops::Deref<Target = str>>(
    those: &Map<'_, V>,
    forbidden: &[Forbidden],
    word: &str,
    bearer: Bearer<'_>,
    at: impl Fn(&str) -> FieldPath,
    found: &mut Findings<'_>,
) -> Checked {
    for (key, value) in those.iter() {
        found.visit(1 + forbidden.len())?;
        let value = value.trim();
        for one in forbidden.iter().filter(|one| one.is_of(key)) {
            found.spend(one.steps(value))?;
            if !one.forbids(value) {
                continue;
            }
            let at = at(key);
            let any = one.values.is_empty() && one.except.is_empty();
            let what = if any { "may not be there" } else { "has a value that is not allowed" };
            let message = format!("{word} {} of {bearer} {what}", Quoted(key));
            let place = at.pointer();
            let evidence = || Evidence::new([Fact::new(Reach::object(), [word, &place, value])]);
            found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
            break;
        }
    }
    Ok(())
}
