//! Which requests there is anything to review about.

#![deny(clippy::disallowed_methods)]

use super::request::Request;
use crate::policy::{Snapshot, Stance};
use crate::subject::Kind;

/// Subresources through which no pod is made or changed.
///
/// Any other is reviewed, also one that is invented tomorrow, as upstream's Pod Security does
/// (`ignoredPodSubresources`).
const IGNORED_SUBRESOURCES: [&str; 9] =
    ["attach", "binding", "eviction", "exec", "log", "portforward", "proxy", "scale", "status"];

/// The kind of the object that a request writes; none where there is nothing to review.
pub(super) fn to_review<'s>(
    request: &mut Request<'s>,
    snapshot: &'s Snapshot,
) -> Result<Option<&'s Kind>, &'static str> {
    let reviewed = match request.operation.as_str() {
        "CREATE" | "UPDATE" => true,
        "DELETE" | "CONNECT" => false,
        _ => return Err("`request.operation` is none of CREATE, UPDATE, DELETE and CONNECT"),
    };
    if request.kind.kind.is_empty() || request.resource.resource.is_empty() {
        return Err("`request.kind` or `request.resource` is missing");
    }
    let ignored =
        request.sub_resource.as_deref().is_some_and(|s| IGNORED_SUBRESOURCES.contains(&s));
    let is_read = |kind: &&Kind| snapshot.stance(kind) != Stance::Unread;
    Ok(request.target(snapshot)?.filter(is_read).filter(|_| reviewed && !ignored))
}
