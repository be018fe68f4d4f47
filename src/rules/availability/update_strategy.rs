//! An update that takes every replica away is an outage that nobody announced.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{IntOrString, Rollout, Rollouts};

#[doc = include_str!("update_strategy.md")]
pub(crate) struct UpdateStrategy;

impl Rule for UpdateStrategy {
    type On = Rollouts;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("update-strategy"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("An update never takes every replica of a workload away."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("update_strategy.md")),
    };

    fn check(
        rollout: Rollout<'_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(strategy) = rollout.strategy else { return Ok(()) };
        let at = FieldPath::root().keys(&["spec", rollout.field]);
        let mut add = |finding: Finding, words| {
            found.add(finding, || Evidence::new([Fact::new(Reach::object(), [words])]))
        };
        if strategy.kind.as_deref() == Some("Recreate") {
            let at = at.key("type");
            let remedy = Remedy::set(at.clone(), "RollingUpdate");
            let message = "an update stops every replica before the first new one starts";
            return add(Finding::new(at, message, remedy), "recreate");
        }
        let limit = strategy.rolling_update.as_ref().and_then(|r| r.max_unavailable.as_ref());
        let at = at.keys(&["rollingUpdate", "maxUnavailable"]);
        let remedy = Remedy::set(at.clone(), 1);
        let finding = Finding::new(at, "an update may take every replica away at once", remedy);
        match limit.map(|limit| taken(limit, rollout.replicas)) {
            Some(Taken::All) => add(finding, "all"),
            Some(Taken::OfFew) => add(finding.only_warns(), "all of few"),
            Some(Taken::Some) | None => Ok(()),
        }
    }
}

/// How many of the replicas an update may take away at once.
enum Taken {
    /// Not all of them.
    Some,
    /// All of them, as long as there are few: an autoscaler may decide about it.
    OfFew,
    /// All of them.
    All,
}

/// Of pods that go by the number of nodes, nobody knows how many there are.
fn taken(limit: &IntOrString<'_>, replicas: Option<i32>) -> Taken {
    match (limit, replicas.map(i64::from)) {
        // One may be an autoscaler's number, and that of the pods another one.
        (IntOrString::Int(limit), Some(0..=1)) if *limit > 1 => Taken::OfFew,
        (IntOrString::Int(limit), Some(number)) if number > 1 && *limit >= number => Taken::All,
        (IntOrString::Int(_), _) => Taken::Some,
        (IntOrString::String(share), _) => {
            let share = share.strip_suffix('%').map(str::parse::<u64>);
            // What is no number is refused by the API server.
            if matches!(share, Some(Ok(share)) if share >= 100) { Taken::All } else { Taken::Some }
        }
    }
}
