//! Only what comes from a registry you trust is what you meant to run.

use std::cell::LazyCell;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::images;
use crate::rules::mounts::Mounts;
use crate::rules::{Case, Checked, Findings, Meta, Params, Remedy, Rule, Severity};
use crate::subject::ImageReference;
use crate::text::Quoted;

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
    fn problem(&self) -> Option<(&'static str, String)> {
        if self.allowed.is_empty() {
            return Some(("allowed", "names no registry".to_owned()));
        }
        let wrong = self.allowed.iter().find(|prefix| {
            let probe = format!("{}/x", prefix.trim_end_matches('/'));
            ImageReference::parse(&probe).map_or(true, |image| image.domain.is_none())
        });
        wrong.map(|prefix| {
            (
                "allowed",
                format!(
                    "`{prefix}` is no registry; write it with its host, such as `docker.io/library`"
                ),
            )
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
