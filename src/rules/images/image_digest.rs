//! A tag is a promise of whoever may push; a digest is the image.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{images, problem_of_repository};
use crate::rules::{
    BadValue, Checked, Context, Findings, Params, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{ImageReference, InvalidReference, Pod, Pods};

#[doc = include_str!("image_digest.md")]
pub(crate) struct ImageDigest;

/// Which images need no digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImageDigestParams {
    /// Registries whose tags do not move, or repositories below them; whole components only.
    #[schemars(length(max = 200), inner(length(min = 1, max = 500)))]
    pub exempt: Vec<String>,
}

impl Params for ImageDigestParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("exempt", &self.exempt, None, problem_of_repository)
    }
}

impl Rule for ImageDigest {
    type On = Pods;
    type Params = ImageDigestParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("image-digest"),
        group: Text::Borrowed("images"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every image is named by its digest."),
        rows: &["R15"],
        standards: &[Standard::NsaCisa("Building secure container images"), Standard::Cwe(494)],
        page: Text::Borrowed(include_str!("image_digest.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &ImageDigestParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for image in images(pod) {
            image.spend(found)?;
            found.visit(params.exempt.len())?;
            let (fault, advice) = match ImageReference::parse(image.text) {
                Err(InvalidReference) if !image.text.is_empty() => {
                    (image.fault(), format!("correct {}: {InvalidReference}", image.at()))
                }
                Err(InvalidReference) => {
                    (image.fault(), format!("name an image by digest at {}", image.at()))
                }
                Ok(reference) if reference.digest.is_some() => continue,
                Ok(reference) if reference.is_within(&params.exempt) => continue,
                Ok(_) => (
                    format!("{image} has no digest"),
                    format!("add its digest, @sha256:…, at {}", image.at()),
                ),
            };
            let finding = image.finding(image.at(), fault, Remedy::Advice(advice));
            // A release that is no better pinned than the one before it is no worse either.
            found.add(finding, || image.evidence(&image.repository()))?;
        }
        Ok(())
    }
}
