//! What a container may use of its node, and what is set aside for it.

pub(super) mod resource_limits;
pub(super) mod resource_requests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BadValue, Case, Checked, Evidence, Finding, Findings, Params, Remedy};
use crate::subject::{
    ContainerRef, Map, Quantity, RawQuantity, ResourceRequirements, Role, is_container_resource,
};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

/// Which resources a container must say something about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceParams {
    /// The resources, such as `cpu`, `memory` and `ephemeral-storage`.
    #[schemars(length(min = 1))]
    pub resources: Vec<String>,
}

impl Default for ResourceParams {
    fn default() -> Self {
        Self { resources: vec!["cpu".to_owned(), "memory".to_owned()] }
    }
}

impl Params for ResourceParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("resources", &self.resources, Some("names no resource"), |name| {
            let help = "is no resource of a container; there are `cpu`, `memory`, \
                        `ephemeral-storage`, huge pages such as `hugepages-2Mi`, and those of a \
                        vendor, such as `nvidia.com/gpu`";
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_container_resource(name)).then(|| format!("`{shown}` {help}"))
        })
    }
}

type Quantities<'a> = Map<'a, RawQuantity<'a>>;

/// One of the two lists of a container's resources.
#[derive(Clone, Copy)]
struct Kind {
    /// The list's key.
    key: &'static str,
    /// The list's word in messages.
    word: &'static str,
    /// Where a value of the resource may stand; the first is the place to set it.
    read: for<'r, 'a> fn(&'r ResourceRequirements<'a>) -> [Option<&'r Quantities<'a>>; 2],
}

/// One finding for each resource that a container says nothing about.
///
/// Ephemeral containers cannot set resources at all; what the pod as a whole sets counts for all.
fn missing(
    case: &Case<'_, '_>,
    params: &ResourceParams,
    kind: Kind,
    found: &mut Findings<'_>,
) -> Checked {
    let of_pod = case.pod.spec.resources.as_deref();
    for c in case.pod.containers().filter(|c| c.role != Role::Ephemeral) {
        for resource in &params.resources {
            found.spend(1)?;
            let own = c.spec.resources.as_deref().and_then(|r| value(r, resource, kind));
            let value = own.or_else(|| of_pod.and_then(|r| value(r, resource, kind)));
            if let Some(finding) = problem(&c, resource, value, kind) {
                found.add(finding)?;
            }
        }
    }
    Ok(())
}

fn value<'r>(
    resources: &'r ResourceRequirements<'_>,
    resource: &str,
    kind: Kind,
) -> Option<&'r str> {
    let lists = (kind.read)(resources).into_iter().flatten();
    lists.filter_map(|list| list.get(resource)).map(RawQuantity::as_str).next()
}

fn problem(
    c: &ContainerRef<'_, '_>,
    resource: &str,
    value: Option<&str>,
    kind: Kind,
) -> Option<Finding> {
    let Kind { key, word, .. } = kind;
    let (fault, form) = match value.map(|text| (text, Quantity::parse(text))) {
        Some((_, Ok(quantity))) if quantity.is_positive() => return None,
        Some((text, Ok(_))) => (format!("{c} has a {resource} {word} of {}", Quoted(text)), ""),
        Some((text, Err(_))) => (
            format!("{c} has a {resource} {word} that is no quantity: {}", Quoted(text)),
            " to a quantity such as 500m, 512Mi or 2G",
        ),
        None => (format!("{c} has no {resource} {word}"), ""),
    };
    let at = c.at(&["resources", key]).key(resource.to_owned());
    let remedy = Remedy::Advice(format!("set {at}{form}"));
    // None, none that counts and one of nothing are the same to the node.
    Some(Finding::of(c, at, fault, remedy, Evidence::of(c, [resource])))
}
