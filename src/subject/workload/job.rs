//! A Job, whether it stands by itself or is made at certain times.

use super::batch::{CronJobSpec, JobSpec};
use crate::path::FieldPath;
use crate::subject::pod_ref::Pod;

/// A Job, or those that a `CronJob` makes.
#[derive(Debug, Clone, Copy)]
pub struct JobRef<'s> {
    /// Its fields.
    pub spec: &'s JobSpec<'s>,
    /// Its pods.
    pub pod: Option<&'s Pod<'s, 's>>,
    /// When it is made; none of a Job that stands by itself.
    pub schedule: Option<&'s CronJobSpec<'s>>,
}

impl JobRef<'_> {
    /// The path of the field `key` of the Job.
    pub fn at(&self, key: &'static str) -> FieldPath {
        let before: &[&'static str] =
            if self.schedule.is_some() { &["spec", "jobTemplate"] } else { &[] };
        FieldPath::root().keys(before).keys(&["spec", key])
    }
}
