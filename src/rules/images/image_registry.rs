//! Only what comes from a registry you trust is what you meant to run.

use std::cell::LazyCell;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::images;
use crate::rules::mounts::Mounts;
use crate::rules::{BadValue, Case, Checked, Findings, Meta, Params, Remedy, Rule, Severity};
use crate::subject::{DEFAULT_DOMAIN, ImageReference};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("image_registry.md")]
pub struct ImageRegistry;

/// Where images may come from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageRegistryParams {
    /// Registries, or repositories below them, such as `registry.example:5000/team`; whole
    /// components only. Docker Hub is `docker.io`.
    #[schemars(length(min = 1))]
    pub allowed: Vec<String>,
}

impl Params for ImageRegistryParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("allowed", &self.allowed, Some("names no registry"), |prefix| {
            let shown = clipped(prefix, QUOTE_LIMIT);
            if is_old_name_of_docker_hub(prefix) {
                return Some(format!("`{shown}` holds no image; Docker Hub is `{DEFAULT_DOMAIN}`"));
            }
            let help = "is no registry; write it with its host, such as `docker.io/library`";
            (!can_hold_images(prefix)).then(|| format!("`{shown}` {help}"))
        })
    }
}

impl Rule for ImageRegistry {
    type Params = ImageRegistryParams;
    const META: Meta = Meta {
        id: "image-registry",
        severity: Severity::High,
        checklist: "Every image comes from a registry you trust.",
        rows: &["R15"],
        page: include_str!("image_registry.md"),
    };

    fn check(
        case: &Case<'_, '_>,
        params: &ImageRegistryParams,
        found: &mut Findings<'_>,
    ) -> Checked {
        let mounts = LazyCell::new(|| Mounts::of(case.pod));
        for image in images(case.pod) {
            found.spend(1 + image.text.len())?;
            let fault = match ImageReference::parse(image.text) {
                Err(_) => image.fault(),
                Ok(reference) if params.allowed.iter().any(|p| reference.is_within(p)) => continue,
                Ok(reference) => {
                    format!("{image} comes from repository {}", Quoted(&reference.repository()))
                }
            };
            let at = image.at();
            let remedy =
                Remedy::Advice(format!("take it from {} at {at}", params.allowed.join(", ")));
            found.add(image.finding(at, fault, remedy, &mounts))?;
        }
        Ok(())
    }
}

/// Whether the host is a name under which no image is looked for: what is pulled from it counts as
/// from `docker.io`.
fn is_old_name_of_docker_hub(prefix: &str) -> bool {
    let host = prefix.split('/').next().unwrap_or_default();
    host.eq_ignore_ascii_case("index.docker.io")
}

/// Whether some image, the repository itself or one below it, comes from there.
fn can_hold_images(prefix: &str) -> bool {
    let repository = prefix.trim_end_matches('/');
    [repository.to_owned(), format!("{repository}/x")].iter().any(|image| {
        ImageReference::parse(image).is_ok_and(|image| {
            let is_bare = image.tag.is_none() && image.digest.is_none();
            is_bare && image.domain.is_some() && image.is_within(prefix)
        })
    })
}
