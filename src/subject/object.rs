//! Reading an object into the view: one pass over its JSON, whichever deserializer does it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::body::{Body, BodyReader};
use super::borrowed::Str;
use super::kind::Kind;
use super::mapping::Mapping;
use super::metadata::ObjectMeta;
use super::shape::Shape;
use super::templates::{Seen, Wanted};

/// What is read of an object: who it is, and what its kind has beside that.
#[derive(Debug, Default)]
pub struct Object<'a> {
    /// `apiVersion`, such as `apps/v1`.
    pub api_version: Option<Str<'a>>,
    /// `kind`.
    pub kind: Option<Str<'a>>,
    /// `metadata`.
    pub metadata: ObjectMeta<'a>,
    /// What its kind has beside that.
    pub body: Body<'a>,
}

/// The most templates that one pass looks for: a bit for each says whether it was there already.
const PASS_LIMIT: usize = 64;

/// Reads an [`Object`] of one kind; of its pod templates, those that stand at some of its paths.
///
/// One pass reads any number of templates that stand beside each other, and there is but one for
/// every kind of Kubernetes itself. Where two policies disagree so far that one's template is
/// inside the other's, the object is read once for each path.
#[derive(Debug, Clone, Copy)]
pub struct ObjectSeed<'k> {
    shape: Shape,
    wanted: Wanted<'k>,
}

impl<'k> ObjectSeed<'k> {
    /// What reads a whole object of this kind; none where one pass cannot.
    pub fn of(kind: &'k Kind) -> Option<Self> {
        let mut passes = Self::passes(kind);
        passes.next().filter(|_| passes.next().is_none())
    }

    /// What reads an object of this kind, one after the other.
    pub(super) fn passes(kind: &'k Kind) -> impl Iterator<Item = Self> {
        let size = if kind.has_nested_templates() { 1 } else { PASS_LIMIT };
        let (shape, paths) = (kind.shape, kind.templates());
        let whole = paths.is_empty().then_some((0, paths));
        whole
            .into_iter()
            .chain(paths.chunks(size).enumerate())
            .map(move |(number, paths)| Self { shape, wanted: Wanted::of(paths, number * size) })
    }
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = Object<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object<'de>, D::Error> {
        match self.shape.members() {
            [] => deserializer.deserialize_map(self),
            members => deserializer.deserialize_struct("Object", members, self),
        }
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object::default();
        let mut metadata: Option<Mapping<ObjectMeta<'de>>> = None;
        let mut seen = Seen::default();
        let mut body = BodyReader::of(self.shape, self.wanted);
        while let Some(key) = map.next_key::<Str<'de>>()? {
            match key.as_str() {
                "apiVersion" => {
                    seen.once::<A::Error>(1, &key)?;
                    object.api_version = map.next_value()?;
                }
                "kind" => {
                    seen.once::<A::Error>(2, &key)?;
                    object.kind = map.next_value()?;
                }
                "metadata" => {
                    seen.once::<A::Error>(4, &key)?;
                    metadata = map.next_value()?;
                }
                key => body.read(key, &mut map)?,
            }
        }
        object.metadata = metadata.unwrap_or_default().0;
        object.body = body.end(&object.metadata);
        Ok(object)
    }
}
