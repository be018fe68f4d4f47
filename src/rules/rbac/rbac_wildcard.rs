//! A role that allows `*` allows whatever is invented tomorrow.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{List, PolicyRule, Role, Roles, Str};

#[doc = include_str!("rbac_wildcard.md")]
pub(crate) struct RbacWildcard;

impl Rule for RbacWildcard {
    type On = Roles;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-wildcard"),
        group: Text::Borrowed("rbac"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "Every role names the verbs, resources and groups that it allows.",
        ),
        rows: &["R17", "M30"],
        page: Text::Borrowed(include_str!("rbac_wildcard.md")),
    };

    fn check(role: &Role<'_>, _: &NoParams, _: &Context<'_>, found: &mut Findings<'_>) -> Checked {
        for (index, rule) in role.rules.iter().enumerate() {
            let lists = [
                &rule.verbs,
                &rule.resources,
                &rule.api_groups,
                &rule.non_resource_urls,
                &rule.resource_names,
            ];
            found.visit(1 + lists.into_iter().map(|list| list.len()).sum::<usize>())?;
            let wild = wild_fields(rule);
            let Some((first, _)) = wild.first() else { continue };
            let at = FieldPath::root().key("rules").index(index);
            let words: Vec<&str> = wild.iter().map(|(_, words)| *words).collect();
            let fields: Vec<String> =
                wild.iter().map(|(field, _)| at.clone().key(*field).to_string()).collect();
            let message = format!("the role allows {}", words.join(" of "));
            let remedy = Remedy::Advice(format!("name what is needed in {}", fields.join(", ")));
            let finding = Finding::new(at.key(*first), message, remedy);
            found.add(finding, || Evidence::new(grants(rule)))?;
        }
        Ok(())
    }
}

/// The fields of a rule that allow everything, and what they allow.
fn wild_fields(rule: &PolicyRule<'_>) -> Vec<(&'static str, &'static str)> {
    let all = |list: &List<Str<'_>>| list.iter().any(|text| text.as_str() == "*");
    let every_resource = rule.resources.iter().any(|r| r.as_str() == "*" || r.starts_with("*/"));
    let every_url = rule.non_resource_urls.iter().any(|url| matches!(url.as_str(), "*" | "/*"));
    let fields = [
        ("verbs", "every verb", all(&rule.verbs)),
        ("resources", "every resource", every_resource),
        ("apiGroups", "every API group", all(&rule.api_groups)),
        ("nonResourceURLs", "every URL", every_url),
    ];
    let found = fields.into_iter().filter(|(.., is_wild)| *is_wild);
    found.map(|(field, words, _)| (field, words)).collect()
}

/// Each thing that a rule allows: what it allowed before, by name or as part of everything, is not
/// new.
fn grants<'r>(rule: &'r PolicyRule<'_>) -> impl Iterator<Item = Fact> + 'r {
    let some = |text: &'r Str<'_>| Some(text.as_str()).filter(|text| *text != "*");
    let names = || {
        let all = rule.resource_names.is_empty().then_some(None);
        all.into_iter().chain(rule.resource_names.iter().map(|name| Some(name.as_str())))
    };
    let resources = move || {
        rule.api_groups.iter().flat_map(move |group| {
            rule.resources.iter().flat_map(move |resource| {
                names().map(move |name| [some(group), some(resource), name])
            })
        })
    };
    rule.verbs.iter().flat_map(move |verb| {
        let on = resources().map(move |[group, resource, name]| {
            let grant = [some(verb), group, resource, name];
            Fact::new(Reach::object(), ["a resource"]).grant(grant)
        });
        let urls = rule.non_resource_urls.iter().map(move |url| {
            let url = some(url).filter(|url| *url != "/*");
            Fact::new(Reach::object(), ["a URL"]).grant([some(verb), url, None, None])
        });
        on.chain(urls)
    })
}
