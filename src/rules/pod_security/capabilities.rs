//! Upstream's check `capabilities_baseline` (baseline, 1.0).

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("capabilities.md")]
pub(crate) struct Capabilities;

/// What container runtimes grant by default.
const DEFAULT: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

impl Rule for Capabilities {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("capabilities"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::Critical,
        checklist: Text::Borrowed(
            "No container adds a capability beyond the harmless default ones.",
        ),
        rows: &["M26"],
        standards: &[Standard::PodSecurity("baseline"), Standard::Cis("5.2.9"), Standard::Cwe(250)],
        page: Text::Borrowed(include_str!("capabilities.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        baseline(pod, found)
    }
}

/// The baseline form of the check.
pub(super) fn baseline(pod: &Pod<'_, '_>, found: &mut Findings<'_>) -> Checked {
    pod.containers().try_for_each(|c| added(&c, &DEFAULT, found))
}

/// One finding for each capability that `c` adds beyond `allowed`.
pub(super) fn added(
    c: &ContainerRef<'_, '_>,
    allowed: &[&str],
    found: &mut Findings<'_>,
) -> Checked {
    let added = c.capabilities().into_iter().flat_map(|k| k.add.iter().enumerate());
    for (index, name) in added {
        found.visit(1)?;
        if !allowed.contains(&name.as_str()) {
            let at = c.at(&["securityContext", "capabilities", "add"]).index(index);
            let message = format!("{c} adds capability {}", Quoted(name));
            let evidence = || Evidence::of_processes(c.pod(), [one_added(c, name)]);
            found.add(Finding::of(c, at.clone(), message, Remedy::remove(at)), evidence)?;
        }
    }
    Ok(())
}

/// That one capability is added, or all. Runtimes take the names in any letters.
fn one_added(c: &ContainerRef<'_, '_>, name: &str) -> Fact {
    let fact = Fact::new(Reach::one(c), ["add"]);
    if name.eq_ignore_ascii_case("ALL") {
        return fact.one_of_many(None);
    }
    fact.one_of_many(Some(&name.to_ascii_uppercase()))
}
