//! Reading pod templates from wherever a kind has them, many in one pass.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::borrowed::Str;
use super::mapping::Mapping;
use super::pod::PodTemplateSpec;
use super::template::TemplatePath;

/// A pod template and which of its kind's it is.
#[derive(Debug)]
pub struct FoundTemplate<'a> {
    /// The number of its path among those of the kind.
    pub path: usize,
    /// The template.
    pub template: PodTemplateSpec<'a>,
}

/// The paths that are still to be followed from where a reader stands.
///
/// As the paths of a kind are in order, those that begin with the same keys are neighbours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'k> {
    /// Paths whose first `depth` keys lead here.
    paths: &'k [TemplatePath],
    /// The number of the first of them among all of the kind.
    first: usize,
    depth: usize,
}

impl<'k> Wanted<'k> {
    /// All of `paths`, of which the first has this number among those of its kind.
    pub(super) fn of(paths: &'k [TemplatePath], first: usize) -> Self {
        Self { paths, first, depth: 0 }
    }
}

impl Wanted<'_> {
    /// Whether a template stands right here.
    fn is_here(&self) -> bool {
        matches!(self.paths, [only] if only.keys().len() == self.depth)
    }

    /// What is wanted below `key`, and the bit that says it was there; none where nothing is.
    fn below(self, key: &str) -> Option<(Self, u64)> {
        let leads = |path: &TemplatePath| path.keys().get(self.depth).is_some_and(|k| k == key);
        let start = self.paths.iter().position(leads)?;
        let rest = self.paths.get(start..)?;
        let count = rest.iter().take_while(|path| leads(path)).count();
        let paths = rest.get(..count)?;
        let below = Self { paths, first: self.first + start, depth: self.depth + 1 };
        Some((below, 1 << start))
    }
}

/// Reads the value of `key` where a template is wanted there or below, and skips it otherwise.
pub(super) fn follow<'de, A: MapAccess<'de>>(
    key: &str,
    wanted: Wanted<'_>,
    seen: &mut Seen,
    map: &mut A,
    found: &mut Vec<FoundTemplate<'de>>,
) -> Result<(), A::Error> {
    let Some((wanted, bit)) = wanted.below(key) else {
        return map.next_value::<IgnoredAny>().map(drop);
    };
    seen.once(bit, key)?;
    map.next_value_seed(TemplateSeed { wanted, found })
}

/// Which of the few keys that are read were there already, a bit for each.
#[derive(Debug, Default)]
pub(super) struct Seen(u64);

impl Seen {
    pub(super) fn once<E: Error>(&mut self, bit: u64, key: &str) -> Result<(), E> {
        if self.0 & bit != 0 {
            return Err(E::custom(format_args!("duplicate field `{key}`")));
        }
        self.0 |= bit;
        Ok(())
    }
}

/// Walks the remaining keys to pod templates; `null` on the way is an absent template.
struct TemplateSeed<'k, 'f, 'de> {
    wanted: Wanted<'k>,
    found: &'f mut Vec<FoundTemplate<'de>>,
}

impl<'de> DeserializeSeed<'de> for TemplateSeed<'_, '_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if !self.wanted.is_here() {
            return deserializer.deserialize_option(self);
        }
        let template = Option::<Mapping<PodTemplateSpec<'de>>>::deserialize(deserializer)?;
        let path = self.wanted.first;
        self.found.extend(template.map(|Mapping(template)| FoundTemplate { path, template }));
        Ok(())
    }
}

impl<'de> Visitor<'de> for TemplateSeed<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = Seen::default();
        while let Some(key) = map.next_key::<Str<'de>>()? {
            follow(key.as_str(), self.wanted, &mut seen, &mut map, self.found)?;
        }
        Ok(())
    }
}
