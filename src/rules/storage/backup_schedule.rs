//! What is on a volume is somewhere else as well.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::{Backup, Neighbour};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ClaimRef, Str, VolumeClaims};
use crate::text::Wildcard;

#[doc = include_str!("backup_schedule.md")]
pub(crate) struct BackupSchedule;

/// What counts as a backup.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct BackupScheduleParams {
    /// The names of `CronJobs` that make backups; `*` stands for any characters and `?` for one. None
    /// counts where there is no name.
    #[schemars(length(max = 50), inner(length(min = 1, max = 128)))]
    pub cron_jobs: Vec<String>,
}

impl Default for BackupScheduleParams {
    fn default() -> Self {
        Self { cron_jobs: ["*backup*", "*dump*", "*snapshot*"].map(str::to_owned).to_vec() }
    }
}

impl Params for BackupScheduleParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("cronJobs", &self.cron_jobs, None, |name| {
            name.is_empty().then(|| "is no name".to_owned())
        })
    }
}

impl BackupScheduleParams {
    /// Whether what backs up, or may, is for volumes of an object with these labels.
    fn counts<'l>(&self, backup: &Backup, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        match &backup.cron_job {
            Some(name) => self.cron_jobs.iter().any(|asked| Wildcard::new(asked).fits(name)),
            None => backup.selects(label),
        }
    }
}

impl Rule for BackupSchedule {
    type On = VolumeClaims;
    type Params = BackupScheduleParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("backup-schedule"),
        group: Text::Borrowed("storage"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every volume is backed up by schedule."),
        rows: &["R12", "M35"],
        standards: &[],
        page: Text::Borrowed(include_str!("backup_schedule.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Backup];

    fn check(
        claim: ClaimRef<'_>,
        params: &BackupScheduleParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let label = |key: &str| cx.metadata.labels.get(key).map(Str::as_str);
        for backup in cx.neighbours.backups(cx.namespace)? {
            found.visit(1 + params.cron_jobs.len())?;
            found.spend(backup.cron_job.as_ref().map_or(0, |name| 4 * name.len()))?;
            if params.counts(backup, label) {
                return Ok(());
            }
        }
        let message = format!("nothing here backs up {claim} by schedule");
        let advice =
            "apply a schedule for the namespace: of Velero, of K8up, of snapshots, or a CronJob";
        let finding = Finding::new(claim.at(), message, Remedy::Advice(advice.to_owned()));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        let of = claim.name();
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), [of])]))
    }
}
