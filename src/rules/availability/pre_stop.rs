//! A program that stops before its callers know of it refuses their last requests.

use crate::rules::health::lasting;
use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Text,
};
use crate::subject::{ContainerRef, ContainerRole, Pod, Pods};

#[doc = include_str!("pre_stop.md")]
pub(crate) struct PreStop;

impl Rule for PreStop {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("pre-stop"),
        group: Text::Borrowed("availability"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every container that serves waits for its callers to leave."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("pre_stop.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &NoParams, _: &Context<'_>) -> bool {
        serving(pod).next().is_some()
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in serving(pod) {
            found.visit(1)?;
            let lifecycle = c.spec.lifecycle.as_deref();
            if lifecycle.is_some_and(|lifecycle| lifecycle.pre_stop.is_some()) {
                continue;
            }
            let at = c.at(&["lifecycle", "preStop"]);
            let message = format!("{c} serves, and stops while requests are still on their way");
            let advice = format!("set {at}, such as to sleep: {{seconds: 5}}");
            let finding = Finding::of(&c, at, message, Remedy::Advice(advice));
            found.add(finding, || Evidence::of(&c, []))?;
        }
        Ok(())
    }
}

/// The containers that run for good and have a port. A sidecar stops after those that it stands by.
fn serving<'s, 'a>(pod: &'s Pod<'s, 'a>) -> impl Iterator<Item = ContainerRef<'s, 'a>> {
    let has_port = |c: &ContainerRef<'_, '_>| !c.spec.ports.is_empty();
    lasting(pod).filter(move |c| c.role == ContainerRole::Main && has_port(c))
}
