//! A tag that moves makes two pods of one Deployment run different programs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::images;
use crate::rules::{
    BadValue, Checked, Context, Findings, Params, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{ImageReference, InvalidReference, Pod, Pods};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("image_tag.md")]
pub(crate) struct ImageTag;

/// Which tags do not count as a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImageTagParams {
    /// Tags that move, compared exactly.
    #[schemars(length(max = 100), inner(length(min = 1, max = 128)))]
    pub moving: Vec<String>,
}

impl Default for ImageTagParams {
    fn default() -> Self {
        let moving = ["latest", "main", "master", "stable", "edge", "nightly", "dev", "develop"];
        Self { moving: moving.map(str::to_owned).to_vec() }
    }
}

impl Params for ImageTagParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("moving", &self.moving, None, |tag| {
            let form = "letters, digits, `_`, `.` and `-`, at most 128, and begins with none of the \
                        last two";
            let tag = Some(tag).filter(|tag| !is_tag(tag))?;
            Some(format!("`{}` is no tag of an image; one has {form}", clipped(tag, QUOTE_LIMIT)))
        })
    }
}

impl Rule for ImageTag {
    type On = Pods;
    type Params = ImageTagParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("image-tag"),
        group: Text::Borrowed("images"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "Every image names its version, by a tag that does not move or by digest.",
        ),
        rows: &["R15"],
        standards: &[Standard::NsaCisa("Building secure container images"), Standard::Cwe(494)],
        page: Text::Borrowed(include_str!("image_tag.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &ImageTagParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for image in images(pod) {
            image.spend(found)?;
            found.visit(params.moving.len())?;
            let advice = || format!("name a version or a digest at {}", image.at());
            let (fault, advice) = match ImageReference::parse(image.text) {
                Err(_) if image.text.is_empty() => (image.fault(), advice()),
                Err(InvalidReference) => {
                    (image.fault(), format!("correct {}: {InvalidReference}", image.at()))
                }
                Ok(reference) if reference.digest.is_some() => continue,
                Ok(reference) => {
                    let fault = match reference.tag {
                        None => format!("{image} names no version"),
                        Some(tag) if params.moving.iter().any(|m| m == tag) => {
                            format!("{image} names a tag that moves")
                        }
                        Some(_) => continue,
                    };
                    (fault, advice())
                }
            };
            image.add(fault, Remedy::Advice(advice), found)?;
        }
        Ok(())
    }
}

/// Whether an image can have this tag.
fn is_tag(tag: &str) -> bool {
    let image = format!("image:{tag}");
    ImageReference::parse(&image).is_ok_and(|image| image.path == "image" && image.tag == Some(tag))
}
