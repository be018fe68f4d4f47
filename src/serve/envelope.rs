//! The `AdmissionReview` as the API server sends it (`admission.k8s.io/v1`), read in one pass.
//!
//! The request's `kind` stands before its `object` in what Go writes, so the object is read as a
//! workload at once; where the order is another, the object is kept as text and read after.
//! Whatever cannot be read is gone over once more, slowly, to save the uid: a fault on a request
//! whose uid is readable is a denial, not an HTTP error (F-05 to F-10).

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use super::mapping::Mapping;
use crate::policy::Snapshot;
use crate::subject::{Object, ObjectSeed, Str, Subject, WorkloadKind};

const API_VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";

/// The request of an `AdmissionReview`.
#[derive(Debug, Default)]
pub(super) struct Request<'a> {
    /// What the answer has to repeat.
    pub uid: Str<'a>,
    /// The kind of the object, after conversion to what the webhook is registered for.
    pub kind: Gvk<'a>,
    /// The resource that is written to.
    pub resource: Gvr<'a>,
    /// The subresource, such as `ephemeralcontainers`.
    pub sub_resource: Option<Str<'a>>,
    /// The object's name; empty where the API server makes one up.
    pub name: Option<Str<'a>>,
    /// The namespace.
    pub namespace: Option<Str<'a>>,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: Str<'a>,
    /// Who asks.
    pub user_info: UserInfo<'a>,
    /// Whether nothing will be stored.
    pub dry_run: Option<bool>,
    /// The object.
    pub object: Body<'a>,
    /// The object as it was.
    pub old_object: Option<&'a RawValue>,
}

/// The object of a request.
#[derive(Debug, Default)]
pub(super) enum Body<'a> {
    /// Absent or `null`.
    #[default]
    Absent,
    /// Read as the workload it is.
    Workload(Box<Object<'a>>),
    /// Not read (yet).
    Text(&'a RawValue),
    /// Of a kind that nobody reads.
    Skipped,
}

/// Group, version and kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Gvk<'a> {
    #[serde(borrow)]
    pub group: Str<'a>,
    #[serde(borrow)]
    pub kind: Str<'a>,
}

/// Group, version and resource.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Gvr<'a> {
    #[serde(borrow)]
    pub group: Str<'a>,
    #[serde(borrow)]
    pub resource: Str<'a>,
}

/// Who asks for the write.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UserInfo<'a> {
    /// The user's name.
    #[serde(borrow)]
    pub username: Str<'a>,
}

/// Why a review could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Unreadable {
    /// There is no uid to answer to: an HTTP error, a failed call for the API server.
    #[error("not an AdmissionReview of {API_VERSION} with a request and a uid")]
    Envelope,
    /// The request has a uid, so it can be refused.
    #[error("{problem}")]
    Request {
        /// The uid.
        uid: String,
        /// What is wrong, without any value.
        problem: String,
    },
}

/// Reads a review.
///
/// # Errors
/// [`Unreadable`], with the uid wherever there is one.
pub(super) fn read<'a>(body: &'a str, snapshot: &Snapshot) -> Result<Request<'a>, Unreadable> {
    let fast = || {
        let mut deserializer = serde_json::Deserializer::from_str(body);
        let request = ReviewSeed { snapshot }.deserialize(&mut deserializer)?;
        deserializer.end().map(|()| request)
    };
    match fast() {
        Ok(request) if !request.uid.is_empty() => Ok(request),
        _ => Err(explain(body, snapshot)),
    }
}

/// Which workload a request is about; none where no rule reads its kind.
///
/// Kind and resource are held against each other, so that a request that names a workload by one
/// and something else by the other is refused rather than let through (F-17).
pub(super) fn workload<'s>(
    request: &Request<'_>,
    snapshot: &'s Snapshot,
) -> Result<Option<&'s WorkloadKind>, &'static str> {
    workload_of(&request.kind, &request.resource, request.sub_resource.as_deref(), snapshot)
}

