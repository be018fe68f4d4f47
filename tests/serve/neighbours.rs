//! Neighbours, followed at an API server that is out of sorts: what is known of one kind hangs on no
//! other, and what is not known is said to be so (F-83, F-93, F-94).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use kube::{Client, Config};
use plimsoll::cluster::neighbours::{Change, Follower, Standing, Wanted, Way};
use plimsoll::cluster::{Observer, registration};
use plimsoll::inventory::{Inventory, KeySource, Neighbour, Unseen};
use serde_json::{Value, json};
use tokio::sync::watch;

/// One answer of the API server.
enum Answer {
    /// All objects.
    List(Vec<Value>),
    /// Lines of a watch, which then says nothing more.
    Silence(Vec<String>),
    /// Lines of a watch, which then ends.
    Watch(Vec<String>),
    /// An error.
    Error(u16),
}

/// What is answered, by the end of the path; what has nothing to say hangs.
#[derive(Default)]
struct Script {
    answers: Mutex<BTreeMap<&'static str, VecDeque<Answer>>>,
    asked: Mutex<BTreeSet<String>>,
}

fn as_json(code: u16, value: &Value) -> Response {
    let kind = (axum::http::header::CONTENT_TYPE, "application/json");
    (StatusCode::from_u16(code).unwrap(), [kind], value.to_string()).into_response()
}

fn status(code: u16) -> Value {
    let reason = if code == 403 { "Forbidden" } else { "Expired" };
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
           "reason": reason, "message": "no"})
}

fn event(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

fn config_map(name: &str, key: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "resourceVersion": "7"}, "data": {key: "hunter2"}})
}

fn autoscaler(of: &str) -> Value {
    json!({"metadata": {"name": "a", "namespace": "shop", "resourceVersion": "7"},
           "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": of}}})
}

async fn answer(State(script): State<Arc<Script>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let last = path.rsplit('/').next().unwrap().to_owned();
    script.asked.lock().unwrap().insert(last.clone());
    let next = script.answers.lock().unwrap().get_mut(&*last).and_then(VecDeque::pop_front);
    match next {
        // The API server has no groups of its own accord.
        None if last == "apis" => as_json(200, &json!({"kind": "APIGroupList", "groups": []})),
        None => std::future::pending().await,
        Some(Answer::List(items)) if last == "apis" => {
            as_json(200, &json!({"kind": "APIGroupList", "groups": items}))
        }
        Some(Answer::List(items)) if last == "v1alpha1" => as_json(
            200,
            &json!({"kind": "APIResourceList", "groupVersion": "keda.sh/v1alpha1", "resources": items}),
        ),
        Some(Answer::List(items)) => as_json(
            200,
            &json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "5"}, "items": items}),
        ),
        Some(Answer::Watch(lines)) => lines.concat().into_response(),
        Some(Answer::Silence(lines)) => {
            let lines = futures::stream::iter(lines.into_iter().map(Ok::<_, std::io::Error>));
            let for_ever = futures::stream::pending();
            Body::from_stream(futures::StreamExt::chain(lines, for_ever)).into_response()
        }
        Some(Answer::Error(code)) => as_json(code, &status(code)),
    }
}

/// How each kind stood, one after the other.
#[derive(Default)]
struct Told(Mutex<BTreeMap<&'static str, Vec<Option<&'static str>>>>);

