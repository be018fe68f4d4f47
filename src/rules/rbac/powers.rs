//! What a role allows that few should be allowed, told as the API server tells it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wild::{elements, wild_fields};
use crate::path::FieldPath;
use crate::rules::{Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy};
use crate::subject::{List, PolicyRule, Role, Scope, Str};

/// What is said about `*`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PowerParams {
    /// Whether a rule of a role that allows it by `*` is reported. Where not, such a rule is left to
    /// `rbac-wildcard`.
    pub wildcards: bool,
}

impl Default for PowerParams {
    fn default() -> Self {
        Self { wildcards: true }
    }
}

impl Params for PowerParams {}

/// Verbs on resources that few should have.
pub(super) struct Power {
    group: &'static str,
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    /// Whether the resources are in namespaces; a Role allows nothing of those that are not.
    scope: Scope,
    /// Which names of a resource are too much, where a rule names those that it is about.
    is_too_much: fn(&str) -> bool,
}

impl Power {
    /// Over resources that are in namespaces; one by its name is not too much.
    pub(super) const fn in_namespaces(
        group: &'static str,
        resources: &'static [&'static str],
        verbs: &'static [&'static str],
    ) -> Self {
        Self { group, resources, verbs, scope: Scope::Namespaced, is_too_much: |_| false }
    }

    /// Over resources that are in no namespace; one by its name is not too much.
    pub(super) const fn of_the_cluster(
        group: &'static str,
        resources: &'static [&'static str],
        verbs: &'static [&'static str],
    ) -> Self {
        Self { scope: Scope::Cluster, ..Self::in_namespaces(group, resources, verbs) }
    }

    /// The same, of which some names are too much.
    pub(super) const fn even_by_name(self, is_too_much: fn(&str) -> bool) -> Self {
        Self { is_too_much, ..self }
    }

    /// What of it a rule allows.
    fn held<'r>(&'static self, rule: &'r PolicyRule<'_>) -> Option<Held<'r>> {
        let has = |list: &List<Str<'_>>, word: &str| {
            list.iter().any(|text| text.as_str() == "*" || text.as_str() == word)
        };
        let verbs: Vec<_> = self.verbs.iter().copied().filter(|v| has(&rule.verbs, v)).collect();
        let at = |resource: &str| rule.resources.iter().position(|text| stands_for(text, resource));
        let resources = self.resources.iter().filter_map(|r| Some((*r, at(r)?)));
        let resources: Vec<_> = resources.collect();
        let names = rule.resource_names.iter().map(Str::as_str);
        let names: Vec<_> = names.filter(|name| (self.is_too_much)(name)).collect();
        let is_narrow = !rule.resource_names.is_empty() && names.is_empty();
        if is_narrow || verbs.is_empty() || !has(&rule.api_groups, self.group) {
            return None;
        }
        let (_, first) = *resources.first()?;
        let resources = resources.into_iter().map(|(resource, _)| resource).collect();
        Some(Held { power: self, verbs, resources, first, names })
    }
}

/// Whether a resource of a rule stands for this one.
fn stands_for(written: &str, resource: &str) -> bool {
    let is_its_subresource = || {
        let of_any = written.strip_prefix("*/");
        of_any.is_some_and(|sub| resource.split_once('/').is_some_and(|(_, own)| own == sub))
    };
    written == "*" || written == resource || is_its_subresource()
}

/// What a rule of a role allows of a power.
struct Held<'r> {
    power: &'static Power,
    verbs: Vec<&'static str>,
    resources: Vec<&'static str>,
    /// Which element of the rule's resources allows the first of them.
    first: usize,
    /// The names that are too much; none where the rule names none and allows all.
    names: Vec<&'r str>,
}

impl Held<'_> {
    /// Each thing that is allowed, as what it is and not as it is written.
    fn facts(&self) -> impl Iterator<Item = Fact> {
        let all = self.names.is_empty().then_some(None);
        let names = move || all.into_iter().chain(self.names.iter().copied().map(Some));
        self.verbs.iter().flat_map(move |verb| {
            self.resources.iter().flat_map(move |resource| {
                names().map(move |name| {
                    let grant = [Some(*verb), Some(self.power.group), Some(*resource), name];
                    Fact::new(Reach::object(), ["a power"]).grant(grant)
                })
            })
        })
    }
}

