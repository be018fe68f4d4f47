//! The cases of one file.

use jiff::Timestamp;

use super::document::Document;
use super::{CasesError, CasesProblem, FileResult, Surroundings};
use crate::files::SourceText;
use crate::policy::POLICY_SIZE_LIMIT;
use crate::yaml::{self, Place};

/// Runs the cases of one file; `clock` is what a case must not depend on that names no moment.
pub fn run(source: &SourceText, surroundings: &dyn Surroundings, clock: Timestamp) -> FileResult {
    let file = source.name.clone();
    let mut result = FileResult { file, problems: Vec::new(), cases: Vec::new() };
    let start = Place { line: 1, column: 1, span: 0..0 };
    let fail = |place: &Place, problem| CasesError::new(&source.name, place, problem);
    if source.text.len() > POLICY_SIZE_LIMIT {
        result.problems.push(fail(&start, CasesProblem::TooLarge));
        return result;
    }
    for document in yaml::documents(&source.text) {
        match document {
            Ok(node) => match Document::read(&source.name, &node, surroundings) {
                Ok(document) => result.cases.extend(document.run(surroundings, clock)),
                Err(problems) => result.problems.extend(problems),
            },
            Err(error) => result.problems.push(fail(&error.place, error.problem.into())),
        }
    }
    if result.cases.is_empty() && result.problems.is_empty() {
        result.problems.push(fail(&start, CasesProblem::Empty));
    }
    result
}
