//! What cases came to.

use super::CasesError;
use crate::yaml::Place;

/// What the cases of one file came to.
#[derive(Debug)]
pub struct FileResult {
    /// The file as it was named.
    pub file: String,
    /// What is wrong with the file, or a document of it: none of its cases was run.
    pub problems: Vec<CasesError>,
    /// The cases, in the order written.
    pub cases: Vec<CaseResult>,
}

/// What one case came to.
#[derive(Debug)]
pub struct CaseResult {
    /// What the case claims.
    pub name: String,
    /// Where it stands in its file.
    pub place: Place,
    /// What came out.
    pub outcome: Outcome,
}

/// How a case ended.
#[derive(Debug)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Otherwise.
    Failed(Failure),
    /// Not at all, because of these.
    Undecided(Vec<CasesError>),
}

/// In what a verdict is another than expected.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What was expected and what came, for each part of the verdict that is another.
    pub differences: Vec<Difference>,
    /// Of each rule that should have said something, or should not have, what it said.
    pub details: Vec<String>,
}

/// One part of a verdict, as it was expected and as it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field of `expect`.
    pub field: &'static str,
    /// As it was expected.
    pub expected: String,
    /// As it came.
    pub found: String,
}

/// How many cases ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// As expected.
    pub passed: usize,
    /// Otherwise.
    pub failed: usize,
    /// What was not decided: cases, and files and documents that could not be read.
    pub errors: usize,
}

impl Sums {
    /// The sums of these files.
    pub fn of(files: &[FileResult]) -> Self {
        let mut sums = Self::default();
        for file in files {
            sums.errors += file.problems.len();
            for case in &file.cases {
                match case.outcome {
                    Outcome::Passed => sums.passed += 1,
                    Outcome::Failed(_) => sums.failed += 1,
                    Outcome::Undecided(_) => sums.errors += 1,
                }
            }
        }
        sums
    }
}

impl Failure {
    /// The failure as lines to read: `-` is what was expected, `+` what came.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        let difference = |of: &Difference| {
            let Difference { field, expected, found } = of;
            [format!("- {field}: {expected}"), format!("+ {field}: {found}")]
        };
        let details = self.details.iter().map(|detail| format!("  {detail}"));
        self.differences.iter().flat_map(difference).chain(details)
    }
}
