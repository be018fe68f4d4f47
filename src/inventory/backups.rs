//! What backs up volumes by schedule: `Schedule` of Velero and of K8up, `SnapshotSchedule` of snapscheduler,
//! and `CronJobs`.

use super::selecting::Selecting;
use super::trimmed::Trimmed;

/// A schedule of backups, or what may be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its name, where it is a `CronJob`, which may as well do something else.
    pub cron_job: Option<Box<str>>,
    namespaces: Option<Namespaces>,
    selecting: Option<Selecting>,
}

/// The namespaces of Velero's: those that it names, and not those that it leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Namespaces {
    included: Box<[Box<str>]>,
    excluded: Box<[Box<str>]>,
}

impl Backup {
    /// All volumes of its own namespace.
    pub(super) fn of_namespace() -> Self {
        Self { cron_job: None, namespaces: None, selecting: None }
    }

    pub(super) fn of_cron_job(object: &Trimmed) -> Self {
        let name = object.identity().name.as_deref().unwrap_or_default();
        Self { cron_job: Some(name.into()), ..Self::of_namespace() }
    }

    /// What a selector of claims says.
    pub(super) fn of_claims(object: &Trimmed) -> Self {
        let selecting = object.spec().claim_selector.clone().map(Selecting::by);
        Self { selecting, ..Self::of_namespace() }
    }

    pub(super) fn of_velero(object: &Trimmed) -> Self {
        let template = &object.spec().template;
        let names = |names: &[Option<String>]| {
            names.iter().flatten().map(|name| name.as_str().into()).collect()
        };
        let namespaces = Namespaces {
            included: names(&template.included_namespaces),
            excluded: names(&template.excluded_namespaces),
        };
        let selecting = template.label_selector.clone().map(Selecting::by);
        Self { cron_job: None, namespaces: Some(namespaces), selecting }
    }

    /// Whether it tells by itself which namespaces it is for.
    pub(super) fn is_of_many(&self) -> bool {
        self.namespaces.is_some()
    }

    /// Whether it is for a namespace; for whichever where that is not known.
    pub fn looks_into(&self, namespace: Option<&str>) -> bool {
        let (Some(Namespaces { included, excluded }), Some(namespace)) =
            (&self.namespaces, namespace)
        else {
            return true;
        };
        let is_named = |names: &[Box<str>]| names.iter().any(|n| **n == *namespace || **n == *"*");
        (included.is_empty() || is_named(included)) && !is_named(excluded)
    }

    /// Whether claims with these labels are backed up.
    pub fn selects<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.selecting.as_ref().is_none_or(|selecting| selecting.selects(label))
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let of = |names: &[Box<str>]| names.iter().map(|name| 16 + name.len()).sum::<usize>();
        let namespaces = self.namespaces.as_ref();
        let namespaces = namespaces.map_or(0, |all| of(&all.included) + of(&all.excluded));
        let name = self.cron_job.as_ref().map_or(0, |name| name.len());
        96 + name + namespaces + self.selecting.as_ref().map_or(0, Selecting::weight)
    }
}
