//! The root filesystem of a container is part of its image and should stay so.

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{ContainerRole, Pod, Pods};

#[doc = include_str!("read_only_root_filesystem.md")]
pub(crate) struct ReadOnlyRootFilesystem;

impl Rule for ReadOnlyRootFilesystem {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("read-only-root-filesystem"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every container's root filesystem is read-only."),
        rows: &["M26"],
        standards: &[Standard::NsaCisa("Immutable container file systems"), Standard::Cwe(732)],
        page: Text::Borrowed(include_str!("read_only_root_filesystem.md")),
    };

    /// Windows has no read-only root filesystem; the API server refuses the field there.
    fn applies(pod: &Pod<'_, '_>, _: &NoParams, _: &Context<'_>) -> bool {
        !pod.is_windows()
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers().filter(|c| c.role != ContainerRole::Ephemeral) {
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
