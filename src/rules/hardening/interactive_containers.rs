//! A container that waits for a keyboard was made for a person to sit at.

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ContainerRole, Pod, Pods};

#[doc = include_str!("interactive_containers.md")]
pub(crate) struct InteractiveContainers;

impl Rule for InteractiveContainers {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("interactive-containers"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Low,
        checklist: Text::Borrowed("No container waits for a keyboard."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("interactive_containers.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers().filter(|c| c.role != ContainerRole::Ephemeral) {
            found.visit(1)?;
            let fields = [
                ("stdin", c.spec.stdin, "keeps its input open for somebody to type"),
                ("tty", c.spec.tty, "has a terminal"),
            ];
            for (field, _, what) in fields.into_iter().filter(|(_, is, _)| *is == Some(true)) {
                let at = c.at(&[field]);
                let finding =
                    Finding::of(&c, at.clone(), format!("{c} {what}"), Remedy::remove(at));
                found.add(finding, || Evidence::new([Fact::new(Reach::one(&c), [field])]))?;
            }
        }
        Ok(())
    }
}