/// Adds a finding for each rule of the role that allows some of `powers`.
pub(super) fn check(
    role: &Role<'_>,
    powers: &'static [Power],
    params: &PowerParams,
    cx: &Context<'_>,
    found: &mut Findings<'_>,
) -> Checked {
    let is_allowed = |power: &&Power| can_be_allowed(power, cx);
    for (index, rule) in role.rules.iter().enumerate() {
        found.visit(powers.len() * (1 + elements(rule)))?;
        let held = powers.iter().filter(is_allowed).filter_map(|power| power.held(rule));
        let held: Vec<Held<'_>> = held.collect();
        let Some(first) = held.first() else { continue };
        let of_rule = FieldPath::root().key("rules").index(index);
        let wild = wild_fields(rule);
        let by = if wild.is_empty() { "" } else { ", through \"*\"" };
        let advice = if wild.is_empty() {
            narrower(&held, &of_rule)
        } else {
            let field = |(field, _): &(&'static str, _)| of_rule.clone().key(*field).to_string();
            let fields: Vec<String> = wild.iter().map(field).collect();
            format!("name what is needed in {}", fields.join(", "))
        };
        let at = of_rule.key("resources").index(first.first);
        let message = format!("the role allows {}{by}", words(&held));
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        let is_left_to_another = !wild.is_empty() && !params.wildcards;
        // What is narrower than `*` is no worse, whoever reports that.
        let finding = if is_left_to_another { finding.for_comparison() } else { finding };
        found.add(finding, || Evidence::new(held.iter().flat_map(Held::facts)))?;
    }
    Ok(())
}

/// Whether a role of such a kind can allow any of `powers`.
pub(super) fn apply(powers: &[Power], cx: &Context<'_>) -> bool {
    powers.iter().any(|power| can_be_allowed(power, cx))
}

fn can_be_allowed(power: &Power, cx: &Context<'_>) -> bool {
    power.scope == Scope::Namespaced || cx.kind.scope == Scope::Cluster
}

/// `get on a and b, create on c`; the same verbs are said once.
fn words(held: &[Held<'_>]) -> String {
    let mut alike: Vec<(&[&str], Vec<&str>)> = Vec::new();
    for Held { verbs, resources, .. } in held {
        match alike.iter_mut().find(|(known, _)| known == verbs) {
            Some((_, known)) => {
                let new = resources.iter().filter(|resource| !known.contains(resource));
                let new: Vec<&str> = new.copied().collect();
                known.extend(new);
            }
            None => alike.push((verbs, resources.clone())),
        }
    }
    let words = alike
        .iter()
        .map(|(verbs, resources)| format!("{} on {}", listed(verbs), listed(resources)));
    words.collect::<Vec<_>>().join(", ")
}

fn narrower(held: &[Held<'_>], of_rule: &FieldPath) -> String {
    // What is made has no name yet, so that no name can be asked of it.
    let has_name = |held: &Held<'_>| {
        let is_made = |verb: &&str| matches!(*verb, "create" | "deletecollection");
        !held.verbs.iter().any(is_made) || held.resources.iter().all(|r| r.contains('/'))
    };
    let is_narrowed = |held: &Held<'_>| !(held.power.is_too_much)("*") && has_name(held);
    let all_narrowed = held.iter().all(|held| held.names.is_empty() && is_narrowed(held));
    let names = of_rule.clone().key("resourceNames");
    let or = if all_narrowed { format!(", or say which in {names}") } else { String::new() };
    format!("take that out of {of_rule}{or}")
}

/// How many words of a list are shown.
const SHOWN: usize = 6;

/// `a, b and c`, and how many more there are.
fn listed(words: &[&str]) -> String {
    let more = words.len().saturating_sub(SHOWN);
    let rest = format!("{more} more");
    let shown = words.iter().take(SHOWN).copied();
    let shown: Vec<&str> = shown.chain((more > 0).then_some(rest.as_str())).collect();
    match shown.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => shown.concat(),
    }
}
