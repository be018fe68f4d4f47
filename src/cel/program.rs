//! An expression that was found to be one, and what it may ask for.

use std::collections::BTreeSet;

use super::compile::compile;
use super::environment::{Environment, Mistake};
use super::evaluate::evaluate;
use super::meter::{Failure, Meter};
use super::node::Node;
use super::run::Inputs;
use super::types::Type;
use super::value::Value;

/// An expression, ready to be evaluated.
#[derive(Debug)]
pub struct Program {
    node: Node,
    gives: Type,
    reads: BTreeSet<usize>,
}

impl Program {
    /// Reads an expression.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as that can be told without evaluating it: its
    /// syntax, names and functions that there are not, values of types that cannot be right.
    pub fn compile(source: &str, environment: &Environment) -> Result<Self, Vec<Mistake>> {
        let (node, gives, reads) = compile(source, environment)?;
        Ok(Self { node, gives, reads })
    }

    /// The type of what it comes to, as far as it is known.
    pub fn gives(&self) -> Type {
        self.gives
    }

    /// Whether it asks for the variable at this place.
    pub fn reads(&self, input: usize) -> bool {
        self.reads.contains(&input)
    }

    /// What it comes to.
    ///
    /// # Errors
    /// What keeps it from coming to anything.
    pub fn evaluate<'t>(
        &'t self,
        inputs: &dyn Inputs<'t>,
        meter: &mut Meter,
    ) -> Result<Value<'t>, Failure> {
        evaluate(&self.node, inputs, meter)
    }
}
