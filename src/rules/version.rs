//! The Kubernetes minor whose Pod Security Standards a policy follows.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// `v1.N`, as in the label `pod-security.kubernetes.io/enforce-version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodSecurityVersion(u16);

/// Text that names no version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no version; write `latest` or `v1.0` to `v1.{newest}`", newest = PodSecurityVersion::NEWEST.0)]
pub struct UnknownVersion(String);

impl PodSecurityVersion {
    /// The newest minor in which upstream's checks are known here.
    pub const NEWEST: Self = Self(37);

    /// Whether the checks of `v1.{minor}` hold at this version.
    pub const fn at_least(self, minor: u16) -> bool {
        self.0 >= minor
    }
}

impl FromStr for PodSecurityVersion {
    type Err = UnknownVersion;

    /// As upstream, a minor above the newest known is taken as the newest.
    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        if text == "latest" {
            return Ok(Self::NEWEST);
        }
        let unknown = || UnknownVersion(text.to_owned());
        let minor = text.strip_prefix("v1.").ok_or_else(unknown)?;
        let is_canonical = minor == "0" || !minor.starts_with('0');
        let is_number = !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit());
        if !is_canonical || !is_number {
            return Err(unknown());
        }
        Ok(minor.parse().map_or(Self::NEWEST, |minor| Self(minor).min(Self::NEWEST)))
    }
}

impl Default for PodSecurityVersion {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl fmt::Display for PodSecurityVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1.{}", self.0)
    }
}

impl<'de> Deserialize<'de> for PodSecurityVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for PodSecurityVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for PodSecurityVersion {
    fn schema_name() -> Cow<'static, str> {
        "PodSecurityVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(latest|v1\\.(0|[1-9][0-9]*))$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_as_upstreams_label_does() {
        for (text, minor) in
            [("latest", 37), ("v1.0", 0), ("v1.24", 24), ("v1.99", 37), ("v1.99999999", 37)]
        {
            assert_eq!(text.parse(), Ok(PodSecurityVersion(minor)), "{text}");
        }
        for text in ["", "1.24", "v1", "v1.", "v2.0", "v1.024", "v1.2.3", "v1.-1", "Latest"] {
            assert!(text.parse::<PodSecurityVersion>().is_err(), "{text}");
        }
    }
}
