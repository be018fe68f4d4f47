//! What is too large is refused with its uid, and what is too much at once is sent away for a moment.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use plimsoll::serve::{Bounds, RequestOutcome};
use serde_json::{Value, json};
use support::edit::{planted, replaced_once};
use support::review::{Review, UID, create};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::fixture::{Reply, Webhook, ask, fault, good, good_pod, stream};

const LIMIT: usize = 100_000;

fn webhook() -> Webhook {
    Webhook::bounded(Bounds { body: LIMIT, ..Bounds::default() })
}

/// A review that would be allowed, of exactly this many bytes.
fn review_of(size: usize) -> String {
    let mut object = good();
    object["metadata"]["annotations"]["note"] = "".into();
    let short = create(&object).len();
    object["metadata"]["annotations"]["note"] = "a".repeat(size - short).into();
    let review = create(&object);
    assert_eq!(review.len(), size);
    review
}

async fn post_with_length(webhook: &Webhook, body: String) -> Reply {
    let request = Request::post("/validate").header(CONTENT_TYPE, "application/json");
    let request = request.header(CONTENT_LENGTH, body.len());
    webhook.send(request.body(body.into()).unwrap()).await
}

/// Posts the same in pieces, without saying how many will come.
async fn post_stream(webhook: &Webhook, body: &str) -> Reply {
    let (_, body) = stream(body.as_bytes().chunks(1_000).map(|piece| Ok(piece.to_vec())));
    webhook.post("/validate", body).await
}

fn assert_too_large(reply: &Reply) {
    let response = reply.response();
    assert_eq!(response["uid"], UID);
    assert_eq!(response["allowed"], false);
    assert_eq!(response["status"]["code"], 413);
    assert_eq!(response["status"]["reason"], "RequestEntityTooLarge");
}

#[tokio::test]
async fn f63_a_review_up_to_the_limit_is_read_and_one_byte_more_is_denied_with_its_uid() {
    let webhook = webhook();
    for size in [LIMIT - 1, LIMIT] {
        let reply = post_with_length(&webhook, review_of(size)).await;
        assert_eq!(reply.response()["allowed"], true, "{size}");
        let reply = post_stream(&webhook, &review_of(size)).await;
        assert_eq!(reply.response()["allowed"], true, "{size} as a stream");
    }
    for size in [LIMIT + 1, 2 * LIMIT, 50 * LIMIT] {
        assert_too_large(&post_with_length(&webhook, review_of(size)).await);
        assert_too_large(&post_stream(&webhook, &review_of(size)).await);
    }
    assert_eq!((webhook.count(RequestOutcome::Fault), webhook.counted()), (6, 10));
}

#[tokio::test]
async fn f63_what_is_too_large_and_shows_no_uid_in_its_beginning_is_http_413() {
    let webhook = webhook();
    let request = review_of(2 * LIMIT);
    let object_first = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"object":{:?},"uid":"{UID}"}}}}"#,
        "a".repeat(LIMIT)
    );
    let object_before_it = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"object":{:?},"uid":"{UID}","x":{:?}}}}}"#,
        "a".repeat(LIMIT / 2),
        "a".repeat(LIMIT)
    );
    assert_too_large(&post_stream(&webhook, &object_before_it).await);
    let long_uid = replaced_once(&request, UID, &"u".repeat(LIMIT));
    let no_json = "a".repeat(2 * LIMIT);
    for body in
        [object_first, long_uid, no_json, replaced_once(&request, UID, ""), "[".repeat(2 * LIMIT)]
    {
        post_with_length(&webhook, body.clone()).await.assert_error(413, &body[..60]);
        post_stream(&webhook, &body).await.assert_error(413, &body[..60]);
    }
    assert_eq!((webhook.count(RequestOutcome::HttpError), webhook.counted()), (10, 11));
}

