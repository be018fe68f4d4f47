//! What a policy would refuse of what runs, looked at by `plimsoll serve --cluster` while it is
//! written: within bounds, whatever the API server does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::https::{Connection, trusting};
use support::plimsoll_process::Plimsoll;
use support::review::Review;
use support::self_signed::authority;

use super::api_server::{Answer, ApiServer, Asked, list, page, pod_of, status, workload};
use super::{DEPLOYMENTS, NO_PRIVILEGES, PODS};
use crate::check_command::run;

/// A cluster that knows policies and has none yet.
fn cluster(script: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> ApiServer {
    ApiServer::start(move |asked| {
        script(asked)
            .or_else(|| asked.path.starts_with("/apis/plimsoll.dev/v1alpha1/").then(|| list(&[])))
    })
}

/// The warnings of a server in that cluster about a policy, and how long they took.
fn warnings(server: &ApiServer) -> (Vec<String>, Duration) {
    let flags = ["--self-signed", "--cluster", "--kubeconfig", &server.kubeconfig()];
    let flags = [&flags[..], &["--namespace", "plimsoll", "--leave-seconds", "0"]].concat();
    let plimsoll = Plimsoll::serve(crate::program(), &flags);
    let end = Instant::now() + Duration::from_secs(30);
    while support::https::get(plimsoll.admin, "/readyz").is_ok_and(|page| page.0 != 200) {
        assert!(Instant::now() < end, "not ready: {}", plimsoll.output());
        std::thread::sleep(Duration::from_millis(50));
    }
    let policy = json!({"apiVersion": "plimsoll.dev/v1alpha1", "kind": "DeployPolicy",
        "metadata": {"name": "new"}, "spec": {"rules": {"privileged": {}}}});
    let review = Review::create(&policy).resource("plimsoll.dev", "deploypolicies").to_string();
    let trust = trusting(&authority(&plimsoll));
    let mut connection = Connection::open(plimsoll.webhook, &trust).unwrap();
    let start = Instant::now();
    let reply = connection.post("/validate?timeout=10s", review.as_bytes()).unwrap();
    let took = start.elapsed();
    let response = reply.json()["response"].clone();
    assert_eq!(response["allowed"], true, "{response}");
    let all = response["warnings"].as_array().cloned().unwrap_or_default();
    (all.iter().map(|warning| warning.as_str().unwrap().to_owned()).collect(), took)
}

#[test]
fn no_more_than_some_thousand_objects_are_looked_at() {
    let pages = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&pages);
    let server = cluster(move |asked| {
        // Who follows what runs asks for fewer at a time.
        (asked.path == DEPLOYMENTS && asked.query.contains("limit=500")).then(|| {
            counted.fetch_add(1, Ordering::Relaxed);
            let token = asked.query.split_once("continue=").map_or("0", |(_, token)| token);
            let number: usize = token.parse().unwrap();
            let items: Vec<Value> =
                (0..500).map(|at| workload(&format!("w-{number}-{at}"), at == 0)).collect();
            page(&items, Some(&(number + 1).to_string()), None)
        })
    });
    let (warnings, _) = warnings(&server);
    let says = "policy \"new\" would refuse 10 of 5000 workloads if created today, of the first 5000 \
                objects looked at: shop/w-0-0, ";
    assert!(warnings[0].starts_with(says), "{warnings:?}");
    assert_eq!((pages.load(Ordering::Relaxed), server.count(PODS)), (10, 0));
}

#[test]
fn an_api_server_that_hangs_holds_up_a_policy_for_two_seconds_and_what_is_known_by_then_is_told() {
    let server = cluster(|asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(list(&[workload("api", true)])),
        PODS => Some(Answer::Nothing),
        _ => None,
    });
    let (warnings, took) = warnings(&server);
    let says = "policy \"new\" would refuse 1 of 1 workload if created today, of 1 object looked at in time: \
         shop/api";
    assert_eq!(warnings[0], says, "{warnings:?}");
    assert!(took < Duration::from_millis(2_600), "{took:?}");
}

#[test]
fn what_may_not_be_listed_or_fails_is_said_and_the_rest_counts() {
    let server = cluster(|asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(list(&[workload("api", true)])),
        PODS => Some(status(500, "etcd has no leader")),
        path if path.starts_with("/apis/batch/") => Some(status(403, "you may not")),
        _ => None,
    });
    let (warnings, _) = warnings(&server);
    assert_eq!(
        [&*warnings[0], &*warnings[2]],
        [
            "policy \"new\" would refuse 1 of 1 workload if created today: shop/api",
            "not looked at: cronjobs.batch (no right to list them), jobs.batch (no right to list them), \
             pods (no answer)"
        ]
    );
}

#[test]
fn what_an_operator_makes_itself_is_named_as_the_preview_names_it() {
    let server = cluster(|asked| {
        (asked.path == PODS).then(|| {
            let mut made = pod_of("main-0", true, ("StrimziPodSet", "main"));
            made["metadata"]["ownerReferences"][0]["apiVersion"] = json!("core.strimzi.io/v1");
            list(&[made])
        })
    });
    let (warnings, _) = warnings(&server);
    let line = "refused when made anew, unless the policy leaves out the account of what makes them: \
                shop/StrimziPodSet/main";
    assert!(warnings.iter().any(|warning| warning == line), "{warnings:?}");
    let policy = server.policy(NO_PRIVILEGES);
    let preview = ["preview", "--kubeconfig", &server.kubeconfig(), "--policy", &policy];
    assert!(run(&preview, "").stdout.contains("\n  shop  Pod/main-0 of StrimziPodSet/main\n"));
}
