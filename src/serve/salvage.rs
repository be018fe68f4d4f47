//! What can still be told of a body that cannot be read in one go: its uid above all.
//!
//! While the uid can be read the answer is a verdict and never an HTTP error: under
//! `failurePolicy: Ignore` the API server takes the latter for leave. So bodies that hold bytes
//! that are no text, a field of another type or twice, or that break off anywhere, are gone over
//! member by member (F-05 to F-18, F-135).

#![deny(clippy::disallowed_methods)]

use std::collections::BTreeMap;

use serde::Deserialize;

use super::bounds::{self, OutOfBounds};
use super::request::{API_VERSION, Body, FIELDS, Gvk, Gvr, KIND, Request, UserInfo};
use crate::subject::members::{Member, Members, text};
use crate::subject::{Mapping, Str};

/// The field that holds the object as it was.
const OLD: &str = "oldObject";

/// A review of which nothing is believed but its uid.
pub(super) struct Salvaged<'b> {
    /// The uid.
    pub uid: String,
    /// The fields of the request that are read, as they are written.
    fields: BTreeMap<&'static str, &'b [u8]>,
    /// What is wrong with what the review says that it is.
    frame: Option<&'static str>,
    /// A field that is there twice.
    twice: Option<&'static str>,
    /// Whether the review is there to its end, and nothing behind it.
    is_whole: bool,
}

/// Goes over a body; none where there is no uid to answer to, or where it says that it is something
/// else than a review.
///
/// A body that breaks off before it says what it is, is taken at its uid's word.
pub(super) fn salvage(body: &[u8]) -> Option<Salvaged<'_>> {
    let mut review = Members::of(body);
    let (mut version, mut kind, mut request) = (None, None, None);
    let mut frame = None;
    for Member { key, value } in review.by_ref() {
        let (known, twice) = match key.as_deref() {
            Some("apiVersion") => (&mut version, "`apiVersion` is there twice"),
            Some("kind") => (&mut kind, "`kind` is there twice"),
            // Each of the two may have a uid of its own.
            Some("request") if request.is_some() => return None,
            Some("request") => (&mut request, ""),
            _ => continue,
        };
        if known.replace(value).is_some() {
            frame = Some(twice);
        }
    }
    let is_whole = review.is_whole();
    for (value, wanted) in [(version, API_VERSION), (kind, KIND)] {
        match value {
            Some(value) if is_no_text(value) => {
                frame.get_or_insert("`apiVersion` or `kind` is no UTF-8");
            }
            Some(value) if text(value).is_some_and(|found| found == wanted) => {}
            // What is said twice is refused whatever it says.
            Some(_) if frame.is_some() => {}
            None if !is_whole => {}
            _ => return None,
        }
    }
    let mut members = Members::of(request?);
    let (mut fields, mut twice) = (BTreeMap::new(), None);
    for Member { key, value } in members.by_ref() {
        let Some(field) = FIELDS.into_iter().find(|field| Some(*field) == key.as_deref()) else {
            continue;
        };
        if fields.insert(field, value).is_some() {
            if field == "uid" {
                return None;
            }
            twice = Some(field);
        }
    }
    let uid = text(fields.get("uid")?).filter(|uid| !uid.is_empty())?.into_owned();
    Some(Salvaged { uid, fields, frame, twice, is_whole: is_whole && members.is_whole() })
}

/// Whether this is a string, and no UTF-8.
fn is_no_text(value: &[u8]) -> bool {
    value.starts_with(b"\"") && std::str::from_utf8(value).is_err()
}

impl<'b> Salvaged<'b> {
    /// The request, as far as its fields have the API's types, and what is wrong with it.
    ///
    /// What is wrong with its objects is not said here: that depends on what is read of them.
    pub(super) fn request(&self) -> (Request<'b>, Option<String>) {
        let mut wrong = None;
        let request = Request {
            uid: Str::default(),
            kind: self.typed::<Mapping<Gvk<'b>>>("kind", &mut wrong).0,
            resource: self.typed::<Mapping<Gvr<'b>>>("resource", &mut wrong).0,
            sub_resource: self.typed("subResource", &mut wrong),
            name: self.typed("name", &mut wrong),
            namespace: self.typed("namespace", &mut wrong),
            operation: self.typed("operation", &mut wrong),
            user_info: self.typed::<Mapping<UserInfo<'b>>>("userInfo", &mut wrong).0,
            dry_run: self.typed("dryRun", &mut wrong),
            object: self.object("object").map_or(Body::Absent, Body::Text),
            old_object: self.object(OLD).map(|old| match bounds::check(old) {
                Ok(()) => old,
                Err(_) => &[],
            }),
            target: None,
        };
        let problem = match (wrong, self.twice) {
            _ if self.frame.is_some() => self.frame.map(str::to_owned),
            (_, Some(field)) => Some(format!("`request.{field}` is there twice")),
            (Some(field), None) => {
                Some(format!("`request.{field}` has another type than the API's"))
            }
            (None, None) if !self.is_whole => Some("the review breaks off".to_owned()),
            (None, None) => None,
        };
        (request, problem)
    }

    /// An object as it is written; none where it is absent or `null`.
    pub(super) fn object(&self, field: &str) -> Option<&'b [u8]> {
        self.fields.get(field).copied().filter(|value| *value != b"null")
    }

    /// Holds the object by itself, and the rest of the request, against the bounds.
    ///
    /// The old object stands in nobody's way: out of bounds it is one that cannot be read.
    pub(super) fn check_bounds(&self) -> Result<(), OutOfBounds> {
        let mut fields = self.fields.iter().filter(|(field, _)| **field != OLD);
        fields.try_for_each(|(_, value)| bounds::check(value))
    }

    /// A field by itself; where it has another type, its name goes into `wrong`.
    fn typed<T: Deserialize<'b> + Default>(
        &self,
        field: &'static str,
        wrong: &mut Option<&'static str>,
    ) -> T {
        match self.fields.get(field).map(|value| serde_json::from_slice(value)) {
            None => T::default(),
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                wrong.get_or_insert(field);
                T::default()
            }
        }
    }
}
