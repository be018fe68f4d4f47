//! The view of a workload: the pods that it is or would make, and how many of them, when and in
//! which order.
//!
//! One file for the kinds that keep pods running, and one for those whose pods end. Of a kind that a
//! policy names only the templates are read, as nobody says what its other fields mean.

mod batch;
mod job;
mod lasting;

pub use batch::{CronJobSpec, JobSpec, JobTemplateSpec};
pub use job::JobRef;
pub use lasting::{
    ClaimMeta, ClaimSpec, ClaimTemplate, DaemonSetSpec, DeploymentSpec, LabelSelector,
    LabelSelectorRequirement, ReplicaSetSpec, ReplicationControllerSpec, RollingUpdate,
    StatefulSetSpec, Strategy,
};

use super::borrowed::{Map, Str};
use super::mapping::Mapping;
use super::pod::PodTemplateSpec;
use super::pod_ref::Pod;
use super::templates::FoundTemplate;

/// What is read of a workload beside its metadata.
#[derive(Debug, Default)]
pub struct Workload<'a> {
    /// The pod templates that are there, in the order of their paths; of a Pod, the Pod itself.
    pub templates: Vec<FoundTemplate<'a>>,
    /// What its kind has beside them.
    pub own: Own<'a>,
}

/// The fields of a workload beside its pod templates, which have been taken out.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the API's own kinds")]
pub enum Own<'a> {
    /// Nothing: a Pod, a `PodTemplate`, a kind that a policy names, and where there is no `spec`.
    #[default]
    Nothing,
    Deployment(Box<DeploymentSpec<'a>>),
    ReplicaSet(Box<ReplicaSetSpec<'a>>),
    StatefulSet(Box<StatefulSetSpec<'a>>),
    DaemonSet(Box<DaemonSetSpec<'a>>),
    ReplicationController(Box<ReplicationControllerSpec<'a>>),
    Job(Box<JobSpec<'a>>),
    CronJob(Box<CronJobSpec<'a>>),
}

impl<'a> Own<'a> {
    /// Takes the pod template out.
    pub(super) fn take_template(&mut self) -> Option<PodTemplateSpec<'a>> {
        let template: &mut Option<Mapping<PodTemplateSpec<'a>>> = match self {
            Self::Nothing => return None,
            Self::Deployment(spec) => &mut spec.template,
            Self::ReplicaSet(spec) => &mut spec.template,
            Self::StatefulSet(spec) => &mut spec.template,
            Self::DaemonSet(spec) => &mut spec.template,
            Self::ReplicationController(spec) => &mut spec.template,
            Self::Job(spec) => &mut spec.template,
            Self::CronJob(spec) => &mut spec.job_template.as_mut()?.0.spec.as_mut()?.0.template,
        };
        template.take().map(|Mapping(template)| template)
    }
}

/// How a workload replaces its pods by newer ones, whichever kind it is.
#[derive(Debug, Clone, Copy)]
pub struct Rollout<'s> {
    /// The field that says how, below `spec`.
    pub field: &'static str,
    /// How many pods there are to be; none where that goes by the number of nodes.
    pub replicas: Option<i32>,
    /// What the field says.
    pub strategy: Option<&'s Strategy<'s>>,
}

/// How many pods of a kind there are to be, where somebody decides about it.
#[derive(Debug, Clone, Copy)]
pub struct Replicas<'s> {
    /// The number; none where it is left out.
    pub count: Option<i32>,
    /// What each of them is; none where there is no template.
    pub pod: Option<&'s Pod<'s, 's>>,
}

/// A `StatefulSet`, and what each of its pods is.
#[derive(Debug, Clone, Copy)]
pub struct StatefulSetRef<'s> {
    /// What it says.
    pub spec: &'s StatefulSetSpec<'s>,
    /// Its pods; none where there is no template.
    pub pod: Option<&'s Pod<'s, 's>>,
}

/// How a workload finds its pods, and the labels that those it makes have.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'s> {
    /// The selector; none where there is none.
    pub selector: Option<Selector<'s>>,
    /// The labels of the pods.
    pub labels: Option<&'s Map<'s, Str<'s>>>,
}

