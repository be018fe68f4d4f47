//! How a kind stands.

use jiff::Timestamp;

use crate::inventory::Sight;

/// How a kind of object that neighbours are known from stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not listed yet.
    Pending,
    /// All of them are known.
    Known,
    /// The cluster has no such kind.
    Absent,
    /// They may not be listed.
    Forbidden,
    /// There are more of them than are kept.
    Full,
    /// They were known until this moment.
    StaleSince(Timestamp),
}

impl Standing {
    /// Every word for one.
    pub const WORDS: [&str; 6] = ["pending", "known", "absent", "forbidden", "full", "stale"];

    /// The word for it in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Known => "known",
            Self::Absent => "absent",
            Self::Forbidden => "forbidden",
            Self::Full => "full",
            Self::StaleSince(_) => "stale",
        }
    }

    /// Whether what is known may be old.
    pub fn is_stale(self) -> bool {
        matches!(self, Self::Pending | Self::StaleSince(_))
    }

    pub(super) fn sight(self) -> Sight {
        match self {
            Self::Pending | Self::Forbidden | Self::Full => Sight::NotLookedAt,
            Self::Known | Self::Absent => Sight::Known,
            Self::StaleSince(moment) => Sight::StaleSince(moment),
        }
    }
}
