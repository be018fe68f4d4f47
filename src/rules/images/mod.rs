//! What is run: image references, parsed.

pub(super) mod image_registry;
pub(super) mod image_tag;

use std::borrow::Cow;
use std::fmt;

use super::{Checked, Evidence, Finding, Findings, Remedy};
use crate::path::FieldPath;
use crate::subject::{ContainerRef, ImageReference, Pod, REFERENCE_LIMIT, Volume};
use crate::text::Quoted;

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

    /// Adds a finding about it.
    fn add(&self, fault: String, remedy: Remedy, found: &mut Findings<'_>) -> Checked {
        let at = self.at();
        match &self.user {
            User::Container(c) => {
                found.add(Finding::of(c, at, fault, remedy), || Evidence::of(c, [&*self.meant()]))
            }
            User::Volume(pod, _, volume) => found.add(Finding::new(at, fault, remedy), || {
                Evidence::of_volume(pod, volume, ["image", &*self.meant()])
            }),
        }
    }
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
