//! Runs that overtake one another write over one another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{CronJobSpec, CronJobs};

#[doc = include_str!("cron_job_concurrency.md")]
pub(crate) struct CronJobConcurrency;

/// What else is to be said of when a Job begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct CronJobConcurrencyParams {
    /// Whether `startingDeadlineSeconds` must be set as well.
    pub starting_deadline: bool,
}

impl Params for CronJobConcurrencyParams {}

impl Rule for CronJobConcurrency {
    type On = CronJobs;
    type Params = CronJobConcurrencyParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("cron-job-concurrency"),
        group: Text::Borrowed("jobs"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No run of a CronJob begins while the one before it still runs."),
        rows: &[],
        standards: &[Standard::Cwe(400)],
        page: Text::Borrowed(include_str!("cron_job_concurrency.md")),
    };

    fn check(
        schedule: &CronJobSpec<'_>,
        params: &CronJobConcurrencyParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let spec = FieldPath::root().key("spec");
        let evidence = |what| Evidence::new([Fact::new(Reach::object(), [what])]);
        if matches!(schedule.concurrency_policy.as_deref(), None | Some("" | "Allow")) {
            let at = spec.clone().key("concurrencyPolicy");
            let message = "a run may begin while the one before it still runs";
            let remedy = Remedy::set(at.clone(), "Forbid");
            found.add(Finding::new(at, message, remedy), || evidence("overlaps"))?;
        }
        if params.starting_deadline && schedule.starting_deadline_seconds.is_none() {
            let at = spec.key("startingDeadlineSeconds");
            let message = "a run that was missed begins however late it is";
            let advice = format!("set {at} to the seconds after which it is left out");
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            found.add(finding, || evidence("begins late"))?;
        }
        Ok(())
    }
}
