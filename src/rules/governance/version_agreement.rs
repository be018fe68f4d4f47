//! A label that tells another version than the one that runs is worse than none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{
    ContainerRef, ContainerRole, ImageReference, Pod, Pods, REFERENCE_LIMIT, is_label_value,
};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("version_agreement.md")]
pub(crate) struct VersionAgreement;

/// The label that names the version of a program.
const LABEL: &str = "app.kubernetes.io/version";

/// What else names the version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VersionAgreementParams {
    /// Environment variables that name the version of their container.
    #[schemars(length(max = 50), inner(length(min = 1, max = 253)))]
    pub variables: Vec<String>,
}

impl Default for VersionAgreementParams {
    fn default() -> Self {
        Self { variables: vec!["APP_VERSION".to_owned()] }
    }
}

impl Params for VersionAgreementParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("variables", &self.variables, None, |name| {
            let is_name = !name.is_empty() && !name.contains(['=', '*']) && name.trim() == name;
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_name)
                .then(|| format!("`{shown}` is no variable; one is written with its whole name"))
        })
    }
}

impl Rule for VersionAgreement {
    type On = Pods;
    type Params = VersionAgreementParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("version-agreement"),
        group: Text::Borrowed("governance"),
        severity: Severity::Low,
        checklist: Text::Borrowed("What a workload says of its version is what its image says."),
        rows: &["M21"],
        standards: &[],
        page: Text::Borrowed(include_str!("version_agreement.md")),
    };
    const READS_LABELS: bool = true;

    fn check(
        pod: &Pod<'_, '_>,
        params: &VersionAgreementParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let mut versions = Vec::new();
        for c in pod.containers().filter(|c| c.role == ContainerRole::Main) {
            let version = version_of(&c, found)?;
            variables(&c, version, params, found)?;
            versions.extend(version);
        }
        if versions.is_empty() {
            return Ok(());
        }
        let of_workload = cx.metadata.labels.get(LABEL).filter(|_| !cx.kind.is_made_from_others());
        let of_workload = of_workload.map(|label| {
            let at = FieldPath::root().keys(&["metadata", "labels"]).key(LABEL);
            (at, "workload", label.as_str())
        });
        let of_pod = pod.label(LABEL).map(|label| (pod.label_at(LABEL), "pod", label));
        for (at, whose, label) in of_workload.into_iter().chain(of_pod) {
            found.visit(versions.len())?;
            found.spend(versions.iter().map(|version| version.len() + label.len()).sum())?;
            if !label.is_empty() && !versions.iter().any(|version| agree(label, version)) {
                let fault = format!(
                    "label {} of the {whose} says {}, and none of its images has that tag",
                    Quoted(LABEL),
                    Quoted(label)
                );
                let remedy = remedy(&at, &versions);
                let all = ["label", whose, label].into_iter().chain(versions.iter().copied());
                let fact = || Fact::new(Reach::object(), all.clone());
                found.add(Finding::new(at, fault, remedy), || Evidence::new([fact()]))?;
            }
        }
        Ok(())
    }
}

/// What to do about a label, which can say no more than labels can.
fn remedy(at: &FieldPath, versions: &[&str]) -> Remedy {
    match versions {
        [version] if is_label_value(version) => Remedy::set(at.clone(), *version),
        _ => Remedy::Advice(format!("set {at} to the tag of the image that it is about")),
    }
}

/// The version that the tag of a container's image names; none where it names another thing, such
/// as a branch or a commit.
fn version_of<'s>(
    c: &ContainerRef<'s, '_>,
    found: &mut Findings<'_>,
) -> Result<Option<&'s str>, crate::rules::Halt> {
    found.visit(1)?;
    let image = c.spec.0.image.as_deref().unwrap_or_default();
    found.spend(4 * image.len().min(REFERENCE_LIMIT))?;
    let tag = match ImageReference::parse(image) {
        Ok(reference) => reference.tag,
        Err(_) => None,
    };
    Ok(tag.filter(|tag| is_version(tag)))
}

fn variables(
    c: &ContainerRef<'_, '_>,
    version: Option<&str>,
    params: &VersionAgreementParams,
    found: &mut Findings<'_>,
) -> Checked {
    let Some(version) = version else { return Ok(()) };
    for (index, variable) in c.spec.0.env.iter().enumerate() {
        found.visit(1 + params.variables.len())?;
        let name = variable.name.as_deref().unwrap_or_default();
        let value = variable.value.as_deref().unwrap_or_default();
        if !params.variables.iter().any(|known| known == name) || value.contains("$(") {
            continue;
        }
        found.spend(value.len())?;
        if !value.is_empty() && !agree(value, version) {
            let at = c.at(&["env"]).index(index).key("value");
            let fault = format!("environment variable {name} of {c} is not the tag of its image");
            let remedy = Remedy::set(at.clone(), version);
            let evidence = || Evidence::of(c, ["variable", name, value, version]);
            found.add(Finding::of(c, at, fault, remedy), evidence)?;
        }
    }
    Ok(())
}

/// `1.4.2`, `v2`, `17.2-alpine`: a number first, and not the first digits of a commit.
fn is_version(tag: &str) -> bool {
    let bare = without_v(tag);
    let behind = bare.trim_start_matches(|c: char| c.is_ascii_digit());
    behind.len() < bare.len() && (behind.is_empty() || behind.starts_with(['.', '-', '_']))
}

/// Whether a text says the version of a tag: as it is, with or without a `v`, or without what the
/// tag tells of the variant behind it, such as `-alpine`. A label has `_` for `+`.
fn agree(said: &str, tag: &str) -> bool {
    let is_alike = |a: u8, b: u8| a == b || matches!((a, b), (b'+', b'_' | b'-'));
    let (said, tag) = (without_v(said.trim()).as_bytes(), without_v(tag).as_bytes());
    let is_begun = said.len() <= tag.len() && said.iter().zip(tag).all(|(a, b)| is_alike(*a, *b));
    is_begun && matches!(tag.get(said.len()), None | Some(b'-' | b'_'))
}

fn without_v(version: &str) -> &str {
    version.strip_prefix(['v', 'V']).unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_version_or_another_thing() {
        for tag in ["1", "1.4.2", "v2", "V1.0", "17.2-alpine", "2026-11-30", "1_2"] {
            assert!(is_version(tag), "{tag}");
        }
        for tag in ["latest", "9f8e7d6", "sha-9f8e7d6", "v", "main", "release-1.4", ""] {
            assert!(!is_version(tag), "{tag}");
        }
    }

    #[test]
    fn a_version_is_the_same_however_it_is_written() {
        for (said, tag) in [
            ("1.4.2", "1.4.2"),
            ("v1.4.2", "1.4.2"),
            ("1.4.2", "v1.4.2"),
            ("1.4.2", "1.4.2-alpine3.20"),
            ("1.4.2+build.7", "1.4.2_build.7"),
            (" 1.4.2", "1.4.2"),
        ] {
            assert!(agree(said, tag), "{said} {tag}");
        }
        for (said, tag) in
            [("1.4", "1.4.2"), ("1.4.2-rc1", "1.4.2"), ("1.4.2", "1.4.20"), ("", "1"), ("2", "1")]
        {
            assert!(!agree(said, tag), "{said} {tag}");
        }
    }
}
