//! Checks of other tools, and the rules that stand for them: their own cases get their verdict, or the
//! difference has a reason.

mod compare;
mod page;
mod table;

use compare::{Outcome, outcome};
use support::committed::assert_committed;
use support::corpora::{cases, say};
use table::Table;

/// A tool that users come from.
struct Peer {
    /// The folder of its cases.
    corpus: &'static str,
    /// What users call it.
    name: &'static str,
    /// Where it is published.
    link: &'static str,
    /// What the mapping and the differences are.
    table: &'static str,
    /// How many of a hundred cases may be of checks without a counterpart.
    limit: usize,
    /// How many cases of the headline there are at least.
    least: usize,
}

/// The limits above 10 are what is so today, and are only ever lowered.
const PEERS: [Peer; 3] = [
    Peer {
        corpus: "gatekeeper",
        name: "Gatekeeper's library",
        link: "https://github.com/open-policy-agent/gatekeeper-library",
        table: include_str!("gatekeeper.txt"),
        limit: 10,
        least: 93,
    },
    Peer {
        corpus: "polaris",
        name: "Polaris",
        link: "https://github.com/FairwindsOps/polaris",
        table: include_str!("polaris.txt"),
        limit: 10,
        least: 188,
    },
    Peer {
        corpus: "kyverno",
        name: "Kyverno's samples",
        link: "https://github.com/kyverno/policies",
        table: include_str!("kyverno.txt"),
        limit: 10,
        least: 2781,
    },
];

/// What the cases of a peer come to; none where they are not there.
fn compared(peer: &Peer) -> Option<(Table, Outcome)> {
    let cases = cases(peer.corpus)?;
    let table = Table::read(peer.table);
    let outcome = outcome(&cases, &table);
    say(&format!(
        "{}: {} cases, {} without counterpart, {} compared, {} agree",
        peer.name, outcome.cases, outcome.without, outcome.compared, outcome.agree
    ));
    Some((table, outcome))
}

#[test]
fn every_difference_from_a_peer_has_a_reason_and_every_reason_a_difference() {
    let mut wrong = Vec::new();
    for peer in &PEERS {
        let Some((_, outcome)) = compared(peer) else { return };
        assert!(outcome.cases >= peer.least, "the corpus of {} is not whole", peer.name);
        wrong.extend(outcome.faults());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn few_cases_of_a_peer_are_of_checks_that_no_rule_stands_for() {
    for peer in &PEERS {
        let Some((_, outcome)) = compared(peer) else { return };
        let share = outcome.without * 100;
        let (name, limit) = (peer.name, peer.limit);
        assert!(share <= limit * outcome.cases, "{name}: {} cases, {limit} %", outcome.without);
        let slack = (limit - 1) * outcome.cases;
        assert!(limit <= 10 || share > slack, "{name}: the limit can be lowered from {limit}");
    }
}

#[test]
fn the_page_of_peers_says_which_rule_stands_for_each_check_and_where_they_differ() {
    let mut text = page::head();
    for peer in &PEERS {
        let Some((table, outcome)) = compared(peer) else { return };
        page::section(&mut text, peer, &table, &outcome);
    }
    assert_committed("docs/peers.md", &text);
}
