//! The view of a volume: its name, which kind of source it has, and what the source refers to.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::borrowed::{List, Str};
use super::mapping::{Boxed, Mapping};
use super::scalar::{Raw, RawQuantity};

/// `Volume`: a name and one source.
#[derive(Debug, Default)]
pub struct Volume<'a> {
    /// The volume's name.
    pub name: Option<Str<'a>>,
    /// The source's key, such as `hostPath` or `csi`, known to us or not; none is an `emptyDir`,
    /// which the API server fills in (`SetDefaults_Volume`).
    pub source: Option<Str<'a>>,
    /// What a `secret` source refers to.
    pub secret: Option<Boxed<SecretVolume<'a>>>,
    /// What a `configMap` source refers to.
    pub config_map: Option<Boxed<ProjectedObject<'a>>>,
    /// What a `projected` source refers to.
    pub projected: Option<Boxed<Projected<'a>>>,
    /// What a `csi` source refers to.
    pub csi: Option<Boxed<CsiVolume<'a>>>,
    /// The path of a `hostPath` source.
    pub host_path: Option<Boxed<HostPathVolume<'a>>>,
    /// The limits of an `emptyDir` source.
    pub empty_dir: Option<Boxed<EmptyDirVolume<'a>>>,
    /// The image of an `image` source.
    pub image: Option<Boxed<ImageVolume<'a>>>,
    /// Any other source that leads out of the pod, as it is written.
    pub foreign: Option<Raw<'a>>,
}

/// Sources that lead neither to the node nor to a bare storage server, and of which nothing is
/// read: how they are written is the API server's business alone.
const OWN_SOURCES: [&str; 3] = ["downwardAPI", "ephemeral", "persistentVolumeClaim"];

/// The fields that are read.
const READ: [&str; 8] =
    ["name", "secret", "configMap", "projected", "csi", "hostPath", "image", "emptyDir"];

/// `CSIVolumeSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CsiVolume<'a> {
    /// The Secret that the driver is given.
    #[serde(borrow)]
    pub node_publish_secret_ref: Option<Mapping<LocalObjectReference<'a>>>,
}

/// `HostPathVolumeSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostPathVolume<'a> {
    /// The path on the node.
    #[serde(borrow)]
    pub path: Option<Str<'a>>,
    /// What has to be there; the empty text where nothing is checked.
    #[serde(borrow, rename = "type")]
    pub kind: Option<Str<'a>>,
}

impl HostPathVolume<'_> {
    /// The source in words; what is left out is what the API server fills in.
    pub fn source(&self) -> [&str; 3] {
        let (path, kind) = (self.path.as_deref(), self.kind.as_deref());
        ["hostPath", path.unwrap_or_default(), kind.unwrap_or_default()]
    }
}

/// `ImageVolumeSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageVolume<'a> {
    /// The image reference.
    #[serde(borrow)]
    pub reference: Option<Str<'a>>,
    /// When it is pulled: `Always`, `IfNotPresent` or `Never`.
    #[serde(borrow)]
    pub pull_policy: Option<Str<'a>>,
}

/// `EmptyDirVolumeSource`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EmptyDirVolume<'a> {
    /// `Memory`, huge pages, or the empty text for the node's disk.
    #[serde(borrow)]
    pub medium: Option<Str<'a>>,
    /// How much may be written there.
    #[serde(borrow)]
    pub size_limit: Option<RawQuantity<'a>>,
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
    pub config_map: Option<Boxed<ProjectedObject<'a>>>,
    #[serde(borrow)]
    pub secret: Option<Boxed<ProjectedObject<'a>>>,
    #[serde(borrow)]
    pub service_account_token: Option<Boxed<ProjectedToken<'a>>>,
}

/// `ServiceAccountTokenProjection`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProjectedToken<'a> {
    /// Who takes it; the API server when absent.
    #[serde(borrow)]
    pub audience: Option<Str<'a>>,
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
                let mut seen = [false; READ.len()];
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    let field = READ.iter().position(|field| *field == key.as_str());
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
                        "secret" => read_into(&mut map, &mut volume.secret)?,
                        "configMap" => read_into(&mut map, &mut volume.config_map)?,
                        "projected" => read_into(&mut map, &mut volume.projected)?,
                        "csi" => read_into(&mut map, &mut volume.csi)?,
                        "hostPath" => read_into(&mut map, &mut volume.host_path)?,
                        "image" => read_into(&mut map, &mut volume.image)?,
                        "emptyDir" => read_into(&mut map, &mut volume.empty_dir)?,
                        own if OWN_SOURCES.contains(&own) => {
                            map.next_value::<Option<IgnoredAny>>()?.is_some()
                        }
                        _ => {
                            let raw: Raw<'de> = map.next_value()?;
                            volume.foreign = Some(raw).filter(|raw| raw.as_str() != "null");
                            volume.foreign.is_some()
                        }
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

/// Reads a source; whether it is there.
fn read_into<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    map: &mut A,
    source: &mut Option<T>,
) -> Result<bool, A::Error> {
    *source = map.next_value()?;
    Ok(source.is_some())
}

/// `LocalObjectReference`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LocalObjectReference<'a> {
    /// The object's name.
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
}
