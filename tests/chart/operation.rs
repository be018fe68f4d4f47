//! What the values say about logs, requests, traces and profiles reaches the server.

use crate::helm::Objects;

/// The flags of a render with these values.
fn flags(values: &str) -> Vec<String> {
    Objects::of(&["--set", values]).flags().into_iter().map(str::to_owned).collect()
}

/// Whether a flag is there.
fn has(values: &str, flag: &str) -> bool {
    flags(values).iter().any(|known| known == flag)
}

#[test]
fn the_log_has_the_form_of_the_values() {
    assert!(has("replicas=2", "--log-format=json"));
    assert!(has("logFormat=text", "--log-format=text"));
}
