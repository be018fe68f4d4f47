//! Only what comes from a registry you trust is what you meant to run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{Case, Finding, Meta, Outcome, Params, Remedy, Rule, Severity};
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

    fn check(case: &Case<'_, '_>, params: &ImageRegistryParams) -> Outcome {
        let mut findings = Vec::new();
        for c in case.pod.containers() {
            let image = c.spec.image.as_deref().unwrap_or_default();
            let fault = match ImageReference::parse(image) {
                Err(_) if image.is_empty() => format!("{c} names no image"),
                Err(_) => format!("image {} of {c} is no image reference", Quoted(image)),
                Ok(reference) if params.allowed.iter().any(|p| reference.is_within(p)) => continue,
                Ok(reference) => {
                    format!(
                        "image {} of {c} comes from repository {}",
                        Quoted(image),
                        Quoted(&reference.repository())
                    )
                }
            };
            let at = c.at(&["image"]);
            let allowed = params.allowed.join(", ");
            let remedy = Remedy::Advice(format!("take it from {allowed} at {at}"));
            findings.push(Finding::of(&c, at, fault, remedy));
        }
        Ok(findings)
    }
}