fn workload_of<'s>(
    kind: &Gvk<'_>,
    resource: &Gvr<'_>,
    sub_resource: Option<&str>,
    snapshot: &'s Snapshot,
) -> Result<Option<&'s WorkloadKind>, &'static str> {
    let by_kind = snapshot.workload_kind(&kind.group, &kind.kind);
    let by_resource = snapshot.workload_resource(&resource.group, &resource.resource);
    match (by_kind, by_resource) {
        (Some(a), Some(b)) if a == b => Ok(Some(a)),
        (Some(a), None) if !crate::subject::BUILT_IN.contains(a) => Ok(Some(a)),
        (None, None) => Ok(None),
        (None, Some(_)) if sub_resource.is_some_and(|s| !s.is_empty()) => Ok(None),
        _ => Err("`request.kind` and `request.resource` name different things"),
    }
}

struct ReviewSeed<'s> {
    snapshot: &'s Snapshot,
}

impl<'de> DeserializeSeed<'de> for ReviewSeed<'_> {
    type Value = Request<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Request<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReviewSeed<'_> {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an AdmissionReview")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Request<'de>, A::Error> {
        let (mut api_version, mut kind): (Option<Str<'de>>, Option<Str<'de>>) = (None, None);
        let mut request = None;
        while let Some(key) = map.next_key::<Str<'de>>()? {
            match key.as_str() {
                "apiVersion" if api_version.is_none() => api_version = Some(map.next_value()?),
                "kind" if kind.is_none() => kind = Some(map.next_value()?),
                "request" if request.is_none() => {
                    request = Some(map.next_value_seed(RequestSeed { snapshot: self.snapshot })?);
                }
                "apiVersion" | "kind" | "request" => return Err(A::Error::custom("a key twice")),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let fits = api_version.as_deref() == Some(API_VERSION) && kind.as_deref() == Some(KIND);
        request.filter(|_| fits).ok_or_else(|| A::Error::custom("no AdmissionReview"))
    }
}

struct RequestSeed<'s> {
    snapshot: &'s Snapshot,
}

impl<'de> DeserializeSeed<'de> for RequestSeed<'_> {
    type Value = Request<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Request<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// The fields of a request that are read, each at most once.
const FIELDS: [&str; 11] = [
    "uid",
    "kind",
    "resource",
    "subResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "dryRun",
    "object",
    "oldObject",
];

impl<'de> Visitor<'de> for RequestSeed<'_> {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Request<'de>, A::Error> {
        let mut request = Request::default();
        let mut seen = 0_u16;
        while let Some(key) = map.next_key::<Str<'de>>()? {
            let Some(field) = FIELDS.iter().position(|field| *field == key.as_str()) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if seen & (1 << field) != 0 {
                return Err(A::Error::custom("a key of the request twice"));
            }
            seen |= 1 << field;
            match FIELDS.get(field).copied().unwrap_or_default() {
                "uid" => request.uid = map.next_value()?,
                "kind" => request.kind = map.next_value::<Mapping<_>>()?.0,
                "resource" => request.resource = map.next_value::<Mapping<_>>()?.0,
                "subResource" => request.sub_resource = map.next_value()?,
                "name" => request.name = map.next_value()?,
                "namespace" => request.namespace = map.next_value()?,
                "operation" => request.operation = map.next_value()?,
                "userInfo" => request.user_info = map.next_value::<Mapping<_>>()?.0,
                "dryRun" => request.dry_run = map.next_value()?,
                "object" => {
                    let order_is_gos =
                        !request.kind.kind.is_empty() && !request.resource.resource.is_empty();
                    request.object = match order_is_gos.then(|| workload(&request, self.snapshot)) {
                        Some(Ok(Some(kind))) => {
                            let reader = OptionalObject(ObjectSeed { template: &kind.template });
                            map.next_value_seed(reader)?
                        }
                        Some(Ok(None)) => match map.next_value::<Option<IgnoredAny>>()? {
                            Some(_) => Body::Skipped,
                            None => Body::Absent,
                        },
                        Some(Err(_)) | None => match map.next_value::<Option<&RawValue>>()? {
                            Some(text) => Body::Text(text),
                            None => Body::Absent,
                        },
                    };
                }
                _ => request.old_object = map.next_value()?,
            }
        }
        Ok(request)
    }
}

struct OptionalObject<'k>(ObjectSeed<'k>);

