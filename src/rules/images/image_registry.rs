//! Only what comes from a registry you trust is what you meant to run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{images, problem_of_repository};
use crate::rules::{
    BadValue, Checked, Context, Findings, Params, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{ImageReference, Pod, Pods};
use crate::text::{Quoted, clipped};

#[doc = include_str!("image_registry.md")]
pub(crate) struct ImageRegistry;

/// How much of the list of registries is said with each finding, in characters.
const SHOWN: usize = 600;

/// Where images may come from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageRegistryParams {
    /// Registries, or repositories below them, such as `registry.example:5000/team`; whole
    /// components only. Docker Hub is `docker.io`.
    #[schemars(length(min = 1, max = 200), inner(length(min = 1, max = 500)))]
    pub allowed: Vec<String>,
}

impl Params for ImageRegistryParams {
    fn problems(&self) -> Vec<BadValue> {
        let empty = Some("names no registry");
        BadValue::in_list("allowed", &self.allowed, empty, problem_of_repository)
    }
}

impl Rule for ImageRegistry {
    type On = Pods;
    type Params = ImageRegistryParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("image-registry"),
        group: Text::Borrowed("images"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every image comes from a registry you trust."),
        rows: &["R15"],
        standards: &[
            Standard::NsaCisa("Building secure container images"),
            Standard::Cis("5.5.1"),
            Standard::Cwe(829),
        ],
        page: Text::Borrowed(include_str!("image_registry.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &ImageRegistryParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let allowed = params.allowed.join(", ");
        let allowed = clipped(&allowed, SHOWN);
        for image in images(pod) {
            image.spend(found)?;
            found.visit(params.allowed.len())?;
            let fault = match ImageReference::parse(image.text) {
                Err(_) => image.fault(),
                Ok(reference) if reference.is_within(&params.allowed) => continue,
                Ok(reference) => {
                    format!("{image} comes from repository {}", Quoted(&reference.repository()))
                }
            };
            let remedy = Remedy::Advice(format!("take it from {allowed} at {}", image.at()));
            image.add(fault, remedy, found)?;
        }
        Ok(())
    }
}
