//! The root filesystem of a container is part of its image and should stay so.

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::subject::Role;

#[doc = include_str!("read_only_root_filesystem.md")]
pub struct ReadOnlyRootFilesystem;

impl Rule for ReadOnlyRootFilesystem {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "read-only-root-filesystem",
        severity: Severity::Medium,
        checklist: "Every container's root filesystem is read-only.",
        rows: &["M26"],
        page: include_str!("read_only_root_filesystem.md"),
    };

    /// Windows has no read-only root filesystem; the API server refuses the field there.
    fn applies(case: &Case<'_, '_>) -> bool {
        !case.pod.is_windows()
    }

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let lasting = case.pod.containers().filter(|c| c.role != Role::Ephemeral);
        let writable = lasting
            .filter(|c| c.security().and_then(|s| s.read_only_root_filesystem) != Some(true));
        Ok(writable
            .map(|c| {
                let at = c.at(&["securityContext", "readOnlyRootFilesystem"]);
                let message = format!("{c} has a writable root filesystem");
                Finding::of(&c, at.clone(), message, Remedy::set(at, true))
            })
            .collect())
    }
}
