//! Every page tells the truth: its examples are refused and admitted as it says, with the very
//! answer it shows, and the patch of every finding makes it go away.

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll::inventory::{Inventory, KeySource, Neighbour, NeighbourKind, Sight};
use plimsoll::policy::{self, Requester, Snapshot};
use plimsoll::review::{Verdict, review};
use plimsoll::rules::catalog::CATALOG;
use plimsoll::rules::{Budget, Remedy, RuleDescription, Standard, Undetermined};
use plimsoll::subject::Subject;
use plimsoll::yaml;
use serde_json::Value;
use support::committed::{assert_committed, repository};
use support::page::{self, Part};

/// One example of a page.
struct Example<'p> {
    meta: &'static RuleDescription,
    params: &'p str,
    version: &'p str,
    user: Option<&'p str>,
    now: Timestamp,
    /// Whether it is looked at as a file, in which nothing is filled in.
    in_manifest: bool,
    seen: Seen,
    manifests: &'p str,
}

/// What is known of the neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Seen {
    /// All that the example says.
    All,
    /// That there are none.
    NoNeighbours,
    /// The same, but for those of a kind.
    AllBut(Neighbour),
    /// The same, and those of a kind until a moment.
    StaleOf(Neighbour),
    /// Nothing.
    Nothing,
}

impl Example<'_> {
    fn snapshot(&self) -> Snapshot {
        let id = &self.meta.id;
        let rule = match self.params.trim() {
            "" => format!("    {id}: {{}}\n"),
            _ => format!("    {id}:\n{}", indented(self.params, "      ")),
        };
        let text = format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: example}}\n\
             spec:\n  podSecurityVersion: {}\n  rules:\n{rule}",
            self.version
        );
        let policies = policy::load("the page's parameters", &text)
            .unwrap_or_else(|errors| panic!("{}: {errors:?}", self.meta.id));
        let mut inventory = Inventory::complete();
        for document in yaml::documents(self.manifests) {
            inventory.observe(&document.expect("an example is readable"));
        }
        let see = |inventory: &mut Inventory, of: Neighbour, sight| {
            let kinds = NeighbourKind::all().filter(|kind| kind.tells_of(of));
            kinds.for_each(|kind| inventory.see(kind, sight));
            for source in [KeySource::ConfigMap, KeySource::Secret] {
                if source.value() == of {
                    inventory.see_values(source, sight);
                }
            }
        };
        match self.seen {
            Seen::All => {}
            Seen::NoNeighbours => inventory = Inventory::complete(),
            Seen::AllBut(of) => see(&mut inventory, of, Sight::NotLookedAt),
            Seen::StaleOf(of) => see(&mut inventory, of, Sight::StaleSince(Timestamp::UNIX_EPOCH)),
            Seen::Nothing => inventory = Inventory::default(),
        }
        Snapshot::new(policies).with_inventory(inventory)
    }

    /// The first document, as JSON.
    fn object(&self) -> Value {
        let first = yaml::documents(self.manifests).remove(0).expect("an example is readable");
        serde_json::from_str(&first.to_json()).unwrap()
    }

    fn verdict(&self, object: &Value) -> Verdict {
        let snapshot = self.snapshot();
        let (group, _) = object["apiVersion"].as_str().unwrap().split_once('/').unwrap_or(("", ""));
        let kind =
            snapshot.kinds().find(group, object["kind"].as_str().unwrap()).expect("a workload");
        let json = object.to_string();
        let mut subject = Subject::read(kind, json.as_bytes()).unwrap();
        subject.is_defaulted = !self.in_manifest;
        let requester = self.user.map(Requester::named);
        let requester = requester.as_ref();
        review(&subject, requester, &snapshot, self.now, &mut Budget::default())
    }

    fn check_patches(&self, verdict: &Verdict) {
        let object = self.object();
        for violation in &verdict.violations {
            let finding = &violation.finding;
            let Remedy::Edit(_) = finding.remedy else { continue };
            let patch = finding.remedy.patch(&object).expect("an edit has a patch");
            assert_eq!(patch.0.len(), 1, "a patch is minimal");
            let mut fixed = object.clone();
            json_patch::patch(&mut fixed, &patch)
                .unwrap_or_else(|e| panic!("{}: {e}", self.meta.id));
            let after = self.verdict(&fixed);
            let same = |v: &&plimsoll::review::Violation| {
                v.finding.message == finding.message && v.finding.container == finding.container
            };
            let count = |v: &Verdict| v.violations.iter().filter(same).count();
            assert!(
                count(&after) < count(verdict) && after.violations.len() < verdict.violations.len(),
                "{}: {patch} does not mend {finding:?}",
                self.meta.id
            );
        }
    }
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect()
}

