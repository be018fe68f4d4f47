//! Objects that select pods by their labels: network policies and disruption budgets.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess};

use super::tolerant::{Tolerant, tolerant};

/// A label selector, as in the API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Selector {
    #[serde(deserialize_with = "tolerant")]
    match_labels: Labels,
    #[serde(deserialize_with = "tolerant")]
    match_expressions: Vec<Requirement>,
}

/// Labels and their values; what is no text is not there.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Labels(BTreeMap<String, String>);

/// Of the keys alone: whoever labels a Secret may write into a label what is none.
impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Labels {
    /// The label under a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Whether something has all of them.
    pub(super) fn fit<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.0.iter().all(|(key, value)| label(key) == Some(value))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how many bytes they take.
    pub(super) fn weight(&self) -> usize {
        self.0.iter().map(|(key, value)| 64 + key.len() + value.len()).sum()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Requirement {
    #[serde(deserialize_with = "tolerant")]
    key: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    operator: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    values: Vec<Option<String>>,
}

impl Tolerant for Option<Selector> {
    fn mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Selector::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

impl Tolerant for Requirement {
    fn mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(map))
    }
}

impl Tolerant for Labels {
    fn mapping<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut labels = BTreeMap::new();
        while let Some((key, Any(value))) = map.next_entry::<String, Any<Option<String>>>()? {
            labels.extend(value.map(|value| (key, value)));
        }
        Ok(Self(labels))
    }
}

struct Any<T>(T);

impl<'de, T: Tolerant> Deserialize<'de> for Any<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        tolerant(input).map(Self)
    }
}

/// A field `selector`, which is a label selector of most kinds, and plain labels of Services.
#[derive(Debug, Clone, Default)]
pub(super) struct AnySelector {
    /// As a label selector; none where the field is not there.
    pub(super) labelled: Option<Selector>,
    /// What is there beside the fields of one.
    pub(super) plain: Labels,
}

impl Tolerant for AnySelector {
    fn mapping<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut labelled, mut plain) = (Selector::default(), BTreeMap::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "matchLabels" => Any(labelled.match_labels) = map.next_value()?,
                "matchExpressions" => Any(labelled.match_expressions) = map.next_value()?,
                _ => {
                    let Any(value) = map.next_value::<Any<Option<String>>>()?;
                    plain.extend(value.map(|value| (key, value)));
                }
            }
        }
        Ok(Self { labelled: Some(labelled), plain: Labels(plain) })
    }
}

impl Selector {
    /// Whether it selects what has these labels. An operator that the API does not have selects
    /// nothing.
    fn fits<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        let of_labels = self.match_labels.fit(&label);
        let fits = |requirement: &Requirement| {
            let found = label(requirement.key.as_deref().unwrap_or_default());
            let is_among = |found: &str| {
                requirement.values.iter().any(|value| value.as_deref() == Some(found))
            };
            match requirement.operator.as_deref() {
                Some("In") => found.is_some_and(is_among),
                Some("NotIn") => !found.is_some_and(is_among),
                Some("Exists") => found.is_some(),
                Some("DoesNotExist") => found.is_none(),
                _ => false,
            }
        };
        of_labels && self.match_expressions.iter().all(fits)
    }

    /// The same without what Cilium writes in front of labels.
    fn without_sources(self) -> Self {
        let bare = |key: String| match key.split_once([':', '.']) {
            Some(("k8s" | "any", key)) => key.to_owned(),
            _ => key,
        };
        let labels = self.match_labels.0.into_iter().map(|(key, value)| (bare(key), value));
        let expressions = self.match_expressions.into_iter();
        let expressions =
            expressions.map(|one| Requirement { key: one.key.map(bare), ..one }).collect();
        Self { match_labels: Labels(labels.collect()), match_expressions: expressions }
    }

    fn weight(&self) -> usize {
        let values = self.match_expressions.iter().flat_map(|one| &one.values);
        let values = values.map(|value| 32 + value.as_ref().map_or(0, String::len));
        self.match_labels.weight() + values.sum::<usize>() + 96 * self.match_expressions.len()
    }
}

/// What an object selects pods for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selecting {
    selector: Selector,
    /// Whether what comes in is restricted, where it is a network policy.
    pub ingress: bool,
    /// Whether what goes out is.
    pub egress: bool,
}

impl Selecting {
    /// Pods that `selector` fits.
    pub(super) fn by(selector: Selector) -> Self {
        Self { selector, ingress: false, egress: false }
    }

    /// The same, as a network policy in these directions.
    pub(super) fn restricting(self, ingress: bool, egress: bool) -> Self {
        Self { ingress, egress, ..self }
    }

    /// The same, as Cilium writes labels.
    pub(super) fn of_cilium(self) -> Self {
        Self { selector: self.selector.without_sources(), ..self }
    }

    /// Whether a pod with these labels is selected.
    pub fn selects<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.selector.fits(label)
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        self.selector.weight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(selector: &str, labels: &[(&str, &'static str)]) -> bool {
        let selector = serde_json::from_str(selector).expect("a selector");
        let label = |key: &str| labels.iter().find(|(known, _)| *known == key).map(|(_, v)| *v);
        Selecting::by(selector).selects(label)
    }

    #[test]
    fn a_selector_means_what_it_means_to_the_api() {
        let api = [("app", "api"), ("tier", "front")];
        for (selector, fits) in [
            ("{}", true),
            (r#"{"matchLabels": {"app": "api"}}"#, true),
            (r#"{"matchLabels": {"app": "web"}}"#, false),
            (r#"{"matchLabels": {"app": "api", "x": "y"}}"#, false),
            (
                r#"{"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}"#,
                true,
            ),
            (
                r#"{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}"#,
                false,
            ),
            (
                r#"{"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["api"]}]}"#,
                true,
            ),
            (r#"{"matchExpressions": [{"key": "tier", "operator": "Exists"}]}"#, true),
            (r#"{"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}"#, false),
            (
                r#"{"matchExpressions": [{"key": "tier", "operator": "Gt", "values": ["1"]}]}"#,
                false,
            ),
        ] {
            assert_eq!(selects(selector, &api), fits, "{selector}");
        }
        let of_cilium =
            serde_json::from_str(r#"{"matchLabels": {"k8s:app": "api"}}"#).expect("one");
        assert!(
            Selecting::by(of_cilium).of_cilium().selects(|key| (key == "app").then_some("api"))
        );
    }
}
