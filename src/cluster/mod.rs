//! What is read from the API server and written there: namespaces, the Lease, the certificate, the
//! registration of the webhook, and how policies and exceptions are defined there.
//!
//! Everything here goes on for good and survives an API server that is away: what was known stays,
//! what could not be done is tried again, and [`Observer`] is told. One replica, which holds the
//! [`lease`], writes; every write names the version that it is about, so that two that believe it
//! of themselves do no harm.

pub mod certificates;
pub mod client;
pub mod crds;
pub mod definition;
pub mod emergency;
pub mod events;
pub mod following;
pub mod lease;
pub mod listing;
pub mod live;
pub mod namespaces;
pub mod neighbours;
pub mod objects;
pub mod pace;
mod reflection;
pub mod registration;
mod serving;
mod single;
mod standing_of;
pub mod status;

use std::time::Duration;

use jiff::Timestamp;

/// How long one question to the API server may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// Who counts what happens here.
pub trait Observer: Send + Sync + 'static {
    /// Whether this replica is the one that writes.
    fn leads(&self, leads: bool);
    /// Whether what is known of objects of a kind may be old.
    fn watch_is_stale(&self, kind: &'static str, is_stale: bool);
    /// How many fields of a kind the API server's definition lacks.
    fn definition_lacks(&self, kind: &'static str, fields: usize);
    /// How a kind of object that neighbours are known from stands; none where nobody follows it.
    fn neighbours_stand(&self, kind: &'static str, standing: Option<neighbours::Standing>);
    /// How the registration stands; none where another replica looks after it.
    fn registration(&self, standing: Option<registration::Standing>);
    /// The registration was not as it was left, and was mended.
    fn registration_was_mended(&self);
    /// Whether the API server refuses writes while nobody answers.
    fn fails_closed(&self, does: bool);
    /// When the authority that signs certificates expires.
    fn authority_expires(&self, at: Timestamp);
}

/// What came of a question to the API server.
pub(crate) type Asked<T> = Result<T, Unanswered>;

/// Why a question to the API server was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// It said no, or could not be reached.
    #[error(transparent)]
    Api(#[from] kube::Error),
    /// It took too long.
    #[error("the API server did not answer within {} s", REQUEST_LIMIT.as_secs())]
    Late(#[from] tokio::time::error::Elapsed),
}

impl Unanswered {
    /// Whether there is no such object.
    fn is_not_found(&self) -> bool {
        matches!(self, Self::Api(kube::Error::Api(status)) if status.is_not_found())
    }

    /// Whether whoever asked may not.
    fn is_forbidden(&self) -> bool {
        matches!(self, Self::Api(kube::Error::Api(status)) if status.is_forbidden())
    }

    /// Whether somebody else wrote first.
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Api(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists())
    }
}

/// Asks, but not for ever.
async fn ask<T>(question: impl Future<Output = kube::Result<T>>) -> Asked<T> {
    Ok(tokio::time::timeout(REQUEST_LIMIT, question).await??)
}