fn answer(verdict: &Verdict) -> String {
    let found = verdict
        .violations
        .iter()
        .map(|v| format!("{}\n  {}\n", v.finding.message, v.finding.remedy));
    let open = verdict.undetermined.iter().map(|u| format!("undetermined: {}\n", u.why));
    found.chain(open).collect()
}

/// Runs one example; the answer that the page has to show, where it shows one.
fn run(example: &Example<'_>, claim: &str) -> Option<String> {
    let (id, text) = (&example.meta.id, example.manifests);
    let verdict = example.verdict(&example.object());
    example.check_patches(&verdict);
    match claim {
        "pass" => {
            assert_eq!(answer(&verdict), "", "{id}: an example that should pass:\n{text}");
            return None;
        }
        "fail" => assert!(!verdict.violations.is_empty(), "{id}: should fail:\n{text}"),
        "undetermined" => {
            assert!(!verdict.undetermined.is_empty(), "{id}: should be open:\n{text}");
        }
        other => panic!("{id}: an example claims `{other}`"),
    }
    Some(answer(&verdict))
}

/// The beginning of the day on which an example is looked at, such as `now=2026-12-01`.
fn moment<'w>(mut words: impl Iterator<Item = &'w str>) -> Timestamp {
    let day = words.find_map(|word| word.strip_prefix("now="));
    day.map_or(Timestamp::UNIX_EPOCH, |day| format!("{day}T00:00:00Z").parse().expect("a day"))
}

/// Shows each example of a page as `seen`, written by a user where one is named.
fn each(meta: &'static RuleDescription, seen: Seen, user: Option<&str>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let mut params = String::new();
    for part in page::parts(&meta.page) {
        let Part::Block(info, manifests) = &part else { continue };
        match info.get(1).map(String::as_str) {
            Some("params") => params.clone_from(manifests),
            Some("pass" | "fail" | "undetermined") => {
                let params = &std::mem::take(&mut params);
                let now = moment(info.iter().map(String::as_str));
                let version = "latest";
                let in_manifest = info.iter().any(|word| word == "in=manifest");
                let example =
                    Example { meta, params, version, user, now, in_manifest, seen, manifests };
                verdicts.push(example.verdict(&example.object()));
            }
            _ => {}
        }
    }
    verdicts
}

/// The neighbours of which nothing is known and of which a rule would have to know.
fn lacking(meta: &'static RuleDescription, seen: Seen) -> BTreeSet<Neighbour> {
    let verdicts = each(meta, seen, None);
    let undetermined = verdicts.iter().flat_map(|verdict| &verdict.undetermined);
    let kind = |why| match why {
        Undetermined::Neighbours(unseen) => Some(unseen.kind),
        Undetermined::Requester | Undetermined::Expression(_) => None,
    };
    undetermined.filter_map(|rule| kind(rule.why)).collect()
}

