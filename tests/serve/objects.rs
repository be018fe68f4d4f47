//! An API server that is out of sorts, in every order: nothing leads from policies to none unless
//! somebody deleted them (F-92 to F-95).

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use kube::{Client, Config};
use plimsoll::cluster::following::follow;
use plimsoll::cluster::objects::{Objects, POLICIES};
use plimsoll::cluster::registration::Standing;
use plimsoll::cluster::{Observer, neighbours};
use plimsoll::policy::Terms;
use serde_json::{Value, json};

/// What the API server does next, whatever it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    ListAll,
    ListNone,
    Expired,
    Failing,
    Forbidden,
    Deleted,
    Modified,
    Unreadable,
    Garbled,
}

const STEPS: [Step; 9] = [
    Step::ListAll,
    Step::ListNone,
    Step::Expired,
    Step::Failing,
    Step::Forbidden,
    Step::Deleted,
    Step::Modified,
    Step::Unreadable,
    Step::Garbled,
];

/// How the definition of policies stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Definition {
    There,
    Going,
    Gone,
    /// There, and may not be read.
    Hidden,
    /// Going, and may not be read.
    HiddenGoing,
}

struct Script {
    steps: Mutex<VecDeque<Step>>,
    /// What becomes of the definition once the first policies are known.
    later: Definition,
    definition: Mutex<Definition>,
    /// Whether a policy was deleted, as far as the API server says.
    deleted: Mutex<bool>,
}

fn policy(name: &str, rules: &Value) -> Value {
    json!({"apiVersion": "plimsoll.dev/v1alpha1", "kind": "DeployPolicy",
           "metadata": {"name": name, "uid": name, "resourceVersion": "7"},
           "spec": {"rules": rules}})
}

fn good(name: &str) -> Value {
    policy(name, &json!({"privileged": {}}))
}

fn as_json(code: u16, value: &Value) -> Response {
    let kind = (axum::http::header::CONTENT_TYPE, "application/json");
    (StatusCode::from_u16(code).unwrap(), [kind], value.to_string()).into_response()
}

fn status(code: u16) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
           "reason": "Expired", "message": "no"})
}

fn event(kind: &str, object: &Value) -> Response {
    format!("{}\n", json!({"type": kind, "object": object})).into_response()
}

fn list(items: &[Value]) -> Response {
    as_json(
        200,
        &json!({"kind": "DeployPolicyList", "apiVersion": "plimsoll.dev/v1alpha1",
                "metadata": {"resourceVersion": "5"}, "items": items}),
    )
}

async fn answer(State(script): State<Arc<Script>>, request: Request) -> Response {
    if request.uri().path().contains("customresourcedefinitions") {
        let mut definition = json!({"apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition", "metadata": {"name": "deploypolicies.plimsoll.dev"}});
        let now = *script.definition.lock().unwrap();
        if matches!(now, Definition::Hidden | Definition::HiddenGoing) {
            return as_json(403, &status(403));
        }
        if now == Definition::Going {
            definition["metadata"]["deletionTimestamp"] = json!("2026-11-25T00:00:00Z");
        }
        return match now {
            Definition::Gone => as_json(
                404,
                &json!({"kind": "Status", "apiVersion": "v1",
                "metadata": {}, "status": "Failure", "code": 404, "reason": "NotFound", "message": ""}),
            ),
            _ => as_json(200, &definition),
        };
    }
    if request.uri().path() == "/apis/plimsoll.dev/v1alpha1" {
        // As it does, the API server lets nobody create objects of a kind that goes.
        let goes = *script.definition.lock().unwrap() == Definition::HiddenGoing;
        let verbs = if goes { json!(["get", "list"]) } else { json!(["create", "get", "list"]) };
        return as_json(
            200,
            &json!({"kind": "APIResourceList", "apiVersion": "v1",
                    "groupVersion": "plimsoll.dev/v1alpha1",
                    "resources": [{"name": "deploypolicies", "kind": "DeployPolicy",
                                   "singularName": "", "namespaced": false, "verbs": verbs}]}),
        );
    }
    let is_watch = request.uri().query().is_some_and(|query| query.contains("watch=true"));
    let Some(step) = script.steps.lock().unwrap().pop_front() else {
        return std::future::pending().await;
    };
    match (step, is_watch) {
        (Step::Expired, false) => as_json(410, &status(410)),
        (Step::Failing, _) => as_json(500, &status(500)),
        (Step::Forbidden, _) => as_json(403, &status(403)),
        (Step::ListNone, false) => {
            *script.deleted.lock().unwrap() = true;
            list(&[])
        }
        (Step::Unreadable, false) => {
            list(&[good("a"), json!({"metadata": {"name": "b", "labels": 7}})])
        }
        (_, false) => list(&[good("a"), good("b")]),
        (Step::Deleted, true) => {
            *script.deleted.lock().unwrap() = true;
            event("DELETED", &good("b"))
        }
        (Step::Modified, true) => event("MODIFIED", &policy("b", &json!({"host-ports": {}}))),
        (Step::Unreadable, true) => event("MODIFIED", &policy("b", &json!({"no-such-rule": {}}))),
        (Step::Garbled, true) => "{\"type\": \"MODI\n".into_response(),
        (Step::ListAll | Step::ListNone | Step::Expired, true) => event("ERROR", &status(410)),
    }
}

