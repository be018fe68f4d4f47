//! What keeps cases from being held against their policies.

use std::fmt;

use thiserror::Error;

use super::spec::KIND;
use crate::policy::POLICY_SIZE_LIMIT;
use crate::policy::spec::API_VERSION;
use crate::report::ReviewProblem;
use crate::text::printable;
use crate::yaml::{DocumentProblem, Place};

/// What is wrong with a file of cases, or with a manifest that it names, and where.
#[derive(Debug)]
pub struct CasesError {
    /// The file as it was named.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub problem: Box<CasesProblem>,
}

impl CasesError {
    pub(super) fn new(file: &str, place: &Place, problem: CasesProblem) -> Self {
        Self { file: file.to_owned(), place: place.clone(), problem: Box::new(problem) }
    }
}

impl std::error::Error for CasesError {}

impl fmt::Display for CasesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, .. } = self.place;
        write!(f, "{}:{line}:{column}: ", printable(&self.file))?;
        let text = self.problem.to_string();
        // Those of policies are a list.
        let lines: Vec<_> = text.split('\n').map(printable).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// What may be wrong with cases.
#[derive(Debug, Error)]
pub enum CasesProblem {
    /// The text is not YAML.
    #[error("{0}")]
    Yaml(#[from] DocumentProblem),
    /// A field that is not there, misspelt, or of another type.
    #[error("{0}")]
    Field(String),
    /// The document is of another kind.
    #[error("no cases: expected apiVersion `{API_VERSION}` and kind `{KIND}`")]
    NotCases,
    /// There is nothing to run, which would look like success.
    #[error("holds no case; write one under `cases`")]
    Empty,
    /// The file is larger than a policy may be.
    #[error("larger than {POLICY_SIZE_LIMIT} bytes; make two files of it")]
    TooLarge,
    /// A folder's file that would be passed over for its name.
    #[error("holds `{KIND}`, and its name does not say so; call it `*.cases.yaml`")]
    Misnamed,
    /// There is nothing to hold cases against.
    #[error("names no policy; write a file, a folder or the name of a built-in policy")]
    NoPolicy,
    /// A word that is neither a path nor the name of a built-in policy.
    #[error("no built-in policy is called `{name}`; {hint}")]
    UnknownPolicy {
        /// The word.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// The policies cannot be put in force.
    #[error("{0}")]
    Policies(String),
    /// Two cases of one document have one name, so that nobody could tell them apart.
    #[error("two cases are called `{0}`; rename one")]
    SameName(String),
    /// A name that is empty.
    #[error("a case needs a name; say what is claimed")]
    Nameless,
    /// An object is written out, and a file named as well.
    #[error("`{0}` and `{0}File` are both there; remove one")]
    Twice(&'static str),
    /// There is nothing to review.
    #[error("lacks what is written; put it under `resource`, or its file under `resourceFile`")]
    NoResource,
    /// Whatever comes is as expected, which would look like success.
    #[error("`expect` expects nothing; write `allowed`, or ids of rules under `denied`")]
    NothingExpected,
    /// No verdict is like that.
    #[error("`expect` cannot be met: {0}")]
    Contradiction(&'static str),
    /// A rule that no policy has.
    #[error("{policies} no rule `{name}`; {hint}")]
    UnknownRule {
        /// Which policies, and that they lack it.
        policies: String,
        /// The rule as it is written.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// A manifest that is named cannot be read.
    #[error("{0}")]
    File(String),
    /// A manifest that is named holds more or less than the one object of a case.
    #[error("`{file}` holds {count} objects, and a case is about one; give it a file of its own")]
    NotOne {
        /// The manifest.
        file: String,
        /// How many there are.
        count: usize,
    },
    /// A neighbour that no cluster could hold, so that it would count for nothing.
    #[error("a neighbour needs `apiVersion`, `kind` and `metadata.name`")]
    Nobody,
    /// An object that cannot be reviewed.
    #[error("{0}")]
    Review(ReviewProblem),
    /// A kind that no rule reads.
    #[error("no policy is about kind `{kind}` of group `{group}`; {hint}")]
    UnknownKind {
        /// The kind.
        kind: String,
        /// Its group, which is empty for the oldest kinds.
        group: String,
        /// What may have been meant.
        hint: String,
    },
    /// An update makes no other object of one.
    #[error("the old resource is {0}; an update changes neither kind nor namespace nor name")]
    AnotherObject(String),
    /// Today's result is not tomorrow's.
    #[error("what comes out depends on the day; write a moment under `now`")]
    DependsOnTime,
}