impl<'de> DeserializeSeed<'de> for OptionalObject<'_> {
    type Value = Body<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body<'de>, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OptionalObject<'_> {
    type Value = Body<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Body<'de>, E> {
        Ok(Body::Absent)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Body<'de>, E> {
        Ok(Body::Absent)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body<'de>, D::Error> {
        self.0.deserialize(deserializer).map(|object| Body::Workload(Box::new(object)))
    }
}

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
fn explain(body: &str, snapshot: &Snapshot) -> Unreadable {
    let Ok(Mapping(review)) = serde_json::from_str::<Mapping<Doubtful<'_>>>(body) else {
        return Unreadable::Envelope;
    };
    let is = |raw: Option<&RawValue>, wanted: &str| {
        raw.and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok())
            .is_some_and(|s| s.as_str() == wanted)
    };
    let Mapping(request) = review.request;
    let uid = match serde_json::from_str::<String>(request.uid.get()) {
        Ok(uid) if !uid.is_empty() => uid,
        _ => return Unreadable::Envelope,
    };
    if !is(review.api_version, API_VERSION) || !is(review.kind, KIND) {
        return Unreadable::Envelope;
    }
    let problem =
        request.problem(snapshot).unwrap_or_else(|| "the review cannot be read".to_owned());
    Unreadable::Request { uid, problem }
}

impl DoubtfulRequest<'_> {
    fn problem(&self, snapshot: &Snapshot) -> Option<String> {
        fn typed<'r, T: Deserialize<'r> + Default>(raw: Option<&'r RawValue>) -> Result<T, ()> {
            raw.map_or(Ok(T::default()), |raw| serde_json::from_str(raw.get()).map_err(|_| ()))
        }
        let wrong =
            |field: &str| Some(format!("`request.{field}` has another type than the API's"));
        let Ok(Mapping(kind)) = typed::<Mapping<Gvk<'_>>>(self.kind) else { return wrong("kind") };
        let Ok(Mapping(resource)) = typed::<Mapping<Gvr<'_>>>(self.resource) else {
            return wrong("resource");
        };
        let Ok(sub_resource) = typed::<Option<Str<'_>>>(self.sub_resource) else {
            return wrong("subResource");
        };
        let texts =
            [("name", self.name), ("namespace", self.namespace), ("operation", self.operation)];
        if let Some((field, _)) =
            texts.iter().find(|(_, raw)| typed::<Option<Str<'_>>>(*raw).is_err())
        {
            return wrong(field);
        }
        if typed::<Mapping<UserInfo<'_>>>(self.user_info).is_err() {
            return wrong("userInfo");
        }
        if typed::<Option<bool>>(self.dry_run).is_err() {
            return wrong("dryRun");
        }
        match workload_of(&kind, &resource, sub_resource.as_deref(), snapshot) {
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
    struct Outer<'o>(&'o mut Option<String>);
    struct Inner<'o>(&'o mut Option<String>);
    macro_rules! dig {
        ($name:ident, $key:literal, |$map:ident, $found:ident| $take:expr) => {
            impl<'de> DeserializeSeed<'de> for $name<'_> {
                type Value = ();
                fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
                    d.deserialize_map(self)
                }
            }
            impl<'de> Visitor<'de> for $name<'_> {
                type Value = ();
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a mapping")
                }
                fn visit_map<A: MapAccess<'de>>(self, mut $map: A) -> Result<(), A::Error> {
                    let $found = self.0;
                    while let Some(key) = $map.next_key::<String>()? {
                        if key == $key && $found.is_none() {
                            $take
                        } else {
                            $map.next_value::<IgnoredAny>()?;
                        }
                    }
                    Ok(())
                }
            }
        };
    }
    dig!(Outer, "request", |map, found| map.next_value_seed(Inner(found))?);
    dig!(Inner, "uid", |map, found| *found = Some(map.next_value()?));
    let mut uid = None;
    // The end is missing, so an error is sure to come; what was read before it counts.
    let _ = Outer(&mut uid).deserialize(&mut serde_json::Deserializer::from_slice(beginning));
    uid.filter(|uid| !uid.is_empty())
}
