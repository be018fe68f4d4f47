//! What an object tells of what is, or will be, under a name.

use super::backups::Backup;
use super::keys::Keys;
use super::monitors::Monitor;
use super::ports::Served;
use super::running::Running;
use super::selecting::Selecting;

/// What an object tells of what is, or will be, under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// That an object of this name has these keys.
    Keys(Keys),
    /// That an autoscaler decides about the object of this name and kind.
    Scales(ScaleTarget),
    /// That an object of this name selects pods.
    Selects(Box<Selecting>),
    /// That there is a Service of this name, and how it is found.
    Serves(Box<Served>),
    /// That an object of this name runs pods.
    Runs(Box<Running>),
    /// That a monitor of this name takes metrics.
    Monitors(Box<Monitor>),
    /// That something of this name backs up volumes, or may.
    BacksUp(Box<Backup>),
    /// That an object of this name raises alerts.
    Alerts,
    /// Nothing but the name: of an object, or of a host whose requests an Ingress takes.
    Name,
}

impl Told {
    /// About how many bytes its texts take.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Keys(keys) => keys.weight(),
            Self::Scales(ScaleTarget { group, kind }) => group.len() + kind.len(),
            Self::Selects(selecting) => selecting.weight(),
            Self::Serves(served) => served.weight(),
            Self::Runs(running) => running.weight(),
            Self::Monitors(monitor) => monitor.weight(),
            Self::BacksUp(backup) => backup.weight(),
            Self::Alerts | Self::Name => 0,
        }
    }

    /// Whether it is about the namespaces of others.
    pub(super) fn looks_elsewhere(&self) -> bool {
        match self {
            Self::Monitors(monitor) => monitor.looks_elsewhere(),
            Self::BacksUp(backup) => backup.is_of_many(),
            _ => false,
        }
    }

    /// Whether it is looked for by what it is about, and not by its name.
    pub(super) fn is_looked_through(&self) -> bool {
        !matches!(self, Self::Keys(_) | Self::Scales(_) | Self::Name)
    }
}

/// What is told, where it is that.
macro_rules! views {
    ($($name:ident: $variant:ident => $view:ty,)*) => {
        impl Told {
            $(pub(super) fn $name(&self) -> Option<&$view> {
                if let Self::$variant(view) = self { Some(view) } else { None }
            })*
        }
    };
}

views!(
    keys: Keys => Keys,
    scales: Scales => ScaleTarget,
    selects: Selects => Selecting,
    serves: Serves => Served,
    runs: Runs => Running,
    monitors: Monitors => Monitor,
    backs_up: BacksUp => Backup,
);

/// The kind of the object that an autoscaler decides about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleTarget {
    /// The API group of its kind.
    pub group: Box<str>,
    /// Its kind.
    pub kind: Box<str>,
}
