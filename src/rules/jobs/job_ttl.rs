//! Jobs that have ended stay, with their pods, until somebody deletes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{lasting, many, out_of_range};
use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Finding, Findings, Params, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{CronJobSpec, JobRef, Jobs, ObjectMeta};

#[doc = include_str!("job_ttl.md")]
pub(crate) struct JobTtl;

/// How long what has ended may stay.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct JobTtlParams {
    /// The longest that a Job may stay after its end.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    pub max_seconds: i32,
    /// The most Jobs that a `CronJob` may keep of those that succeeded, and of those that failed.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub max_history: i32,
}

impl Default for JobTtlParams {
    fn default() -> Self {
        Self { max_seconds: 7 * 24 * 3_600, max_history: 10 }
    }
}

impl Params for JobTtlParams {
    fn problems(&self) -> Vec<BadValue> {
        let seconds = (self.max_seconds < 0)
            .then(|| out_of_range("maxSeconds", "must not be negative; no Job has that"));
        let history = (self.max_history < 1).then(|| {
            out_of_range("maxHistory", "must be at least 1, to find out why a Job failed")
        });
        seconds.into_iter().chain(history).collect()
    }
}

impl Rule for JobTtl {
    type On = Jobs;
    type Params = JobTtlParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("job-ttl"),
        group: Text::Borrowed("jobs"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every Job goes away some time after its end."),
        rows: &[],
        standards: &[Standard::Cwe(459)],
        page: Text::Borrowed(include_str!("job_ttl.md")),
    };

    fn applies(job: JobRef<'_>, _: &JobTtlParams, cx: &Context<'_>) -> bool {
        job.schedule.is_some() || !is_made_by_cron_job(cx.metadata)
    }

    fn check(
        job: JobRef<'_>,
        params: &JobTtlParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if let Some(schedule) = job.schedule {
            return history(schedule, params.max_history, found);
        }
        let stays = job.spec.ttl_seconds_after_finished;
        let message = match stays {
            None => "the Job stays for good after its end".to_owned(),
            Some(seconds) if seconds > params.max_seconds => {
                format!("the Job stays for {} after its end", many(seconds.into(), "second"))
            }
            Some(_) => return Ok(()),
        };
        let at = job.at("ttlSecondsAfterFinished");
        let remedy = Remedy::set(at.clone(), params.max_seconds);
        found.add(Finding::new(at, message, remedy), || lasting("stays", stays.map(i64::from)))
    }
}

/// A `CronJob` keeps a few of its Jobs where nothing is said, and deletes the others.
fn history(schedule: &CronJobSpec<'_>, most: i32, found: &mut Findings<'_>) -> Checked {
    let limits = [
        ("successfulJobsHistoryLimit", "succeeded", schedule.successful_jobs_history_limit),
        ("failedJobsHistoryLimit", "failed", schedule.failed_jobs_history_limit),
    ];
    for (field, word, limit) in limits {
        let Some(limit) = limit.filter(|limit| *limit > most) else { continue };
        let at = FieldPath::root().keys(&["spec", field]);
        let message = format!("the CronJob keeps {} that {word}", many(limit.into(), "Job"));
        let finding = Finding::new(at.clone(), message, Remedy::set(at, most));
        found.add(finding, || lasting(field, Some(i64::from(limit))))?;
    }
    Ok(())
}

/// Whether a `CronJob` counts it among those that it keeps. Of whoever says so falsely, the cluster
/// deletes the Job at once.
fn is_made_by_cron_job(metadata: &ObjectMeta<'_>) -> bool {
    metadata.owner_references.iter().any(|owner| {
        owner.controller == Some(true)
            && owner.kind.as_deref() == Some("CronJob")
            && owner.api_version.as_deref().is_some_and(|version| version.starts_with("batch/"))
    })
}
