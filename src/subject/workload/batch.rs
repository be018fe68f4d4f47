//! Workloads whose pods end (`batch/v1`).

use serde::Deserialize;

use crate::subject::borrowed::Str;
use crate::subject::mapping::Mapping;
use crate::subject::pod::PodTemplateSpec;

/// `JobSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct JobSpec<'a> {
    #[serde(borrow)]
    pub template: Option<Mapping<PodTemplateSpec<'a>>>,
    pub active_deadline_seconds: Option<i64>,
    pub ttl_seconds_after_finished: Option<i32>,
    pub backoff_limit: Option<i32>,
}

/// `CronJobSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct CronJobSpec<'a> {
    #[serde(borrow)]
    pub job_template: Option<Mapping<JobTemplateSpec<'a>>>,
    #[serde(borrow)]
    pub schedule: Option<Str<'a>>,
    #[serde(borrow)]
    pub concurrency_policy: Option<Str<'a>>,
    pub starting_deadline_seconds: Option<i64>,
    pub successful_jobs_history_limit: Option<i32>,
    pub failed_jobs_history_limit: Option<i32>,
}

/// `JobTemplateSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct JobTemplateSpec<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<JobSpec<'a>>>,
}
