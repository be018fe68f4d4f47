//! Whether a value is what was demanded. Nothing of the value is ever said.

use fluent_uri::Uri;

use super::contract_params::{Agreement, Demand, Range, UrlDemand};
use crate::subject::{ContainerRef, ImageReference};
use crate::text::Quoted;

/// What is wrong with a value: the demand that it fails, in words, and what would be right where there
/// is one thing alone.
pub(super) struct Complaint {
    /// The demand, as the policy calls it.
    pub(super) demand: &'static str,
    /// To be read behind the variable.
    pub(super) text: String,
    /// The value that would be right.
    pub(super) right: Option<String>,
    /// Whether it rests on what stands around the pod, through another variable.
    pub(super) rests_on_neighbours: bool,
}

/// The value of another variable.
pub(super) struct Other {
    pub(super) value: String,
    /// Whether it comes from what stands around the pod.
    pub(super) is_of_neighbour: bool,
}

impl Complaint {
    /// Of this demand.
    pub(super) fn of(demand: &'static str, text: impl Into<String>) -> Self {
        Self { demand, text: text.into(), right: None, rests_on_neighbours: false }
    }
}

impl Complaint {
    fn resting_on(self, other: &Other) -> Self {
        Self { rests_on_neighbours: other.is_of_neighbour, ..self }
    }
}

/// The values of other variables, by name; none where one is not known.
pub(super) type Others<'o> = dyn Fn(&str) -> Option<Other> + 'o;

/// Parts of hosts that people write where they do not know better (RFC 2606, and what is often seen).
const PLACEHOLDERS: [&str; 9] = [
    "example.com",
    "example.org",
    "example.net",
    "yourdomain",
    "your-domain",
    "mydomain",
    "changeme",
    "placeholder",
    "localhost.localdomain",
];

impl Demand {
    /// Everything that is wrong with `value`, the first thing for each part of the demand.
    pub(super) fn complaints(
        &self,
        value: &str,
        container: &ContainerRef<'_, '_>,
        others: &Others<'_>,
    ) -> Vec<Complaint> {
        let mut all: Vec<Complaint> = self.of_whole(value).into_iter().collect();
        let parts: Vec<&str> = match &self.separator {
            Some(separator) => value.split(separator.as_str()).map(str::trim).collect(),
            None => vec![value],
        };
        let of_parts = parts.iter().find_map(|part| self.of_part(part));
        all.extend(of_parts.map(|complaint| match self.separator {
            Some(_) => {
                Complaint { text: format!("has a part that {}", complaint.text), ..complaint }
            }
            None => complaint,
        }));
        all.extend(self.of_others(value, others));
        all.extend(self.agrees_with.as_ref().and_then(|with| with.complaint(value, container)));
        all
    }

    fn of_whole(&self, value: &str) -> Option<Complaint> {
        if let Some(wanted) = self.equals.as_ref().filter(|wanted| *wanted != value) {
            let text = format!("is not {}", Quoted(wanted));
            return Some(Complaint {
                right: Some(wanted.clone()),
                ..Complaint::of("equals", text)
            });
        }
        if self.forbid_pattern.as_ref().is_some_and(|pattern| pattern.fits(value)) {
            let pattern = self.forbid_pattern.as_ref().map_or("", |pattern| pattern.text());
            return Some(Complaint::of(
                "forbidPattern",
                format!("fits {}, which it must not", Quoted(pattern)),
            ));
        }
        let least = self.min_length.map(|least| least as usize);
        if let Some(least) = least.filter(|least| value.chars().take(*least).count() < *least) {
            return Some(Complaint::of("minLength", format!("has fewer than {least} characters")));
        }
        None
    }

