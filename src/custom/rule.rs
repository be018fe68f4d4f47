//! A custom rule, armed.

use std::sync::Arc;

use jiff::Timestamp;

use super::expressions::Expressions;
use super::given::{Given, steps_of_review};
use super::problem::Problem;
use super::spec::{CustomSpec, ResourceSpec};
use crate::cel::{Failure, Limits, Meter, Value};
use crate::path::FieldPath;
use crate::rules::{
    Armed, Checked, Context, Evidence, Fact, Finding, Findings, Halt, Mode, Reach, Remarks, Remedy,
    RuleDescription, RuleRef, Text, Undetermined,
};
use crate::subject::{Kind, Views};
use crate::text::{clipped, printable};

/// The most characters of an expression that are shown.
const SHOWN: usize = 200;

/// A rule that a policy writes itself.
#[derive(Debug)]
pub struct CustomRule {
    description: Arc<RuleDescription>,
    mode: Option<Mode>,
    deny_from: Option<Timestamp>,
    remarks: Option<Arc<Remarks>>,
    resources: Vec<ResourceSpec>,
    /// What it evaluates; why it cannot, where it cannot be read.
    expressions: Result<Expressions, String>,
    message: String,
    source: String,
    /// The field that it looks at first, which what it finds is shown at.
    at: FieldPath,
}

impl CustomRule {
    /// The rule that stands at `at`, and what is wrong with it: a rule that cannot be read is an error
    /// of every object that it would judge.
    pub fn of(spec: CustomSpec, at: &FieldPath) -> (Self, Vec<Problem>) {
        let (expressions, problems) = match Expressions::of(&spec, at) {
            Ok(expressions) => (Ok(expressions), Vec::new()),
            Err(problems) => {
                let first = problems.first().map_or("", |problem| problem.text.as_str());
                (Err(first.to_owned()), problems)
            }
        };
        let shown = clipped(&one_line(&spec.expression), SHOWN).into_owned();
        let message =
            spec.message.clone().unwrap_or_else(|| format!("this does not hold: {shown}"));
        let remarks = Remarks { severity: None, note: spec.note.clone(), link: spec.link.clone() };
        let description = Arc::new(RuleDescription {
            id: Text::Owned(spec.id.clone()),
            group: Text::Borrowed("custom"),
            severity: spec.severity,
            checklist: Text::Owned(message.clone()),
            rows: &[],
            standards: &[],
            page: Text::Owned(page(&spec)),
        });
        let rule = Self {
            description,
            mode: spec.mode,
            deny_from: spec.deny_from,
            remarks: (remarks != Remarks::default()).then(|| Arc::new(remarks)),
            expressions,
            message,
            at: first_field(&spec.expression),
            source: shown,
            resources: spec.resources,
        };
        (rule, problems)
    }

    /// The kinds that it names.
    pub fn resources(&self) -> &[ResourceSpec] {
        &self.resources
    }

    fn judge(&self, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
        let expressions = match &self.expressions {
            Ok(expressions) => expressions,
            Err(why) => return self.fails(&format!("it is no expression: {why}"), found),
        };
        let mut meter = Meter::new(Limits::default());
        let given = Given::new(*cx, &expressions.params, &expressions.variables);
        let held = expressions.holds.evaluate(&given, &mut meter);
        found.spend(steps_of_review(&meter))?;
        match held {
            Ok(Value::Bool(true)) => Ok(()),
            Ok(Value::Bool(false)) => {
                let before = steps_of_review(&meter);
                let message = self.said(expressions, &given, &mut meter);
                found.spend(steps_of_review(&meter) - before)?;
                let remedy =
                    Remedy::Advice(format!("change it so that this holds: {}", self.source));
                let evidence = || Evidence::new([Fact::new(Reach::object(), ["false", &*message])]);
                found.add(Finding::new(self.at.clone(), &message, remedy), evidence)
            }
            Ok(_) => self.fails("it comes to neither true nor false", found),
            Err(Failure::Unknown(what)) => Err(Halt::Undetermined(Undetermined::Expression(what))),
            Err(failure) => self.fails(&failure.to_string(), found),
        }
    }

