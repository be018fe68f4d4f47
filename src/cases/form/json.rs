//! For programs.

use serde_json::{Value, json as object};

use crate::cases::{CaseResult, CasesError, FileResult, Outcome, Sums};

/// One record for each case, one for each thing that is wrong with a file, and the sums.
///
/// # Errors
/// None that is known: text and numbers are all that it is made of.
pub fn json(files: &[FileResult]) -> Result<String, serde_json::Error> {
    let cases: Vec<Value> =
        files.iter().flat_map(|file| file.cases.iter().map(|c| record(&file.file, c))).collect();
    let errors: Vec<Value> = files.iter().flat_map(|file| &file.problems).map(error).collect();
    let Sums { passed, failed, errors: undecided } = Sums::of(files);
    let whole = object!({
        "cases": cases,
        "errors": errors,
        "passed": passed,
        "failed": failed,
        "undecided": undecided,
    });
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

fn record(file: &str, case: &CaseResult) -> Value {
    let (outcome, differences, details, errors) = match &case.outcome {
        Outcome::Passed => ("passed", Vec::new(), &[][..], Vec::new()),
        Outcome::Failed(failure) => {
            let differences = failure
                .differences
                .iter()
                .map(|of| object!({"field": of.field, "expected": of.expected, "found": of.found}));
            ("failed", differences.collect(), failure.details.as_slice(), Vec::new())
        }
        Outcome::Undecided(problems) => {
            ("error", Vec::new(), &[][..], problems.iter().map(error).collect())
        }
    };
    object!({
        "name": case.name,
        "file": file,
        "line": case.place.line,
        "column": case.place.column,
        "outcome": outcome,
        "differences": differences,
        "details": details,
        "errors": errors,
    })
}

fn error(error: &CasesError) -> Value {
    object!({
        "file": error.file,
        "line": error.place.line,
        "column": error.place.column,
        "message": error.problem.to_string(),
    })
}
