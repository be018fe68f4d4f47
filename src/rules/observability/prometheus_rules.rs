//! Alerts tell whom they wake, and recorded series are numbers.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quotient::may_divide_by_zero;
use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{AlertOrRecord, IntOrString, PrometheusRule, PrometheusRules as On, Str};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("prometheus_rules.md")]
pub(crate) struct PrometheusRules;

/// What an alert has to say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PrometheusRulesParams {
    /// The labels that every alert has.
    #[schemars(length(max = 20), inner(length(min = 1, max = 128)))]
    pub labels: Vec<String>,
    /// The annotations that every alert has.
    #[schemars(length(max = 20), inner(length(min = 1, max = 128)))]
    pub annotations: Vec<String>,
}

impl Default for PrometheusRulesParams {
    fn default() -> Self {
        Self { labels: vec!["severity".to_owned()], annotations: vec!["summary".to_owned()] }
    }
}

impl Params for PrometheusRulesParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_name = |name: &str| {
            let mut chars = name.chars();
            chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
                && chars.all(|char| char.is_ascii_alphanumeric() || char == '_')
        };
        let problem = |name: &str| {
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_name(name)).then(|| format!("`{shown}` is no name of a label of Prometheus"))
        };
        let mut wrong = BadValue::in_list("labels", &self.labels, None, problem);
        wrong.extend(BadValue::in_list("annotations", &self.annotations, None, problem));
        wrong
    }
}

impl Rule for PrometheusRules {
    type On = On;
    type Params = PrometheusRulesParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("prometheus-rules"),
        group: Text::Borrowed("observability"),
        severity: Severity::Low,
        checklist: Text::Borrowed(
            "Every alert says how bad it is, and no recorded series is a division by zero.",
        ),
        rows: &["M5"],
        standards: &[],
        page: Text::Borrowed(include_str!("prometheus_rules.md")),
    };

    fn check(
        object: &PrometheusRule<'_>,
        params: &PrometheusRulesParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let groups = object.spec.as_deref().map_or(&[][..], |spec| &spec.groups);
        let mut names = HashSet::new();
        for (index, group) in groups.iter().enumerate() {
            found.visit(1 + group.rules.len())?;
            let at = FieldPath::root().keys(&["spec", "groups"]).index(index);
            let name = group.name.as_ref().map_or("", Str::as_str);
            found.spend(2 * name.len())?;
            if name.is_empty() || !names.insert(name) {
                let message = match name {
                    "" => "a group of rules has no name".to_owned(),
                    _ => format!("two groups of rules are called {}", Quoted(name)),
                };
                let at = at.clone().key("name");
                let advice = format!("set {at} to a name of its own");
                add(at, message, advice, [name, ""], found)?;
            }
            for (index, rule) in group.rules.iter().enumerate() {
                let at = at.clone().key("rules").index(index);
                Judged { rule, at, group: name }.check(params, found)?;
            }
        }
        Ok(())
    }
}

fn add(
    at: FieldPath,
    message: String,
    advice: String,
    what: [&str; 2],
    found: &mut Findings<'_>,
) -> Checked {
    let finding = Finding::new(at, message, Remedy::Advice(advice));
    found.add(finding, || Evidence::new([Fact::new(Reach::object(), what)]))
}

/// A rule of a group, and where it stands.
struct Judged<'r> {
    rule: &'r AlertOrRecord<'r>,
    at: FieldPath,
    group: &'r str,
}

impl Judged<'_> {
    fn check(&self, params: &PrometheusRulesParams, found: &mut Findings<'_>) -> Checked {
        let Self { rule, at, group } = self;
        let text = |of: &Option<Str<'_>>| of.as_ref().map_or(0, |text| text.as_str().len());
        found.spend(2 * (text(&rule.alert) + text(&rule.record)))?;
        let filled = |of: &'_ Option<Str<'_>>| of.as_deref().is_some_and(|text| !text.is_empty());
        let (alert, record) = (filled(&rule.alert), filled(&rule.record));
        if alert == record {
            let message = if alert {
                "a rule is an alert and records as well"
            } else {
                "a rule is no alert and records nothing"
            };
            let advice = format!("write either `alert` or `record` at {at}");
            add(at.clone(), message.to_owned(), advice, [group, "neither"], found)?;
        }
        let expression = match &rule.expr {
            Some(IntOrString::String(text)) => text.as_str(),
            Some(IntOrString::Int(_)) => "0",
            None => "",
        };
        found.spend(8 * expression.len())?;
        if expression.trim().is_empty() {
            let at = at.clone().key("expr");
            let advice = format!("set {at}");
            add(
                at,
                format!("{} asks for nothing", self.named()),
                advice,
                [group, "no expression"],
                found,
            )?;
        }
        if record && !alert && may_divide_by_zero(expression) {
            let at = at.clone().key("expr");
            let message = format!("{} divides by what may be zero", self.named());
            let advice =
                "divide by `(... > 0)`, so that nothing is recorded where there is nothing"
                    .to_owned();
            add(at, message, advice, [group, rule.record.as_deref().unwrap_or_default()], found)?;
        }
        if alert { self.says_enough(params, found) } else { Ok(()) }
    }

    /// Finds labels and annotations that an alert lacks.
    fn says_enough(&self, params: &PrometheusRulesParams, found: &mut Findings<'_>) -> Checked {
        let rule = self.rule;
        found.visit(params.labels.len() + params.annotations.len())?;
        let labels = params.labels.iter().map(|name| {
            ("label", "labels", name, rule.labels.get(name).is_some_and(|v| !v.as_str().is_empty()))
        });
        let annotations = params.annotations.iter().map(|name| {
            let there = rule.annotations.get(name).is_some_and(|v| !v.as_str().is_empty());
            ("annotation", "annotations", name, there)
        });
        for (word, field, name, is_there) in labels.chain(annotations) {
            if is_there {
                continue;
            }
            let at = self.at.clone().key(field).found_key(name);
            let message = format!("{} has no {word} {}", self.named(), Quoted(name));
            let advice = format!("set {at}");
            let alert = rule.alert.as_deref().unwrap_or_default();
            add(at, message, advice, [alert, name], found)?;
        }
        Ok(())
    }

    /// As messages name it.
    fn named(&self) -> String {
        match (self.rule.alert.as_deref(), self.rule.record.as_deref()) {
            (Some(name), _) if !name.is_empty() => format!("alert {}", Quoted(name)),
            (_, Some(name)) if !name.is_empty() => format!("recording rule {}", Quoted(name)),
            _ => "a rule".to_owned(),
        }
    }
}
