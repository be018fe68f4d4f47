//! What is limited far above what is requested is promised more often than it is there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{LIMITS, REQUESTS, shares};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Findings, Params, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{InvalidQuantity, Pod, Pods, Quantity};

#[doc = include_str!("limit_request_ratio.md")]
pub(crate) struct LimitRequestRatio;

/// How many times as much may be limited as is requested.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitRequestRatioParams {
    /// Of CPU.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub cpu: Number,
    /// Of memory, such as 1.5.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub memory: Number,
}

impl Default for LimitRequestRatioParams {
    fn default() -> Self {
        Self { cpu: 10.into(), memory: 2.into() }
    }
}

/// How many times that is, in millionths.
fn times(number: &Number) -> Result<Option<u64>, InvalidQuantity> {
    let (number, one) = (Quantity::parse(&number.to_string())?, Quantity::parse("1")?);
    Ok(number.times(one))
}

impl Params for LimitRequestRatioParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_sensible =
            |number: &Number| matches!(times(number), Ok(Some(1_000_000..=1_000_000_000_000)));
        let wrong = [("cpu", &self.cpu), ("memory", &self.memory)].into_iter();
        let wrong = wrong.filter(|(_, number)| !is_sensible(number));
        let reason = "must be from 1 to 1000000; no limit is below its request";
        wrong
            .map(|(parameter, _)| BadValue { parameter, element: None, reason: reason.to_owned() })
            .collect()
    }
}

impl Rule for LimitRequestRatio {
    type On = Pods;
    type Params = LimitRequestRatioParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("limit-request-ratio"),
        group: Text::Borrowed("resources"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No container may use many times what it requests."),
        rows: &["M25"],
        standards: &[Standard::NsaCisa("Resource policies"), Standard::Cwe(770)],
        page: Text::Borrowed(include_str!("limit_request_ratio.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &LimitRequestRatioParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for (resource, most) in [("cpu", &params.cpu), ("memory", &params.memory)] {
            let Ok(Some(limit)) = times(most) else { continue };
            for share in shares(pod, resource, found)? {
                let both = share.limit.is_some() && share.request.is_some();
                if !both || share.times() <= limit {
                    continue;
                }
                let message = match share.times() {
                    u64::MAX => format!("may use {resource}, and requests none"),
                    times => format!("may use {} times the {resource} it requests", shown(times)),
                };
                let (limit, request) = (share.at(LIMITS, resource), share.at(REQUESTS, resource));
                let advice = format!("raise {request} or lower {limit}, to {most} times at most");
                let fact = || Fact::new(share.reach(), [resource]).degree(share.times());
                found.add(share.finding(request, &message, advice), || Evidence::new([fact()]))?;
            }
        }
        Ok(())
    }
}

/// Millionths with one digit of a fraction, rounded up.
fn shown(times: u64) -> String {
    let tenths = times.div_ceil(100_000);
    match tenths % 10 {
        0 => format!("{}", tenths / 10),
        digit => format!("{}.{digit}", tenths / 10),
    }
}
