//! How much of what well-known projects install fails each rule: what the modes of the shipped policies
//! are chosen by.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll::inventory::Inventory;
use plimsoll::policy::{PRODUCTION, Snapshot, built_in, load};
use plimsoll::review::review;
use plimsoll::rules::Budget;
use plimsoll::rules::catalog::CATALOG;
use plimsoll::subject::{Subject, built_in_kind};
use plimsoll::yaml::{self, Node};
use support::committed::assert_committed;
use support::corpora::corpus;
use support::rules::least;

/// How many objects of a rule's kinds there were, and how many fail it.
#[derive(Debug, Default, Clone, Copy)]
struct Share {
    objects: usize,
    failing: usize,
}

/// The documents of all manifests below a folder.
pub fn documents(folder: &Path, found: &mut Vec<Node>) {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut entries: Vec<PathBuf> = entries.collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.extend(yaml::documents(&fs::read_to_string(path).unwrap()).into_iter().flatten());
        }
    }
}

/// Every rule by itself, in a policy of its name.
fn each_rule() -> Snapshot {
    let policy = |id: &str| {
        format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {id}}}\n\
             spec: {{rules: {{{id}: {}}}}}\n",
            least(id)
        )
    };
    let all: Vec<String> = CATALOG.iter().map(|rule| policy(&rule.id)).collect();
    Snapshot::new(load("each", &all.join("---\n")).unwrap())
}

/// The shares, over each project by itself.
fn shares(root: &Path) -> (BTreeMap<String, Share>, usize) {
    let snapshot = each_rule();
    let (mut shares, mut objects) = (BTreeMap::<String, Share>::new(), 0);
    let projects = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    for project in projects.filter(|path| path.is_dir()) {
        let mut all = Vec::new();
        documents(&project, &mut all);
        let mut inventory = Inventory::complete();
        for document in &all {
            inventory.observe(document);
        }
        let snapshot = snapshot.clone().with_inventory(inventory);
        for document in &all {
            let text = |key: &str| document.get(key).and_then(Node::as_str).unwrap_or_default();
            let (version, kind) = (text("apiVersion"), text("kind"));
            let group = version.split_once('/').map_or("", |(group, _)| group);
            let Some(kind) = built_in_kind(group, kind) else { continue };
            let Ok(subject) = Subject::read_tree(kind, document) else { continue };
            let (now, budget) = (Timestamp::UNIX_EPOCH, &mut Budget::default());
            let verdict = review(&subject, None, &snapshot, now, budget);
            objects += 1;
            for tally in verdict.tallies.iter().filter(|tally| tally.total > 0) {
                let share = shares.entry(tally.policy.to_string()).or_default();
                share.objects += 1;
                let fails = verdict
                    .violations
                    .iter()
                    .any(|v| v.policies().any(|(p, _)| *p == tally.policy));
                share.failing += usize::from(fails);
            }
        }
    }
    (shares, objects)
}

#[test]
fn the_page_of_adoption_says_how_much_of_what_is_installed_fails_each_rule() {
    let Some(root) = corpus("realworld") else { return };
    let (shares, objects) = shares(&root);
    let production = built_in(PRODUCTION).unwrap();
    let mode = |id: &str| {
        let rule = production[0].rules.iter().find(|rule| rule.rule().id == id);
        rule.map_or("off", |rule| rule.mode(production[0].mode, Timestamp::UNIX_EPOCH).as_str())
    };
    let mut page = format!(
        "<!-- Made by `make bless` from the rules and manifests of nine projects; do not edit. -->\n\n# Adoption\n\n\
         What {objects} objects that nine well-known projects install come to, rule by rule, with the least that \
         a rule needs as its parameters: how many of them the rule is about, and how many fail it. Systems that \
         manage a cluster are among them, which need more than most programs do. The modes of `production` are \
         chosen with this in hand: it refuses what gives a node or a credential away and what a team can mend in \
         its own manifest; it warns where much fails or where the right answer depends on the site; the rest is off, \
         to be switched on in a policy of one's own.\n\n\
         | rule | severity | in `production` | objects | fail | share |\n| --- | --- | --- | --- | --- | --- |\n"
    );
    for rule in CATALOG {
        let Share { objects, failing } = shares.get(&*rule.id).copied().unwrap_or_default();
        let percent = (100 * failing + objects / 2).checked_div(objects).unwrap_or_default();
        let _ = writeln!(
            page,
            "| [`{0}`](rules.md#{0}) | {1} | {2} | {objects} | {failing} | {percent} % |",
            rule.id,
            rule.severity.as_str(),
            mode(&rule.id)
        );
    }
    assert_committed("docs/adoption.md", &page);
}
