//! Upstream's check `privileged` (baseline, 1.0).

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("privileged.md")]
pub(crate) struct Privileged;

impl Rule for Privileged {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("privileged"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No container runs privileged."),
        rows: &["M26"],
        standards: &[Standard::PodSecurity("baseline"), Standard::Cis("5.2.2"), Standard::Cwe(250)],
        page: Text::Borrowed(include_str!("privileged.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers() {
            found.visit(1)?;
            if c.security().and_then(|s| s.privileged) == Some(true) {
                let at = c.at(&["securityContext", "privileged"]);
                let (message, remedy) =
                    (format!("{c} is privileged"), Remedy::set(at.clone(), false));
                found.add(Finding::of(&c, at, message, remedy), || Evidence::of_process(&c, []))?;
            }
        }
        Ok(())
    }
}
