//! A budget that lets no pod go keeps every node from being drained.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::{Neighbour, Running};
use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Halt, Params, Reach, Remedy,
    Rule, RuleDescription, Severity, Text,
};
use crate::subject::{DisruptionBudgets, IntOrString, LabelSelector, PodDisruptionBudget};

#[doc = include_str!("blocking_disruption_budget.md")]
pub(crate) struct BlockingDisruptionBudget;

/// How many pods a budget lets go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BlockingDisruptionBudgetParams {
    /// Of a hundred, the fewest that a budget written in percent lets go.
    #[schemars(range(min = 1, max = 100))]
    pub percent: i64,
}

impl Default for BlockingDisruptionBudgetParams {
    fn default() -> Self {
        Self { percent: 1 }
    }
}

impl Params for BlockingDisruptionBudgetParams {
    fn problems(&self) -> Vec<BadValue> {
        let reason = "must be from 1 to 100".to_owned();
        let problem = BadValue { parameter: "percent", element: None, reason };
        if (1..=100).contains(&self.percent) { Vec::new() } else { vec![problem] }
    }
}

impl Rule for BlockingDisruptionBudget {
    type On = DisruptionBudgets;
    type Params = BlockingDisruptionBudgetParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("blocking-disruption-budget"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every disruption budget lets at least one pod go."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("blocking_disruption_budget.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Workload, Neighbour::Autoscaler];

    fn check(
        budget: &PodDisruptionBudget<'_>,
        params: &BlockingDisruptionBudgetParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(spec) = budget.spec.as_deref() else { return Ok(()) };
        let at = FieldPath::root().key("spec");
        if let Some(most) = spec.max_unavailable.as_ref().and_then(number) {
            let at = at.clone().key("maxUnavailable");
            match most {
                Number::Of(..=0) => {
                    let remedy = Remedy::set(at.clone(), 1);
                    let finding = Finding::new(at, "the budget never lets a pod go", remedy);
                    return found.add(finding, || fact("never"));
                }
                Number::Percent(percent) if percent < params.percent => {
                    return too_few(at, percent, params.percent, found);
                }
                _ => {}
            }
        }
        let Some(least) = spec.min_available.as_ref().and_then(number) else { return Ok(()) };
        let at = at.key("minAvailable");
        let advice =
            "write maxUnavailable: 1 in its place, which stays right whatever the replicas";
        let advice = || Remedy::Advice(advice.to_owned());
        if let Number::Percent(percent) = least {
            if percent >= 100 {
                let finding = Finding::new(at, "the budget never lets a pod go", advice());
                return found.add(finding, || fact("never"));
            }
            if 100 - percent < params.percent {
                return too_few(at, 100 - percent, params.percent, found);
            }
        }
        let Some(selector) = spec.selector.as_deref() else { return Ok(()) };
        let Some(replicas) = replicas(selector, cx, found)? else { return Ok(()) };
        if least.of(replicas) < replicas {
            return Ok(());
        }
        let message = format!(
            "the budget lets no pod go: it asks for {} of the {replicas} that its workloads run",
            least.of(replicas)
        );
        let finding = Finding::new(at, message, advice());
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || fact("as many as run"))
    }
}

/// Finds that a budget lets go fewer than are asked for, of a hundred.
fn too_few(at: FieldPath, percent: i64, wanted: i64, found: &mut Findings<'_>) -> Checked {
    let message =
        format!("the budget lets {percent} % of the pods go, and {wanted} % are asked for");
    let advice = format!("write maxUnavailable: {wanted}% or more, in place of {at}");
    let evidence = || {
        let kept = percent.abs_diff(100);
        Evidence::new([Fact::new(Reach::object(), ["too few"]).degree(kept)])
    };
    found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)
}

fn fact(what: &str) -> Evidence {
    Evidence::new([Fact::new(Reach::object(), [what])])
}

/// A number of pods, or a share of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    Of(i64),
    Percent(i64),
}

/// Reads what is written; nothing of a share counts as a number.
fn number(written: &IntOrString<'_>) -> Option<Number> {
    match written {
        IntOrString::Int(number) => Some(Number::Of(*number)),
        IntOrString::String(text) => match text.strip_suffix('%').map(str::parse) {
            Some(Ok(0)) => Some(Number::Of(0)),
            Some(Ok(percent)) => Some(Number::Percent(percent)),
            Some(Err(_)) | None => None,
        },
    }
}

impl Number {
    /// How many that is of so many, rounded up as the disruption controller does.
    fn of(self, all: i64) -> i64 {
        match self {
            Self::Of(number) => number,
            Self::Percent(percent) => {
                percent.saturating_mul(all).saturating_add(99).div_euclid(100)
            }
        }
    }
}

/// How many pods the workloads run that the budget selects; none where it selects none, or where an
/// autoscaler decides about it.
fn replicas(
    selector: &LabelSelector<'_>,
    cx: &Context<'_>,
    found: &mut Findings<'_>,
) -> Result<Option<i64>, Halt> {
    let mut all = 0_i64;
    for workload in cx.neighbours.running(cx.namespace)? {
        found.visit(1 + selector.elements())?;
        if !selector.selects(|key| workload.label(key)) {
            continue;
        }
        let Running { kind, name, replicas, .. } = workload;
        if cx.neighbours.is_scaled("apps", kind, cx.namespace, name)? {
            return Ok(None);
        }
        all = all.saturating_add(replicas.unwrap_or(1).max(0));
    }
    Ok(Some(all).filter(|all| *all > 0))
}
