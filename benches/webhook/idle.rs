//! What policies cost that bind nobody here: 1,000 of them beside 10.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use plimsoll::policy::{self, PRODUCTION, Snapshot};
use plimsoll::serve::answer;

use crate::{median, sample};

/// Reviews a turn, and turns of each.
const REVIEWS: u32 = 2_000;
const TURNS: usize = 15;

/// The production policy, and so many that are about other namespaces, other labels, or other kinds of object.
fn snapshot(idle: usize) -> Snapshot {
    let mut policies = policy::built_in(PRODUCTION).unwrap();
    for number in 0..idle {
        let (selector, rules) = match number % 4 {
            0 => (
                format!(
                    "namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: team-{number}}}}}"
                ),
                "{privileged: {}, image-tag: {}}",
            ),
            1 => (
                format!(
                    "namespaceSelector: {{matchExpressions: [{{key: kubernetes.io/metadata.name, operator: In, values: [a-{number}, b-{number}]}}]}}"
                ),
                "{run-as-non-root: {}, replicas: {}}",
            ),
            2 => (
                format!("objectSelector: {{matchLabels: {{team: team-{number}}}}}"),
                "{privileged: {}, image-tag: {}}",
            ),
            _ => ("namespaceSelector: {}".to_owned(), "{external-ips: {}, rbac-wildcard: {}}"),
        };
        let text = format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: idle-{number}}}\n\
             spec:\n  match: {{{selector}}}\n  rules: {rules}\n"
        );
        policies.extend(policy::load("idle.yaml", &text).unwrap());
    }
    Snapshot::new(policies)
}

fn turn(snapshot: &Snapshot, body: &str) -> Duration {
    let started = Instant::now();
    for _ in 0..REVIEWS {
        let answered = answer(black_box(body.as_bytes()), snapshot, Timestamp::UNIX_EPOCH).unwrap();
        assert!(black_box(answered).response.allowed);
    }
    started.elapsed()
}

/// Prints how much longer a review takes beside 1,000 idle policies than beside 10.
pub fn run() {
    let body = sample::deployment_review();
    let (few, many) = (snapshot(10), snapshot(1_000));
    turn(&few, &body);
    turn(&many, &body);
    let pairs: Vec<_> = (0..TURNS).map(|_| (turn(&few, &body), turn(&many, &body))).collect();
    let ratio =
        median(pairs.iter().map(|(few, many)| many.as_secs_f64() / few.as_secs_f64()).collect());
    let micros = |turn: Duration| turn.as_secs_f64() * 1e6 / f64::from(REVIEWS);
    println!(
        "\nidle policies: a review takes {:.1} µs beside 10 and {:.1} µs beside 1,000; ratio {ratio:.3}, median of {TURNS} turns",
        median(pairs.iter().map(|(few, _)| micros(*few)).collect()),
        median(pairs.iter().map(|(_, many)| micros(*many)).collect()),
    );
}