/// A selector of either form.
#[derive(Debug, Clone, Copy)]
pub enum Selector<'s> {
    /// Of `ReplicationControllers`: labels, in the selector itself.
    Plain(&'s Map<'s, Str<'s>>),
    /// Of all others.
    Labels(&'s LabelSelector<'s>),
}

impl<'a> Own<'a> {
    /// How its pods, which have these labels, are found; none for what has no selector of its own.
    pub(super) fn selection<'s>(
        &'s self,
        labels: Option<&'s Map<'s, Str<'s>>>,
    ) -> Option<Selection<'s>>
    where
        'a: 's,
    {
        let selector = match self {
            Self::Deployment(spec) => spec.selector.as_deref(),
            Self::ReplicaSet(spec) => spec.selector.as_deref(),
            Self::StatefulSet(spec) => spec.selector.as_deref(),
            Self::DaemonSet(spec) => spec.selector.as_deref(),
            // Where it has none, that is the labels of its pods.
            Self::ReplicationController(spec) if spec.selector.is_empty() => return None,
            Self::ReplicationController(spec) => {
                return Some(Selection { selector: Some(Selector::Plain(&spec.selector)), labels });
            }
            _ => return None,
        };
        Some(Selection { selector: selector.map(Selector::Labels), labels })
    }

    /// How many pods are to run; none for what has no number, or whose number another object keeps.
    pub(super) fn replicas<'s>(&self, pod: Option<&'s Pod<'s, 's>>) -> Option<Replicas<'s>> {
        let count = match self {
            Self::Deployment(spec) => spec.replicas,
            Self::StatefulSet(spec) => spec.replicas,
            Self::ReplicationController(spec) => spec.replicas,
            _ => return None,
        };
        Some(Replicas { count, pod })
    }

    /// The `StatefulSet` that it is.
    pub(super) fn stateful_set<'s>(
        &'s self,
        pod: Option<&'s Pod<'s, 's>>,
    ) -> Option<StatefulSetRef<'s>>
    where
        'a: 's,
    {
        match self {
            Self::StatefulSet(spec) => Some(StatefulSetRef { spec, pod }),
            _ => None,
        }
    }

    /// The Job that it is, or those that it makes; none for what makes none.
    pub(super) fn job<'s>(&'s self, pod: Option<&'s Pod<'s, 's>>) -> Option<JobRef<'s>>
    where
        'a: 's,
    {
        match self {
            Self::Job(spec) => Some(JobRef { spec, pod, schedule: None }),
            Self::CronJob(schedule) => {
                let spec = schedule.job_template.as_ref()?.spec.as_deref()?;
                Some(JobRef { spec, pod, schedule: Some(schedule) })
            }
            _ => None,
        }
    }

    /// How Jobs are made at certain times; none for what makes none.
    pub(super) fn schedule(&self) -> Option<&CronJobSpec<'a>> {
        match self {
            Self::CronJob(schedule) => Some(schedule),
            _ => None,
        }
    }

    /// How pods are replaced by newer ones; none for what never does so.
    pub(super) fn rollout<'s>(&'s self) -> Option<Rollout<'s>>
    where
        'a: 's,
    {
        let (field, replicas, strategy) = match self {
            Self::Deployment(spec) => {
                ("strategy", Some(spec.replicas.unwrap_or(1)), spec.strategy.as_deref())
            }
            Self::StatefulSet(spec) => (
                "updateStrategy",
                Some(spec.replicas.unwrap_or(1)),
                spec.update_strategy.as_deref(),
            ),
            Self::DaemonSet(spec) => ("updateStrategy", None, spec.update_strategy.as_deref()),
            _ => return None,
        };
        Some(Rollout { field, replicas, strategy })
    }
}