/// What a neighbour is, or is not known to be, moves a verdict on a write between warning, passing
/// and undetermined only: it may be applied a second later.
#[test]
fn no_neighbour_moves_a_verdict_on_a_write_to_or_from_a_refusal() {
    let mut moved = BTreeSet::new();
    for meta in CATALOG {
        let allowed = |seen| -> Vec<bool> {
            each(meta, seen, Some("somebody")).iter().map(Verdict::allowed).collect()
        };
        let others =
            Neighbour::ALL.into_iter().flat_map(|of| [Seen::AllBut(of), Seen::StaleOf(of)]);
        for seen in others.chain([Seen::NoNeighbours, Seen::Nothing]) {
            assert_eq!(allowed(seen), allowed(Seen::All), "{}: {seen:?}", meta.id);
            let found = |seen| -> Vec<usize> {
                let verdicts = each(meta, seen, Some("somebody"));
                verdicts.iter().map(|verdict| verdict.violations.len()).collect()
            };
            if found(seen) != found(Seen::All) {
                moved.insert(&*meta.id);
            }
        }
    }
    // Or it would be said of nothing.
    let wanted = [
        "alert-rules",
        "autoscaler-target",
        "autoscaling",
        "backup-schedule",
        "blocking-disruption-budget",
        "dangling-ingress",
        "dangling-monitor",
        "dangling-network-policy",
        "dangling-service",
        "environment-contract",
        "fixed-replicas-under-autoscaler",
        "headless-service",
        "ingress-headers",
        "ingress-host-conflict",
        "metrics-scraped",
        "network-policy",
        "pod-disruption-budget",
        "replicas",
        "secret-references",
        "service-account-exists",
        "service-target-port",
        "topology-spread",
    ];
    assert_eq!(moved, wanted.into());
}

#[test]
fn a_rule_asks_for_all_neighbours_that_it_says_and_for_no_others() {
    for meta in CATALOG {
        let params = support::rules::least(&meta.id);
        let policy = format!(
            "{{apiVersion: plimsoll.dev/v1alpha1, kind: DeployPolicy, metadata: {{name: a}}, \
             spec: {{match: {{controllers: Ignore}}, rules: {{{}: {params}}}}}}}",
            meta.id
        );
        let says = Snapshot::new(policy::load("a", &policy).unwrap()).needs();
        let asks: BTreeSet<_> =
            Neighbour::ALL.into_iter().flat_map(|kind| lacking(meta, Seen::AllBut(kind))).collect();
        assert_eq!(asks, says, "{}", meta.id);
        // What it does not say it is not shown.
        assert_eq!(lacking(meta, Seen::All), BTreeSet::new(), "{}", meta.id);
    }
}

/// Takes the answer that a page shows now, which the real one replaces.
fn take_shown_answer(id: &str, parts: &mut impl Iterator<Item = Part>) {
    let shown = match (parts.next(), parts.next()) {
        (Some(Part::Prose(gap)), Some(Part::Block(info, _))) => {
            gap.trim().is_empty() && info == ["text"]
        }
        _ => false,
    };
    assert!(
        shown,
        "{id}: an empty `text` block must follow a failing example; then run `make bless`"
    );
}

/// Runs the examples of a page; returns the page with the answers put in.
fn replay(meta: &'static RuleDescription) -> String {
    let mut replayed: Vec<Part> = Vec::new();
    let mut params = String::new();
    let mut claims = Vec::new();
    let mut parts = page::parts(&meta.page).into_iter();
    while let Some(part) = parts.next() {
        let Part::Block(info, manifests) = &part else {
            replayed.push(part);
            continue;
        };
        let words: Vec<&str> = info.iter().map(String::as_str).collect();
        if let ["yaml"] = words.as_slice() {
            let readable = yaml::documents(manifests).iter().all(Result::is_ok);
            assert!(readable, "{}: YAML to copy that cannot be read", meta.id);
            replayed.push(part);
            continue;
        }
        let ["yaml", claim, rest @ ..] = words.as_slice() else {
            panic!("{}: a block that is no example: {info:?}", meta.id)
        };
        if *claim == "params" {
            params.clone_from(manifests);
            replayed.push(part);
            continue;
        }
        let user = rest.iter().find_map(|word| word.strip_prefix("as="));
        let version = rest.iter().find(|word| !word.contains('=')).copied().unwrap_or("latest");
        let seen = if *claim == "undetermined" { Seen::Nothing } else { Seen::All };
        let params = std::mem::take(&mut params);
        let (now, params) = (moment(rest.iter().copied()), &params);
        let in_manifest = rest.contains(&"in=manifest");
        let example = Example { meta, params, version, user, now, in_manifest, seen, manifests };
        let shown = run(&example, claim);
        claims.push((*claim).to_owned());
        replayed.push(part);
        if let Some(shown) = shown {
            take_shown_answer(&meta.id, &mut parts);
            replayed.push(Part::Prose("\n".to_owned()));
            replayed.push(Part::Block(vec!["text".to_owned()], shown));
        }
    }
    let has = |claim: &str| claims.iter().any(|c| c == claim);
    assert!(has("fail") && has("pass"), "{}: a page needs examples of both kinds", meta.id);
    page::text(&replayed)
}

