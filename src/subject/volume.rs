//! The view of a volume: its name, which kind of source it has, and what the source refers to.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::borrowed::{List, Str};
use super::mapping::Mapping;

/// `Volume`: a name and one source.
#[derive(Debug, Default)]
pub struct Volume<'a> {
    /// The volume's name.
    pub name: Option<Str<'a>>,
    /// The source's key, such as `hostPath` or `csi`, known to us or not; none is an `emptyDir`,
    /// which the API server fills in (`SetDefaults_Volume`).
    pub source: Option<Str<'a>>,
    /// What a `secret` source refers to.
    pub secret: Option<Mapping<SecretVolume<'a>>>,
    /// What a `configMap` source refers to.
    pub config_map: Option<Mapping<ProjectedObject<'a>>>,
    /// What a `projected` source refers to.
    pub projected: Option<Mapping<Projected<'a>>>,
}

/// `SecretVolumeSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct SecretVolume<'a> {
    #[serde(borrow)]
    pub secret_name: Option<Str<'a>>,
    #[serde(borrow)]
    pub items: List<Mapping<KeyToPath<'a>>>,
    pub optional: Option<bool>,
}

/// `ConfigMapVolumeSource`, `ConfigMapProjection` and `SecretProjection`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ProjectedObject<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub items: List<Mapping<KeyToPath<'a>>>,
    pub optional: Option<bool>,
}

/// `KeyToPath`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeyToPath<'a> {
    /// The key of the Secret or `ConfigMap`.
    #[serde(borrow)]
    pub key: Option<Str<'a>>,
}

/// `ProjectedVolumeSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Projected<'a> {
    /// What is put together.
    #[serde(borrow)]
    pub sources: List<Mapping<VolumeProjection<'a>>>,
}

/// `VolumeProjection`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct VolumeProjection<'a> {
    #[serde(borrow)]
    pub config_map: Option<Mapping<ProjectedObject<'a>>>,
    #[serde(borrow)]
    pub secret: Option<Mapping<ProjectedObject<'a>>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Volume<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Volume<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a volume")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Volume<'de>, A::Error> {
                let mut volume = Volume::default();
                let mut seen = [false; 4];
                let read = ["name", "secret", "configMap", "projected"];
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    let field = read.iter().position(|field| *field == key.as_str());
                    if let Some(seen) = field.and_then(|at| seen.get_mut(at))
                        && std::mem::replace(seen, true)
                    {
                        return Err(A::Error::custom("a field of a volume twice"));
                    }
                    let present = match key.as_str() {
                        "name" => {
                            volume.name = map.next_value()?;
                            continue;
                        }
                        "secret" => {
                            volume.secret = map.next_value()?;
                            volume.secret.is_some()
                        }
                        "configMap" => {
                            volume.config_map = map.next_value()?;
                            volume.config_map.is_some()
                        }
                        "projected" => {
                            volume.projected = map.next_value()?;
                            volume.projected.is_some()
                        }
                        _ => map.next_value::<Option<IgnoredAny>>()?.is_some(),
                    };
                    if present {
                        if volume.source.is_some() {
                            return Err(A::Error::custom("a volume with more than one source"));
                        }
                        volume.source = Some(key);
                    }
                }
                Ok(volume)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
