//! What the API server fills in before the webhook sees an object, where a verdict depends on it and
//! no rule knows of it by itself.
//!
//! `tests/core/defaults.rs` goes through all the defaults of fields that are read.

use crate::subject::{Body, Subject};

/// Fills in the labels of a Job and of a `ReplicationController` that has none: those of its pods
/// (`SetDefaults_Job`, `SetDefaults_ReplicationController`). An `objectSelector` looks at them.
pub(super) fn fill_in(subject: &mut Subject<'_>) {
    let kind = (subject.kind.group.as_ref(), subject.kind.kind.as_ref());
    let takes_them = matches!(kind, ("batch", "Job") | ("", "ReplicationController"));
    if !takes_them || !subject.object.metadata.labels.is_empty() {
        return;
    }
    let Body::Workload(workload) = &subject.object.body else { return };
    let found = workload.templates.first();
    if let Some(metadata) = found.and_then(|found| found.template.metadata.as_deref()) {
        subject.object.metadata.labels = metadata.labels.clone();
    }
}
