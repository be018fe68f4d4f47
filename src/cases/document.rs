//! A document of cases with the policies that it is about.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::case::Case;
use super::spec::{CaseSpec, KIND, PolicyCases};
use super::{CaseResult, CasesError, CasesProblem, Surroundings};
use crate::path::FieldPath;
use crate::policy::spec::API_VERSION;
use crate::policy::{BUILT_IN_POLICIES, Snapshot, read_strictly};
use crate::text::nearest;
use crate::yaml::{Node, Place};

/// A document that can be run.
pub(super) struct Document<'d> {
    file: &'d str,
    node: &'d Node,
    cases: Vec<CaseSpec>,
    snapshot: Snapshot,
}

impl<'d> Document<'d> {
    /// Reads a document and the policies that it names, or says everything that is wrong with them.
    pub(super) fn read(
        file: &'d str,
        node: &'d Node,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, Vec<CasesError>> {
        let fail = |place: &Place, problem| CasesError::new(file, place, problem);
        let field = |name: &str| node.get(name).and_then(Node::as_str);
        if field("apiVersion") != Some(API_VERSION) || field("kind") != Some(KIND) {
            return Err(vec![fail(&node.place, CasesProblem::NotCases)]);
        }
        let spec = read_strictly::<PolicyCases>(node, "the document").map_err(|faults| {
            let faults = faults.iter();
            faults.map(|(at, text)| fail(at, CasesProblem::Field(text.clone()))).collect::<Vec<_>>()
        })?;
        let at = |path: &FieldPath| node.locate(path);
        let policies = FieldPath::root().key("policies");
        let mut problems = Vec::new();
        if spec.policies.is_empty() {
            problems.push(fail(at(&policies), CasesProblem::NoPolicy));
        }
        let (mut built_in, mut paths) = (Vec::new(), Vec::new());
        for (index, name) in spec.policies.iter().enumerate() {
            if is_path(name) {
                paths.push(name.as_str());
            } else if BUILT_IN_POLICIES.iter().any(|(known, _)| known == name) {
                built_in.push(name.as_str());
            } else {
                problems.push(fail(at(&policies.clone().index(index)), unknown_policy(name)));
            }
        }
        problems.extend(
            wrong_names(&spec.cases)
                .into_iter()
                .map(|(index, problem)| fail(at(&case_at(index).key("name")), problem)),
        );
        if spec.cases.is_empty() {
            problems.push(fail(at(&FieldPath::root().key("cases")), CasesProblem::Empty));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let snapshot = surroundings
            .policies(&built_in, &paths)
            .map_err(|text| vec![fail(at(&policies), CasesProblem::Policies(text))])?;
        Ok(Self { file, node, cases: spec.cases, snapshot })
    }

    /// Holds every case against the policies, in the order written.
    pub(super) fn run(
        &self,
        surroundings: &dyn Surroundings,
        clock: Timestamp,
    ) -> impl Iterator<Item = CaseResult> {
        self.cases.iter().enumerate().filter_map(move |(index, spec)| {
            let node = self.node.find(&case_at(index))?;
            let case = Case { file: self.file, node, spec, snapshot: &self.snapshot };
            let outcome = case.run(surroundings, clock);
            Some(CaseResult { name: spec.name.clone(), place: node.place.clone(), outcome })
        })
    }
}

fn case_at(index: usize) -> FieldPath {
    FieldPath::root().key("cases").index(index)
}

/// Whether a policy is named by its path: those of the built-in ones are single words.
fn is_path(name: &str) -> bool {
    let is_file = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
    is_file || name.contains('/') || name.starts_with('.')
}

fn unknown_policy(name: &str) -> CasesProblem {
    let known = BUILT_IN_POLICIES.iter().map(|(known, _)| *known);
    let hint = nearest(name, known).map_or_else(
        || format!("write a folder as `./{name}`, a file with its ending"),
        |near| format!("did you mean `{near}`?"),
    );
    CasesProblem::UnknownPolicy { name: name.to_owned(), hint }
}

/// What is wrong with the names of cases, by the number of the case.
fn wrong_names(cases: &[CaseSpec]) -> Vec<(usize, CasesProblem)> {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        if case.name.trim().is_empty() {
            wrong.push((index, CasesProblem::Nameless));
        } else if !seen.insert(&case.name) {
            wrong.push((index, CasesProblem::SameName(case.name.clone())));
        }
    }
    wrong
}
