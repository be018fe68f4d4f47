//! Reading an object into the view: one pass over its JSON, whichever deserializer does it.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::borrowed::{Map, Secretive, Str};
use super::kind::{TemplatePath, WorkloadKind};
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
    /// The pod templates that are there, in the order of their paths; of a Pod, the Pod itself.
    pub templates: Vec<FoundTemplate<'a>>,
}

/// A pod template and which of its kind's it is.
#[derive(Debug)]
pub struct FoundTemplate<'a> {
    /// The number of its path among those of the kind.
    pub path: usize,
    /// The template.
    pub template: PodTemplateSpec<'a>,
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
    pub annotations: Map<'a, Secretive<'a>>,
}

/// The most templates that one pass looks for: a bit for each says whether it was there already.
const PASS_LIMIT: usize = 64;

/// Reads an [`Object`] with those of its pod templates that stand at some paths of its kind.
///
/// One pass reads any number of templates that stand beside each other, and there is but one for
/// every kind of Kubernetes itself. Where two policies disagree so far that one's template is
/// inside the other's, the object is read once for each path.
#[derive(Debug, Clone, Copy)]
pub struct ObjectSeed<'k> {
    wanted: Wanted<'k>,
}

impl<'k> ObjectSeed<'k> {
    /// What reads a whole object of this kind; none where one pass cannot.
    pub fn of(kind: &'k WorkloadKind) -> Option<Self> {
        let mut passes = Self::passes(kind);
        passes.next().filter(|_| passes.next().is_none())
    }

    /// What reads an object of this kind, one after the other.
    pub(super) fn passes(kind: &'k WorkloadKind) -> impl Iterator<Item = Self> {
        let size = if kind.has_nested_templates() { 1 } else { PASS_LIMIT };
        kind.templates().chunks(size).enumerate().map(move |(number, paths)| Self {
            wanted: Wanted { paths, first: number * size, depth: 0 },
        })
    }
}

/// The paths that are still to be followed from where a reader stands.
///
/// As the paths of a kind are in order, those that begin with the same keys are neighbours.
#[derive(Debug, Clone, Copy)]
struct Wanted<'k> {
    /// Paths whose first `depth` keys lead here.
    paths: &'k [TemplatePath],
    /// The number of the first of them among all of the kind.
    first: usize,
    depth: usize,
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
        let (mut common, mut templates) = (Seen::default(), Seen::default());
        let is_pod = self.wanted.is_here();
        while let Some(key) = map.next_key::<Str<'de>>()? {
            match key.as_str() {
                "apiVersion" => {
                    common.once::<A::Error>(1, &key)?;
                    object.api_version = map.next_value()?;
                }
                "kind" => {
                    common.once::<A::Error>(2, &key)?;
                    object.kind = map.next_value()?;
                }
                "metadata" => {
                    common.once::<A::Error>(4, &key)?;
                    metadata = map.next_value()?;
                }
                "spec" if is_pod => {
                    common.once::<A::Error>(8, &key)?;
                    spec = map.next_value()?;
                }
                key => follow(key, self.wanted, &mut templates, &mut map, &mut object.templates)?,
            }
        }
        object.metadata = metadata.unwrap_or_default().0;
        if is_pod {
            let metadata = TemplateMeta {
                labels: object.metadata.labels.clone(),
                annotations: object.metadata.annotations.clone(),
            };
            let template = PodTemplateSpec { metadata: Some(Mapping(metadata)), spec };
            object.templates.push(FoundTemplate { path: self.wanted.first, template });
        }
        object.templates.sort_by_key(|found| found.path);
        Ok(object)
    }
}

/// Reads the value of `key` where a template is wanted there or below, and skips it otherwise.
fn follow<'de, A: MapAccess<'de>>(
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
#[derive(Default)]
struct Seen(u64);

impl Seen {
    fn once<E: Error>(&mut self, bit: u64, key: &str) -> Result<(), E> {
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