impl Observer for Told {
    fn definition_lacks(&self, _: &'static str, _: usize) {}
    fn leads(&self, _: bool) {}
    fn watch_is_stale(&self, _: &'static str, _: bool) {}
    fn neighbours_stand(&self, kind: &'static str, standing: Option<Standing>) {
        let mut all = self.0.lock().unwrap();
        let of_kind = all.entry(kind).or_default();
        let word = standing.map(Standing::as_str);
        if of_kind.last() != Some(&word) {
            of_kind.push(word);
        }
    }
    fn registration(&self, _: Option<registration::Standing>) {}
    fn registration_was_mended(&self) {}
    fn fails_closed(&self, _: bool) {}
    fn authority_expires(&self, _: Timestamp) {}
}

/// Somebody who follows, and what came of it.
struct Run {
    script: Arc<Script>,
    told: Arc<Told>,
    inventory: Arc<Mutex<Inventory>>,
    wanted: watch::Sender<Wanted>,
    settled: Arc<Mutex<bool>>,
}

impl Run {
    async fn start(answers: Vec<(&'static str, Vec<Answer>)>, secret_keys: bool) -> Self {
        let answers = answers.into_iter().map(|(path, all)| (path, all.into())).collect();
        let script = Arc::new(Script { answers: Mutex::new(answers), ..Script::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        let client = Client::try_from(Config::new(url)).unwrap();
        let told = Arc::new(Told::default());
        let inventory = Arc::new(Mutex::new(Inventory::default()));
        let of_change = Arc::clone(&inventory);
        let change = move |change: &Change<'_>| change(&mut of_change.lock().unwrap());
        let observer = Arc::clone(&told) as Arc<dyn Observer>;
        let way = Way { client, change: Arc::new(change), observer };
        let (wanted, wants) = watch::channel(None);
        let settled = Arc::new(Mutex::new(false));
        let of_settled = Arc::clone(&settled);
        let tell = move || *of_settled.lock().unwrap() = true;
        tokio::spawn(Follower { way, secret_keys }.run(wants, tell));
        Self { script, told, inventory, wanted, settled }
    }

    fn want(&self, kinds: &[Neighbour]) {
        self.wanted.send_replace(Some(kinds.iter().copied().collect()));
    }

    async fn wait(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !is_so(self) {
            let told = self.told.0.lock().unwrap().clone();
            assert!(Instant::now() < end, "{what}: {told:?}, {:?}", self.inventory.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether `shop` has a `ConfigMap` of this name with this key.
    fn key(&self, name: &str, key: &str) -> Result<bool, Unseen> {
        let inventory = self.inventory.lock().unwrap();
        let keys = inventory.keys(KeySource::ConfigMap, Some("shop"), name)?;
        Ok(keys.is_some_and(|keys| keys.may_hold(key)))
    }

    fn is_scaled(&self, name: &str) -> Result<bool, Unseen> {
        self.inventory.lock().unwrap().is_scaled("apps", "Deployment", Some("shop"), name)
    }

    fn stood(&self, kind: &str) -> Vec<&'static str> {
        let all = self.told.0.lock().unwrap();
        all.get(kind).into_iter().flatten().map(|word| word.unwrap_or("not followed")).collect()
    }

    fn was_asked_for(&self, path: &str) -> bool {
        self.script.asked.lock().unwrap().contains(path)
    }
}

const BOTH: [Neighbour; 2] = [Neighbour::ConfigMap, Neighbour::Autoscaler];
const MAPS: &str = "configmaps";
const SCALERS: &str = "horizontalpodautoscalers";

/// F-94.
#[tokio::test]
async fn f94_a_kind_that_may_not_be_listed_is_not_looked_at_and_the_others_are() {
    let scalers = vec![Answer::List(vec![autoscaler("api")])];
    let run = Run::start(vec![(MAPS, vec![Answer::Error(403)]), (SCALERS, scalers)], false).await;
    run.want(&BOTH);
    run.wait("all were tried", |run| *run.settled.lock().unwrap()).await;
    assert_eq!(run.key("a", "k"), Err(Unseen { kind: Neighbour::ConfigMap, since: None }));
    assert_eq!((run.is_scaled("api"), run.is_scaled("web")), (Ok(true), Ok(false)));
    assert_eq!(run.stood(MAPS), ["pending", "forbidden"]);
    assert_eq!(run.stood(SCALERS), ["pending", "known"]);
    // A kind that the cluster has not is one of which there are none.
    assert_eq!(run.stood("scaledobjects"), ["pending", "absent"]);
}

/// F-83, F-93.
#[tokio::test]
async fn f93_what_was_known_is_stale_after_an_error_of_every_kind_until_all_is_listed_anew() {
    for broken in [
        Answer::Watch(vec![event("ERROR", &status(410))]),
        Answer::Watch(vec![event("ERROR", &status(500))]),
        Answer::Watch(vec!["{\"type\": \"MODI\n".to_owned()]),
        Answer::Error(429),
        Answer::Error(500),
    ] {
        let odd = vec![json!(7), json!({"metadata": {"name": 7}}), config_map("a", "k")];
        let again = [Answer::Error(500), Answer::List(vec![config_map("b", "k")])];
        let more = Answer::Silence(vec![event("MODIFIED", &config_map("b", "l"))]);
        let maps = [Answer::List(odd), broken].into_iter().chain(again).chain([more]);
        let run = Run::start(vec![(MAPS, maps.collect())], false).await;
        run.want(&[Neighbour::ConfigMap]);
        run.wait("stale", |run| run.key("a", "k").is_err_and(|e| e.since.is_some())).await;
        // What comes in later is in force at once, and what is gone is gone.
        run.wait("known anew", |run| run.key("b", "l") == Ok(true)).await;
        assert_eq!((run.key("b", "k"), run.key("a", "k")), (Ok(false), Ok(false)));
        assert_eq!(run.stood(MAPS), ["pending", "known", "stale", "known"]);
        assert!(*run.settled.lock().unwrap());
        assert!(!format!("{:?}", run.inventory.lock().unwrap()).contains("hunter2"));
    }
}

#[tokio::test]
async fn only_what_rules_ask_for_is_followed_for_as_long_as_they_do() {
    let maps = vec![Answer::List(vec![config_map("a", "k")]), Answer::Silence(Vec::new())];
    let scalers = vec![Answer::List(vec![autoscaler("api")]), Answer::Silence(Vec::new())];
    let run = Run::start(vec![(MAPS, maps), (SCALERS, scalers)], false).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(run.script.asked.lock().unwrap().is_empty(), "no policy is known yet");
    run.want(&[Neighbour::Autoscaler, Neighbour::Secret]);
    run.wait("all were tried", |run| *run.settled.lock().unwrap()).await;
    assert_eq!(run.is_scaled("api"), Ok(true));
    assert!(!run.was_asked_for(MAPS) && !run.was_asked_for("secrets"), "nobody asks, nobody may");
    run.want(&[Neighbour::ConfigMap]);
    run.wait("the others are known", |run| run.key("a", "k") == Ok(true)).await;
    assert_eq!(run.is_scaled("api"), Err(Unseen { kind: Neighbour::Autoscaler, since: None }));
    assert_eq!(run.stood(SCALERS), ["pending", "known", "not followed"]);
}

#[tokio::test]
async fn a_kind_that_is_defined_is_followed_in_the_version_that_is_served() {
    let group = json!({"name": "keda.sh",
        "versions": [{"groupVersion": "keda.sh/v1alpha1", "version": "v1alpha1"}],
        "preferredVersion": {"groupVersion": "keda.sh/v1alpha1", "version": "v1alpha1"}});
    let resource = json!({"name": "scaledobjects", "singularName": "", "namespaced": true,
        "kind": "ScaledObject", "verbs": ["list", "watch"]});
    let answers = vec![
        ("apis", vec![Answer::List(vec![group])]),
        ("v1alpha1", vec![Answer::List(vec![resource])]),
        ("scaledobjects", vec![Answer::List(vec![autoscaler("api")])]),
        (SCALERS, vec![Answer::List(vec![])]),
    ];
    let run = Run::start(answers, false).await;
    run.want(&[Neighbour::Autoscaler]);
    run.wait("it is known", |run| run.is_scaled("api") == Ok(true)).await;
    assert_eq!(run.stood("scaledobjects"), ["pending", "known"]);
}

#[tokio::test]
async fn a_kind_that_takes_more_memory_than_is_kept_for_it_is_not_looked_at_and_the_others_are() {
    let many: serde_json::Map<String, Value> =
        (0..20_000).map(|n| (format!("key-{n:040}"), json!(""))).collect();
    let large = |n: usize| json!({"metadata": {"name": format!("a{n}"), "namespace": "shop", "resourceVersion": "7"}, "data": many});
    let maps = vec![Answer::List((0..40).map(large).collect())];
    let scalers = vec![Answer::List(vec![autoscaler("api")])];
    let run = Run::start(vec![(MAPS, maps), (SCALERS, scalers)], false).await;
    run.want(&BOTH);
    run.wait("it is full", |run| run.stood(MAPS) == ["pending", "full"]).await;
    assert_eq!(run.key("a1", "k"), Err(Unseen { kind: Neighbour::ConfigMap, since: None }));
    run.wait("the others are known", |run| run.is_scaled("api") == Ok(true)).await;
    assert!(!format!("{:?}", run.inventory.lock().unwrap()).contains("key-0"), "nothing is kept");
}

/// F-83.
#[tokio::test]
async fn f83_readiness_waits_for_no_answer_that_does_not_come() {
    let run = Run::start(vec![(SCALERS, vec![Answer::List(vec![])])], false).await;
    let since = Instant::now();
    run.want(&BOTH);
    run.wait("there was time enough", |run| *run.settled.lock().unwrap()).await;
    assert!(since.elapsed() >= Duration::from_secs(9), "it was waited for");
    assert_eq!(run.stood(MAPS), ["pending"]);
    assert_eq!(run.is_scaled("api"), Ok(false), "what answers is known meanwhile");
}
