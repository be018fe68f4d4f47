//! Reading an object into the view: one pass over its JSON, whichever deserializer does it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::borrowed::{Map, Str};
use super::mapping::Mapping;
use super::pod::{PodSpec, PodTemplateSpec, TemplateMeta};

/// What is read of a workload: who it is, and the pods it would make.
#[derive(Debug, Default)]
pub struct Object<'a> {
    /// `apiVersion`, such as `apps/v1`.
    pub api_version: Option<Str<'a>>,
    /// `kind`.
    pub kind: Option<Str<'a>>,
    /// `metadata`.
    pub metadata: ObjectMeta<'a>,
    /// The pod template; of a Pod, the Pod itself.
    pub template: Option<PodTemplateSpec<'a>>,
}

/// The part of `ObjectMeta` that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ObjectMeta<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub generate_name: Option<Str<'a>>,
    #[serde(borrow)]
    pub namespace: Option<Str<'a>>,
    #[serde(borrow)]
    pub labels: Map<'a, Str<'a>>,
    #[serde(borrow)]
    pub annotations: Map<'a, Str<'a>>,
}

/// Reads an [`Object`] whose pod template stands at `template`.
#[derive(Debug, Clone, Copy)]
pub struct ObjectSeed<'k> {
    /// The keys that lead to the template; empty for a Pod.
    pub template: &'k [Cow<'static, str>],
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = Object<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object<'de>, D::Error> {
        deserializer.deserialize_map(self)
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
        let mut spec: Option<Mapping<PodSpec<'de>>> = None;
        let mut seen = Seen::default();
        let first_key = self.template.first().map_or("spec", |key| key);
        while let Some(key) = map.next_key::<Str<'de>>()? {
            match key.as_str() {
                "apiVersion" => {
                    seen.once::<A::Error>(0, "apiVersion")?;
                    object.api_version = map.next_value()?;
                }
                "kind" => {
                    seen.once::<A::Error>(1, "kind")?;
                    object.kind = map.next_value()?;
                }
                "metadata" => {
                    seen.once::<A::Error>(2, "metadata")?;
                    metadata = map.next_value()?;
                }
                key if key == first_key => {
                    seen.once::<A::Error>(3, "spec")?;
                    match self.template.split_first() {
                        None => spec = map.next_value()?,
                        Some((_, rest)) => {
                            object.template = map.next_value_seed(TemplateSeed { path: rest })?;
                        }
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        object.metadata = metadata.unwrap_or_default().0;
        if self.template.is_empty() {
            let metadata = TemplateMeta {
                labels: object.metadata.labels.clone(),
                annotations: object.metadata.annotations.clone(),
            };
            object.template = Some(PodTemplateSpec { metadata: Some(Mapping(metadata)), spec });
        }
        Ok(object)
    }
}

/// Which of the few keys of an object were there already.
#[derive(Default)]
struct Seen(u8);

impl Seen {
    fn once<E: Error>(&mut self, bit: u8, field: &'static str) -> Result<(), E> {
        let mask = 1 << bit;
        if self.0 & mask != 0 {
            return Err(E::duplicate_field(field));
        }
        self.0 |= mask;
        Ok(())
    }
}

/// Walks the remaining keys to the pod template; `null` on the way is an absent template.
struct TemplateSeed<'k> {
    path: &'k [Cow<'static, str>],
}

impl<'de> DeserializeSeed<'de> for TemplateSeed<'_> {
    type Value = Option<PodTemplateSpec<'de>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.path.is_empty() {
            Option::<Mapping<PodTemplateSpec<'de>>>::deserialize(deserializer)
                .map(|template| template.map(|Mapping(template)| template))
        } else {
            deserializer.deserialize_option(self)
        }
    }
}

impl<'de> Visitor<'de> for TemplateSeed<'_> {
    type Value = Option<PodTemplateSpec<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        let mut seen = Seen::default();
        let Some((wanted, rest)) = self.path.split_first() else { return Ok(None) };
        while let Some(key) = map.next_key::<Str<'de>>()? {
            if key.as_str() == wanted {
                seen.once::<A::Error>(0, "template")?;
                found = map.next_value_seed(TemplateSeed { path: rest })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
