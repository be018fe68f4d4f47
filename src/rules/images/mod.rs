//! What is run: image references, parsed.

pub(super) mod image_digest;
pub(super) mod image_pull_policy;
pub(super) mod image_registry;
pub(super) mod image_scanned;
pub(super) mod image_tag;
pub(super) mod retired_registry;

use std::borrow::Cow;
use std::fmt;

use super::{Checked, Evidence, Finding, Findings, Remedy};
use crate::path::FieldPath;
use crate::subject::{
    ContainerRef, DEFAULT_DOMAIN, ImageReference, Pod, REFERENCE_LIMIT, Str, Volume,
};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

/// An image that a pod pulls: that of a container, or a volume made from one.
struct Image<'s, 'a> {
    /// The reference as written; empty where there is none.
    text: &'s str,
    user: User<'s, 'a>,
}

enum User<'s, 'a> {
    Container(ContainerRef<'s, 'a>),
    Volume(&'s Pod<'s, 'a>, usize, &'s Volume<'a>),
}

/// Every image of a pod.
fn images<'s, 'a>(pod: &'s Pod<'s, 'a>) -> impl Iterator<Item = Image<'s, 'a>> {
    let of_containers = pod.containers().map(|c| {
        let text = c.spec.0.image.as_deref().unwrap_or_default();
        Image { text, user: User::Container(c) }
    });
    let volumes = pod.spec.volumes.iter().enumerate();
    let of_volumes = volumes.filter_map(move |(index, volume)| {
        let text = volume.image.as_ref()?.reference.as_deref().unwrap_or_default();
        Some(Image { text, user: User::Volume(pod, index, volume) })
    });
    of_containers.chain(of_volumes)
}

impl Image<'_, '_> {
    /// What is pulled, in full, however it is named; the text as it is where it names no image.
    fn meant(&self) -> Cow<'_, str> {
        let Ok(reference) = ImageReference::parse(self.text) else {
            return Cow::Borrowed(self.text);
        };
        let repository = reference.repository();
        Cow::Owned(match (reference.digest, reference.tag) {
            (Some(digest), _) => format!("{repository}@{digest}"),
            (None, tag) => format!("{repository}:{}", tag.unwrap_or("latest")),
        })
    }

    /// Counts what it takes to parse the reference: one that is too long is none at once.
    fn spend(&self, found: &mut Findings<'_>) -> Checked {
        found.visit(1)?;
        found.spend(4 * self.text.len().min(REFERENCE_LIMIT))
    }

    /// The field that names it.
    fn at(&self) -> FieldPath {
        match &self.user {
            User::Container(c) => c.at(&["image"]),
            User::Volume(pod, index, _) => {
                pod.at(&["volumes"]).index(*index).keys(&["image", "reference"])
            }
        }
    }

    /// What is wrong with a reference that cannot be parsed.
    fn fault(&self) -> String {
        match &self.user {
            _ if !self.text.is_empty() => format!("{self} is no image reference"),
            User::Container(c) => format!("{c} names no image"),
            User::Volume(_, _, volume) => format!("{} names no image", VolumeName(volume)),
        }
    }

    /// When it is pulled, as far as that is said.
    fn pull_policy(&self) -> Option<&str> {
        let policy = match &self.user {
            User::Container(c) => c.spec.image_pull_policy.as_ref(),
            User::Volume(.., volume) => {
                volume.image.as_ref().and_then(|image| image.pull_policy.as_ref())
            }
        };
        policy.map(Str::as_str).filter(|policy| !policy.is_empty())
    }

    /// The field for that.
    fn pull_policy_at(&self) -> FieldPath {
        match &self.user {
            User::Container(c) => c.at(&["imagePullPolicy"]),
            User::Volume(pod, index, _) => {
                pod.at(&["volumes"]).index(*index).keys(&["image", "pullPolicy"])
            }
        }
    }

    /// Adds a finding about it.
    fn add(&self, fault: String, remedy: Remedy, found: &mut Findings<'_>) -> Checked {
        found.add(self.finding(self.at(), fault, remedy), || self.evidence(&self.meant()))
    }

    /// A finding about one of its fields.
    fn finding(&self, at: FieldPath, fault: String, remedy: Remedy) -> Finding {
        match &self.user {
            User::Container(c) => Finding::of(c, at, fault, remedy),
            User::Volume(..) => Finding::new(at, fault, remedy),
        }
    }

    /// What a finding about it rests on, where `what` is all that counts of it.
    fn evidence(&self, what: &str) -> Evidence {
        match &self.user {
            User::Container(c) => Evidence::of(c, [what]),
            User::Volume(pod, _, volume) => Evidence::of_volume(pod, volume, ["image", what]),
        }
    }

    /// Where it comes from, whichever version of it; the text as it is where it names no image.
    fn repository(&self) -> String {
        let reference = ImageReference::parse(self.text);
        reference.map_or_else(|_| self.text.to_owned(), |reference| reference.repository())
    }
}

/// What is wrong with a registry, or a repository in one, that a policy names: that no image comes
/// from there.
fn problem_of_repository(prefix: &str) -> Option<String> {
    let shown = clipped(prefix, QUOTE_LIMIT);
    if is_old_name_of_docker_hub(prefix) {
        return Some(format!("`{shown}` holds no image; Docker Hub is `{DEFAULT_DOMAIN}`"));
    }
    let help = "is no registry; write it with its host, such as `docker.io/library`";
    (!can_hold_images(prefix)).then(|| format!("`{shown}` {help}"))
}

/// Whether the host is a name under which no image is looked for: what is pulled from it counts as
/// from `docker.io`.
fn is_old_name_of_docker_hub(prefix: &str) -> bool {
    let host = prefix.split('/').next().unwrap_or_default();
    host.eq_ignore_ascii_case("index.docker.io")
}

/// Whether some image, the repository itself or one below it, comes from there.
fn can_hold_images(prefix: &str) -> bool {
    let repository = prefix.trim_end_matches('/');
    [repository.to_owned(), format!("{repository}/x")].iter().any(|image| {
        ImageReference::parse(image).is_ok_and(|image| {
            let is_bare = image.tag.is_none() && image.digest.is_none();
            is_bare && image.domain.is_some() && image.is_within(&[prefix])
        })
    })
}

struct VolumeName<'s, 'a>(&'s Volume<'a>);

impl fmt::Display for VolumeName<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "volume {}", Quoted(self.0.name.as_deref().unwrap_or_default()))
    }
}

/// An image as messages name it: `image "nginx" of container "web"`.
impl fmt::Display for Image<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let image = Quoted(self.text);
        match &self.user {
            User::Container(c) => write!(f, "image {image} of {c}"),
            User::Volume(_, _, volume) => write!(f, "image {image} of {}", VolumeName(volume)),
        }
    }
}
