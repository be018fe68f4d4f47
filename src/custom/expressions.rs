//! The expressions of a custom rule, ready to be evaluated.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde::de::DeserializeSeed;

use super::problem::{Problem, compiled};
use super::spec::{CustomSpec, VariableSpec};
use crate::cel::{Environment, Program, Type};
use crate::path::FieldPath;
use crate::subject::{Tree, TreeSeed};

/// The places of what is given to an expression.
pub(super) const OBJECT: usize = 0;
pub(super) const OLD_OBJECT: usize = 1;
pub(super) const REQUEST: usize = 2;
pub(super) const NAMESPACE_OBJECT: usize = 3;
pub(super) const PARAMS: usize = 4;
pub(super) const CONTAINERS: usize = 5;
/// The place of the first variable.
pub(super) const VARIABLES: usize = 6;

/// What is given to every expression.
pub(super) fn environment() -> Environment {
    Environment::default()
        .with("object", Type::Dyn)
        .with("oldObject", Type::Dyn)
        .with("request", Type::Dyn)
        .with("namespaceObject", Type::Dyn)
        .with("params", Type::Dyn)
        .with("containers", Type::List)
}

/// What a rule evaluates.
#[derive(Debug)]
pub(super) struct Expressions {
    pub(super) holds: Program,
    pub(super) message: Option<Program>,
    pub(super) variables: Vec<Program>,
    pub(super) params: Tree<'static>,
}

/// The most bytes that `params` takes as a tree.
const PARAMS_ROOM: usize = 1 << 20;

impl Expressions {
    /// Those of a rule that stands at `at`.
    pub(super) fn of(spec: &CustomSpec, at: &FieldPath) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let (variables, environment) =
            variables(&spec.variables, &at.clone().key("variables"), &mut problems);
        let mut keep = |made: Result<Program, Vec<Problem>>| match made {
            Ok(program) => Some(program),
            Err(wrong) => {
                problems.extend(wrong);
                None
            }
        };
        let holds = &at.clone().key("expression");
        let holds = keep(compiled(holds, &spec.expression, &environment, Type::Bool));
        let said = &at.clone().key("messageExpression");
        let message = spec.message_expression.as_deref();
        let message =
            message.and_then(|source| keep(compiled(said, source, &environment, Type::String)));
        let room = Cell::new(PARAMS_ROOM);
        let params = spec.params.clone().map_or(Ok(Tree::Null), |params| {
            TreeSeed::within(&room).deserialize(serde_json::Value::Object(params))
        });
        let params = params.unwrap_or_else(|_| {
            problems.push(Problem::new(at.clone().key("params"), "is too large"));
            Tree::Null
        });
        match holds {
            Some(holds) if problems.is_empty() => Ok(Self { holds, message, variables, params }),
            _ => Err(problems),
        }
    }
}

/// The variables, and what is given to an expression that stands behind them.
fn variables(
    specs: &[VariableSpec],
    at: &FieldPath,
    problems: &mut Vec<Problem>,
) -> (Vec<Program>, Environment) {
    let mut environment = environment();
    let mut programs = Vec::with_capacity(specs.len());
    let mut names = BTreeSet::new();
    for (index, spec) in specs.iter().enumerate() {
        let here = at.clone().index(index);
        if !names.insert(&spec.name) {
            let text = format!("`{}` is there twice", spec.name);
            problems.push(Problem::new(here.clone().key("name"), text));
        }
        let made = compiled(&here.key("expression"), &spec.expression, &environment, Type::Dyn);
        let gives = made.as_ref().map_or(Type::Dyn, Program::gives);
        environment = environment.with(format!("variables.{}", spec.name), gives);
        match made {
            Ok(program) => programs.push(program),
            Err(wrong) => problems.extend(wrong),
        }
    }
    (programs, environment)
}
