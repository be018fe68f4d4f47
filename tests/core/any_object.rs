//! Whatever an object is, its review ends within its bounds and without a panic: every object that
//! well-known projects install, and objects of every kind that are made up.
//!
//! `make test-objects` makes up a million; a test run as many as take a few seconds.

mod made_up;
mod worked_over;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use made_up::Maker;
use plimsoll::inventory::Inventory;
use plimsoll::policy::{Snapshot, load};
use plimsoll::review::{Ending, Verdict, review_update};
use plimsoll::rules::catalog::CATALOG;
use plimsoll::rules::{Budget, Limits};
use plimsoll::subject::{BUILT_IN, Kind, Subject, built_in_kind};
use plimsoll::yaml;
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};
use support::corpora::{corpus, say};
use support::rules;
use worked_over::Examples;

/// How many objects are made up where nobody says.
const OBJECTS: usize = 3_000;

/// How many objects are neighbours of one another.
const NEIGHBOURS: usize = 25;

/// How many steps a review may take for each byte of an object, over every rule there is, and how many
/// for anything.
const STEPS: (u64, u64) = (2_000, 200_000);

fn objects() -> usize {
    let told = std::env::var("PLIMSOLL_TEST_OBJECTS").ok();
    told.map_or(OBJECTS, |told| told.parse().expect("PLIMSOLL_TEST_OBJECTS is a number"))
}

/// Every rule, each refusing.
fn snapshot() -> Snapshot {
    let rules = rules::all(CATALOG.iter().map(|meta| &*meta.id));
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: all}}\n\
         spec: {{rules: {rules}}}"
    );
    Snapshot::new(load("all.yaml", &text).unwrap_or_else(|errors| panic!("{errors:?}")))
}

/// A review of an object by itself or as an update of another; none of what cannot be read.
fn reviewed(kind: &Kind, new: &str, old: Option<&str>, all: &Snapshot) -> Option<(Verdict, u64)> {
    let new = Subject::read(kind, new.as_bytes()).ok()?;
    let old = old.and_then(|old| Subject::read(kind, old.as_bytes()).ok());
    let mut budget = Budget::default();
    let now = Timestamp::UNIX_EPOCH;
    let verdict = review_update(&new, old.as_ref(), None, all, now, &mut budget);
    Some((verdict, budget.steps()))
}

/// Holds a review against its bounds; gives back the rules that found something, and none of what
/// cannot be read.
fn assert_bounded(
    kind: &Kind,
    new: &str,
    old: Option<&str>,
    all: &Snapshot,
) -> Option<BTreeSet<String>> {
    let outcome = catch_unwind(AssertUnwindSafe(|| reviewed(kind, new, old, all)));
    let outcome = outcome.unwrap_or_else(|_| panic!("a panic of a review of {new}, was {old:?}"));
    let (verdict, steps) = outcome?;
    assert_ne!(verdict.ending, Ending::Spent, "{new}, was {old:?}");
    let bytes = u64::try_from(new.len() + old.map_or(0, str::len)).unwrap();
    let most = (bytes * STEPS.0 + STEPS.1).min(2 * Limits::default().steps);
    assert!(steps <= most, "{steps} steps for {bytes} bytes: {new}, was {old:?}");
    for violation in &verdict.violations {
        let message = &violation.finding.message;
        assert!(!message.contains(char::is_control), "{message:?} of {new}");
    }
    Some(verdict.violations.iter().map(|violation| violation.rule.id.to_string()).collect())
}

#[test]
fn every_object_that_well_known_projects_install_is_reviewed_within_its_bounds() {
    let Some(root) = corpus("realworld") else { return };
    let mut documents = Vec::new();
    crate::adoption::documents(&root, &mut documents);
    let mut inventory = Inventory::complete();
    for document in &documents {
        inventory.observe(document);
    }
    let all = snapshot().with_inventory(inventory);
    let (mut count, mut readable) = (0, 0);
    for document in &documents {
        let text = |key| document.get(key).and_then(yaml::Node::as_str).unwrap_or_default();
        let group = text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
        let Some(kind) = built_in_kind(group, text("kind")) else { continue };
        let json = document.to_json();
        for old in [None, Some(&*json)] {
            let found = assert_bounded(kind, &json, old, &all);
            readable += usize::from(found.is_some());
            count += 1;
        }
    }
    assert!(count > 1_000, "{count}");
    // The API server could not read the few others either, such as a variable whose value is a number.
    assert!(readable * 100 > count * 98, "{readable} of {count}");
}

#[test]
fn every_object_that_can_be_made_up_is_reviewed_within_its_bounds() {
    let objects = objects();
    let seed = std::env::var("PLIMSOLL_TEST_SEED").ok();
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed_of(seed.as_deref()));
    let makers: Vec<_> =
        BUILT_IN.iter().map(|kind| (Maker::of(kind), Examples::of(kind))).collect();
    let make = |which: usize, rng: &mut TestRng| {
        let (maker, examples) = &makers[which];
        let example = if rng.random_bool(0.5) { examples.make(rng) } else { None };
        (which, example.unwrap_or_else(|| maker.make(rng)))
    };
    let all = snapshot();
    let (mut count, mut readable, mut updates) = (0, 0, 0_usize);
    let mut telling = BTreeSet::new();
    while count < objects {
        let of = rng.random_range(0..makers.len());
        let group: Vec<(usize, String)> = (0..NEIGHBOURS)
            .map(|n| {
                let which = if n % 2 == 0 { of } else { rng.random_range(0..makers.len()) };
                make(which, &mut rng)
            })
            .collect();
        let mut inventory = Inventory::complete();
        for (_, text) in &group {
            for document in yaml::documents(text).iter().flatten() {
                inventory.observe(document);
            }
        }
        let all = all.clone().with_inventory(inventory);
        for (n, (which, text)) in group.iter().enumerate() {
            let old = group.get(n.wrapping_sub(2)).filter(|(old, _)| n % 3 == 0 && old == which);
            let old = old.map(|(_, text)| text.as_str());
            let found = assert_bounded(&BUILT_IN[*which], text, old, &all);
            readable += usize::from(found.is_some());
            updates += usize::from(old.is_some());
            telling.extend(found.into_iter().flatten());
        }
        count += group.len();
    }
    let rules = telling.len();
    say(&format!(
        "{count} objects made up, {readable} could be read, {updates} as updates; {rules} rules of {} \
         found something",
        CATALOG.len()
    ));
    let silent: Vec<_> = CATALOG.iter().filter(|meta| !telling.contains(&*meta.id)).collect();
    let silent: Vec<_> = silent.iter().map(|meta| &meta.id).collect();
    assert!(readable > count / 4, "only {readable} of {count} can be read");
    assert!(updates > count / 20, "only {updates} of {count} are updates");
    assert!(silent.len() * 10 < CATALOG.len(), "these find nothing: {silent:?}");
}

/// The seed of a run: the same for the same text, and for none.
fn seed_of(text: Option<&str>) -> [u8; 32] {
    let mut seed = [7; 32];
    let text = text.unwrap_or_default().bytes();
    seed.iter_mut().zip(text).for_each(|(byte, given)| *byte = given);
    seed
}
