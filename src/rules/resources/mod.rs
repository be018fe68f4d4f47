//! What a container may use of its node, and what is set aside for it.

mod amounts;
mod bounded;
pub(super) mod empty_dir_size;
pub(super) mod ephemeral_storage;
pub(super) mod limit_request_ratio;
pub(super) mod requests_equal_limits;
pub(super) mod resource_limits;
pub(super) mod resource_requests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use amounts::Amounts;

use super::{BadValue, Checked, Evidence, Finding, Findings, Halt, Params, Reach, Remedy};
use crate::path::FieldPath;
use crate::subject::{
    ContainerRef, ContainerRole, InvalidQuantity, Map, Pod, Quantity, RawQuantity,
    ResourceRequirements, is_container_resource,
};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

/// Which resources a container must say something about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ResourceParams {
    /// The resources, such as `cpu`, `memory` and `ephemeral-storage`.
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 317)))]
    pub resources: Vec<String>,
    /// The least that a container says of a resource, such as `{memory: 64Mi}`; none by default.
    pub min: Amounts,
    /// The most, such as `{cpu: "4", memory: 8Gi}`; any by default.
    pub max: Amounts,
}

impl Default for ResourceParams {
    fn default() -> Self {
        let resources = vec!["cpu".to_owned(), "memory".to_owned()];
        Self { resources, min: Amounts::default(), max: Amounts::default() }
    }
}

impl Params for ResourceParams {
    fn problems(&self) -> Vec<BadValue> {
        let Self { resources, min, max } = self;
        let mut wrong = problems_of_resources(resources);
        wrong.extend(problems_of_amounts(min, max));
        wrong
    }
}

/// What is wrong with the bounds that a policy sets.
fn problems_of_amounts(min: &Amounts, max: &Amounts) -> Vec<BadValue> {
    let mut wrong = min.problems("min");
    wrong.extend(max.problems("max"));
    wrong.extend(max.below(min, "max"));
    wrong
}

/// What is wrong with a list of resources that a policy names.
fn problems_of_resources(resources: &[String]) -> Vec<BadValue> {
    BadValue::in_list("resources", resources, Some("names no resource"), |name| {
        let help = "is no resource of a container; there are `cpu`, `memory`, \
                    `ephemeral-storage`, huge pages such as `hugepages-2Mi`, and those of a \
                    vendor, such as `nvidia.com/gpu`";
        let shown = clipped(name, QUOTE_LIMIT);
        (!is_container_resource(name)).then(|| format!("`{shown}` {help}"))
    })
}

/// What is limited, and that alone.
const LIMITS: Kind = Kind { key: "limits", word: "limit", read: |r| [Some(&r.limits), None] };

/// What is requested by name; where nothing is, the limit is requested.
const REQUESTS: Kind =
    Kind { key: "requests", word: "request", read: |r| [Some(&r.requests), None] };

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
    pod: &Pod<'_, '_>,
    resources: &[String],
    kind: Kind,
    found: &mut Findings<'_>,
) -> Checked {
    let of_pod = pod.spec.resources.as_deref();
    // What is set for the pod is read once, whoever falls back on it.
    let mut shared = Vec::new();
    for resource in resources {
        shared.push(amount(of_pod, resource, kind, found)?);
    }
    for c in pod.containers().filter(|c| c.role != ContainerRole::Ephemeral) {
        let own = c.spec.resources.as_deref();
        for (resource, of_pod) in resources.iter().zip(&shared) {
            let amount = amount(own, resource, kind, found)?.or(*of_pod);
            if let Some(finding) = problem(&c, resource, amount, kind) {
                // None, none that counts and one of nothing are the same to the node.
                found.add(finding, || Evidence::of(&c, [resource.as_str()]))?;
            }
        }
    }
    Ok(())
}

/// What is set of a resource, as it is written, and what it comes to.
type Amount<'r> = Option<(&'r str, Result<Quantity, InvalidQuantity>)>;

