//! A review that could not be read, gone over once more to save the uid and to say what is wrong.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::answer::Asked;
use super::envelope::{API_VERSION, Gvk, Gvr, KIND, Request, Unreadable, UserInfo, workload_of};
use crate::policy::Snapshot;
use crate::subject::{Mapping, Str, Subject};

/// A review of which nothing is believed yet.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Doubtful<'a> {
    #[serde(borrow)]
    api_version: Option<&'a RawValue>,
    #[serde(borrow)]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    request: Mapping<DoubtfulRequest<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DoubtfulRequest<'a> {
    #[serde(borrow)]
    uid: &'a RawValue,
    #[serde(borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    sub_resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    namespace: Option<&'a RawValue>,
    #[serde(borrow, default)]
    operation: Option<&'a RawValue>,
    #[serde(borrow, default)]
    user_info: Option<&'a RawValue>,
    #[serde(borrow, default)]
    dry_run: Option<&'a RawValue>,
    #[serde(borrow, default)]
    object: Option<&'a RawValue>,
}

/// What is wrong with a review that could not be read.
pub(super) fn explain(body: &str, snapshot: &Snapshot) -> Unreadable {
    let Ok(Mapping(review)) = serde_json::from_str::<Mapping<Doubtful<'_>>>(body) else {
        return Unreadable::Envelope;
    };
    let is = |raw: Option<&RawValue>, wanted: &str| {
        raw.and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok())
            .is_some_and(|s| s.as_str() == wanted)
    };
    let Mapping(doubtful) = review.request;
    let uid = match serde_json::from_str::<String>(doubtful.uid.get()) {
        Ok(uid) if !uid.is_empty() => uid,
        _ => return Unreadable::Envelope,
    };
    if !is(review.api_version, API_VERSION) || !is(review.kind, KIND) {
        return Unreadable::Envelope;
    }
    let mut wrong = None;
    let request = doubtful.request(&mut wrong);
    let problem = match wrong {
        Some(field) => format!("`request.{field}` has another type than the API's"),
        None => doubtful
            .object_problem(&request, snapshot)
            .unwrap_or_else(|| "the review cannot be read".to_owned()),
    };
    Unreadable::Request { uid, problem, asked: Box::new(Asked::of(&request)) }
}

/// The text of the object of a review.
pub(super) fn object_text(body: &str) -> Option<&str> {
    let Mapping(review) = serde_json::from_str::<Mapping<Doubtful<'_>>>(body).ok()?;
    review.request.object.map(RawValue::get)
}

/// A field by itself; where it has another type, its name goes into `wrong`.
fn typed<'a, T: Deserialize<'a> + Default>(
    raw: Option<&'a RawValue>,
    field: &'static str,
    wrong: &mut Option<&'static str>,
) -> T {
    match raw.map(|raw| serde_json::from_str(raw.get())) {
        None => T::default(),
        Some(Ok(value)) => value,
        Some(Err(_)) => {
            wrong.get_or_insert(field);
            T::default()
        }
    }
}

impl<'a> DoubtfulRequest<'a> {
    /// As much of the request as can be read, but for its objects.
    fn request(&self, wrong: &mut Option<&'static str>) -> Request<'a> {
        Request {
            kind: typed::<Mapping<Gvk<'a>>>(self.kind, "kind", wrong).0,
            resource: typed::<Mapping<Gvr<'a>>>(self.resource, "resource", wrong).0,
            sub_resource: typed(self.sub_resource, "subResource", wrong),
            name: typed(self.name, "name", wrong),
            namespace: typed(self.namespace, "namespace", wrong),
            operation: typed(self.operation, "operation", wrong),
            user_info: typed::<Mapping<UserInfo<'a>>>(self.user_info, "userInfo", wrong).0,
            dry_run: typed(self.dry_run, "dryRun", wrong),
            ..Request::default()
        }
    }

    fn object_problem(&self, request: &Request<'_>, snapshot: &Snapshot) -> Option<String> {
        let sub_resource = request.sub_resource.as_deref();
        match workload_of(&request.kind, &request.resource, sub_resource, snapshot) {
            Err(problem) => Some(problem.to_owned()),
            Ok(None) => None,
            Ok(Some(kind)) => {
                Subject::read(kind, self.object?.get()).err().map(|error| error.to_string())
            }
        }
    }
}

/// The uid of a review of which only the beginning was received.
///
/// The API server writes the uid first in the request.
pub(super) fn uid_of_beginning(beginning: &[u8]) -> Option<String> {
    let mut uid = None;
    let path = Dig { path: &["request", "uid"], found: &mut uid };
    // The end is missing, so an error is sure to come; what was read before it counts.
    let _ = path.deserialize(&mut serde_json::Deserializer::from_slice(beginning));
    uid.filter(|uid| !uid.is_empty())
}

/// Walks the keys of `path` to a text.
struct Dig<'d> {
    path: &'d [&'static str],
    found: &'d mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Dig<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.path.is_empty() {
            *self.found = Some(String::deserialize(deserializer)?);
            return Ok(());
        }
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Dig<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((wanted, rest)) = self.path.split_first() else { return Ok(()) };
        while let Some(key) = map.next_key::<String>()? {
            if key == *wanted && self.found.is_none() {
                map.next_value_seed(Dig { path: rest, found: &mut *self.found })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
