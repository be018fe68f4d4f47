//! A tag that moves makes two pods of one Deployment run different programs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{BadValue, Case, Finding, Meta, Outcome, Params, Remedy, Rule, Severity};
use crate::subject::{ImageReference, InvalidReference};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

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
    fn problem(&self) -> Option<BadValue> {
        BadValue::in_list("moving", &self.moving, None, |tag| {
            let form = "letters, digits, `_`, `.` and `-`, at most 128, and begins with none of the \
                        last two";
            let tag = Some(tag).filter(|tag| !is_tag(tag))?;
            Some(format!("`{}` is no tag of an image; one has {form}", clipped(tag, QUOTE_LIMIT)))
        })
    }
}

/// Whether an image can have this tag.
fn is_tag(tag: &str) -> bool {
    let image = format!("image:{tag}");
    ImageReference::parse(&image).is_ok_and(|image| image.path == "image" && image.tag == Some(tag))
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

    fn check(case: &Case<'_, '_>, params: &ImageTagParams) -> Outcome {
        let mut findings = Vec::new();
        for c in case.pod.containers() {
            let image = c.spec.image.as_deref().unwrap_or_default();
            let fault = match ImageReference::parse(image) {
                Err(_) if image.is_empty() => format!("{c} names no image"),
                Err(_) => {
                    let advice = format!("correct {}: {InvalidReference}", c.at(&["image"]));
                    let fault = format!("image {} of {c} is no image reference", Quoted(image));
                    let at = c.at(&["image"]);
                    findings.push(Finding::of(&c, at, fault, Remedy::Advice(advice)));
                    continue;
                }
                Ok(reference) if reference.digest.is_some() => continue,
                Ok(reference) => match reference.tag {
                    None => format!("image {} of {c} names no version", Quoted(image)),
                    Some(tag) if params.moving.iter().any(|m| m == tag) => {
                        format!("image {} of {c} names a tag that moves", Quoted(image))
                    }
                    Some(_) => continue,
                },
            };
            let at = c.at(&["image"]);
            let remedy = Remedy::Advice(format!("name a version or a digest at {at}"));
            findings.push(Finding::of(&c, at, fault, remedy));
        }
        Ok(findings)
    }
}