fn amount<'r>(
    resources: Option<&'r ResourceRequirements<'_>>,
    resource: &str,
    kind: Kind,
    found: &mut Findings<'_>,
) -> Result<Amount<'r>, Halt> {
    found.visit(1)?;
    let text = resources.and_then(|r| value(r, resource, kind));
    found.spend(8 * text.map_or(0, str::len))?;
    Ok(text.map(|text| (text, Quantity::parse(text))))
}

fn value<'r>(
    resources: &'r ResourceRequirements<'_>,
    resource: &str,
    kind: Kind,
) -> Option<&'r str> {
    let lists = (kind.read)(resources).into_iter().flatten();
    lists.filter_map(|list| list.get(resource)).map(RawQuantity::as_str).next()
}

/// `a` or `an`.
fn article(resource: &str) -> &'static str {
    if resource.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" }
}

fn problem(
    c: &ContainerRef<'_, '_>,
    resource: &str,
    amount: Amount<'_>,
    kind: Kind,
) -> Option<Finding> {
    let Kind { key, word, .. } = kind;
    let a = article(resource);
    let (fault, form) = match amount {
        Some((_, Ok(quantity))) if quantity.is_positive() => return None,
        Some((text, Ok(_))) => (format!("{c} has {a} {resource} {word} of {}", Quoted(text)), ""),
        Some((text, Err(_))) => (
            format!("{c} has {a} {resource} {word} that is no quantity: {}", Quoted(text)),
            " to a quantity such as 500m, 512Mi or 2G",
        ),
        None => (format!("{c} has no {resource} {word}"), ""),
    };
    let at = c.at(&["resources", key]).key(resource.to_owned());
    let remedy = Remedy::Advice(format!("set {at}{form}"));
    Some(Finding::of(c, at, fault, remedy))
}

/// What a container, or the pod as a whole, limits and requests of a resource.
struct Shares<'s, 'a> {
    /// Whose they are; the pod's where there is none.
    container: Option<ContainerRef<'s, 'a>>,
    pod: &'s Pod<'s, 'a>,
    limit: Option<(&'s str, Quantity)>,
    request: Option<(&'s str, Quantity)>,
}

/// The shares of the pod, and of each container that can have any; one that is no quantity, which
/// the API server refuses, is none.
fn shares<'s, 'a>(
    pod: &'s Pod<'s, 'a>,
    resource: &str,
    found: &mut Findings<'_>,
) -> Result<Vec<Shares<'s, 'a>>, Halt> {
    let containers = pod.containers().filter(|c| c.role != ContainerRole::Ephemeral);
    let mut all = Vec::new();
    for container in std::iter::once(None).chain(containers.map(Some)) {
        let resources = match &container {
            Some(c) => c.spec.0.resources.as_deref(),
            None => pod.spec.resources.as_deref(),
        };
        let mut said = |kind| {
            Ok::<_, Halt>(match amount(resources, resource, kind, found)? {
                Some((text, Ok(quantity))) => Some((text, quantity)),
                Some((_, Err(InvalidQuantity))) | None => None,
            })
        };
        let (limit, request) = (said(LIMITS)?, said(REQUESTS)?);
        all.push(Shares { container, pod, limit, request });
    }
    Ok(all)
}

impl Shares<'_, '_> {
    /// How many times as much may be used as is requested, in millionths: as much as there are
    /// where nothing is requested, or nothing limited.
    fn times(&self) -> u64 {
        let both = self.limit.zip(self.request);
        both.and_then(|((_, limit), (_, request))| limit.times(request)).unwrap_or(u64::MAX)
    }

    /// The field of a resource in one of the two lists.
    fn at(&self, kind: Kind, resource: &str) -> FieldPath {
        let list = ["resources", kind.key];
        let list = self.container.map_or_else(|| self.pod.at(&list), |c| c.at(&list));
        list.key(resource.to_owned())
    }

    fn reach(&self) -> Reach {
        self.container.map_or_else(|| Reach::pod(self.pod), |c| Reach::one(&c))
    }

    fn finding(&self, at: FieldPath, message: &str, advice: String) -> Finding {
        let remedy = Remedy::Advice(advice);
        match &self.container {
            Some(c) => Finding::of(c, at, format!("{c} {message}"), remedy),
            None => Finding::new(at, format!("the pod {message}"), remedy),
        }
    }
}
