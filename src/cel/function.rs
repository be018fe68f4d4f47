//! A function: what it takes, what it gives, and what makes that.

use super::meter::{Failure, Meter};
use super::types::Type;
use super::value::Value;

/// A function, called by its name alone or on a value.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// Whether it is called on its first argument: `x.name()`.
    pub(super) is_method: bool,
    pub(super) overloads: &'static [Overload],
}

/// A function for arguments of these types.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overload {
    pub(super) takes: &'static [Type],
    pub(super) gives: Type,
    pub(super) call: Call,
}

/// What makes a value of others.
pub(super) type Call = for<'t> fn(&[Value<'t>], &mut Meter) -> Result<Value<'t>, Failure>;

impl Overload {
    pub(super) const fn new(takes: &'static [Type], gives: Type, call: Call) -> Self {
        Self { takes, gives, call }
    }

    /// Whether it is for values that may be of these types.
    pub(super) fn may_take(&self, types: &[Type]) -> bool {
        self.takes.len() == types.len()
            && self.takes.iter().zip(types).all(|(takes, of)| takes.may_be(*of))
    }

    fn takes(&self, arguments: &[Value<'_>]) -> bool {
        self.takes.len() == arguments.len()
            && self
                .takes
                .iter()
                .zip(arguments)
                .all(|(takes, value)| *takes == Type::Dyn || *takes == value.of_type())
    }
}

/// What a function makes of these arguments.
pub(super) fn call<'t>(
    name: &'static str,
    overloads: &[Overload],
    arguments: &[Value<'t>],
    meter: &mut Meter,
) -> Result<Value<'t>, Failure> {
    let found = overloads.iter().find(|overload| overload.takes(arguments));
    (found.ok_or(Failure::NoSuchOverload(name))?.call)(arguments, meter)
}

impl Function {
    pub(super) const fn global(name: &'static str, overloads: &'static [Overload]) -> Self {
        Self { name, is_method: false, overloads }
    }

    pub(super) const fn method(name: &'static str, overloads: &'static [Overload]) -> Self {
        Self { name, is_method: true, overloads }
    }
}
