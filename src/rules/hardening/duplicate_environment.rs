//! Of a variable that is set twice one value is lost, and which one depends on who applies it.

use std::collections::HashMap;

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

/// Where a name is set first and last, and how often.
struct Settings {
    first: usize,
    last: usize,
    count: usize,
}

fn of_container(c: &ContainerRef<'_, '_>, found: &mut Findings<'_>) -> Checked {
    let mut settings: HashMap<&str, Settings> = HashMap::new();
    found.visit(1)?;
    for (at, variable) in c.spec.env.iter().enumerate() {
        let name = variable.name.as_deref().unwrap_or_default();
        found.visit(2)?;
        found.spend(2 * name.len())?;
        let set = settings.entry(name).or_insert(Settings { first: at, last: at, count: 0 });
        (set.last, set.count) = (at, set.count + 1);
    }
    for (at, variable) in c.spec.env.iter().enumerate() {
        let name = variable.name.as_deref().unwrap_or_default();
        let Some(set) = settings.get(name) else { continue };
        if name.is_empty() || set.count == 1 || set.first != at {
            continue;
        }
        let path = |index| c.at(&["env"]).index(index);
        let often =
            if set.count == 2 { "twice".to_owned() } else { format!("{} times", set.count) };
        let message = format!("{c} sets environment variable {} {often}", Quoted(name));
        let advice =
            format!("keep one of {} and {}, the last of which counts", path(at), path(set.last));
        let finding = Finding::of(c, path(at).key("name"), message, Remedy::Advice(advice));
        found.add(finding, || Evidence::of(c, [name]))?;
    }
    Ok(())
}
