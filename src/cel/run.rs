//! An evaluation under way.

use super::meter::{Failure, Meter};
use super::node::Node;
use super::value::Value;

/// What gives the variables of an expression their values, when they are asked for.
pub trait Inputs<'t> {
    /// The value of the variable at this place of its [`Environment`](super::Environment).
    ///
    /// # Errors
    /// [`Failure::Unknown`] where nobody knows it here, and whatever keeps it from being made.
    fn get(&self, input: usize, meter: &mut Meter) -> Result<Value<'t>, Failure>;
}

/// An evaluation under way.
pub(super) struct Run<'t, 'r> {
    pub(super) inputs: &'r dyn Inputs<'t>,
    /// The variables of the comprehensions around.
    pub(super) locals: Vec<Value<'t>>,
    pub(super) meter: &'r mut Meter,
    /// What evaluates a part.
    pub(super) each: Each<'t, 'r>,
}

/// What evaluates a part.
type Each<'t, 'r> = fn(&mut Run<'t, 'r>, &'t Node) -> Result<Value<'t>, Failure>;

impl<'t> Run<'t, '_> {
    /// The value of a part of the expression.
    pub(super) fn value(&mut self, node: &'t Node) -> Result<Value<'t>, Failure> {
        (self.each)(self, node)
    }

    /// Whether a part is true.
    pub(super) fn truth(&mut self, node: &'t Node, user: &'static str) -> Result<bool, Failure> {
        match self.value(node)? {
            Value::Bool(is_true) => Ok(is_true),
            _ => Err(Failure::NoSuchOverload(user)),
        }
    }
}
