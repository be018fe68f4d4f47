//! HTTP around the review: methods, paths, headers, the deadline, and answers to our own faults.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{Method, Request};
use jiff::Timestamp;
use plimsoll::policy::Snapshot;
use plimsoll::serve::{Answer, Bounds, RequestOutcome};
use support::review::{Review, UID, create};

use crate::fixture::{Webhook, bad, good, stream};

/// A review of the good Deployment with these headers.
async fn status_with(headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::post("/validate");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(create(&good()).into()).unwrap();
    Webhook::production().send(request).await.status
}

#[tokio::test]
async fn f01_an_empty_body_is_http_400() {
    let webhook = Webhook::production();
    webhook.post("/validate", Body::empty()).await.assert_error(400, "no body");
    webhook.post("/validate", "").await.assert_error(400, "empty body");
    let request = Request::post("/validate").header(CONTENT_TYPE, "application/json");
    let request = request.header("content-length", "0").body(Body::empty()).unwrap();
    webhook.send(request).await.assert_error(400, "Content-Length: 0");
    assert_eq!((webhook.count(RequestOutcome::HttpError), webhook.counted()), (3, 3));
}

#[tokio::test]
async fn f02_only_json_is_taken_however_it_is_spelled() {
    assert_eq!(status_with(&[]).await, 415);
    for refused in ["text/plain", "application/jsonx", "application/json+x", ", application/json"] {
        assert_eq!(status_with(&[("content-type", refused)]).await, 415, "{refused}");
    }
    for taken in [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/json ;x",
    ] {
        assert_eq!(status_with(&[("content-type", taken)]).await, 200, "{taken}");
    }
}

/// F-112: neither health nor metrics are among them.
#[tokio::test]
async fn f03_other_methods_are_http_405_and_other_paths_404() {
    let webhook = Webhook::production();
    let methods = ["GET", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE", "BREW"];
    for method in methods {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(&method).uri("/validate");
        let request = request.header(CONTENT_TYPE, "application/json");
        let reply = webhook.send(request.body(create(&good()).into()).unwrap()).await;
        reply.assert_error(405, method.as_str());
        assert_eq!(reply.headers["allow"], "POST", "{method}");
    }
    let long = format!("/{}", "a".repeat(8 << 10));
    let paths = [
        "/",
        "//",
        "//validate",
        "/validate/",
        "/Validate",
        "/..%2f",
        "/validate%2f",
        "/validate%00",
        "/healthz",
        "/metrics",
        "/livez",
        &long,
    ];
    for path in paths {
        webhook.post(path, create(&good())).await.assert_error(404, path);
    }
}

#[tokio::test]
async fn f20_a_compressed_body_is_http_415_and_never_inflated() {
    let json = ("content-type", "application/json");
    for coding in ["gzip", "br", "zstd", "deflate", "x-unknown", "identity, gzip", ""] {
        assert_eq!(
            status_with(&[json, (CONTENT_ENCODING.as_str(), coding)]).await,
            415,
            "{coding}"
        );
    }
    for twice in [["identity", "gzip"], ["gzip", "identity"]] {
        let headers = [json, ("content-encoding", twice[0]), ("content-encoding", twice[1])];
        assert_eq!(status_with(&headers).await, 415, "{twice:?}");
    }
    assert_eq!(status_with(&[json, ("content-encoding", "Identity")]).await, 200);
}

#[tokio::test]
async fn f24_a_senseless_timeout_changes_nothing() {
    let webhook = Webhook::production();
    for query in [
        "",
        "?",
        "?timeout",
        "?timeout=",
        "?timeout=0s",
        "?timeout=-1s",
        "?timeout=10",
        "?timeout=10s",
        "?timeout=1h",
        "?timeout=9999999999999s",
        "?timeout=99999999999999999999999999s",
        "?timeout=1s&timeout=2s",
        "?timeout=%00",
        "?timeout=1e9s",
        "?timeout=+5s",
        "?%FF",
        "?timeout=%ff",
    ] {
        let path = format!("/validate{query}");
        assert_eq!(
            webhook.post(&path, create(&good())).await.response()["allowed"],
            true,
            "{query}"
        );
        assert_eq!(
            webhook.post(&path, create(&bad())).await.response()["allowed"],
            false,
            "{query}"
        );
    }
}

fn answer_slowly(body: &[u8], policies: &Snapshot, now: Timestamp) -> Result<Answer, &'static str> {
    std::thread::sleep(Duration::from_millis(850));
    plimsoll::serve::answer(body, policies, now)
}

