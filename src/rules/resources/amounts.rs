//! Amounts between which a policy wants what is limited or requested.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rules::BadValue;
use crate::subject::{InvalidQuantity, Quantity, is_container_resource};
use crate::text::{QUOTE_LIMIT, clipped};

/// The most resources that are named.
const MOST: usize = 50;

/// An amount of each resource that is named, read when the policy is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Amounts(BTreeMap<String, Bound>);

/// An amount, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) text: String,
    /// What that comes to; where it is no quantity it bounds nothing, and is a problem of the policy.
    pub(super) quantity: Result<Quantity, InvalidQuantity>,
}

impl Amounts {
    /// Each resource with its amount.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.0.iter().map(|(name, bound)| (name.as_str(), bound))
    }

    /// Whether none is named.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with them.
    pub(super) fn problems(&self, parameter: &'static str) -> Vec<BadValue> {
        let bad = |reason| BadValue { parameter, element: None, reason };
        let mut wrong = Vec::new();
        for (name, bound) in &self.0 {
            let (name, text) = (clipped(name, QUOTE_LIMIT), clipped(&bound.text, QUOTE_LIMIT));
            if !is_container_resource(&name) {
                wrong.push(bad(format!("names `{name}`, which is no resource of a container")));
            } else if !bound.quantity.is_ok_and(Quantity::is_positive) {
                let form = "no quantity above 0, such as `500m` or `2Gi`";
                wrong.push(bad(format!("has `{text}` for `{name}`, which is {form}")));
            }
        }
        if self.0.len() > MOST {
            wrong.push(bad(format!("names more than {MOST} resources")));
        }
        wrong
    }

    /// Which of them are below the `least` of the same resource.
    pub(super) fn below(&self, least: &Self, parameter: &'static str) -> Vec<BadValue> {
        let both =
            self.0.iter().filter_map(|(name, bound)| Some((name, bound, least.0.get(name)?)));
        let is_below = |bound: &Bound, least: &Bound| {
            bound.quantity.is_ok_and(|most| least.quantity.is_ok_and(|least| most < least))
        };
        let wrong = both.filter(|(_, bound, least)| is_below(bound, least));
        let bad = |(name, ..): (&String, _, _)| {
            let reason = format!("is below `min` for `{}`", clipped(name, QUOTE_LIMIT));
            BadValue { parameter, element: None, reason }
        };
        wrong.map(bad).collect()
    }
}

impl<'de> Deserialize<'de> for Amounts {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let written = BTreeMap::<String, String>::deserialize(input)?;
        let read = |text: String| Bound { quantity: Quantity::parse(&text), text };
        Ok(Self(written.into_iter().map(|(name, text)| (name, read(text))).collect()))
    }
}

impl Serialize for Amounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, bound)| (name, &bound.text)))
    }
}

impl JsonSchema for Amounts {
    fn schema_name() -> Cow<'static, str> {
        "Amounts".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "maxProperties": MOST,
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 64}
        })
    }
}
