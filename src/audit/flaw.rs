//! What tells one finding from another, wherever its pod stands: in a Deployment's template, in the
//! Pod that was made from it, in an earlier report.

use std::fmt::Write as _;

use crate::path::{FieldPath, Segment};
use crate::rules::Finding;
use crate::subject::{Kind, fingerprint};

/// A number that tells a finding of an object from its others: by rule, container, message, and the
/// field below the pod template.
///
/// The places in lists do not count: whatever is injected in front moves them.
pub(super) fn number(rule: &str, finding: &Finding, kind: &Kind) -> u64 {
    let field = field_of(&finding.at, kind);
    let container = finding.container.as_deref().unwrap_or_default();
    first_of(fingerprint([rule, container, &field, &finding.message]))
}

/// The first eight bytes of a fingerprint, which is more than enough to tell those of a run apart.
fn first_of(fingerprint: [u8; 32]) -> u64 {
    u64::from_le_bytes(*fingerprint.first_chunk().unwrap_or(&[0; 8]))
}

/// The field without places in lists, from the pod template on where it is below one.
fn field_of(at: &FieldPath, kind: &Kind) -> String {
    let segments = at.segments();
    let is_key = |(key, segment): (&_, &Segment)| matches!(segment, Segment::Key(of) if of == key);
    let below = kind.templates().iter().find_map(|template| {
        let keys = template.keys();
        let rest = segments.get(keys.len()..)?;
        keys.iter().zip(segments).all(is_key).then_some(rest)
    });
    let mut field = String::from(if below.is_some() { "pod" } else { "" });
    for segment in below.unwrap_or(segments) {
        match segment {
            Segment::Key(key) => {
                let _ = write!(field, "/{key}");
            }
            Segment::Index(_) => field.push_str("[]"),
        }
    }
    field
}

/// A path as it is shown, without places in lists.
pub(super) fn without_places(path: &str) -> String {
    let mut shown = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('[') {
        shown.push_str(before);
        shown.push('[');
        let digits = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        let is_place = digits > 0 && behind.get(digits..).is_some_and(|end| end.starts_with(']'));
        rest = if is_place { behind.get(digits..).unwrap_or_default() } else { behind };
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Remedy;
    use crate::subject::built_in_kind;

    fn number_at(kind: &str, group: &str, at: FieldPath) -> u64 {
        let finding =
            Finding::new(at, "the container is privileged", Remedy::Advice(String::new()));
        number("privileged", &finding, built_in_kind(group, kind).expect("built in"))
    }

    #[test]
    fn a_finding_of_a_pod_is_that_of_its_template_wherever_its_container_stands() {
        let in_pod =
            |index| FieldPath::root().keys(&["spec", "containers"]).index(index).key("image");
        let in_template = FieldPath::root()
            .keys(&["spec", "template", "spec", "containers"])
            .index(0)
            .key("image");
        let of_deployment = number_at("Deployment", "apps", in_template.clone());
        assert_eq!(number_at("Pod", "", in_pod(0)), of_deployment);
        assert_eq!(number_at("Pod", "", in_pod(3)), of_deployment);
        assert_eq!(number_at("ReplicaSet", "apps", in_template), of_deployment);
        let elsewhere = FieldPath::root().keys(&["spec", "replicas"]);
        assert_ne!(number_at("Deployment", "apps", elsewhere), of_deployment);
    }

    #[test]
    fn a_path_is_the_same_without_its_places() {
        let path = r#"spec.containers[12].env[3].value["a[0]b"][x]"#;
        assert_eq!(without_places(path), r#"spec.containers[].env[].value["a[]b"][x]"#);
    }
}
