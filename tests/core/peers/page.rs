//! The page for those who come from a peer.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Peer;
use super::compare::Outcome;
use super::table::{Counterpart, Table};

pub fn head() -> String {
    "<!-- Made by `make bless` from tests/core/peers and the cases of the other tools; do not edit. -->\n\n\
     # Coming from another tool\n\n\
     For each check of three other tools: which rule stands for it, with which parameters, and where the two \
     do not say the same. The tools publish cases of their own, objects with the verdict that is expected; each of \
     them was held against a policy of nothing but the rule beside it, set as the table says. A case agrees where \
     both find something or both find nothing. Cases are named as in those projects.\n"
        .to_owned()
}

fn percent(part: usize, whole: usize) -> usize {
    (100 * part + whole / 2).checked_div(whole).unwrap_or_default()
}

/// How often something is there, in words.
fn times(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

pub fn section(text: &mut String, peer: &Peer, table: &Table, outcome: &Outcome) {
    let Outcome { cases, without, compared, agree, .. } = outcome;
    let differ = compared - agree;
    let _ = write!(
        text,
        "\n## Coming from {}\n\nOf {} of [{}]({}), {without} ({} %) are of checks that no rule stands for. \
         Of the other {compared}, {agree} ({} %) get the same verdict, and {differ} another one, each for a reason \
         [below](#{}).\n",
        peer.name,
        times(*cases, "case"),
        peer.name,
        peer.link,
        percent(*without, *cases),
        percent(*agree, *compared),
        anchor(peer),
    );
    if !outcome.apart.is_empty() {
        let flags = outcome.apart.iter().map(|(flag, count)| format!("{flag} {count}"));
        let flags: Vec<_> = flags.collect();
        let _ = writeln!(
            text,
            "\nCases that no cluster would take, or whose verdict rests on more than the object, are left out \
             (a case may be counted twice): {}.",
            flags.join(", ")
        );
    }
    mappings(text, table, outcome);
    absent(text, table, outcome);
    differences(text, peer, table, outcome);
}

/// The anchor of the differences of a peer.
fn anchor(peer: &Peer) -> String {
    format!("where-{}-differs", peer.corpus)
}

fn mappings(text: &mut String, table: &Table, outcome: &Outcome) {
    text.push_str("\n| their check | cases | our rule | parameters |\n| --- | --- | --- | --- |\n");
    for mapping in &table.mappings {
        let Counterpart::Rule { id, parameters } = mapping.counterpart else { continue };
        let set = if parameters == "{}" { String::new() } else { format!("`{parameters}`") };
        let cases = outcome.of_check.get(mapping.check).copied().unwrap_or_default();
        let check = mapping.check.replace('#', ", ");
        let _ = writeln!(text, "| {check} | {cases} | [`{id}`](rules.md#{id}) | {set} |");
    }
}

fn absent(text: &mut String, table: &Table, outcome: &Outcome) {
    let mut why = BTreeMap::<&str, Vec<String>>::new();
    for mapping in &table.mappings {
        let Counterpart::None(reason) = mapping.counterpart else { continue };
        let cases = outcome.of_check.get(mapping.check).copied().unwrap_or_default();
        let check = mapping.check.replace('#', ", ");
        why.entry(reason).or_default().push(format!("{check} ({cases})"));
    }
    if why.is_empty() {
        return;
    }
    text.push_str("\nNo rule stands for these, with the number of their cases:\n\n");
    for (reason, checks) in why {
        let _ = writeln!(text, "- {}: {reason}", checks.join(", "));
    }
}

fn differences(text: &mut String, peer: &Peer, table: &Table, outcome: &Outcome) {
    let name = peer.corpus;
    let _ = write!(
        text,
        "\n### Where {name} differs\n\n| cases | how many | theirs | ours | why |\n| --- | --- | --- | --- | --- |\n"
    );
    for (line, count) in table.differences.iter().zip(&outcome.explained) {
        let _ = writeln!(
            text,
            "| `{}` | {count} | {} | {} | {} |",
            line.cases, line.theirs, line.ours, line.reason
        );
    }
}
