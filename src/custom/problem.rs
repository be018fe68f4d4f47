//! What is wrong with a custom rule as it is written.

use crate::cel::{Environment, Program, Type};
use crate::path::FieldPath;

/// What makes no sense, and where in the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub at: FieldPath,
    /// What is wrong with it.
    pub text: String,
}

impl Problem {
    /// What is wrong with a field.
    pub fn new(at: FieldPath, text: impl Into<String>) -> Self {
        Self { at, text: text.into() }
    }
}

/// Reads the expression of a field, which has to come to a value of a type.
pub(super) fn compiled(
    at: &FieldPath,
    source: &str,
    environment: &Environment,
    wanted: Type,
) -> Result<Program, Vec<Problem>> {
    match Program::compile(source, environment) {
        Ok(program) if program.gives().may_be(wanted) => Ok(program),
        Ok(program) => {
            let text = format!("comes to {}, and has to come to {wanted}", program.gives());
            Err(vec![Problem::new(at.clone(), text)])
        }
        Err(mistakes) => {
            Err(mistakes.iter().map(|m| Problem::new(at.clone(), m.to_string())).collect())
        }
    }
}
