//! An autoscaler keeps to its bounds, whatever the load is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{Autoscalers, HorizontalPodAutoscaler};
use crate::text::plural;

#[doc = include_str!("autoscaler_bounds.md")]
pub(crate) struct AutoscalerBounds;

/// The most that `min` and `spread` may ask for.
const MOST: i32 = 1_000;

/// Between what an autoscaler has to choose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AutoscalerBoundsParams {
    /// The fewest replicas that it may go down to, from 0 to 1000.
    #[schemars(range(min = 0, max = 1000))]
    pub min: i32,
    /// The most that it may go up to; any number where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max: Option<i32>,
    /// By how many replicas its bounds are apart at least; 0 where they may be the same.
    #[schemars(range(min = 0, max = 1000))]
    pub spread: i32,
}

impl Default for AutoscalerBoundsParams {
    fn default() -> Self {
        Self { min: 2, max: None, spread: 1 }
    }
}

impl Params for AutoscalerBoundsParams {
    fn problems(&self) -> Vec<BadValue> {
        let Self { min, max, spread } = *self;
        let bad = |parameter, reason: String| BadValue { parameter, element: None, reason };
        let mut wrong = Vec::new();
        if !(0..=MOST).contains(&min) {
            wrong.push(bad("min", format!("must be from 0 to {MOST}")));
        }
        if !(0..=MOST).contains(&spread) {
            wrong.push(bad("spread", format!("must be from 0 to {MOST}")));
        }
        if max.is_some_and(|max| max < 1 || max < min.saturating_add(spread)) {
            let reason = "must leave room for `min` and `spread`, and be 1 at least".to_owned();
            wrong.push(bad("max", reason));
        }
        if (min, max, spread) == (0, None, 0) {
            wrong.push(bad("min", "demands nothing, and neither do `max` and `spread`".to_owned()));
        }
        wrong
    }
}

impl Rule for AutoscalerBounds {
    type On = Autoscalers;
    type Params = AutoscalerBoundsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("autoscaler-bounds"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every autoscaler keeps enough replicas and has room for more."),
        rows: &["M36"],
        standards: &[],
        page: Text::Borrowed(include_str!("autoscaler_bounds.md")),
    };

    fn check(
        autoscaler: &HorizontalPodAutoscaler<'_>,
        params: &AutoscalerBoundsParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(spec) = autoscaler.spec.as_deref() else { return Ok(()) };
        let Some(most) = spec.max_replicas else { return Ok(()) };
        // The API server makes one of none.
        let least = spec.min_replicas.unwrap_or(1);
        fewest(least, most, params.min, found)?;
        if let Some(max) = params.max.filter(|max| most > *max) {
            let at = at("maxReplicas");
            let message = format!("the autoscaler goes up to {}, above {max}", replicas(most));
            let remedy = if least <= max {
                Remedy::set(at.clone(), max)
            } else {
                Remedy::Advice(format!("set {at} to {max} at most, and spec.minReplicas below"))
            };
            let above = most.abs_diff(max);
            let evidence = || Evidence::new([fact("too many").degree(above)]);
            found.add(Finding::new(at, message, remedy), evidence)?;
        }
        let room = most.saturating_sub(least);
        if room >= params.spread {
            return Ok(());
        }
        let at = at("maxReplicas");
        let message = match room {
            ..=0 => format!("the autoscaler has nothing to decide: it keeps {}", replicas(least)),
            _ => format!("the autoscaler has room for {room} more of {} alone", replicas(least)),
        };
        let wanted = least.saturating_add(params.spread);
        let advice = format!("set {at} to {wanted} or more, or spec.minReplicas lower");
        let lacking = params.spread.abs_diff(room);
        let evidence = || Evidence::new([fact("no room").degree(lacking)]);
        found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)
    }
}

/// Finds that an autoscaler may go down too far.
fn fewest(least: i32, most: i32, wanted: i32, found: &mut Findings<'_>) -> Checked {
    if least >= wanted {
        return Ok(());
    }
    let at = at("minReplicas");
    let message = format!("the autoscaler goes down to {}, below {wanted}", replicas(least));
    let remedy = if most >= wanted {
        Remedy::set(at.clone(), wanted)
    } else {
        Remedy::Advice(format!("set {at} to {wanted} or more, and spec.maxReplicas above"))
    };
    let evidence = || Evidence::new([fact("too few").degree(wanted.abs_diff(least))]);
    found.add(Finding::new(at, message, remedy), evidence)
}

fn at(field: &'static str) -> FieldPath {
    FieldPath::root().keys(&["spec", field])
}

fn fact(what: &str) -> Fact {
    Fact::new(Reach::object(), [what])
}

fn replicas(count: i32) -> String {
    plural(usize::try_from(count).unwrap_or(0), "replica")
}