struct Silent;

impl Observer for Silent {
    fn leads(&self, _: bool) {}
    fn watch_is_stale(&self, _: &'static str, _: bool) {}
    fn definition_lacks(&self, _: &'static str, _: usize) {}
    fn neighbours_stand(&self, _: &'static str, _: Option<neighbours::Standing>) {}
    fn registration(&self, _: Option<Standing>) {}
    fn registration_was_mended(&self) {}
    fn fails_closed(&self, _: bool) {}
    fn authority_expires(&self, _: Timestamp) {}
}

/// The names of all policies that were known, one set after the other, and whether somebody had
/// deleted one by then.
async fn followed(
    steps: &[Step],
    (first, later): (Definition, Definition),
) -> Vec<(BTreeSet<String>, bool)> {
    let definition = Mutex::new(first);
    let steps = Mutex::new([Step::ListAll].iter().chain(steps).copied().collect());
    let script = Arc::new(Script { steps, later, definition, deleted: Mutex::new(false) });
    let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let server = tokio::spawn(async { axum::serve(listener, router).await });
    let client = Client::try_from(Config::new(url)).unwrap();
    let (sender, mut known) = tokio::sync::mpsc::unbounded_channel();
    let of_script = Arc::clone(&script);
    let publish = move |objects: Objects| {
        let names = objects.iter().map(|object| object.name.clone()).collect();
        let in_force = objects.in_force().policies.len();
        let deleted = *of_script.deleted.lock().unwrap();
        *of_script.definition.lock().unwrap() = of_script.later;
        let _ = sender.send((names, deleted, in_force));
    };
    let following = tokio::spawn(async move {
        follow(client, POLICIES, &Terms::default(), publish, Arc::new(Silent)).await;
    });
    let mut all = Vec::new();
    let mut rest = Duration::from_secs(5);
    while let Ok(Some((names, deleted, in_force))) = tokio::time::timeout(rest, known.recv()).await
    {
        assert!(in_force > 0 || deleted, "{steps:?}", steps = script.steps);
        all.push((names, deleted));
        if script.steps.lock().unwrap().is_empty() {
            rest = Duration::from_millis(600);
        }
    }
    following.abort();
    server.abort();
    all
}

/// Every sequence of so many steps.
fn sequences(length: usize) -> Vec<Vec<Step>> {
    (0..length).fold(vec![Vec::new()], |known, _| {
        let longer = |steps: &Vec<Step>| STEPS.map(|step| [&steps[..], &[step]].concat());
        known.iter().flat_map(longer).collect()
    })
}

/// F-92, F-93, F-94, F-95.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f92_no_sequence_of_events_leads_from_policies_to_none_unless_somebody_deleted_them() {
    let both: BTreeSet<String> = ["a".to_owned(), "b".to_owned()].into();
    let mut shrank = 0;
    let all = [
        Definition::There,
        Definition::Going,
        Definition::Gone,
        Definition::Hidden,
        Definition::HiddenGoing,
    ];
    for later in all {
        let runs = sequences(2).into_iter().map(|steps| async move {
            let known = followed(&steps, (Definition::There, later)).await;
            (steps, known)
        });
        for (steps, known) in futures::future::join_all(runs).await {
            assert!(!known.is_empty(), "{steps:?}");
            for (names, deleted) in &known {
                assert!(*names == both || *deleted, "{steps:?}: nobody deleted anything");
            }
            for pair in known.windows(2) {
                let [(before, _), (after, _)] = pair else { continue };
                if !after.is_superset(before) {
                    let stays = [Definition::There, Definition::Hidden].contains(&later);
                    assert!(stays, "{steps:?}: the kind was going");
                    shrank += 1;
                }
            }
        }
    }
    assert!(shrank > 5, "what somebody deletes is gone: {shrank}");
}

/// F-95.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f95_whoever_starts_while_the_definition_goes_does_not_take_what_is_left_for_all() {
    for definition in [Definition::Going, Definition::Gone] {
        let known = followed(&[Step::ListNone, Step::Deleted], (definition, definition)).await;
        assert_eq!(known, [], "{definition:?}");
    }
}
