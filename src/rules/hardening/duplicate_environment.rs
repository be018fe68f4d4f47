//! Of a variable that is set twice one value is lost, and which one depends on who applies it.

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("duplicate_environment.md")]
pub(crate) struct DuplicateEnvironment;

impl Rule for DuplicateEnvironment {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("duplicate-environment"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every container sets each environment variable once."),
        rows: &[],
        standards: &[Standard::Cwe(694)],
        page: Text::Borrowed(include_str!("duplicate_environment.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        pod.containers().try_for_each(|c| of_container(&c, found))
    }
}

fn of_container(c: &ContainerRef<'_, '_>, found: &mut Findings<'_>) -> Checked {
    found.visit(1)?;
    let mut names: Vec<(&str, usize)> = Vec::with_capacity(c.spec.env.len());
    for (at, variable) in c.spec.env.iter().enumerate() {
        let name = variable.name.as_deref().unwrap_or_default();
        found.visit(2)?;
        found.spend(2 * name.len())?;
        names.push((name, at));
    }
    names.sort_unstable();
    let alike = names.chunk_by(|(one, _), (other, _)| one == other);
    let mut again: Vec<(usize, usize, usize, &str)> = alike
        .filter_map(|alike| match alike {
            [(name, first), .., (_, last)] if !name.is_empty() => {
                Some((*first, *last, alike.len(), *name))
            }
            _ => None,
        })
        .collect();
    again.sort_unstable();
    for (first, last, count, name) in again {
        let path = |index| c.at(&["env"]).index(index);
        let often = if count == 2 { "twice".to_owned() } else { format!("{count} times") };
        let message = format!("{c} sets environment variable {} {often}", Quoted(name));
        let advice =
            format!("keep one of {} and {}, the last of which counts", path(first), path(last));
        let finding = Finding::of(c, path(first).key("name"), message, Remedy::Advice(advice));
        found.add(finding, || Evidence::of(c, [name]))?;
    }
    Ok(())
}
