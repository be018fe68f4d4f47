//! A scan is of one image, which is one digest, and of nothing that is pushed later.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{images, problem_of_repository};
use crate::rules::{
    BadValue, Checked, Context, Findings, Params, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{ImageReference, InvalidReference, Pod, Pods, is_label_key};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("image_scanned.md")]
pub(crate) struct ImageScanned;

/// Where scans are attested, and of which images none is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImageScannedParams {
    /// The annotation of the pod that names the digests of the images that were scanned.
    #[schemars(length(min = 1, max = 317))]
    pub annotation: String,
    /// Registries whose images are scanned elsewhere, or repositories below them; whole components
    /// only.
    #[schemars(length(max = 200), inner(length(min = 1, max = 500)))]
    pub exempt: Vec<String>,
}

impl Default for ImageScannedParams {
    fn default() -> Self {
        Self { annotation: "plimsoll.dev/scanned".to_owned(), exempt: Vec::new() }
    }
}

impl Params for ImageScannedParams {
    fn problems(&self) -> Vec<BadValue> {
        let shown = clipped(&self.annotation, QUOTE_LIMIT);
        let reason = format!("`{shown}` is no key of an annotation, such as `example.com/scanned`");
        let key = BadValue { parameter: "annotation", element: None, reason };
        let key = (!is_annotation_key(&self.annotation)).then_some(key);
        let exempt = BadValue::in_list("exempt", &self.exempt, None, problem_of_repository);
        key.into_iter().chain(exempt).collect()
    }
}

impl Rule for ImageScanned {
    type On = Pods;
    type Params = ImageScannedParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("image-scanned"),
        group: Text::Borrowed("images"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every image was scanned for known vulnerabilities."),
        rows: &["M41"],
        standards: &[Standard::NsaCisa("Building secure container images"), Standard::Cwe(1395)],
        page: Text::Borrowed(include_str!("image_scanned.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &ImageScannedParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let attested = pod.annotation(&params.annotation).unwrap_or_default();
        found.spend(8 * attested.len())?;
        let scanned: HashSet<&str> = digests(attested).collect();
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
                Ok(reference) if reference.is_within(&params.exempt) => continue,
                Ok(ImageReference { digest: None, .. }) => (
                    format!("{image} has no digest that could have been scanned"),
                    format!("add its digest, @sha256:…, at {}", image.at()),
                ),
                Ok(ImageReference { digest: Some(digest), .. }) if scanned.contains(digest) => {
                    continue;
                }
                Ok(_) => (
                    format!("{image} is not said to have been scanned"),
                    format!(
                        "scan it, and add its digest to {}",
                        pod.annotation_at(&params.annotation)
                    ),
                ),
            };
            image.add(fault, Remedy::Advice(advice), found)?;
        }
        Ok(())
    }
}

/// The digests that a text names, whatever stands around them: a list, or JSON, of digests or of
/// images with them.
fn digests(text: &str) -> impl Iterator<Item = &str> {
    let is_of_reference = |c: char| c.is_ascii_alphanumeric() || ":@/._-".contains(c);
    let words = text.split(move |c| !is_of_reference(c)).filter(|word| word.contains(':'));
    words.map(|word| word.rsplit_once('@').map_or(word, |(_, digest)| digest))
}

/// Whether an annotation can be called so (`ValidateAnnotations`): as a label, once in lower case.
fn is_annotation_key(key: &str) -> bool {
    is_label_key(&key.to_ascii_lowercase())
}
