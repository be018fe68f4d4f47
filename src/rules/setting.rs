//! How a policy sets one rule: mode and parameters, side by side.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::description::Severity;
use super::moment::Moment;
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
    /// What the operator says of the rule.
    #[serde(flatten)]
    pub remarks: Remarks,
    /// The rule's own parameters, beside these.
    #[serde(flatten)]
    pub params: P,
}

/// What an operator says of a rule, beside what it says itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Remarks {
    /// How bad a violation is; what the rule says where it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Words that stand under the fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where to read more, instead of the rule's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The longest note and the longest link, in characters.
pub const REMARK_LIMIT: usize = 300;

impl Remarks {
    /// What is wrong with them: the key, and what is.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let is_text = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        let fits = |text: &str| is_text(text) && text.chars().count() <= REMARK_LIMIT;
        let is_link = |link: &str| {
            let is_web = link.starts_with("https://") || link.starts_with("http://");
            is_web && fits(link) && !link.contains(char::is_whitespace)
        };
        let note = self.note.as_deref().filter(|note| !fits(note)).map(|_| {
            ("note", format!("must be one line of text, of at most {REMARK_LIMIT} characters"))
        });
        let link = self.link.as_deref().filter(|link| !is_link(link)).map(|_| {
            ("link", format!("must be an address that begins with `https://`, of at most {REMARK_LIMIT} characters"))
        });
        note.into_iter().chain(link).collect()
    }
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
pub const COMMON_KEYS: [&str; 5] = ["mode", "denyFrom", "severity", "note", "link"];

/// Written by hand because `#[serde(flatten)]` lets misspelt keys through: the common keys are taken
/// out, all else goes to the parameters, which refuse what they do not know.
impl<'de, P: Params> Deserialize<'de> for Setting<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<P>(PhantomData<P>);
        impl<'de, P: Params> Visitor<'de> for Fields<P> {
            type Value = Setting<P>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of settings")
            }
            /// `rule:` with nothing behind the colon is no rule that is set: on its way into a
            /// cluster it would be stripped, and demand nothing.
            fn visit_unit<E: Error>(self) -> Result<Setting<P>, E> {
                Err(E::custom("nothing stands behind the colon; write `{}`"))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Setting<P>, A::Error> {
                let mut common = Common::default();
                let rest = WithoutCommon { map, common: &mut common };
                let params = P::deserialize(MapAccessDeserializer::new(rest))?;
                let Common { mode, deny_from, remarks } = common;
                Ok(Setting { mode, deny_from, remarks, params })
            }
        }
        deserializer.deserialize_any(Fields(PhantomData))
    }
}

/// What is common to the settings of all rules.
#[derive(Default)]
struct Common {
    mode: Option<Mode>,
    deny_from: Option<Timestamp>,
    remarks: Remarks,
}

/// A mapping without the keys that are common to all settings, which it keeps.
struct WithoutCommon<'s, A> {
    map: A,
    common: &'s mut Common,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutCommon<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<Cow<'de, str>>()? {
            let Common { mode, deny_from, remarks } = &mut *self.common;
            match key.as_ref() {
                "mode" => *mode = Some(self.map.next_value()?),
                "denyFrom" => *deny_from = Some(self.map.next_value::<Moment>()?.0),
                "severity" => remarks.severity = Some(self.map.next_value()?),
                "note" => remarks.note = Some(self.map.next_value()?),
                "link" => remarks.link = Some(self.map.next_value()?),
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
        let described = |mut schema: Schema, text: &str| {
            schema.insert("description".to_owned(), text.into());
            schema
        };
        let mode = described(
            generator.subschema_for::<Mode>(),
            "What a violation does; the policy's mode where it is not set.",
        );
        let severity = described(
            generator.subschema_for::<Severity>(),
            "How bad a violation is; what the rule says where it is not set.",
        );
        let common = json_schema!({
            "mode": mode,
            "denyFrom": {"type": "string", "format": "date-time",
                "description": "From this moment on the mode is `deny`."},
            "severity": severity,
            "note": {"type": "string", "minLength": 1, "maxLength": REMARK_LIMIT,
                "pattern": r"^\P{Cc}*$",
                "description": "Words that stand under the fix."},
            "link": {"type": "string", "maxLength": REMARK_LIMIT, "pattern": r"^https?://\S+$",
                "description": "Where to read more, instead of the rule's own page."}
        });
        let properties =
            schema.ensure_object().entry("properties").or_insert_with(|| serde_json::json!({}));
        if let (Some(properties), Some(common)) = (properties.as_object_mut(), common.as_object()) {
            properties.extend(common.clone());
        }
        schema
    }
}
