//! Environment variables whose values are written down, where a rule can see them.

use std::fmt;

use crate::path::FieldPath;
use crate::rules::{Checked, Findings};
use crate::subject::{ContainerRef, ContainerRole, Pod};
use crate::text::{Characters, Quoted};

/// The longest name that a program asks for; what is longer is nobody's.
const NAME_LIMIT: usize = 253;

/// An environment variable whose value is written down.
#[derive(Clone, Copy)]
pub(super) struct Literal<'s, 'a> {
    /// Its name.
    pub(super) name: &'s str,
    /// Its value, which is never shown.
    pub(super) value: &'s str,
    /// The container.
    pub(super) container: ContainerRef<'s, 'a>,
    /// What is in its name and in its value.
    pub(super) characters: (Characters, Characters),
    index: usize,
}

/// The containers that are there to stay: somebody looks for something with an ephemeral one.
pub(super) fn lasting<'s, 'a>(pod: &'s Pod<'s, 'a>) -> impl Iterator<Item = ContainerRef<'s, 'a>> {
    pod.containers().filter(|c| c.role != ContainerRole::Ephemeral)
}

/// What may be in a text of which nothing is known.
const ANYTHING: (Characters, Characters) = (Characters::ANY, Characters::ANY);

/// The variables of a container whose values are written down and are not empty.
pub(super) fn literals<'s, 'a>(
    container: ContainerRef<'s, 'a>,
) -> impl Iterator<Item = Literal<'s, 'a>> {
    let characters = container.characters();
    container.spec.0.env.iter().enumerate().map(move |(index, variable)| {
        let name = variable.0.name.as_deref().filter(|name| name.len() <= NAME_LIMIT);
        let value = variable.0.value.as_deref().map(str::trim);
        let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
        let characters = characters.get(index).copied().unwrap_or(ANYTHING);
        Literal { name, value, container, characters, index }
    })
}

impl Literal<'_, '_> {
    /// Counts what it takes to look at it, so many times.
    pub(super) fn spend(&self, times: usize, found: &mut Findings<'_>) -> Checked {
        found.visit(1)?;
        found.spend(times * (self.name.len() + self.value.len()))
    }

    /// Where the variable stands.
    pub(super) fn at(&self) -> FieldPath {
        self.container.at(&["env"]).index(self.index)
    }

    /// Where its value stands.
    pub(super) fn value_at(&self) -> FieldPath {
        self.at().key("value")
    }
}

/// A variable as messages name it: `environment variable DEBUG of container "api"`.
impl fmt::Display for Literal<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if !self.name.is_empty() && self.name.bytes().all(is_plain) {
            write!(f, "environment variable {} of {}", self.name, self.container)
        } else {
            // Behind a `=` may stand what was meant to be the value.
            let name = self.name.split('=').next().unwrap_or_default();
            write!(f, "environment variable {} of {}", Quoted(name), self.container)
        }
    }
}
