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
        let mut add = |at: FieldPath, message: &str, remedy, words| {
            let evidence = || Evidence::new([Fact::new(Reach::object(), [words])]);
            found.add(Finding::new(at, message, remedy), evidence)
        };
        if strategy.kind.as_deref() == Some("Recreate") {
            let at = at.key("type");
            let remedy = Remedy::set(at.clone(), "RollingUpdate");
            let message = "an update stops every replica before the first new one starts";
            return add(at, message, remedy, "recreate");
        }
        let limit = strategy.rolling_update.as_ref().and_then(|r| r.max_unavailable.as_ref());
        if limit.is_some_and(|limit| takes_all(limit, rollout.replicas)) {
            let at = at.keys(&["rollingUpdate", "maxUnavailable"]);
            let remedy = Remedy::set(at.clone(), 1);
            return add(at, "an update may take every replica away at once", remedy, "all");
        }
        Ok(())
    }
}

/// Whether so many of the replicas are all of them.
///
/// One replica, or a number that is left out, may be an autoscaler's, and is no number to go by.
fn takes_all(limit: &IntOrString<'_>, replicas: Option<i32>) -> bool {
    let number = replicas.filter(|&number| number > 1).map(i64::from);
    match limit {
        IntOrString::Int(limit) => number.is_some_and(|number| *limit >= number),
        IntOrString::String(share) => {
            let share = share.strip_suffix('%').map(str::parse::<u64>);
            // What is no number is refused by the API server.
            matches!(share, Some(Ok(share)) if share >= 100)
        }
    }
}
