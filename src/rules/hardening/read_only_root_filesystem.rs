//! The root filesystem of a container is part of its image and should stay so.

use crate::rules::{
    Case, Checked, Evidence, Finding, Findings, Meta, NoParams, Remedy, Rule, Severity,
};
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

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        for c in case.pod.containers().filter(|c| c.role != Role::Ephemeral) {
            found.visit(1)?;
            if c.security().and_then(|s| s.read_only_root_filesystem) != Some(true) {
                let at = c.at(&["securityContext", "readOnlyRootFilesystem"]);
                let message = format!("{c} has a writable root filesystem");
                let remedy = Remedy::set(at.clone(), true);
                found.add(Finding::of(&c, at, message, remedy), || Evidence::of(&c, []))?;
            }
        }
        Ok(())
    }
}