#[tokio::test]
async fn f63_the_uid_of_the_request_is_found_and_no_other() {
    let decoy = format!(r#"{{"uid":"decoy","request":{{"kind":{{"uid":"decoy"}},"uid":"{UID}","#);
    let body = format!("{decoy}{}", "\"x\":0,".repeat(LIMIT));
    assert_too_large(&post_with_length(&webhook(), body).await);
}

#[tokio::test]
async fn f63_seven_mebibytes_are_read_by_default() {
    let reply = Webhook::production().post("/validate", review_of(7 << 20)).await;
    assert_eq!(reply.response()["allowed"], true);
}

#[tokio::test]
async fn f135_a_body_that_breaks_off_is_denied_once_its_uid_was_read_and_http_400_before() {
    let webhook = Webhook::production();
    let review = create(&good());
    let uid_end = review.find(UID).unwrap() + UID.len() + 1;
    for length in [0, 10, uid_end - 1, uid_end, review.len() / 2, review.len()] {
        let broken = Err(std::io::Error::other("made to fail by the test"));
        let (_, body) = stream([Ok(review.as_bytes()[..length].to_vec()), broken]);
        let reply = webhook.post("/validate", body).await;
        if length < uid_end {
            reply.assert_error(400, "no uid yet");
            continue;
        }
        let response = reply.response();
        assert_eq!((&response["uid"], &response["allowed"]), (&json!(UID), &json!(false)));
        assert_eq!(response["status"]["code"], 400, "{response}");
    }
}

#[tokio::test]
async fn f135_a_body_that_takes_too_long_is_denied_once_its_uid_was_read() {
    let bounds = Bounds { deadline: Duration::from_millis(300), ..Bounds::default() };
    let webhook = Webhook::bounded(bounds);
    let review = create(&good());
    let (sender, body) = stream([Ok(review.as_bytes()[..review.len() / 2].to_vec())]);
    let response = webhook.post("/validate", body).await.response();
    assert_eq!((&response["uid"], &response["allowed"]), (&json!(UID), &json!(false)));
    assert_eq!(response["status"]["reason"], "Timeout");
    drop(sender);
    let (sender, body) = stream([Ok(review.as_bytes()[..10].to_vec())]);
    webhook.post("/validate", body).await.assert_error(408, "no uid yet");
    drop(sender);
}

/// A body of which so much has come in and nothing more does, until the sender is used.
async fn begun(
    webhook: &Arc<Webhook>,
    bytes: usize,
) -> (UnboundedSender<std::io::Result<Vec<u8>>>, JoinHandle<Reply>) {
    let (sender, body) = stream([Ok(vec![b' '; bytes])]);
    let webhook = Arc::clone(webhook);
    let reply = tokio::spawn(async move { webhook.post("/validate", body).await });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    (sender, reply)
}

fn small_budget() -> Arc<Webhook> {
    let bounds = Bounds { body: 64 << 10, memory: 64 << 10, ..Bounds::default() };
    Arc::new(Webhook::bounded(bounds))
}

#[tokio::test]
async fn f64_what_is_announced_holds_nothing_and_what_is_answered_gives_back() {
    let webhook = small_budget();
    let small = create(&good());
    let (sender, first) = begun(&webhook, 0).await;
    let fills_all = " ".repeat((64 << 10) - small.len()) + &small;
    let reply = post_with_length(&webhook, fills_all.clone()).await;
    assert_eq!(reply.response()["allowed"], true, "nothing has come in yet");
    sender.send(Ok(small.into_bytes())).unwrap();
    drop(sender);
    assert_eq!(first.await.unwrap().response()["allowed"], true);
    let reply = post_with_length(&webhook, fills_all).await;
    assert_eq!(reply.response()["allowed"], true, "the memory was given back");
}

#[tokio::test]
async fn f64_the_body_that_is_furthest_behind_makes_room_and_is_sent_away_for_a_second() {
    let webhook = small_budget();
    let (_sender, behind) = begun(&webhook, 60 << 10).await;
    let larger = " ".repeat(8 << 10) + &create(&good());
    let reply = post_with_length(&webhook, larger).await;
    assert_eq!(reply.response()["allowed"], true, "it does not wait for who sends nothing");
    let shed = behind.await.unwrap();
    shed.assert_error(429, "it holds the memory and does not go on");
    assert_eq!(shed.headers["retry-after"], "1");
    assert_eq!((webhook.count(RequestOutcome::Shed), webhook.counted()), (1, 2));
}

#[tokio::test]
async fn f64_bodies_that_all_wait_for_each_other_are_read_one_after_the_other() {
    let webhook = small_budget();
    let (early, first) = begun(&webhook, 30 << 10).await;
    let (late, second) = begun(&webhook, 30 << 10).await;
    let rest = |sender: &UnboundedSender<_>| {
        sender.send(Ok((" ".repeat(8 << 10) + &create(&good())).into_bytes())).unwrap();
    };
    rest(&early);
    rest(&late);
    drop((early, late));
    assert_eq!(first.await.unwrap().response()["allowed"], true, "who came first goes first");
    second.await.unwrap().assert_error(429, "who came last makes room");
}

#[tokio::test]
async fn f65_a_body_that_does_not_come_at_a_rate_is_http_408_long_before_its_time_is_over() {
    let webhook = small_budget();
    let start = std::time::Instant::now();
    let (sender, reply) = begun(&webhook, 30 << 10).await;
    let drips = tokio::spawn(async move {
        while sender.send(Ok(vec![b' '])).is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    reply.await.unwrap().assert_error(408, "a byte now and then");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    drips.await.unwrap();
}

#[test]
fn f64_bodies_that_would_swell_in_memory_are_refused() {
    let pieces: [(&str, String); 5] = [
        ("maps", format!("[{}{{}}]", "{\"\":0},".repeat(250_000))),
        ("lists", format!("[{}[]]", "[0],".repeat(250_000))),
        ("numbers", format!("[{}0]", "0,".repeat(2_000_001))),
        ("variables", format!("[{}{{}}]", "{\"name\":\"A\"},".repeat(50_000))),
        ("empty mappings", format!("[{}{{}}]", "{},".repeat(20_000))),
    ];
    for (what, piece) in &pieces {
        for list in ["containers", "volumes", "labels", "unread"] {
            let pointer = match list {
                "labels" => "/metadata/labels".to_owned(),
                list => format!("/spec/{list}"),
            };
            let object = planted(&good_pod(), &pointer, piece);
            let body = Review::create(&good_pod()).with_text("object", &object).to_string();
            let fits = piece.matches(['{', '[']).count() < 250_000 && piece.len() < 4_000_000;
            if list == "unread" && fits {
                assert!(ask(&body).unwrap().response.allowed, "{what}");
            } else {
                fault(&body);
            }
        }
    }
}

/// F-130.
#[test]
fn f64_more_elements_than_any_stored_object_has_are_refused_and_as_many_are_not() {
    let with = |count: usize| {
        let mut pod = good_pod();
        let variables = (0..count).map(|i| json!({"name": format!("V{i}"), "value": "x"}));
        pod["spec"]["containers"][0]["env"] = Value::Array(variables.collect());
        create(&pod)
    };
    assert!(ask(with(16_384)).unwrap().response.allowed);
    let message = fault(with(16_385));
    assert!(message.contains("more than 16384 elements"), "{message}");
    assert!(message.contains("spec.containers[0].env"), "{message}");
}
