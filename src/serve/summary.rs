//! What was asked, for the log: printable and bounded text.

use super::request::Request;
use super::salvage::Salvaged;
use crate::text::{clipped, printable};

/// What was asked.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Summary {
    pub operation: String,
    pub kind: String,
    pub sub_resource: String,
    pub namespace: String,
    pub name: String,
    pub user: String,
    pub dry_run: bool,
}

impl Summary {
    /// Of a request that was read, or of what could be read of it.
    pub(super) fn of(request: &Request<'_>) -> Self {
        let show = |text: &str| printable(&clipped(text, 253)).into_owned();
        let optional = |text: Option<&str>| text.map(show).unwrap_or_default();
        Self {
            operation: show(&request.operation),
            kind: show(&request.kind.kind),
            sub_resource: optional(request.sub_resource.as_deref()),
            namespace: optional(request.namespace.as_deref()),
            name: optional(request.name.as_deref()),
            user: show(&request.user_info.username),
            dry_run: request.dry_run.unwrap_or(false),
        }
    }

    /// Of a review that broke off or could not be answered.
    pub(super) fn of_salvaged(salvaged: &Salvaged<'_>) -> Self {
        Self::of(&salvaged.request().0)
    }
}
