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

#[test]
fn the_api_server_is_asked_as_often_as_the_values_say() {
    assert!(has("replicas=2", "--api-qps=20") && has("replicas=2", "--api-burst=40"));
    let set = ["--set-json=apiServer.qps=12.5", "--set=apiServer.burst=100"];
    let objects = Objects::of(&set);
    for flag in ["--api-qps=12.5", "--api-burst=100"] {
        assert!(objects.flags().contains(&flag), "{:?}", objects.flags());
    }
    // A large number is not written with an exponent that the flag would not mean.
    assert!(has("apiServer.qps=10000", "--api-qps=10000"));
}