    fn of_part(&self, part: &str) -> Option<Complaint> {
        if !self.one_of.is_empty() && !self.one_of.iter().any(|one| one == part) {
            let all: Vec<String> = self.one_of.iter().map(|one| Quoted(one).to_string()).collect();
            return Some(Complaint::of("oneOf", format!("is none of {}", all.join(", "))));
        }
        if let Some(pattern) = self.pattern.as_ref().filter(|pattern| !pattern.fits(part)) {
            return Some(Complaint::of(
                "pattern",
                format!("does not fit {}", Quoted(pattern.text())),
            ));
        }
        if let Some(text) = self.url.as_ref().and_then(|url| url.complaint(part)) {
            return Some(Complaint::of("url", text));
        }
        let text = self.integer.as_ref().and_then(|range| range.complaint(part))?;
        Some(Complaint::of("integer", text))
    }

    fn of_others(&self, value: &str, others: &Others<'_>) -> Option<Complaint> {
        if let Some(membership) = &self.member_of
            && let Some(list) = others(&membership.variable)
        {
            let until = membership.until.as_str();
            let end = |element: &str| match until {
                "" => element.len(),
                until => element.find(until).unwrap_or(element.len()),
            };
            let elements = list.value.split(membership.separator.as_str()).map(str::trim);
            let mut ids = elements.filter_map(|element| element.get(..end(element)));
            if !ids.any(|id| id == value) {
                let text = format!("is no element of the list in {}", Quoted(&membership.variable));
                return Some(Complaint::of("memberOf", text).resting_on(&list));
            }
        }
        let name = self.below.as_ref()?;
        let above = others(name)?;
        let rest = value.strip_prefix(above.value.trim_end_matches('/'));
        let is_below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let text = format!("does not stand below the URL in {}", Quoted(name));
        (!is_below).then(|| Complaint::of("below", text).resting_on(&above))
    }
}

impl UrlDemand {
    fn complaint(&self, text: &str) -> Option<String> {
        let Ok(uri) = Uri::parse(text) else { return Some("is no URL".to_owned()) };
        let scheme = uri.scheme().as_str();
        if !self.scheme.is_empty()
            && !self.scheme.iter().any(|one| one.eq_ignore_ascii_case(scheme))
        {
            return Some(format!("is a URL of another scheme than {}", self.scheme.join(", ")));
        }
        let host = uri.authority().map_or("", |authority| authority.host());
        if host.is_empty() {
            return Some("is a URL without a host".to_owned());
        }
        let host = host.to_ascii_lowercase();
        if host.contains('*') {
            return Some("is a URL with a wildcard for its host".to_owned());
        }
        let is_placeholder = PLACEHOLDERS.iter().any(|one| host.contains(one));
        is_placeholder.then(|| "is a URL with a placeholder for its host".to_owned())
    }
}

impl Range {
    fn complaint(&self, text: &str) -> Option<String> {
        let Ok(number) = text.trim().parse::<i64>() else {
            return Some("is no whole number".to_owned());
        };
        let fits =
            self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max);
        let range = match (self.min, self.max) {
            (Some(min), Some(max)) => format!("is not between {min} and {max}"),
            (Some(min), None) => format!("is below {min}"),
            (None, Some(max)) => format!("is above {max}"),
            (None, None) => return None,
        };
        (!fits).then_some(range)
    }
}

impl Agreement {
    fn complaint(&self, value: &str, c: &ContainerRef<'_, '_>) -> Option<Complaint> {
        let of = |other: &str, text: String| {
            let bare = |text: &str| text.strip_prefix('v').unwrap_or(text).to_owned();
            let right = Some(other.to_owned());
            let complaint = Complaint { right, ..Complaint::of("agreesWith", text) };
            (bare(other) != bare(value)).then_some(complaint)
        };
        let image = c.spec.0.image.as_deref().unwrap_or_default();
        if self.image_tag
            && let Ok(ImageReference { tag: Some(tag), .. }) = ImageReference::parse(image)
            && let Some(complaint) = of(tag, "does not agree with the tag of the image".to_owned())
        {
            return Some(complaint);
        }
        if self.label.is_empty() {
            return None;
        }
        let key = Quoted(&self.label);
        match c.pod().label(&self.label) {
            Some(label) => of(label, format!("does not agree with label {key} of the pod")),
            None => Some(Complaint::of(
                "agreesWith",
                format!("has no label {key} of the pod to agree with"),
            )),
        }
    }
}
