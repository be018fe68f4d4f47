//! The `AdmissionReview` as the API server sends it (`admission.k8s.io/v1`), read in one pass.
//!
//! The request's `kind` stands before its `object` in what Go writes, so the object is read as what
//! it is at once; where the order is another, the object is kept as text and read after.

#![deny(clippy::disallowed_methods)]

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::policy::{Snapshot, Stance};
use crate::subject::{Kind, List, Mapping, Object, ObjectSeed, Str};

pub(super) const API_VERSION: &str = "admission.k8s.io/v1";
pub(super) const KIND: &str = "AdmissionReview";

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
    /// The object as it was, as it is written.
    pub old_object: Option<&'a [u8]>,
    /// What is written to, once it was looked up.
    pub(super) target: Option<KindLookup<'a>>,
}

/// The kind that a request is about, none where it is not one that can be reviewed; or why its kind
/// and its resource do not go together.
pub(super) type KindLookup<'s> = Result<Option<&'s Kind>, &'static str>;

/// The object of a request.
#[derive(Debug, Default)]
pub(super) enum Body<'a> {
    /// Absent or `null`.
    #[default]
    Absent,
    /// Read as what it is.
    Read(Box<Object<'a>>),
    /// Not read (yet).
    Text(&'a [u8]),
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
    /// The groups that the user is in.
    #[serde(borrow)]
    pub groups: List<Option<Str<'a>>>,
}

/// Reads a review; none where it has to be gone over slowly ([`super::salvage`]).
pub(super) fn read<'a>(body: &'a [u8], snapshot: &'a Snapshot) -> Option<Request<'a>> {
    // Text is read faster than bytes that may be none.
    let Ok(text) = std::str::from_utf8(body) else { return None };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let request = ReviewSeed { snapshot }.deserialize(&mut deserializer);
    match request.and_then(|request| deserializer.end().map(|()| request)) {
        Ok(request) if !request.uid.is_empty() => Some(request),
        _ => None,
    }
}

impl<'a> Request<'a> {
    /// Which kind the request is about; none where it is not one that can be reviewed. It is looked
    /// up once.
    ///
    /// Kind and resource are held against each other, so that a request that names a workload by one
    /// and something else by the other is refused rather than let through (F-17).
    pub(super) fn target(&mut self, snapshot: &'a Snapshot) -> KindLookup<'a> {
        let target = self.target.take().unwrap_or_else(|| self.look_up(snapshot));
        self.target = Some(target);
        target
    }

    fn look_up(&self, snapshot: &'a Snapshot) -> KindLookup<'a> {
        let Self { kind, resource, sub_resource, .. } = self;
        let by_kind = snapshot.kinds().find(&kind.group, &kind.kind);
        // The resource of a kind that a policy names is a guess, which two of them may share.
        if let Some(known) = by_kind
            && (&*known.group, &*known.resource) == (&*resource.group, &*resource.resource)
        {
            return Ok(Some(known));
        }
        let by_resource = snapshot.kinds().of_resource(&resource.group, &resource.resource);
        match (by_kind, by_resource) {
            (Some(a), None) if !a.is_built_in() => Ok(Some(a)),
            (None, None) => Ok(None),
            (None, Some(_)) if sub_resource.as_deref().is_some_and(|s| !s.is_empty()) => Ok(None),
            _ => Err("`request.kind` and `request.resource` name different things"),
        }
    }
}

struct ReviewSeed<'s> {
    snapshot: &'s Snapshot,
}

impl<'de> DeserializeSeed<'de> for ReviewSeed<'de> {
    type Value = Request<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Request<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReviewSeed<'de> {
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

impl<'de> DeserializeSeed<'de> for RequestSeed<'de> {
    type Value = Request<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Request<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// The fields of a request that are read, each at most once.
pub(super) const FIELDS: [&str; 11] = [
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

impl<'de> Visitor<'de> for RequestSeed<'de> {
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
                    let target = order_is_gos.then(|| request.target(self.snapshot));
                    request.object = match target {
                        Some(Ok(Some(kind))) if self.snapshot.stance(kind) != Stance::Unread => {
                            match ObjectSeed::of(kind) {
                                Some(reader) => map.next_value_seed(OptionalObject(reader))?,
                                None => text(&mut map)?,
                            }
                        }
                        Some(Ok(_)) => match map.next_value::<Option<IgnoredAny>>()? {
                            Some(_) => Body::Skipped,
                            None => Body::Absent,
                        },
                        Some(Err(_)) | None => text(&mut map)?,
                    };
                }
                _ => {
                    let raw = map.next_value::<Option<&RawValue>>()?;
                    request.old_object = raw.map(|raw| raw.get().as_bytes());
                }
            }
        }
        Ok(request)
    }
}

/// The object as text, to be read once it is known as what, or more than once.
fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Body<'de>, A::Error> {
    let raw = map.next_value::<Option<&RawValue>>()?;
    Ok(raw.map_or(Body::Absent, |raw| Body::Text(raw.get().as_bytes())))
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
        self.0.deserialize(deserializer).map(|object| Body::Read(Box::new(object)))
    }
}
