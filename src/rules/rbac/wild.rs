//! What `*` stands for in a rule of a role.

use crate::subject::{List, PolicyRule, Str};

/// The fields of a rule that allow everything, and what they allow.
pub(super) fn wild_fields(rule: &PolicyRule<'_>) -> Vec<(&'static str, &'static str)> {
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

/// How many elements the lists of a rule have.
pub(super) fn elements(rule: &PolicyRule<'_>) -> usize {
    let lists = [
        &rule.verbs,
        &rule.resources,
        &rule.api_groups,
        &rule.non_resource_urls,
        &rule.resource_names,
    ];
    lists.into_iter().map(|list| list.len()).sum()
}
