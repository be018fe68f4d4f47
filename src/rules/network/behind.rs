//! What is behind a Service: the workloads whose pods it selects.

use crate::inventory::{Neighbour, Running};
use crate::rules::{Context, Findings, Halt};
use crate::subject::{Map, Service, ServiceSpec, Str};

/// All that runs pods.
pub(super) const RUNNING: [Neighbour; 3] =
    [Neighbour::Workload, Neighbour::OtherWorkload, Neighbour::Pod];

/// Labels that controllers add to the pods that they make, which are in no template.
const ADDED: [&str; 10] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// Whether a controller adds such a label to the pods that it makes.
pub(super) fn is_added(label: &str) -> bool {
    ADDED.contains(&label)
}

/// The labels by which a Service finds its pods; none where it finds none by labels: another name for a
/// host, or a Service whose endpoints somebody else makes.
pub(super) fn selector<'s>(service: &'s Service<'_>) -> Option<&'s Map<'s, Str<'s>>> {
    let spec: &ServiceSpec<'_> = service.spec.as_deref()?;
    let is_alias = spec.kind.as_deref() == Some("ExternalName");
    (!is_alias && !spec.selector.is_empty()).then_some(&spec.selector)
}

/// What is looked at to find the workloads behind a selector.
pub(super) enum Behind<'c> {
    /// These are.
    Found(Vec<&'c Running>),
    /// None is; this one has all labels but those under so many keys, of which one is given.
    None(Option<(&'c Running, usize, String)>),
}

/// Looks for them in the namespace of the Service.
pub(super) fn behind<'c>(
    selector: &Map<'_, Str<'_>>,
    cx: &Context<'c>,
    found: &mut Findings<'_>,
) -> Result<Behind<'c>, Halt> {
    let count = selector.iter().count();
    let mut all = Vec::new();
    let mut nearest: Option<(&Running, usize, &str)> = None;
    for running in cx.neighbours.all_running(cx.namespace)? {
        found.visit(1 + count)?;
        let pairs = selector.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let pairs = pairs.filter(|(key, _)| !is_added(key));
        let mut others = pairs.filter(|(key, value)| running.label(key) != Some(value));
        let Some((key, _)) = others.next() else {
            all.push(running);
            continue;
        };
        let lacking = 1 + others.count();
        if lacking < count && nearest.is_none_or(|(_, least, _)| lacking < least) {
            nearest = Some((running, lacking, key));
        }
    }
    if all.is_empty() {
        return Ok(Behind::None(nearest.map(|(near, count, key)| (near, count, key.to_owned()))));
    }
    Ok(Behind::Found(all))
}
