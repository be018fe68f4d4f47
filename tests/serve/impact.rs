//! What a policy would refuse of what runs is told whoever writes it, and holds up nothing.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use plimsoll::policy::Snapshot;
use plimsoll::serve::{Impact, Impacts, Search, Several};
use serde_json::{Value, json};
use support::review::{Review, create};

use crate::fixture::{Webhook, bad};

const ENOUGH: Duration = Duration::from_secs(10);

/// Finds what it is told to find, after a while, and remembers what it was asked.
struct Told {
    impact: Impact,
    takes: Duration,
    asked: Mutex<Vec<(Vec<String>, Duration)>>,
}

impl Told {
    fn after(takes: Duration) -> Arc<Self> {
        let refused = Several { count: 3, names: vec!["shop/api".to_owned(), "shop/b".to_owned()] };
        let impact = Impact { workloads: 212, refused, ..Impact::default() };
        Arc::new(Self { impact, takes, asked: Mutex::default() })
    }

    /// The policies of each snapshot that it was asked about.
    fn asked(&self) -> Vec<Vec<String>> {
        self.asked.lock().unwrap().iter().map(|(policies, _)| policies.clone()).collect()
    }
}

impl Impacts for Told {
    fn find<'f>(&'f self, snapshot: &'f Snapshot, until: Instant) -> Search<'f> {
        let policies = snapshot.policies().iter().map(|policy| policy.name.to_string()).collect();
        let left = until.saturating_duration_since(Instant::now());
        self.asked.lock().unwrap().push((policies, left));
        Box::pin(async move {
            tokio::time::sleep(self.takes).await;
            self.impact.clone()
        })
    }
}

fn policy(spec: &Value) -> Value {
    json!({"apiVersion": "plimsoll.dev/v1alpha1", "kind": "DeployPolicy",
           "metadata": {"name": "new"}, "spec": spec})
}

fn denying() -> Value {
    policy(&json!({"rules": {"privileged": {}}}))
}

fn of_policies(review: Review) -> String {
    review.resource("plimsoll.dev", "deploypolicies").to_string()
}

async fn warnings(webhook: &Webhook, path: &str, body: String) -> Vec<String> {
    let response = webhook.post(path, body).await.response();
    assert_eq!(response["allowed"], true, "{response}");
    let warnings = response["warnings"].as_array().cloned().unwrap_or_default();
    warnings.iter().map(|warning| warning.as_str().unwrap().to_owned()).collect()
}

const FIGURE: &str =
    "policy \"new\" would refuse 3 of 212 workloads if created today: shop/api, shop/b and 1 more";

#[tokio::test]
async fn whoever_writes_a_policy_is_told_what_it_would_refuse_also_where_nothing_is_stored() {
    let told = Told::after(Duration::ZERO);
    let webhook = Webhook::telling(Arc::<Told>::clone(&told), ENOUGH);
    let dry = Review::create(&denying()).with("dryRun", true);
    for review in [Review::create(&denying()), dry] {
        let warnings = warnings(&webhook, "/validate", of_policies(review)).await;
        assert_eq!(warnings[0], FIGURE);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
    }
    assert_eq!(told.asked(), [["new"], ["new"]], "it alone is in force");
}

#[tokio::test]
async fn nothing_is_looked_at_for_what_changes_or_refuses_nothing_or_is_refused_itself() {
    let told = Told::after(Duration::ZERO);
    let webhook = Webhook::telling(Arc::<Told>::clone(&told), ENOUGH);
    let mut labelled = denying();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    let warning = policy(&json!({"mode": "warn", "rules": {"privileged": {}}}));
    for review in [Review::update(&denying(), &labelled), Review::create(&warning)] {
        assert!(warnings(&webhook, "/validate", of_policies(review)).await.is_empty());
    }
    let wrong = policy(&json!({"rules": {"privilegd": {}}}));
    let refused = webhook.post("/validate", of_policies(Review::create(&wrong))).await.response();
    assert_eq!(refused["allowed"], false);
    webhook.post("/validate", create(&bad())).await.response();
    assert_eq!(told.asked(), Vec::<Vec<String>>::new());
    let raised = of_policies(Review::update(&warning, &denying()));
    assert_eq!(warnings(&webhook, "/validate", raised).await[0], FIGURE);
}

#[tokio::test]
async fn looking_ends_within_two_seconds_and_within_the_time_of_the_request() {
    let told = Told::after(Duration::from_mins(1));
    let webhook = Webhook::telling(Arc::<Told>::clone(&told), ENOUGH);
    for (path, most) in [("/validate?timeout=1s", 800), ("/validate?timeout=10s", 2_200)] {
        let start = Instant::now();
        let warnings = warnings(&webhook, path, of_policies(Review::create(&denying()))).await;
        assert!(start.elapsed() < Duration::from_millis(most), "{path}: {:?}", start.elapsed());
        let says = "what policy \"new\" would refuse of what runs could not be looked at in time";
        assert!(warnings[0].starts_with(says), "{warnings:?}");
    }
    assert!(webhook.seconds() < 0.2, "it is no part of the review");
    let asked = told.asked.lock().unwrap();
    assert!(asked[0].1 <= Duration::from_millis(600), "{asked:?}");
    assert!(asked[1].1 <= Duration::from_secs(2), "{asked:?}");
}

#[tokio::test]
async fn one_is_looked_at_at_a_time_and_the_others_are_taken_without_a_figure() {
    let told = Told::after(Duration::from_millis(300));
    let webhook = Webhook::telling(Arc::<Told>::clone(&told), ENOUGH);
    let write = || warnings(&webhook, "/validate", of_policies(Review::create(&denying())));
    let (first, second) = tokio::join!(write(), write());
    assert_eq!(first[0], FIGURE);
    assert!(second[0].contains("was not looked at, as another was being looked at"), "{second:?}");
    assert_eq!(told.asked().len(), 1);
    assert_eq!(write().await[0], FIGURE, "and then the next");
}

#[tokio::test]
async fn a_server_that_cannot_look_says_nothing() {
    let webhook = Webhook::production();
    let warnings = warnings(&webhook, "/validate", of_policies(Review::create(&denying()))).await;
    assert_eq!(warnings, Vec::<String>::new());
}
