//! The work of a review grows as what is in the object, never as its square (F-128).
//!
//! Steps are counted and not seconds, for every rule over every field that is read. That the steps
//! are worth their name is not held here: nothing looks at the clock.

use jiff::Timestamp;
use plimsoll::inventory::Inventory;
use plimsoll::policy::{self, Snapshot, Stance};
use plimsoll::review::{review, review_update};
use plimsoll::rules::catalog::CATALOG;
use plimsoll::rules::{Budget, Limits};
use plimsoll::subject::{BUILT_IN, Kind, Subject};
use serde_json::Value;
use support::shapes::{
    Fill, KEYS, Step, TOKENS, full, full_of, lists, own_fields, read_fields, run_of, shown, steps,
};

/// Every rule by itself that is about Pods, or that is about other objects alone.
fn rules(of_pods: bool) -> Vec<(&'static str, Snapshot)> {
    let alone = CATALOG.iter().map(|meta| (&*meta.id, snapshot(&[&meta.id], "latest")));
    alone.filter(|(_, snapshot)| is_about(snapshot, &BUILT_IN[0]) == of_pods).collect()
}

fn is_about(snapshot: &Snapshot, kind: &Kind) -> bool {
    snapshot.stance(kind) != Stance::Unread
}

fn snapshot(rules: &[&str], version: &str) -> Snapshot {
    let rules = support::rules::all(rules.iter().copied());
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: all}}\n\
         spec: {{podSecurityVersion: {version}, rules: {rules}}}"
    );
    let policies = policy::load("all.yaml", &text).unwrap_or_else(|errors| panic!("{errors:?}"));
    Snapshot::new(policies).with_inventory(Inventory::complete())
}

/// Enough of everything.
fn budget() -> Budget {
    let most = usize::MAX;
    Budget::new(Limits { findings: most, steps: u64::MAX, fingerprints: most })
}

fn read(text: &str) -> Subject<'_> {
    read_as(&BUILT_IN[0], text)
}

fn read_as<'t>(kind: &'t Kind, text: &'t str) -> Subject<'t> {
    let read = Subject::read(kind, text.as_bytes());
    read.unwrap_or_else(|error| panic!("{error}: {}", &text[..text.len().min(300)]))
}

fn steps_of_review(subject: &Subject<'_>, snapshot: &Snapshot) -> u64 {
    let mut budget = budget();
    review(subject, None, snapshot, Timestamp::UNIX_EPOCH, &mut budget);
    budget.steps()
}

fn steps_of_update(new: &Subject<'_>, old: &Subject<'_>, snapshot: &Snapshot) -> u64 {
    let mut budget = budget();
    review_update(new, Some(old), None, snapshot, Timestamp::UNIX_EPOCH, &mut budget);
    budget.steps()
}

/// What is lost where an object is twice as large, in hundredths.
const FACTOR: u64 = 220;

/// What may be added to that.
const SLACK: u64 = 500;

fn assert_linear(once: u64, twice: u64, what: &str) {
    assert!(twice * 100 <= once * FACTOR + SLACK * 100, "{what}: {once}, then {twice} steps");
    assert!(once > 0, "{what}: nothing was counted");
}

