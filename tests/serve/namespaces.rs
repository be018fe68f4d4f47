//! An API server that is out of sorts: what is known of the namespaces is never less than what was,
//! until all is known anew (F-93).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use kube::{Client, Config};
use plimsoll::cluster::namespaces::{Known, follow};
use plimsoll::cluster::registration::Standing;
use plimsoll::cluster::{Observer, neighbours};
use plimsoll::inventory::Label;
use serde_json::{Value, json};

/// One answer of the API server, in the order in which it is asked.
enum Answer {
    /// A list, with what is to be asked for next.
    List(Vec<Value>, Option<&'static str>),
    /// Lines of a watch, which then ends.
    Watch(Vec<String>),
    /// The same, and then nothing more.
    Silence(Vec<String>),
    /// An error.
    Error(u16),
}

type Script = Arc<Mutex<VecDeque<Answer>>>;

fn namespace(name: &str, tier: &str) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
           "metadata": {"name": name, "resourceVersion": "7", "labels": {"tier": tier}}})
}

fn event(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

fn status(code: u16) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
           "reason": "Expired", "message": "no"})
}

fn as_json(status: StatusCode, value: &Value) -> Response {
    let kind = (axum::http::header::CONTENT_TYPE, "application/json");
    (status, [kind], value.to_string()).into_response()
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let is_watch = request.uri().query().is_some_and(|query| query.contains("watch=true"));
    let next = script.lock().unwrap().pop_front();
    match next {
        None => std::future::pending().await,
        Some(Answer::List(items, next)) => {
            assert!(!is_watch, "asked to watch where a list comes next");
            let metadata = json!({"resourceVersion": "5", "continue": next});
            as_json(
                StatusCode::OK,
                &json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                              "metadata": metadata, "items": items}),
            )
        }
        Some(Answer::Watch(lines)) => {
            assert!(is_watch, "asked to list where a watch comes next");
            lines.concat().into_response()
        }
        Some(Answer::Silence(lines)) => {
            assert!(is_watch, "asked to list where a watch comes next");
            let lines = futures::stream::iter(lines.into_iter().map(Ok::<_, std::io::Error>));
            let for_ever = futures::stream::pending();
            Body::from_stream(futures::StreamExt::chain(lines, for_ever)).into_response()
        }
        Some(Answer::Error(code)) => as_json(StatusCode::from_u16(code).unwrap(), &status(code)),
    }
}

/// What is told of the watch.
#[derive(Default)]
struct Told(Mutex<Vec<bool>>);

impl Observer for Told {
    fn leads(&self, _: bool) {}
    fn watch_is_stale(&self, kind: &'static str, is_stale: bool) {
        assert_eq!(kind, "namespaces");
        self.0.lock().unwrap().push(is_stale);
    }
    fn definition_lacks(&self, _: &'static str, _: usize) {}
    fn neighbours_stand(&self, _: &'static str, _: Option<neighbours::Standing>) {}
    fn registration(&self, _: Option<Standing>) {}
    fn registration_was_mended(&self) {}
    fn fails_closed(&self, _: bool) {}
    fn authority_expires(&self, _: Timestamp) {}
}

/// Everything that became known, one after the other, and whether it is old at the end.
async fn followed(script: Vec<Answer>, count: usize) -> (Vec<BTreeMap<String, String>>, bool) {
    let script: Script = Arc::new(Mutex::new(script.into()));
    let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    let client = Client::try_from(Config::new(url)).unwrap();
    let (sender, mut known) = tokio::sync::mpsc::unbounded_channel::<Known>();
    let told = Arc::new(Told::default());
    let publish = move |known| sender.send(known).unwrap();
    tokio::spawn(follow(client, "plimsoll".to_owned(), publish, Arc::clone(&told) as Arc<_>));
    let mut all = Vec::new();
    while all.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(30), known.recv()).await;
        let known = next.unwrap_or_else(|_| panic!("only {all:?}")).unwrap();
        let tier = |(name, labels): (&String, &plimsoll::inventory::NamespaceLabels)| {
            let tier = match labels.get("tier") {
                Label::Value(value) => value.to_owned(),
                Label::Absent => "none".to_owned(),
                Label::Unknown => "unknown".to_owned(),
            };
            (name.clone(), tier)
        };
        all.push(known.namespaces.iter().map(tier).collect());
    }
    while !script.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(known.try_recv().is_err(), "more became known than was asked about");
    let is_stale = *told.0.lock().unwrap().last().unwrap();
    (all, is_stale)
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, tier)| ((*name).to_owned(), (*tier).to_owned())).collect()
}

/// F-93.
#[tokio::test]
async fn f93_events_change_what_is_known_and_a_gap_is_listed_anew_and_swapped_whole() {
    let gone = event("ERROR", &status(410));
    let script = vec![
        Answer::List(vec![namespace("a", "gold")], Some("more")),
        Answer::List(vec![namespace("b", "gold")], None),
        Answer::Watch(vec![
            event("MODIFIED", &namespace("a", "tin")),
            event(
                "BOOKMARK",
                &json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                                      "metadata": {"resourceVersion": "9"}}),
            ),
            event("DELETED", &namespace("b", "gold")),
            gone,
        ]),
        // The rest of the list has expired meanwhile: none of it counts.
        Answer::List(vec![namespace("c", "gold")], Some("more")),
        Answer::Error(410),
        Answer::List(vec![namespace("c", "tin"), namespace("d", "tin")], None),
        Answer::Silence(vec![event("ADDED", &namespace("e", "tin"))]),
    ];
    // What comes in at once is put in force at once.
    let (all, is_stale) = followed(script, 4).await;
    assert_eq!(
        all,
        [
            map(&[("a", "gold"), ("b", "gold")]),
            map(&[("a", "tin")]),
            map(&[("c", "tin"), ("d", "tin")]),
            map(&[("c", "tin"), ("d", "tin"), ("e", "tin")]),
        ]
    );
    assert!(!is_stale);
}

/// F-93.
#[tokio::test]
async fn f93_errors_of_every_kind_lose_nothing_and_are_told() {
    let script = vec![
        Answer::List(vec![namespace("a", "gold")], None),
        Answer::Watch(vec!["{\"type\": \"MODI".to_owned() + "\n"]),
        Answer::Error(500),
        Answer::Error(403),
    ];
    let (all, is_stale) = followed(script, 1).await;
    assert_eq!(all, [map(&[("a", "gold")])]);
    assert!(is_stale, "what was known stays, and is said to be old");
}

/// F-93.
#[tokio::test]
async fn f93_a_namespace_that_cannot_be_read_stops_no_other_and_is_let_off_nothing() {
    let mut odd = namespace("odd", "gold");
    odd["metadata"]["labels"] = json!(5);
    let script = vec![
        Answer::List(vec![odd, namespace("a", "gold")], None),
        Answer::Silence(vec![event("MODIFIED", &namespace("odd", "tin"))]),
    ];
    let (all, _) = followed(script, 2).await;
    assert_eq!(
        all,
        [map(&[("a", "gold"), ("odd", "unknown")]), map(&[("a", "gold"), ("odd", "tin")])]
    );
}