    /// An error is never a pass.
    fn fails(&self, why: &str, found: &mut Findings<'_>) -> Checked {
        let id = &self.description.id;
        let message = format!("custom rule {id} cannot be evaluated: {why}");
        let remedy = Remedy::Advice(format!(
            "whoever writes the policy has to mend {id}: has(…) and .? ask for what may not be there"
        ));
        let evidence = || Evidence::new([Fact::new(Reach::object(), ["error", why])]);
        found.add(Finding::new(self.at.clone(), message, remedy), evidence)
    }

    /// What is said where the rule does not hold.
    fn said<'t>(&self, of: &'t Expressions, given: &Given<'t>, meter: &mut Meter) -> String {
        let made = of.message.as_ref().map(|message| message.evaluate(given, meter));
        match made {
            // As in Kubernetes: a line that says nothing, or more than one, is none.
            Some(Ok(Value::String(text)))
                if !text.trim().is_empty() && !text.contains(['\n', '\r']) =>
            {
                printable(text.trim()).into_owned()
            }
            _ => self.message.clone(),
        }
    }
}

impl Armed for CustomRule {
    fn rule(&self) -> RuleRef {
        RuleRef::Custom(Arc::clone(&self.description))
    }

    fn mode(&self, default: Mode, now: Timestamp) -> Mode {
        match self.deny_from {
            Some(from) if now >= from => Mode::Deny,
            _ => self.mode.unwrap_or(default),
        }
    }

    fn deny_from(&self) -> Option<Timestamp> {
        self.deny_from
    }

    fn remarks(&self) -> Option<&Arc<Remarks>> {
        self.remarks.as_ref()
    }

    fn covers(&self, kind: &Kind) -> bool {
        if self.resources.is_empty() {
            return kind.is_workload();
        }
        self.resources.iter().any(|resource| kind.is(&resource.group, &resource.kind))
    }

    fn reads_labels(&self) -> bool {
        true
    }

    fn reads_whole(&self) -> bool {
        true
    }

    fn check(&self, _: &Views<'_>, cx: &Context<'_>, found: &mut Findings<'_>) -> Option<Checked> {
        Some(found.visit(1).and_then(|()| self.judge(cx, found)))
    }
}

/// The text in one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page of a rule.
fn page(spec: &CustomSpec) -> String {
    let resources: Vec<&str> =
        spec.resources.iter().map(|resource| resource.kind.as_str()).collect();
    let about = match resources.as_slice() {
        [] => "workloads".to_owned(),
        kinds => kinds.join(", "),
    };
    let mut page = format!(
        "Custom rule about {about}.\n\n## What must hold\n\n```cel\n{}\n```\n",
        spec.expression.trim()
    );
    for variable in &spec.variables {
        let text = format!(
            "\n`variables.{}`:\n\n```cel\n{}\n```\n",
            variable.name,
            variable.expression.trim()
        );
        page.push_str(&text);
    }
    for remark in [&spec.note, &spec.link].into_iter().flatten() {
        page.extend(["\n", remark, "\n"]);
    }
    page
}

/// The field of the object that an expression names first.
fn first_field(source: &str) -> FieldPath {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut at = FieldPath::root();
    let Some((_, mut rest)) = source.split_once("object.") else { return at };
    loop {
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at_checked(length).unwrap_or_default();
        // What is called is no field.
        if name.is_empty() || behind.starts_with('(') {
            return at;
        }
        at = at.found_key(name);
        match behind.strip_prefix(".?").or_else(|| behind.strip_prefix('.')) {
            Some(behind) => rest = behind,
            None => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_shown_at_the_field_that_is_looked_at_first() {
        for (source, at) in [
            ("object.spec.replicas > 1", "spec.replicas"),
            ("has(object.metadata.labels) && true", "metadata.labels"),
            ("object.metadata.?labels[?'team'].hasValue()", "metadata.labels"),
            ("object.metadata.name.startsWith('a')", "metadata.name"),
            ("containers.all(c, true)", ""),
        ] {
            assert_eq!(first_field(source).to_string(), at, "{source}");
        }
    }
}
