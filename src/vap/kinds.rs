//! The kinds that the resources of a policy are of.

use k8s_openapi::api::admissionregistration::v1::NamedRuleWithOperations;

use super::documents::Documents;
use crate::subject::BUILT_IN;

/// A kind: its group, its name, and what its resource is called where that is said.
pub(super) type Named = (String, String, Option<String>);

/// The kinds that a rule is about, and what of it is about none that is known.
pub(super) fn of_rule(
    rule: &NamedRuleWithOperations,
    documents: &Documents,
) -> (Vec<Named>, Vec<String>) {
    let (mut kinds, mut unknown) = (Vec::new(), Vec::new());
    for group in rule.api_groups.iter().flatten() {
        for resource in rule.resources.iter().flatten() {
            if resource.contains('/') && resource != "*/*" {
                unknown.push(format!("the subresource `{resource}`"));
                continue;
            }
            let found = named(group, resource, documents);
            if group == "*" || resource.starts_with('*') {
                unknown.push(format!(
                    "resources `{resource}` of groups `{group}` beyond the {} kinds that are known",
                    found.len()
                ));
            } else if found.is_empty() {
                unknown.push(format!(
                    "the resource `{resource}` of group `{group}`, whose kind is not known: give its \
                     CustomResourceDefinition beside it"
                ));
            }
            kinds.extend(found);
        }
    }
    kinds.sort();
    kinds.dedup();
    (kinds, unknown)
}

fn named(group: &str, resource: &str, documents: &Documents) -> Vec<Named> {
    let fits = |of: &str, plural: &str| {
        (group == "*" || group == of) && (resource.starts_with('*') || resource == plural)
    };
    let built_in = BUILT_IN.iter().filter(|kind| fits(&kind.group, &kind.resource));
    let built_in = built_in.map(|kind| (kind.group.to_string(), kind.kind.to_string(), None));
    let defined = documents.definitions.iter().map(|definition| &definition.spec);
    let defined = defined.filter(|spec| fits(&spec.group, &spec.names.plural)).map(|spec| {
        let plural = Some(spec.names.plural.clone());
        (spec.group.clone(), spec.names.kind.clone(), plural)
    });
    built_in.chain(defined).collect()
}
