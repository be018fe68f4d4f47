//! One case: the write that it tells of, reviewed, and held against what it expects.

use std::cell::RefCell;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::spec::CaseSpec;
use super::{CasesError, CasesProblem, Failure, Outcome, Surroundings, expectation};
use crate::check::Written;
use crate::check::objects;
use crate::inventory::Inventory;
use crate::path::FieldPath;
use crate::policy::{Making, Operation, Requester, Snapshot};
use crate::review::{Verdict, Violation};
use crate::rules::Limits;
use crate::subject::{BUILT_IN, Kind, Source, Subject, Write};
use crate::text::nearest;
use crate::yaml::{Node, Place};

/// A case, and what it is held against.
pub(super) struct Case<'c> {
    pub(super) file: &'c str,
    pub(super) node: &'c Node,
    pub(super) spec: &'c CaseSpec,
    pub(super) snapshot: &'c Snapshot,
}

/// An object, and the file that it stands in.
struct Manifest {
    file: String,
    node: Node,
}

impl Case<'_> {
    /// Runs it.
    pub(super) fn run(&self, surroundings: &dyn Surroundings, clock: Timestamp) -> Outcome {
        match self.decide(surroundings, clock) {
            Ok(failure) if failure.differences.is_empty() => Outcome::Passed,
            Ok(failure) => Outcome::Failed(failure),
            Err(problems) => Outcome::Undecided(problems),
        }
    }

    fn decide(
        &self,
        surroundings: &dyn Surroundings,
        clock: Timestamp,
    ) -> Result<Failure, Vec<CasesError>> {
        let mut problems = self.senseless();
        let mut object = |field, at: &Option<String>, is_written| {
            let found = self.object(field, at.as_deref(), is_written, surroundings);
            found.map_err(|problem| problems.push(problem)).unwrap_or(None)
        };
        let CaseSpec { resource, resource_file, old_resource, old_resource_file, .. } = self.spec;
        let new = object("resource", resource_file, resource.is_some());
        let old = object("oldResource", old_resource_file, old_resource.is_some());
        let neighbours = self.neighbours(surroundings, &mut problems);
        let Some(new) = new.filter(|_| problems.is_empty()) else { return Err(problems) };
        let mut inventory = Inventory::complete();
        for neighbour in neighbours.iter().chain([&new]) {
            inventory.observe(&neighbour.node);
        }
        let snapshot = self.snapshot.clone().with_inventory(inventory);
        let compared = self.compared(&new, old.as_ref(), &snapshot, clock);
        compared.map_err(|problem| vec![problem])
    }

    /// What comes of the write, whenever it takes place.
    fn compared(
        &self,
        new: &Manifest,
        old: Option<&Manifest>,
        snapshot: &Snapshot,
        clock: Timestamp,
    ) -> Result<Failure, CasesError> {
        let mut written = new.written(snapshot)?;
        let mut before = old.map(|old| Ok((old, old.written(snapshot)?))).transpose()?;
        let review = self.review(&written.subject, before.is_some());
        let source = old.map(|old| Source::Node(&old.node));
        let write = Some(Write { before: source, review: review.as_bytes() });
        written.subject.write = write;
        if let Some((_, before)) = &mut before {
            before.subject.write = write;
        }
        if let Some((old, before)) = &before {
            let is_same = (before.subject.kind, &before.subject.namespace, &before.subject.name)
                == (written.subject.kind, &written.subject.namespace, &written.subject.name);
            if !is_same {
                let problem = CasesProblem::AnotherObject(before.subject.title());
                return Err(old.fail(&old.node.place, problem));
            }
        }
        let groups: Vec<&str> = self.spec.groups.iter().map(String::as_str).collect();
        let user = self.spec.user.as_deref();
        let making = Making::unseen(user, written.subject.kind);
        let by = |operation| Requester { user, groups: &groups, operation, making };
        let (creates, updates) = (by(Operation::Create), by(Operation::Update));
        let verdict = |now| {
            let limits = Limits::default();
            let verdict = match &before {
                Some((_, before)) => written.update(before, Some(&updates), limits, snapshot, now),
                None => written.create(Some(&creates), limits, snapshot, now),
            };
            verdict.map_err(|(place, problem)| new.fail(&place, CasesProblem::Review(problem)))
        };
        let place = |violation: &Violation| new.place_of(violation);
        let is_one_policy = snapshot.policies().len() == 1;
        let compare = |verdict: &Verdict| {
            expectation::compare(&self.spec.expect, verdict, is_one_policy, &place)
        };
        let Some(now) = self.spec.now else {
            let failure = compare(&verdict(clock)?);
            for moment in [Timestamp::MIN, Timestamp::MAX] {
                if compare(&verdict(moment)?).differences != failure.differences {
                    return Err(self.fail(&self.node.place, CasesProblem::DependsOnTime));
                }
            }
            return Ok(failure);
        };
        Ok(compare(&verdict(now)?))
    }

    /// The request, as far as the case tells of it.
    fn review(&self, subject: &Subject<'_>, is_update: bool) -> String {
        let Kind { group, kind, resource, .. } = subject.kind;
        let mut request = json!({
            "operation": if is_update { "UPDATE" } else { "CREATE" }, "name": subject.name,
            "kind": {"group": group, "kind": kind}, "resource": {"group": group, "resource": resource},
            "dryRun": false
        });
        let user = self.spec.user.as_ref();
        let user = user.map(|user| json!({"username": user, "groups": self.spec.groups}));
        let namespace = subject.namespace.as_deref().map(Value::from);
        if let Some(request) = request.as_object_mut() {
            request.extend(user.map(|user| ("userInfo".to_owned(), user)));
            request.extend(namespace.map(|namespace| ("namespace".to_owned(), namespace)));
        }
        json!({"request": request}).to_string()
    }

    /// What is wrong with the case itself.
    fn senseless(&self) -> Vec<CasesError> {
        let expect = FieldPath::root().key("expect");
        let problems = expectation::problems(&self.spec.expect, self.snapshot.policies(), &expect);
        let with_place =
            problems.into_iter().map(|(at, problem)| self.fail(self.node.locate(&at), problem));
        with_place.collect()
    }

    /// The object of a field, written out or in a file of its own; none where there is neither.
    fn object(
        &self,
        field: &'static str,
        file: Option<&str>,
        is_written: bool,
        surroundings: &dyn Surroundings,
    ) -> Result<Option<Manifest>, CasesError> {
        let place = self.node.entry(field).map_or(&self.node.place, |entry| &entry.key_place);
        match (self.node.get(field).filter(|_| is_written), file) {
            (Some(_), Some(_)) => Err(self.fail(place, CasesProblem::Twice(field))),
            (Some(node), None) => Ok(Some(self.inline(node))),
            (None, None) if field == "resource" => Err(self.fail(place, CasesProblem::NoResource)),
            (None, None) => Ok(None),
            (None, Some(path)) => {
                let place = self.node.locate(&FieldPath::root().key(format!("{field}File")));
                let found = self.read(path, place, surroundings).map_err(|mut problems| {
                    problems.truncate(1);
                    problems.pop()
                });
                match found {
                    Ok(mut found) if found.len() == 1 => Ok(found.pop()),
                    Ok(found) => {
                        let (file, count) = (path.to_owned(), found.len());
                        Err(self.fail(place, CasesProblem::NotOne { file, count }))
                    }
                    Err(Some(problem)) => Err(problem),
                    Err(None) => Ok(None),
                }
            }
        }
    }

    fn neighbours(
        &self,
        surroundings: &dyn Surroundings,
        problems: &mut Vec<CasesError>,
    ) -> Vec<Manifest> {
        let written = self.node.get("neighbours").and_then(Node::as_sequence);
        let mut all: Vec<Manifest> =
            written.into_iter().flatten().map(|node| self.inline(node)).collect();
        for (index, path) in self.spec.neighbour_files.iter().enumerate() {
            let at = FieldPath::root().key("neighbourFiles").index(index);
            match self.read(path, self.node.locate(&at), surroundings) {
                Ok(found) => all.extend(found),
                Err(found) => problems.extend(found),
            }
        }
        for neighbour in &all {
            if neighbour.name().is_none() {
                let problem = CasesProblem::Nobody;
                problems.push(neighbour.fail(&neighbour.node.place, problem));
            }
        }
        all
    }

    fn inline(&self, node: &Node) -> Manifest {
        Manifest { file: self.file.to_owned(), node: node.clone() }
    }

    /// The objects of a file that is named at `place`, or everything in it that is none.
    fn read(
        &self,
        path: &str,
        place: &Place,
        surroundings: &dyn Surroundings,
    ) -> Result<Vec<Manifest>, Vec<CasesError>> {
        let sources = surroundings
            .manifests(path)
            .map_err(|text| vec![self.fail(place, CasesProblem::File(text))])?;
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for source in sources {
            for object in objects::of_text(&source.text) {
                let file = source.name.clone();
                match object {
                    Ok(object) => found.push(Manifest { file, node: object.node }),
                    Err((place, problem)) => {
                        let problem = CasesProblem::Review(problem);
                        problems.push(CasesError::new(&file, &place, problem));
                    }
                }
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    fn fail(&self, place: &Place, problem: CasesProblem) -> CasesError {
        CasesError::new(self.file, place, problem)
    }
}

impl Manifest {
    fn fail(&self, place: &Place, problem: CasesProblem) -> CasesError {
        CasesError::new(&self.file, place, problem)
    }

    fn text(&self, key: &str) -> &str {
        self.node.get(key).and_then(Node::as_str).unwrap_or_default()
    }

    /// What every object in a cluster has.
    fn name(&self) -> Option<&str> {
        let name = self.node.get("metadata")?.get("name")?.as_str();
        name.filter(|_| !self.text("kind").is_empty() && !self.text("apiVersion").is_empty())
    }

    fn written<'a>(&'a self, snapshot: &'a Snapshot) -> Result<Written<'a>, CasesError> {
        let read = Written::read(&self.node, snapshot, &RefCell::default());
        let read =
            read.map_err(|(place, problem)| self.fail(&place, CasesProblem::Review(problem)))?;
        read.ok_or_else(|| {
            let kind = self.text("kind");
            let own = snapshot.policies().iter().flat_map(|policy| &policy.kinds);
            let known: Vec<&str> = BUILT_IN.iter().chain(own).map(|k| k.kind.as_ref()).collect();
            let hint = match nearest(kind, known.into_iter()) {
                Some(near) if near != kind => format!("did you mean `{near}`?"),
                _ => "a policy names other kinds under `spec.match.kinds`".to_owned(),
            };
            let version = self.text("apiVersion");
            let group = version.split_once('/').map_or("", |(group, _)| group);
            let (kind, group) = (kind.to_owned(), group.to_owned());
            let place = self.node.locate(&FieldPath::root().key("kind"));
            self.fail(place, CasesProblem::UnknownKind { kind, group, hint })
        })
    }

    fn place_of(&self, violation: &Violation) -> String {
        let Place { line, column, .. } = self.node.locate(&violation.finding.at);
        format!("{}:{line}:{column}", self.file)
    }
}