#[test]
fn every_page_tells_the_truth() {
    for meta in CATALOG {
        let page = format!("src/rules/{}/{}.md", meta.group, meta.id).replace('-', "_");
        assert_committed(&page, &replay(meta));
    }
}

#[test]
fn every_page_has_its_sections_in_order() {
    for meta in CATALOG {
        let headings: Vec<&str> = meta.page.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(headings, ["## Why", "## Fix", "## Examples"], "{}", meta.id);
        assert!(
            !meta.page.starts_with('#'),
            "{}: a page begins with what the rule checks",
            meta.id
        );
    }
}

#[test]
fn every_rule_file_is_listed_and_has_a_page() {
    for group in std::fs::read_dir(repository().join("src/rules")).unwrap() {
        let group = group.unwrap().path();
        if !group.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&group).unwrap() {
            let file = file.unwrap().path();
            let stem = file.file_stem().unwrap().to_str().unwrap().replace('_', "-");
            if file.extension().is_some_and(|e| e == "md") || file.with_extension("md").exists() {
                assert!(
                    CATALOG.iter().any(|meta| meta.id == stem),
                    "{} is in no catalog",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn the_first_page_counts_the_rules_that_there_are() {
    let text = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    let says = words.windows(2).find(|pair| pair[1].starts_with("rules.")).map(|pair| pair[0]);
    assert_eq!(says, Some(CATALOG.len().to_string().as_str()));
}

#[test]
fn the_catalog_is_sorted_unique_and_voiced() {
    assert!(CATALOG.windows(2).all(|pair| pair[0].id < pair[1].id), "sorted by id");
    for meta in CATALOG {
        let kebab = meta.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(
            kebab && !meta.id.starts_with("no-") && !meta.id.starts_with("require-"),
            "{}",
            meta.id
        );
        let sentence = &meta.checklist;
        assert!(sentence.ends_with('.') && sentence.len() < 100, "{}: {sentence}", meta.id);
        assert!(sentence.chars().next().unwrap().is_uppercase(), "{}: {sentence}", meta.id);
    }
}

/// A standard that nobody finds under its name answers nothing.
#[test]
fn what_a_rule_answers_of_standards_is_named_as_they_name_it() {
    let is_number = |text: &str| {
        let parts: Vec<&str> = text.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| part.parse::<u8>().is_ok())
    };
    for meta in CATALOG {
        let known = BTreeSet::from_iter(meta.standards);
        assert_eq!(known.len(), meta.standards.len(), "{}: one twice", meta.id);
        for standard in meta.standards {
            let is_good = match standard {
                Standard::PodSecurity(level) => ["baseline", "restricted"].contains(level),
                Standard::NsaCisa(section) => section.starts_with(char::is_uppercase),
                Standard::Cis(number) => is_number(number),
                Standard::Cwe(number) => (1..2000).contains(number),
            };
            assert!(is_good, "{}: {standard}", meta.id);
        }
        let is_upstreams = meta.standards.iter().any(|s| matches!(s, Standard::PodSecurity(_)));
        assert_eq!(is_upstreams, meta.group == "pod-security", "{}", meta.id);
    }
}