#[tokio::test]
async fn f68_an_answer_that_comes_too_late_for_the_caller_is_a_denial_of_our_own() {
    let webhook = Webhook::answering(answer_slowly, Duration::from_secs(10));
    let started = Instant::now();
    let response = webhook.post("/validate?timeout=1s", create(&good())).await.response();
    assert!(started.elapsed() < Duration::from_secs(1), "the caller had given up already");
    assert_eq!(response["uid"], UID);
    assert_eq!(response["allowed"], false);
    assert_eq!(response["status"]["reason"], "Timeout");
    assert_eq!(response["status"]["code"], 500);
    assert_eq!((webhook.count(RequestOutcome::Fault), webhook.counted()), (1, 1));
    let in_time = webhook.post("/validate?timeout=5s", create(&good())).await.response();
    assert_eq!(in_time["allowed"], true);
}

#[tokio::test]
async fn f68_no_caller_gets_more_time_than_the_server_allows() {
    let webhook = Webhook::answering(answer_slowly, Duration::from_millis(100));
    for query in ["", "?timeout=30s"] {
        let path = format!("/validate{query}");
        let response = webhook.post(&path, create(&good())).await.response();
        assert_eq!(response["status"]["reason"], "Timeout", "{query}");
    }
}

#[tokio::test]
async fn f18_a_body_that_stalls_is_http_408() {
    let bounds = Bounds { deadline: Duration::from_millis(50), ..Bounds::default() };
    let webhook = Webhook::bounded(bounds);
    let (_sender, stalled) = stream([]);
    webhook.post("/validate", stalled).await.assert_error(408, "a stalled body");
}

fn panic_on_bad(body: &[u8], policies: &Snapshot, now: Timestamp) -> Result<Answer, &'static str> {
    assert!(!body.windows(14).any(|w| w == b"OPENAI_API_KEY"), "made to fail by the test");
    plimsoll::serve::answer(body, policies, now)
}

#[tokio::test]
async fn f73_a_panic_is_a_denial_with_the_uid_and_the_next_request_is_served() {
    let webhook = Webhook::answering(panic_on_bad, Duration::from_secs(10));
    let mut innocent = good();
    innocent["spec"]["template"]["spec"]["containers"][0]["env"] = serde_json::json!([]);
    for _ in 0..3 {
        let response = webhook.post("/validate", create(&bad())).await.response();
        assert_eq!(response["uid"], UID);
        assert_eq!(response["allowed"], false);
        assert_eq!(response["status"]["code"], 500);
        assert_eq!(response["status"]["reason"], "InternalError");
        let message = response["status"]["message"].as_str().unwrap();
        assert!(!message.contains("made to fail"), "a panic's text stays inside: {message}");
        let next = webhook.post("/validate", create(&innocent)).await.response();
        assert_eq!(next["allowed"], true);
    }
    assert_eq!(
        (webhook.count(RequestOutcome::Fault), webhook.count(RequestOutcome::Allowed)),
        (3, 3)
    );
}

#[tokio::test]
async fn f73_a_panic_without_a_uid_is_an_http_error() {
    let webhook = Webhook::answering(panic_on_bad, Duration::from_secs(10));
    webhook.post("/validate", "[\"OPENAI_API_KEY\"]").await.assert_error(500, "no uid");
    assert_eq!((webhook.count(RequestOutcome::HttpError), webhook.counted()), (1, 1));
}

#[tokio::test]
async fn every_review_is_counted_once_by_how_it_ended() {
    let webhook = Webhook::production();
    let ends = [
        (create(&good()), RequestOutcome::Allowed),
        (create(&bad()), RequestOutcome::Denied),
        (Review::create(&good()).operation("PATCH").to_string(), RequestOutcome::Fault),
        ("{}".to_owned(), RequestOutcome::HttpError),
    ];
    for (round, (body, outcome)) in ends.into_iter().enumerate() {
        webhook.post("/validate", body).await;
        assert_eq!((webhook.count(outcome), webhook.counted()), (1, round as u64 + 1));
    }
}
