//! How a policy sets one rule: mode and parameters, side by side.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::params::Params;

/// What a violation does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Only reported.
    Audit,
    /// Admitted; `kubectl` prints a warning.
    Warn,
    /// Refused.
    Deny,
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let modes = [Self::Audit, Self::Warn, Self::Deny];
        let known = modes.into_iter().find(|mode| mode.as_str() == text);
        known.ok_or_else(|| "there are `deny`, `warn` and `audit`".to_owned())
    }
}

impl Mode {
    /// The word for it in policies and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// How a policy sets one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting<P> {
    /// The mode; the policy's own where it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// From this moment on the mode is `deny`, announced beforehand by `warn` or `audit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deny_from: Option<Timestamp>,
    /// The rule's own parameters, beside the two.
    #[serde(flatten)]
    pub params: P,
}

impl<P> Setting<P> {
    /// The mode in force at `now`.
    pub fn mode(&self, default: Mode, now: Timestamp) -> Mode {
        match self.deny_from {
            Some(from) if now >= from => Mode::Deny,
            _ => self.mode.unwrap_or(default),
        }
    }
}

/// Keys of a setting that belong to no rule's parameters.
pub const COMMON_KEYS: [&str; 2] = ["mode", "denyFrom"];

/// Written by hand because `#[serde(flatten)]` lets misspelt keys through: `mode` and `denyFrom` are
/// taken out, all else goes to the parameters, which refuse what they do not know.
impl<'de, P: Params> Deserialize<'de> for Setting<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<P>(PhantomData<P>);
        impl<'de, P: Params> Visitor<'de> for Fields<P> {
            type Value = Setting<P>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of settings, or nothing")
            }
            /// `rule:` with nothing behind the colon is a rule that is set.
            fn visit_unit<E: Error>(self) -> Result<Setting<P>, E> {
                let nothing = std::iter::empty::<(&str, &str)>();
                let params = P::deserialize(serde::de::value::MapDeserializer::new(nothing))?;
                Ok(Setting { mode: None, deny_from: None, params })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Setting<P>, A::Error> {
                let (mut mode, mut deny_from) = (None, None);
                let rest = WithoutCommon { map, mode: &mut mode, deny_from: &mut deny_from };
                let params = P::deserialize(MapAccessDeserializer::new(rest))?;
                Ok(Setting { mode, deny_from, params })
            }
        }
        deserializer.deserialize_any(Fields(PhantomData))
    }
}

/// A mapping without the keys that are common to all settings, which it keeps.
struct WithoutCommon<'s, A> {
    map: A,
    mode: &'s mut Option<Mode>,
    deny_from: &'s mut Option<Timestamp>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutCommon<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "mode" => *self.mode = Some(self.map.next_value()?),
                "denyFrom" => *self.deny_from = Some(self.map.next_value()?),
                _ => return seed.deserialize(key.into_deserializer()).map(Some),
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

impl<P: JsonSchema> JsonSchema for Setting<P> {
    fn schema_name() -> Cow<'static, str> {
        format!("Setting_{}", P::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = P::json_schema(generator);
        let mode = generator.subschema_for::<Mode>();
        let common = json_schema!({
            "mode": mode,
            "denyFrom": {"type": "string", "format": "date-time",
                "description": "From this moment on the mode is `deny`."}
        });
        let properties =
            schema.ensure_object().entry("properties").or_insert_with(|| serde_json::json!({}));
        if let (Some(properties), Some(common)) = (properties.as_object_mut(), common.as_object()) {
            properties.extend(common.clone());
        }
        schema
    }
}
