//! A tag that moves makes two pods of one Deployment run different programs.

use std::cell::LazyCell;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::images;
use crate::rules::mounts::Mounts;
use crate::rules::{BadValue, Case, Checked, Findings, Meta, Params, Remedy, Rule, Severity};
use crate::subject::{ImageReference, InvalidReference};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("image_tag.md")]
pub struct ImageTag;

/// Which tags do not count as a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ImageTagParams {
    /// Tags that move, compared exactly.
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
    type Params = ImageTagParams;
    const META: Meta = Meta {
        id: "image-tag",
        severity: Severity::High,
        checklist: "Every image names its version, by a tag that does not move or by digest.",
        rows: &["R15"],
        page: include_str!("image_tag.md"),
    };

    fn check(case: &Case<'_, '_>, params: &ImageTagParams, found: &mut Findings<'_>) -> Checked {
        let mounts = LazyCell::new(|| Mounts::of(case.pod));
        for image in images(case.pod) {
            found.spend(1 + image.text.len())?;
            let at = image.at();
            let (fault, advice) = match ImageReference::parse(image.text) {
                Err(_) if image.text.is_empty() => {
                    (image.fault(), format!("name a version or a digest at {at}"))
                }
                Err(InvalidReference) => {
                    (image.fault(), format!("correct {at}: {InvalidReference}"))
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
                    (fault, format!("name a version or a digest at {at}"))
                }
            };
            found.add(image.finding(at, fault, Remedy::Advice(advice), &mounts))?;
        }
        Ok(())
    }
}

/// Whether an image can have this tag.
fn is_tag(tag: &str) -> bool {
    let image = format!("image:{tag}");
    ImageReference::parse(&image).is_ok_and(|image| image.path == "image" && image.tag == Some(tag))
}
