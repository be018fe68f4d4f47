//! Where a variable of a container comes from, and what is known of its value.
//!
//! As the kubelet puts an environment together (`makeEnvironmentVariables` of
//! `pkg/kubelet/kubelet_pods.go`): what stands in `env` goes before what comes from whole objects, and the
//! last of one name wins.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::contract_params::Origin;
use crate::inventory::{Held, KeySource, Keys, Unseen};
use crate::path::FieldPath;
use crate::rules::Context;
use crate::rules::variables::{Expansion, expanded};
use crate::subject::{ContainerRef, EnvVar, EnvVarSource};

/// A variable of a container.
pub(super) struct Variable<'s> {
    /// Where its value comes from.
    pub(super) origin: Origin,
    /// The field that says so.
    pub(super) at: FieldPath,
    /// Its value.
    pub(super) value: Known<'s>,
    /// Whether something that stands around the pod had a say: the object and the key that it comes
    /// from.
    pub(super) held_in: Option<(KeySource, &'s str, String)>,
    /// Whether it stands in `env`, and not in a whole object.
    pub(super) is_listed: bool,
}

/// What is known of a value.
pub(super) enum Known<'s> {
    /// This text.
    Text(Cow<'s, str>),
    /// That it is no text.
    NoText,
    /// Nothing, and nobody could say: it is told when the container starts.
    Later,
    /// Nothing, as nobody looks at it.
    Unseen(Unseen),
}

/// What came of looking for a variable.
pub(super) enum Found<'s> {
    /// It is there.
    Variable(Variable<'s>),
    /// It is not there.
    Nothing,
    /// It may be in an object at whose keys nobody looks.
    Perhaps(Unseen),
}

/// A container in its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Environment<'s, 'a> {
    pub(super) container: ContainerRef<'s, 'a>,
    pub(super) cx: Context<'s>,
}

