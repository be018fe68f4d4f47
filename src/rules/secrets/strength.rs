//! How hard a value is to guess, as far as can be told from how it is written.

use std::collections::BTreeSet;

/// So many characters that nothing foretells are enough, however long the value is.
const ENOUGH: usize = 32;

/// The bytes that are looked at, more than a value needs to have [`ENOUGH`].
const LOOKED_AT: usize = 4_096;

/// The length of a value, of which repetitions and runs count for nothing: twice the number of its
/// characters that those before them do not foretell, and no more than it is long.
///
/// Half of its characters may well be foretold by chance; in `abcabc` or `12345678` nearly all are.
pub(super) fn strength(value: &[u8]) -> usize {
    let mut seen = BTreeSet::new();
    let mut new = usize::from(!value.is_empty());
    for pair in value.windows(2).take(LOOKED_AT) {
        let [a, b] = pair else { continue };
        new += usize::from(seen.insert((a, b)) && a.abs_diff(*b) > 1);
        if new >= ENOUGH {
            return value.len();
        }
    }
    value.len().min(2 * new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_as_strong_as_it_is_long() {
        for value in [
            "q7Rz!m2KpX9vTb4w",
            "5f8a1c3e9b7d2046af13c8e5d07b9264",
            "9c1185a5c5e9fc54612808977ee8f548b2258d31ddadef0b6f5b6a7a1f1c4d3e",
            "correct horse battery staple",
            "glpat-aQ3xV8mZ1kT6wR0y",
        ] {
            assert_eq!(strength(value.as_bytes()), value.len(), "{value}");
        }
    }

    #[test]
    fn repetitions_and_runs_count_for_nothing() {
        for (value, most) in [
            ("", 0),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 2),
            ("12345678901234567890", 4),
            ("abcdefghijklmnopqrstuvwxyz", 2),
            ("adminadminadminadmin", 12),
            ("secretsecretsecret", 14),
        ] {
            assert!(strength(value.as_bytes()) <= most, "{value}: {}", strength(value.as_bytes()));
        }
    }
}
