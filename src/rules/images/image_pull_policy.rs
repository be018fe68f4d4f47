//! A tag that moves is looked up once a node, or each time: only the latter gives one version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::image_tag::ImageTagParams;
use super::{Image, images};
use crate::rules::{
    BadValue, Checked, Context, Findings, Params, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{ImageReference, Pod, Pods};

#[doc = include_str!("image_pull_policy.md")]
pub(crate) struct ImagePullPolicy;

/// Which images are to be pulled each time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImagePullPolicyParams {
    /// Tags that move, compared exactly.
    #[schemars(length(max = 100), inner(length(min = 1, max = 128)))]
    pub moving: Vec<String>,
    /// All of them, whatever their tag.
    pub always: bool,
}

impl Default for ImagePullPolicyParams {
    fn default() -> Self {
        Self { moving: ImageTagParams::default().moving, always: false }
    }
}

impl Params for ImagePullPolicyParams {
    fn problems(&self) -> Vec<BadValue> {
        ImageTagParams { moving: self.moving.clone() }.problems()
    }
}

impl Rule for ImagePullPolicy {
    type On = Pods;
    type Params = ImagePullPolicyParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("image-pull-policy"),
        group: Text::Borrowed("images"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every image can be pulled, and one whose tag moves always is."),
        rows: &["R15"],
        standards: &[Standard::Cwe(494)],
        page: Text::Borrowed(include_str!("image_pull_policy.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &ImagePullPolicyParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for image in images(pod) {
            image.spend(found)?;
            found.visit(params.moving.len())?;
            // What is no image is never pulled, and other rules say so.
            let Ok(reference) = ImageReference::parse(image.text) else { continue };
            of_image(&image, &reference, params, found)?;
        }
        Ok(())
    }
}

fn of_image(
    image: &Image<'_, '_>,
    reference: &ImageReference<'_>,
    params: &ImagePullPolicyParams,
    found: &mut Findings<'_>,
) -> Checked {
    let policy = image.pull_policy().unwrap_or_else(|| filled_in(reference));
    let is_moving = match (reference.digest, reference.tag) {
        (Some(_), _) => false,
        (None, None) => true,
        (None, Some(tag)) => params.moving.iter().any(|moving| moving == tag),
    };
    let is_demanded = params.always || is_moving;
    let at = || image.pull_policy_at();
    let remedy = || Remedy::set(at(), if is_demanded { "Always" } else { "IfNotPresent" });
    let rests_on = |fault: &str| image.evidence(&format!("{fault} {}", image.repository()));
    if policy == "Never" {
        let finding = image.finding(at(), format!("{image} is never pulled"), remedy());
        found.add(finding, || rests_on("missing"))?;
    }
    if is_demanded && policy != "Always" {
        let harm = if is_moving { ", and may be an old one" } else { "" };
        let fault = format!("{image} is not pulled each time{harm}");
        let finding = image.finding(at(), fault, remedy());
        // Who is never pulled is not pulled each time: that goes without saying.
        let finding = if policy == "Never" { finding.for_comparison() } else { finding };
        found.add(finding, || rests_on("old"))?;
    }
    Ok(())
}

/// What the API server makes of none (`SetDefaults_Container`), where the tag counts whether or not
/// there is a digest.
fn filled_in(reference: &ImageReference<'_>) -> &'static str {
    match (reference.tag, reference.digest) {
        (Some("latest"), _) | (None, None) => "Always",
        _ => "IfNotPresent",
    }
}