/// Holds what `make` makes of n and of 2n against each other, for each rule and for updates.
fn assert_each_linear(
    rules: &[(&'static str, Snapshot)],
    all: &Snapshot,
    make: impl Fn(usize, usize) -> String,
    what: &str,
) {
    assert_each_linear_of(&BUILT_IN[0], rules, all, make, what);
}

fn assert_each_linear_of(
    kind: &Kind,
    rules: &[(&'static str, Snapshot)],
    all: &Snapshot,
    make: impl Fn(usize, usize) -> String,
    what: &str,
) {
    let texts = [make(1, 100_000), make(2, 100_000)];
    let [once, twice] = texts.each_ref().map(|text| read_as(kind, text));
    for (id, snapshot) in rules {
        let steps = |subject| steps_of_review(subject, snapshot);
        assert_linear(steps(&once), steps(&twice), &format!("{id}: {what}"));
    }
    let steps = |a, b| steps_of_update(a, b, all);
    let other = make(1, 500_000);
    // Most of the time goes into updates, so that each token and leaf takes its turn with one of the
    // two; what holds no number is the same again whatever its turn.
    let is_turn_of_same = what.bytes().map(usize::from).sum::<usize>().is_multiple_of(2);
    if is_turn_of_same || other == texts[0] {
        let same = (steps(&once, &once), steps(&twice, &twice));
        assert_linear(same.0, same.1, &format!("the same again: {what}"));
    } else {
        let others = [other, make(2, 500_000)];
        let [once_other, twice_other] = others.each_ref().map(|text| read_as(kind, text));
        let update = (steps(&once, &once_other), steps(&twice, &twice_other));
        assert_linear(update.0, update.1, &format!("an update: {what}"));
    }
}

fn all_rules() -> Vec<Snapshot> {
    let ids: Vec<&str> = CATALOG.iter().map(|meta| &*meta.id).collect();
    ["latest", "v1.18"].map(|version| snapshot(&ids, version)).into()
}

fn bases(fields: &[(String, &'static str)]) -> [Value; 2] {
    ["text", "x_PASSWORD"].map(|text| full(fields, text))
}

fn fill<'f>(steps: &'f [Step], leaf: &'f str, key: &'f str, first: usize) -> Fill<'f> {
    Fill { steps, leaf, key, first, is_bare: false, widths: (512, 16_384) }
}

#[test]
fn f128_every_rule_takes_steps_as_any_text_is_long_of_half_of_the_tokens() {
    assert_texts_linear(0);
}

#[test]
fn f128_every_rule_takes_steps_as_any_text_is_long_of_the_other_half() {
    assert_texts_linear(1);
}

fn assert_texts_linear(half: usize) {
    let fields = read_fields();
    let (rules, all) = (rules(true), all_rules());
    let mut texts = 0;
    let bases = bases(&fields);
    for (path, _) in fields.iter().filter(|(_, kind)| matches!(*kind, "string" | "quantity")) {
        let steps = steps(path);
        for token in TOKENS.into_iter().skip(half).step_by(2) {
            let make = |times: usize, first: usize| {
                let leaf = run_of(token, 400 * times);
                fill(&steps, &leaf, "k#", first).with(&bases[texts % 2], 1)
            };
            let all = &all[texts / 2 % 2];
            assert_each_linear(&rules, all, make, &format!("{path} of {token}"));
            texts += 1;
        }
    }
    assert!(texts > 1_000, "{texts}");
}

#[test]
fn f128_every_rule_takes_steps_as_any_key_is_long() {
    let fields = read_fields();
    let (rules, all) = (rules(true), all_rules());
    let base = full(&fields, "text");
    for (path, _) in fields.iter().filter(|(path, _)| path.ends_with("{}")) {
        let steps = steps(path);
        for (token, key) in TOKENS.into_iter().flat_map(|t| KEYS.map(|key| (t, key))) {
            let make = |times: usize, first: usize| {
                let key = format!("{key}{}", token.repeat(400 * times / token.len()));
                fill(&steps, "\"1\"", &key, first).with(&base, 1)
            };
            for all in &all {
                assert_each_linear(&rules, all, make, &format!("a key of {path} of {token}"));
            }
        }
    }
}

#[test]
fn f128_every_rule_takes_steps_as_any_list_has_elements_that_are_full() {
    assert_lists_linear(false, (512, 16_384));
}

#[test]
fn f128_every_rule_takes_steps_as_any_list_has_elements_that_are_bare() {
    assert_lists_linear(true, (512, 4));
}

fn assert_lists_linear(is_bare: bool, widths: (usize, usize)) {
    let fields = read_fields();
    let (rules, all) = (rules(true), all_rules());
    for (number, base) in bases(&fields).iter().enumerate() {
        for (steps, leaf) in lists(&fields) {
            for key in KEYS.into_iter().filter(|key| *key == "k#" || is_annotation(&steps)) {
                let make = |times: usize, first: usize| {
                    let fill = fill(&steps, &leaf, key, first);
                    Fill { is_bare, widths, ..fill }.with(base, 16 * times)
                };
                let what = format!("{} of {leaf}, {widths:?}, {key}", shown(&steps));
                assert_each_linear(&rules, &all[usize::from(is_bare) ^ number], make, &what);
            }
        }
    }
}

fn is_annotation(steps: &[Step]) -> bool {
    steps.contains(&Step::Key("annotations".to_owned()))
}

/// The values of fields of other kinds: most rules about them look for some word.
const WORDS: [&str; 3] = ["*", "NodePort", "text"];

#[test]
fn f128_every_rule_about_another_kind_takes_steps_as_its_fields_are_long() {
    let all = all_rules();
    let mut held = 0;
    for kind in BUILT_IN {
        let (fields, mut rules) = (own_fields(kind), rules(false));
        rules.retain(|(_, snapshot)| is_about(snapshot, kind));
        if rules.is_empty() {
            continue;
        }
        for (number, word) in WORDS.into_iter().enumerate() {
            let base = full_of(kind, &fields, word);
            let all = &all[number % 2];
            for (steps, leaf) in lists(&fields) {
                for (is_bare, widths) in [(false, (512, 16_384)), (true, (512, 4))] {
                    let make = |times: usize, first: usize| {
                        let fill = fill(&steps, &leaf, "k#", first);
                        Fill { is_bare, widths, ..fill }.with(&base, 16 * times)
                    };
                    let what = format!("{}: {} of {leaf}, {word}", kind.kind, shown(&steps));
                    assert_each_linear_of(kind, &rules, all, make, &what);
                    held += 1;
                }
            }
            let is_text = |kind: &str| matches!(kind, "string" | "quantity" | "as written");
            for (path, _) in fields.iter().filter(|(_, kind)| is_text(kind)) {
                for token in ["*", "a", " ", ",", "/", "\\u0007"] {
                    let make = |times: usize, first: usize| {
                        let leaf = run_of(token, 400 * times);
                        fill(&steps(path), &leaf, "k#", first).with(&base, 1)
                    };
                    let what = format!("{}: {path} of {token}, {word}", kind.kind);
                    assert_each_linear_of(kind, &rules, all, make, &what);
                    held += 1;
                }
            }
        }
    }
    assert!(held > 800, "{held}");
}

/// A rule of a role is about each verb on each resource of each group of each name: all of that is
/// one finding, which takes no more than a bounded number of steps however many they are.
#[test]
fn f128_what_a_role_allows_is_held_against_the_past_within_bounds() {
    let role = |length: usize, first: usize| {
        let names = |start: &str| -> Vec<String> {
            (0..length).map(|n| format!("{start}{}", first + n)).collect()
        };
        let mut verbs = names("v");
        verbs.push("*".to_owned());
        serde_json::json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": "a"},
            "rules": [{"verbs": verbs, "apiGroups": names("g"), "resources": names("r"), "resourceNames": names("n")}],
        })
        .to_string()
    };
    let kind = BUILT_IN.iter().find(|kind| kind.kind == "ClusterRole").unwrap();
    let snapshot = snapshot(&["rbac-wildcard"], "latest");
    let steps = |length: usize| {
        let texts = [role(length, 1), role(length, 100_000)];
        let [new, old] = texts.each_ref().map(|text| read_as(kind, text));
        steps_of_update(&new, &old, &snapshot)
    };
    let few = steps(3);
    assert!(few > 3 * 3 * 3 * 4 * 128, "{few}: each is looked at");
    for length in [8, 30, 300, 2_000] {
        // One finding of the new object, and one of the old.
        let taken = steps(length);
        assert!(taken < 2 * 4_100_000 + 100 * length as u64, "{length}: {taken}");
    }
}

#[test]
fn a_review_that_takes_too_many_steps_ends_where_it_is() {
    let fields = read_fields();
    let base = full(&fields, "text");
    let steps = steps(".spec.containers[].args[]");
    let text = fill(&steps, "\"a=b c=d\"", "k#", 1).with(&base, 10_000);
    let subject = read(&text);
    let [snapshot, _] = <[Snapshot; 2]>::try_from(all_rules()).unwrap_or_else(|_| panic!("two"));
    let whole = steps_of_review(&subject, &snapshot);
    let mut budget = Budget::new(Limits { steps: whole / 2, ..Limits::default() });
    let verdict = review(&subject, None, &snapshot, Timestamp::UNIX_EPOCH, &mut budget);
    assert_eq!(verdict.ending, plimsoll::review::Ending::Spent);
    assert!(!verdict.allowed());
    assert!(budget.steps() < whole / 2 + 10_000, "{} of {whole}", budget.steps());
}
