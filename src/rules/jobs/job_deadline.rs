//! A Job that hangs holds its resources until somebody looks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{lasting, many, out_of_range};
use crate::rules::{
    BadValue, Checked, Context, Finding, Findings, Params, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{JobRef, Jobs};

#[doc = include_str!("job_deadline.md")]
pub(crate) struct JobDeadline;

/// How long a Job may run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct JobDeadlineParams {
    /// The longest deadline; any where it is left out.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<i64>,
}

impl Params for JobDeadlineParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_none = self.max_seconds.is_some_and(|most| most < 1);
        let problem = || out_of_range("maxSeconds", "must be at least 1");
        is_none.then(problem).into_iter().collect()
    }
}

impl Rule for JobDeadline {
    type On = Jobs;
    type Params = JobDeadlineParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("job-deadline"),
        group: Text::Borrowed("jobs"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every Job is given up after some time."),
        rows: &[],
        standards: &[Standard::Cwe(400)],
        page: Text::Borrowed(include_str!("job_deadline.md")),
    };

    fn check(
        job: JobRef<'_>,
        params: &JobDeadlineParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let of_pod = job.pod.and_then(|pod| pod.spec.active_deadline_seconds);
        let deadline = job.spec.active_deadline_seconds.or(of_pod);
        let fault = match (deadline, params.max_seconds) {
            (None, _) => "may run for ever".to_owned(),
            (Some(deadline), Some(most)) if deadline > most => {
                format!("may run for {}", many(deadline, "second"))
            }
            _ => return Ok(()),
        };
        let subject = if job.schedule.is_some() { "each Job of the CronJob" } else { "the Job" };
        let at = job.at("activeDeadlineSeconds");
        let remedy = match params.max_seconds {
            Some(most) => Remedy::set(at.clone(), most),
            None => Remedy::Advice(format!("set {at} to the seconds after which to give it up")),
        };
        let finding = Finding::new(at, format!("{subject} {fault}"), remedy);
        found.add(finding, || lasting("runs", deadline))
    }
}
