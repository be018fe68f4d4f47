//! What must hold of a write so that a policy is about it (`matchConditions`).

use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

use super::expressions::environment;
use super::given::{Given, steps_of_review};
use super::problem::{Problem, compiled};
use super::spec::ConditionSpec;
use crate::cel::{Failure, Limits, Meter, Program, Type, Value};
use crate::path::FieldPath;
use crate::rules::{
    Armed, Checked, Context, Evidence, Fact, Finding, Findings, Halt, Mode, Reach, Remedy,
    RuleDescription, RuleRef, Severity, Text, Undetermined,
};
use crate::subject::{Kind, Tree, Views};

/// The conditions of a policy.
#[derive(Debug, Default)]
pub struct Conditions {
    all: Vec<Program>,
    /// Whether one cannot be read: then the policy is about everything.
    is_broken: bool,
}

static NOTHING: Tree<'static> = Tree::Null;

impl Conditions {
    /// Those that stand at `at`, as far as they can be read, and what is wrong with the others.
    pub fn of(specs: &[ConditionSpec], at: &FieldPath) -> (Self, Vec<Problem>) {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for (index, spec) in specs.iter().enumerate() {
            let here = at.clone().index(index).key("expression");
            match compiled(&here, &spec.expression, &environment(), Type::Bool) {
                Ok(program) => all.push(program),
                Err(wrong) => problems.extend(wrong),
            }
        }
        let is_broken = !problems.is_empty();
        (Self { all, is_broken }, problems)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && !self.is_broken
    }

    /// Whether all hold: one that does not makes up for others that fail, as in Kubernetes; and how many
    /// steps of a review it took to tell.
    ///
    /// # Errors
    /// Why that cannot be told.
    pub fn hold(&self, cx: &Context<'_>) -> (Result<bool, Failure>, usize) {
        let mut meter = Meter::new(Limits::default());
        let held = self.held(cx, &mut meter);
        (held, steps_of_review(&meter))
    }

    fn held(&self, cx: &Context<'_>, meter: &mut Meter) -> Result<bool, Failure> {
        let given = Given::new(*cx, &NOTHING, &[]);
        let mut failed = None;
        for program in &self.all {
            match program.evaluate(&given, meter) {
                Ok(Value::Bool(true)) => {}
                Ok(Value::Bool(false)) => return Ok(false),
                Ok(_) => failed = failed.or(Some(Failure::NoSuchOverload("matchConditions"))),
                Err(failure) => failed = failed.or(Some(failure)),
            }
        }
        failed.map_or(Ok(true), Err)
    }
}

/// The id under which it is told that the conditions of a policy cannot be evaluated.
pub const CONDITIONS_ID: &str = "match-conditions";

static DESCRIPTION: LazyLock<Arc<RuleDescription>> = LazyLock::new(|| {
    Arc::new(RuleDescription {
        id: Text::Borrowed(CONDITIONS_ID),
        group: Text::Borrowed("custom"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("The conditions of the policy can be evaluated."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(
            "It is not known whether the policy is about an object: its conditions fail.\n",
        ),
    })
});

/// That conditions cannot be evaluated: an error of everything that the policy would judge.
pub struct ConditionRule {
    conditions: Arc<Conditions>,
    /// The rules of the policy.
    others: Vec<Arc<dyn Armed>>,
}

impl fmt::Debug for ConditionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConditionRule")
    }
}

impl ConditionRule {
    /// Of a policy with these rules.
    pub fn new(conditions: Arc<Conditions>, others: Vec<Arc<dyn Armed>>) -> Self {
        Self { conditions, others }
    }
}

impl Armed for ConditionRule {
    fn rule(&self) -> RuleRef {
        RuleRef::Custom(Arc::clone(&DESCRIPTION))
    }

    fn mode(&self, default: Mode, _: Timestamp) -> Mode {
        default
    }

    fn deny_from(&self) -> Option<Timestamp> {
        None
    }

    fn covers(&self, kind: &Kind) -> bool {
        self.others.iter().any(|rule| rule.covers(kind))
    }

    fn reads_whole(&self) -> bool {
        true
    }

    fn check(&self, _: &Views<'_>, cx: &Context<'_>, found: &mut Findings<'_>) -> Option<Checked> {
        let why = if self.conditions.is_broken {
            "one is no expression".to_owned()
        } else {
            let (held, steps) = self.conditions.hold(cx);
            if let Err(halt) = found.spend(steps) {
                return Some(Err(halt));
            }
            match held {
                Ok(_) => return None,
                Err(Failure::Unknown(what)) => {
                    return Some(Err(Halt::Undetermined(Undetermined::Expression(what))));
                }
                Err(failure) => failure.to_string(),
            }
        };
        let message = format!("the conditions of the policy cannot be evaluated: {why}");
        let remedy =
            Remedy::Advice("whoever writes the policy has to mend `matchConditions`".into());
        let evidence = || Evidence::new([Fact::new(Reach::object(), ["error", &*why])]);
        Some(found.add(Finding::new(FieldPath::root(), message, remedy), evidence))
    }
}
