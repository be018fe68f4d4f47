//! Policies that are swapped under load: each request sees one set of them, whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use plimsoll::inventory::NamespaceLabels;
use plimsoll::policy::{Documents, Snapshot, Unknown, load_object};
use plimsoll::rules::catalog::CATALOG;
use plimsoll::serve::{Bounds, InForce, Metrics, WebhookState, router};
use serde_json::{Value, json};
use support::review::create;
use support::rules::least;
use tower::ServiceExt;

use crate::fixture::bad;

const POLICIES: usize = 200;

/// An object with every rule that needs no parameter, in this mode.
fn object(name: &str, mode: &str) -> Value {
    let ids = CATALOG.iter().map(|rule| rule.id.as_ref()).filter(|id| least(id) == "{}");
    let rules: serde_json::Map<_, _> = ids.map(|id| (id.to_owned(), json!({}))).collect();
    json!({"apiVersion": "plimsoll.dev/v1alpha1", "kind": "DeployPolicy",
           "metadata": {"name": name}, "spec": {"mode": mode, "rules": rules}})
}

/// Many objects of one edit, whose names begin as its mode does.
fn all_in(mode: &str) -> Documents {
    let mut all = Documents::default();
    for index in 0..POLICIES {
        all.append(
            load_object(&object(&format!("{}{index}", &mode[..1]), mode), Unknown::IsWrong)
                .unwrap(),
        );
    }
    all
}

async fn ask(router: Router, body: String) -> Value {
    let request = Request::post("/validate").header(CONTENT_TYPE, "application/json");
    let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice::<Value>(&body).unwrap()["response"].take()
}

/// Sends the bad Deployment until told to end; each answer is that of all policies of one edit. How
/// many there were of each is counted.
async fn load(router: Router, counts: Arc<[AtomicUsize; 2]>, ends: Arc<AtomicBool>) {
    let body = create(&bad());
    while !ends.load(Ordering::Relaxed) {
        let response = ask(router.clone(), body.clone()).await;
        let is_allowed = response["allowed"] == true;
        let wanted = if is_allowed { 'w' } else { 'd' };
        let policies = response["auditAnnotations"]["policies"].as_str().unwrap();
        let of_edit = policies.split(',').filter(|policy| policy.starts_with(wanted)).count();
        assert_eq!((of_edit, policies.split(',').count()), (POLICIES, POLICIES), "{response}");
        counts[usize::from(is_allowed)].fetch_add(1, Ordering::Relaxed);
    }
}

/// F-92: hundreds of policies that are replaced again and again, and the namespaces beside them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f92_two_hundred_policies_are_swapped_whole_under_load() {
    let in_force = Arc::new(InForce::new(Arc::new(Snapshot::default())));
    let edits = ["deny", "warn"].map(all_in);
    assert!(edits[0].policies[0].rules.len() >= 20, "{}", edits[0].policies[0].rules.len());
    in_force.replace_objects(edits[0].clone(), 0);
    let state = WebhookState::new(
        Arc::new(Snapshot::default()),
        Arc::new(Metrics::default()),
        Bounds::default(),
    );
    let router = router(Arc::new(state.with_in_force(Arc::clone(&in_force))));
    let (counts, ends) = (Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]), Arc::default());
    let loads: Vec<_> = (0..2)
        .map(|_| tokio::spawn(load(router.clone(), Arc::clone(&counts), Arc::clone(&ends))))
        .collect();
    let namespaces = {
        let (in_force, ends) = (Arc::clone(&in_force), Arc::clone(&ends));
        tokio::task::spawn_blocking(move || {
            let mut count = 0;
            while !ends.load(Ordering::Relaxed) {
                in_force.update(|snapshot| {
                    let mut inventory = snapshot.inventory().clone();
                    inventory.apply_namespace(format!("n-{count}"), NamespaceLabels::default());
                    snapshot.clone().with_inventory(inventory)
                });
                count += 1;
            }
            count
        })
    };
    let swaps = {
        let in_force = Arc::clone(&in_force);
        let is_enough = move |swaps: usize| {
            swaps >= 100 && counts.iter().all(|count| count.load(Ordering::Relaxed) >= 20)
        };
        tokio::task::spawn_blocking(move || {
            let mut swaps = 0;
            while !is_enough(swaps) {
                in_force.replace_objects(edits[swaps % 2].clone(), 0);
                swaps += 1;
            }
            in_force.replace_objects(edits[0].clone(), 0);
        })
    };
    swaps.await.unwrap();
    let before = *in_force.changes().borrow();
    in_force.replace_objects(all_in("deny"), 0);
    assert_eq!(*in_force.changes().borrow(), before, "what says the same is taken up by nobody");
    ends.store(true, Ordering::Relaxed);
    for load in loads {
        load.await.unwrap();
    }
    let count = namespaces.await.unwrap();
    let last = in_force.current();
    assert_eq!(last.policies().len(), POLICIES);
    for index in 0..count {
        let name = format!("n-{index}");
        assert!(last.inventory().namespace_labels(&name).is_some(), "{name} was lost in a swap");
    }
    let response = ask(router, create(&bad())).await;
    assert_eq!(response["allowed"], false, "the last edit is in force");
}
