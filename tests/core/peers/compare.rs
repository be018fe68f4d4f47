//! A peer's cases through policies of the rules that stand for its checks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use plimsoll::inventory::Inventory;
use plimsoll::policy::{Snapshot, load};
use plimsoll::review::review;
use plimsoll::rules::Budget;
use plimsoll::subject::{Subject, built_in_kind};
use plimsoll::yaml::{self, Node};
use support::corpora::Case;

use super::table::{Counterpart, Mapping, Table};

/// What makes a case none of the headline: the object is none that a cluster takes, or the verdict rests on
/// more than the object.
const APART: [&str; 12] = [
    "api-invalid",
    "removed-api",
    "malformed",
    "needs-cluster-lookup",
    "needs-values",
    "exemptions",
    "override-label",
    "admission-review",
    "mixed-verdicts",
    "configured",
    "subject-alert",
    "has-openshift",
];

/// What the cases of a peer come to.
#[derive(Default)]
pub struct Outcome {
    /// All cases but those that stand apart.
    pub cases: usize,
    /// Those of checks that no rule stands for.
    pub without: usize,
    pub compared: usize,
    pub agree: usize,
    /// Cases that stand apart: of each flag how many.
    pub apart: BTreeMap<&'static str, usize>,
    /// How many cases of the headline each check has.
    pub of_check: BTreeMap<String, usize>,
    /// How many cases each difference explains, in the order of the table.
    pub explained: Vec<usize>,
    unexplained: Vec<String>,
    unmapped: BTreeSet<String>,
    stale: Vec<String>,
}

impl Outcome {
    /// What must not be.
    pub fn faults(self) -> Vec<String> {
        let unmapped = self.unmapped.into_iter().map(|check| format!("not mapped: {check}"));
        self.unexplained.into_iter().chain(unmapped).chain(self.stale).collect()
    }
}

/// The policy of all rules that stand for a check; none where none does.
fn policy(mappings: &[&Mapping]) -> Option<Snapshot> {
    let rule = |mapping: &&Mapping| match mapping.counterpart {
        Counterpart::Rule { id, parameters } => Some(format!("{id}: {parameters}")),
        Counterpart::None(_) => None,
    };
    let rules: Vec<String> = mappings.iter().filter_map(rule).collect();
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: peer}}\n\
         spec: {{rules: {{{}}}}}\n",
        rules.join(", ")
    );
    (!rules.is_empty()).then(|| Snapshot::new(load("peer", &text).expect(&text)))
}

fn documents(path: &Path) -> Vec<Node> {
    let text = fs::read_to_string(path).unwrap_or_else(|_| panic!("{}", path.display()));
    yaml::documents(&text).into_iter().flatten().collect()
}

/// What the rules say of all objects of a case, with what stands around them.
fn ours(case: &Case, snapshot: &Snapshot) -> &'static str {
    let objects = documents(&case.path);
    let mut inventory = Inventory::complete();
    for object in &objects {
        inventory.observe(object);
    }
    for object in case.context.iter().flat_map(|path| documents(path)) {
        inventory.observe(&object);
    }
    let snapshot = snapshot.clone().with_inventory(inventory);
    let (mut undetermined, mut read) = (false, false);
    for object in &objects {
        let text = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
        let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        let Some(kind) = built_in_kind(group, text("kind")) else { continue };
        let Ok(subject) = Subject::read_tree(kind, object) else { continue };
        let (now, budget) = (Timestamp::UNIX_EPOCH, &mut Budget::default());
        let verdict = review(&subject, None, &snapshot, now, budget);
        if !verdict.violations.is_empty() {
            return "fail";
        }
        read = true;
        undetermined |= !verdict.undetermined.is_empty();
    }
    match (read, undetermined) {
        (false, _) => "not read",
        (true, true) => "undetermined",
        (true, false) => "pass",
    }
}

/// The one rule of the peer's check that a case is about, where it names it.
fn rule_of(case: &Case) -> Option<&str> {
    case.params.split(';').find_map(|part| part.strip_prefix("rule="))
}

pub fn outcome(cases: &[Case], table: &Table) -> Outcome {
    let mut found = Outcome { explained: vec![0; table.differences.len()], ..Outcome::default() };
    let mut snapshots: HashMap<(&str, Option<&str>), Option<Snapshot>> = HashMap::new();
    let mut used = BTreeSet::new();
    for case in cases {
        let apart: Vec<_> =
            APART.iter().filter(|flag| case.flags.iter().any(|f| f == *flag)).collect();
        if !apart.is_empty() {
            for flag in apart {
                *found.apart.entry(flag).or_default() += 1;
            }
            continue;
        }
        let mappings = table.of(&case.check, rule_of(case));
        found.cases += 1;
        let name = mappings.first().map_or(&*case.check, |mapping| mapping.check);
        *found.of_check.entry(name.to_owned()).or_default() += 1;
        used.extend(mappings.first().map(|mapping| mapping.check));
        if mappings.is_empty() {
            found.unmapped.insert(case.check.clone());
        }
        let key = (&*case.check, rule_of(case));
        let snapshot = snapshots.entry(key).or_insert_with(|| policy(&mappings));
        let Some(snapshot) = snapshot else {
            found.without += 1;
            continue;
        };
        compare(case, ours(case, snapshot), table, &mut found);
    }
    let stale = table.mappings.iter().filter(|mapping| !used.contains(mapping.check));
    found.stale.extend(stale.map(|mapping| format!("no case of {}", mapping.check)));
    let idle = table.differences.iter().zip(&found.explained).filter(|(_, cases)| **cases == 0);
    found.stale.extend(idle.map(|(line, _)| format!("explains nothing: {}", line.cases)));
    found
}

fn compare(case: &Case, ours: &str, table: &Table, found: &mut Outcome) {
    // What their rule skips, it says nothing against.
    let theirs = if case.expected == "skip" { "pass" } else { &*case.expected };
    found.compared += 1;
    if theirs == ours {
        found.agree += 1;
        return;
    }
    let reason = table.differences.iter().position(|d| d.explains(&case.id, theirs, ours));
    match reason.and_then(|at| found.explained.get_mut(at)) {
        Some(count) => *count += 1,
        None => found.unexplained.push(format!("{} | {theirs} | {ours} | ", case.id)),
    }
}