impl<'s> Environment<'s, '_> {
    /// The variable of this name.
    pub(super) fn find(&self, name: &str) -> Found<'s> {
        let listed = self.container.variable(name, self.container.spec.0.env.len());
        match listed {
            Some((at, variable)) => Found::Variable(self.listed(at, variable)),
            None => self.in_objects(name),
        }
    }

    /// A variable of the list.
    pub(super) fn listed(&self, index: usize, variable: &'s EnvVar<'_>) -> Variable<'s> {
        let at = self.container.at(&["env"]).index(index);
        let literal = variable.value.as_ref().filter(|value| !value.is_empty());
        match (literal, &variable.value_from) {
            (None, Some(from)) => self.of_source(at, from),
            (value, _) => {
                let value = value.map_or("", |value| value.as_str());
                let (origin, value) = self.literal(index, value);
                Variable { origin, at, value, held_in: None, is_listed: true }
            }
        }
    }

    /// What a literal comes to. What is made from a Secret's value comes from there.
    fn literal(&self, index: usize, value: &'s str) -> (Origin, Known<'s>) {
        if !value.contains('$') {
            return (Origin::Literal, Known::Text(Cow::Borrowed(value)));
        }
        let text = match expanded(self.container, value, index) {
            Expansion::Text(text) => return (Origin::Literal, Known::Text(Cow::Owned(text))),
            Expansion::MadeFrom(_) | Expansion::Endless => Known::Later,
        };
        let names = value.split("$(").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        let mut parts = names.filter_map(|name| self.container.variable(name, index));
        let is_secret = parts.any(|(_, part)| {
            part.value_from.as_ref().is_some_and(|from| from.secret_key_ref.is_some())
        });
        (if is_secret { Origin::Secret } else { Origin::Literal }, text)
    }

    fn of_source(&self, at: FieldPath, from: &'s EnvVarSource<'_>) -> Variable<'s> {
        let (source, selector, keys) = match (&from.secret_key_ref, &from.config_map_key_ref) {
            (Some(selector), _) => (KeySource::Secret, selector, ["valueFrom", "secretKeyRef"]),
            (None, Some(selector)) => {
                (KeySource::ConfigMap, selector, ["valueFrom", "configMapKeyRef"])
            }
            (None, None) => return self.of_field(at, from),
        };
        let name = selector.name.as_deref().unwrap_or_default();
        let key = selector.key.as_deref().unwrap_or_default();
        let at = at.keys(&keys);
        self.held(source, name, key, at, true)
    }

    fn of_field(&self, at: FieldPath, from: &'s EnvVarSource<'_>) -> Variable<'s> {
        let path = from.field_ref.as_ref().and_then(|field| field.field_path.as_deref());
        let text = path.and_then(|path| self.container.pod().field(path));
        let value = text.map_or(Known::Later, |text| Known::Text(Cow::Borrowed(text)));
        let at = at.key("valueFrom");
        Variable { origin: Origin::Field, at, value, held_in: None, is_listed: true }
    }

    fn held(
        &self,
        source: KeySource,
        name: &'s str,
        key: &str,
        at: FieldPath,
        is_listed: bool,
    ) -> Variable<'s> {
        let origin = match source {
            KeySource::Secret => Origin::Secret,
            KeySource::ConfigMap => Origin::ConfigMap,
        };
        let value = match self.cx.neighbours.value(source, self.cx.namespace, name, key) {
            Ok(Some(Held::Text(text))) => Known::Text(Cow::Borrowed(text)),
            Ok(Some(Held::NoText)) => Known::NoText,
            // Longer than is kept, missing, or made by a controller: that is for `secret-references` to
            // say.
            Ok(Some(Held::Long) | None) => Known::Later,
            Err(unseen) => Known::Unseen(unseen),
        };
        Variable { origin, at, value, held_in: Some((source, name, key.to_owned())), is_listed }
    }

    /// The variable as whole objects have it, the last of which wins.
    fn in_objects(&self, name: &str) -> Found<'s> {
        let mut unseen = None;
        let spec: &'s _ = self.container.spec;
        for (index, from) in spec.0.env_from.iter().enumerate().rev() {
            let prefix = from.prefix.as_ref().map_or("", |prefix| prefix.as_str());
            let Some(key) = name.strip_prefix(prefix).filter(|key| !key.is_empty()) else {
                continue;
            };
            let sources = [
                (KeySource::Secret, &from.secret_ref, "secretRef"),
                (KeySource::ConfigMap, &from.config_map_ref, "configMapRef"),
            ];
            for (source, object, field) in sources {
                let Some(object) = object.as_ref().and_then(|o| o.name.as_deref()) else {
                    continue;
                };
                match self.cx.neighbours.keys(source, self.cx.namespace, object) {
                    Ok(Some(keys)) if keys.may_hold(key) => {
                        let at = self.container.at(&["envFrom"]).index(index).key(field);
                        let variable = self.held(source, object, key, at, false);
                        return match keys {
                            Keys::Known(_) => Found::Variable(variable),
                            Keys::Unknown => {
                                Found::Variable(Variable { value: Known::Later, ..variable })
                            }
                        };
                    }
                    Ok(_) => {}
                    Err(why) => {
                        unseen.get_or_insert(why);
                    }
                }
            }
        }
        unseen.map_or(Found::Nothing, Found::Perhaps)
    }

    /// The names of all variables that whole objects have and the list has not, and what could not be
    /// looked at for that.
    pub(super) fn names_in_objects(&self) -> (BTreeSet<String>, Option<Unseen>) {
        let (mut names, mut unseen) = (BTreeSet::new(), None);
        for from in &self.container.spec.0.env_from {
            let prefix = from.prefix.as_ref().map_or("", |prefix| prefix.as_str());
            let sources = [
                (KeySource::Secret, &from.secret_ref),
                (KeySource::ConfigMap, &from.config_map_ref),
            ];
            for (source, object) in sources {
                let Some(object) = object.as_ref().and_then(|o| o.name.as_deref()) else {
                    continue;
                };
                match self.cx.neighbours.keys(source, self.cx.namespace, object) {
                    Ok(Some(Keys::Known(keys))) => {
                        names.extend(keys.iter().map(|key| format!("{prefix}{key}")));
                    }
                    Ok(_) => {}
                    Err(why) => {
                        unseen.get_or_insert(why);
                    }
                }
            }
        }
        let listed = self.container.spec.0.env.len();
        names.retain(|name| self.container.variable(name, listed).is_none());
        (names, unseen)
    }

    /// Whether whole objects have a say at all.
    pub(super) fn has_objects(&self) -> bool {
        !self.container.spec.0.env_from.is_empty()
    }
}
