//! What Kubernetes' own controllers make: held against what they make it from.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use jiff::Timestamp;
use plimsoll::inventory::{Inventory, Owner, OwnerKind, Sight, Templates};
use plimsoll::policy::{BUILT_IN_POLICIES, Snapshot, built_in};
use plimsoll::serve::{Answer, Bounds, InForce, Metrics, OwnerLookup, WebhookState, router};
use serde_json::{Value, json};
use support::review::Review;
use tower::ServiceExt;

use crate::fixture::{PRODUCTION_POLICY, ask_under, bad, good, policies, spec};

const REPLICA_SETS: &str = "system:serviceaccount:kube-system:replicaset-controller";
const DEPLOYMENTS: &str = "system:serviceaccount:kube-system:deployment-controller";
const SETS: &str = "system:serviceaccount:kube-system:statefulset-controller";
const JOBS: &str = "system:serviceaccount:kube-system:job-controller";
const CRON_JOBS: &str = "system:serviceaccount:kube-system:cronjob-controller";
const ALL: &str = "system:kube-controller-manager";

/// An owner of this kind and uid, with this template where it has one.
fn owner(kind: &str, uid: &str, template: &Value) -> Value {
    let spec = match kind {
        "CronJob" => json!({"jobTemplate": {"spec": {"template": template}}}),
        _ => json!({"replicas": 2, "template": template}),
    };
    json!({"metadata": {"name": "api", "namespace": "shop", "uid": uid, "generation": 1}, "spec": spec})
}

/// All kinds are looked at, and these owners are there.
fn knowing(owners: &[(&str, Value)]) -> Inventory {
    let mut inventory = Inventory::default();
    for kind in OwnerKind::all() {
        let mut templates = Templates::of(kind);
        for (_, owner) in owners.iter().filter(|(of, _)| *of == kind.kind) {
            templates.apply(&serde_json::from_value::<Owner>(owner.clone()).unwrap());
        }
        inventory.replace_templates(templates);
        inventory.see_owners(kind, Sight::Known);
    }
    inventory
}

/// The production policy beside these owners.
fn production(owners: &[(&str, Value)]) -> Arc<Snapshot> {
    Arc::new(Snapshot::clone(&PRODUCTION_POLICY).with_inventory(knowing(owners)))
}

/// An object that is made from the template of an owner of this kind.
fn made(api_version: &str, kind: &str, template: &Value, of: (&str, &str)) -> Value {
    let mut object = match kind {
        "Pod" => template.clone(),
        _ => json!({"spec": {"template": template}}),
    };
    object["apiVersion"] = api_version.into();
    object["kind"] = kind.into();
    object["metadata"]["name"] = "api-5d4f".into();
    object["metadata"]["namespace"] = "shop".into();
    let group = if of.0 == "ReplicationController" { "v1" } else { "apps/v1" };
    let group = if of.0.contains("Job") { "batch/v1" } else { group };
    object["metadata"]["ownerReferences"] = json!([
        {"apiVersion": group, "kind": of.0, "name": "api", "uid": of.1, "controller": true}]);
    object
}

fn template(deployment: Value) -> Value {
    let mut deployment = deployment;
    deployment["spec"]["template"].take()
}

/// The same with a privileged container that somebody put there on the way.
fn injected(mut pod: Value) -> Value {
    let at =
        if pod["kind"] == "Pod" { "/spec/containers" } else { "/spec/template/spec/containers" };
    let sidecar = json!({"name": "proxy", "image": "registry.example/proxy:1", "securityContext": {"privileged": true}});
    pod.pointer_mut(at).unwrap().as_array_mut().unwrap().push(sidecar);
    pod
}

fn create_by(user: &str, object: &Value, snapshot: &Snapshot) -> Answer {
    ask_under(snapshot, Review::create(object).user(user).to_string()).expect("an answer")
}

fn denied(answer: &Answer) -> Vec<String> {
    assert!(!answer.is_fault, "{:?}", answer.response.status);
    answer.denied_rules().iter().map(|rule| rule.id.to_string()).collect()
}

#[test]
fn what_the_template_has_goes_in_again_and_what_was_put_in_on_the_way_does_not() {
    let bad = template(bad());
    for (user, kind, of, api_version) in [
        (REPLICA_SETS, "Pod", "ReplicaSet", "v1"),
        (ALL, "Pod", "ReplicaSet", "v1"),
        (SETS, "Pod", "StatefulSet", "v1"),
        ("system:serviceaccount:kube-system:daemon-set-controller", "Pod", "DaemonSet", "v1"),
        (
            "system:serviceaccount:kube-system:replication-controller",
            "Pod",
            "ReplicationController",
            "v1",
        ),
        (JOBS, "Pod", "Job", "v1"),
        (CRON_JOBS, "Job", "CronJob", "batch/v1"),
        (DEPLOYMENTS, "ReplicaSet", "Deployment", "apps/v1"),
    ] {
        let snapshot = production(&[(of, owner(of, "u", &bad))]);
        let pod = made(api_version, kind, &bad, (of, "u"));
        let answer = create_by(user, &pod, &snapshot);
        assert_eq!(denied(&answer), [""; 0], "{of}");
        assert!(answer.verdict.violations.iter().any(|v| v.inherited), "{of}");
        assert_eq!(answer.owner, Some(OwnerLookup::Known), "{of}");
        assert!(!answer.response.audit_annotations.contains_key("owner"), "{of}");
        // Nobody reads what a controller is warned about.
        assert_eq!(answer.response.warnings, [""; 0], "{of}");
        let answer = create_by(user, &injected(pod.clone()), &snapshot);
        assert!(denied(&answer).contains(&"privileged".to_owned()), "{of}");
        // Nobody else makes it so.
        for other in ["developer", "system:serviceaccount:shop:replicaset-controller"] {
            assert!(!denied(&create_by(other, &pod, &snapshot)).is_empty(), "{of} {other}");
        }
    }
}

#[test]
fn a_controller_makes_only_what_is_its_own_to_make_from_what_it_says() {
    let bad = template(bad());
    let snapshot = production(&[("ReplicaSet", owner("ReplicaSet", "u", &bad))]);
    let pod = made("v1", "Pod", &bad, ("ReplicaSet", "u"));
    let alter = |change: &dyn Fn(&mut Value)| {
        let mut pod = pod.clone();
        change(&mut pod["metadata"]["ownerReferences"][0]);
        pod
    };
    for (what, user, pod) in [
        ("of another controller", JOBS, pod.clone()),
        ("no controller of it", REPLICA_SETS, alter(&|owner| owner["controller"] = false.into())),
        (
            "another group",
            REPLICA_SETS,
            alter(&|owner| owner["apiVersion"] = "apps.example/v1".into()),
        ),
        ("another kind", REPLICA_SETS, alter(&|owner| owner["kind"] = "Deployment".into())),
    ] {
        assert!(!denied(&create_by(user, &pod, &snapshot)).is_empty(), "{what}");
    }
}

#[test]
fn an_owner_that_is_not_known_lets_go_what_is_made_and_the_audit_log_says_so() {
    let bad = template(bad());
    let pod = injected(made("v1", "Pod", &bad, ("ReplicaSet", "u")));
    let other = ("ReplicaSet", owner("ReplicaSet", "other", &bad));
    let mut stale = knowing(&[]);
    for kind in OwnerKind::all() {
        stale.see_owners(kind, Sight::StaleSince(Timestamp::UNIX_EPOCH));
    }
    let stale = Arc::new(Snapshot::clone(&PRODUCTION_POLICY).with_inventory(stale));
    for (snapshot, lookup) in [
        (production(&[other]), OwnerLookup::Unknown),
        (stale, OwnerLookup::Stale),
        (Arc::clone(&PRODUCTION_POLICY), OwnerLookup::NotLookedAt),
    ] {
        let answer = create_by(REPLICA_SETS, &pod, &snapshot);
        assert_eq!((denied(&answer), answer.owner), (Vec::new(), Some(lookup)));
        assert_eq!(answer.response.audit_annotations["owner"], lookup.as_str());
        assert!(!denied(&create_by("developer", &pod, &snapshot)).is_empty(), "{lookup:?}");
    }
}

/// What was in force for the owner when it was written is the owner's business: a Deployment that
/// an exception excuses, or did, goes on.
#[test]
fn pods_of_an_owner_that_is_or_was_excused_are_made() {
    let (later, ended) = ("1970-01-20T00:00:00Z", "1969-12-31T00:00:00Z");
    for (kind, expires) in
        [("Deployment", later), ("Deployment", ended), ("Pod", later), ("Pod", ended)]
    {
        let text = format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p}}\nspec: {{rules: {{privileged: {{}}}}}}\n---\n\
             apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyException\nmetadata: {{name: e, namespace: shop}}\n\
             spec: {{rules: [privileged], select: {{kind: {kind}, name: 'api*'}}, reason: r, approvedBy: a, expires: '{expires}'}}\n"
        );
        let documents =
            plimsoll::policy::load_with("p.yaml", &text, plimsoll::policy::Unknown::IsWrong);
        let terms = plimsoll::policy::Terms::default();
        let template = json!({"spec": {"containers": [
            {"name": "a", "image": "a:1", "securityContext": {"privileged": true}}]}});
        let owners = knowing(&[("ReplicaSet", owner("ReplicaSet", "u", &template))]);
        let snapshot = Snapshot::of(documents.unwrap(), terms).with_inventory(owners);
        let pod = made("v1", "Pod", &template, ("ReplicaSet", "u"));
        let answer = create_by(REPLICA_SETS, &pod, &snapshot);
        assert_eq!(denied(&answer), [""; 0], "{expires}");
        assert!(!answer.verdict.violations.is_empty(), "{expires}");
    }
}

#[test]
fn a_policy_that_judges_or_ignores_controllers_does_so_whatever_the_others_do() {
    let bad = template(bad());
    let one = |name: &str, controllers: &str| {
        format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {name}}}\n\
             spec: {{match: {{controllers: {controllers}}}, rules: {{privileged: {{}}, resource-limits: {{}}}}}}\n"
        )
    };
    let snapshot = |policies_text: &str| {
        let known = knowing(&[("ReplicaSet", owner("ReplicaSet", "u", &bad))]);
        Snapshot::clone(&policies(policies_text)).with_inventory(known)
    };
    let pod = made("v1", "Pod", &bad, ("ReplicaSet", "u"));
    let denied_by = |policies_text: &str, pod: &Value| {
        denied(&create_by(REPLICA_SETS, pod, &snapshot(policies_text)))
    };
    let judge = one("judge", "Judge");
    assert_eq!(denied_by(&judge, &pod), ["resource-limits"]);
    assert_eq!(denied_by(&one("i", "Ignore"), &injected(pod.clone())), [""; 0]);
    let (owner, ignore) = (one("owner", "Owner"), one("ignore", "Ignore"));
    let both = [owner.clone(), judge, ignore.clone()].join("---\n");
    assert_eq!(denied_by(&both, &pod), ["resource-limits"]);
    let both = [owner, ignore].join("---\n");
    assert_eq!(denied_by(&both, &pod), [""; 0]);
    let sidecar = denied_by(&both, &injected(pod));
    assert_eq!(sidecar, ["privileged", "resource-limits"]);
}

#[test]
fn what_selects_pods_by_labels_that_only_the_pod_has_knows_the_template_too() {
    let bad = template(bad());
    let known = knowing(&[("ReplicaSet", owner("ReplicaSet", "u", &bad))]);
    let by_hash = spec(
        "{match: {objectSelector: {matchLabels: {pod-template-hash: x}}}, rules: {resource-limits: {}}}",
    );
    let snapshot = Snapshot::clone(&by_hash).with_inventory(known);
    let mut pod = made("v1", "Pod", &bad, ("ReplicaSet", "u"));
    pod["metadata"]["labels"]["pod-template-hash"] = "x".into();
    let answer = create_by(REPLICA_SETS, &pod, &snapshot);
    assert_eq!(denied(&answer), [""; 0]);
    assert!(!answer.verdict.violations.is_empty());
}

/// A `StatefulSet` makes the Pods below its partition from a revision of before.
#[test]
fn a_pod_of_an_older_revision_is_held_against_that() {
    let (bad, good) = (template(bad()), template(good()));
    let revision = json!({
        "metadata": {"name": "api-old", "uid": "r", "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "uid": "u", "controller": true}]},
        "data": {"spec": {"template": bad}},
    });
    let snapshot = production(&[
        ("StatefulSet", owner("StatefulSet", "u", &good)),
        ("ControllerRevision", revision),
    ]);
    let mut pod = made("v1", "Pod", &bad, ("StatefulSet", "u"));
    pod["metadata"]["labels"]["controller-revision-hash"] = "api-old".into();
    assert_eq!(denied(&create_by(SETS, &pod, &snapshot)), [""; 0]);
    assert!(!denied(&create_by(SETS, &injected(pod.clone()), &snapshot)).is_empty());
    // Who names a revision that is not there is held against what is.
    pod["metadata"]["labels"]["controller-revision-hash"] = "api-new".into();
    assert!(!denied(&create_by(SETS, &pod, &snapshot)).is_empty());
}

#[test]
fn of_the_shipped_policies_only_production_asks_for_owners() {
    for (name, _) in BUILT_IN_POLICIES {
        let policies = built_in(name).unwrap();
        assert_eq!(policies[0].asks_for_owners(), name == "production", "{name}");
    }
}

async fn ask(router: Router, body: String) -> (Value, Duration) {
    let started = Instant::now();
    let request = Request::post("/validate").header(CONTENT_TYPE, "application/json");
    let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (serde_json::from_slice::<Value>(&body).unwrap()["response"].take(), started.elapsed())
}

struct World {
    in_force: Arc<InForce>,
    metrics: Arc<Metrics>,
    router: Router,
}

impl World {
    fn new(snapshot: Arc<Snapshot>) -> Self {
        let (in_force, metrics) =
            (Arc::new(InForce::new(Arc::clone(&snapshot))), Arc::new(Metrics::default()));
        let state = WebhookState::new(snapshot, Arc::clone(&metrics), Bounds::default());
        let router = router(Arc::new(state.with_in_force(Arc::clone(&in_force))));
        Self { in_force, metrics, router }
    }

    /// From now on these owners are known.
    fn learn(&self, owners: &[(&str, Value)]) {
        let known = knowing(owners);
        self.in_force.update(|snapshot| snapshot.clone().with_inventory(known.clone()));
    }
}

#[tokio::test]
async fn an_owner_that_is_milliseconds_old_is_waited_for() {
    let bad = template(bad());
    let body = |pod: &Value| Review::create(pod).user(REPLICA_SETS).to_string();
    let pod = made("v1", "Pod", &bad, ("ReplicaSet", "u"));
    let owners = [("ReplicaSet", owner("ReplicaSet", "u", &bad))];
    for (pod, is_allowed) in [(pod.clone(), true), (injected(pod.clone()), false)] {
        let world = World::new(production(&[]));
        let asking = tokio::spawn(ask(world.router.clone(), body(&pod)));
        tokio::time::sleep(Duration::from_millis(30)).await;
        world.learn(&[("ReplicaSet", owner("ReplicaSet", "another", &bad))]);
        tokio::time::sleep(Duration::from_millis(10)).await;
        world.learn(&owners);
        let (response, _) = asking.await.unwrap();
        assert_eq!(response["allowed"], is_allowed, "{response}");
        assert!(response["auditAnnotations"].get("owner").is_none(), "{response}");
    }
    // Nobody waits for longer than that, nor for an owner of whom nothing will ever be known.
    let world = World::new(production(&[]));
    let (response, took) = ask(world.router.clone(), body(&injected(pod.clone()))).await;
    assert_eq!(
        (&response["allowed"], &response["auditAnnotations"]["owner"]),
        (&json!(true), &json!("unknown"))
    );
    assert!(took >= Duration::from_millis(200), "{took:?}");
    let text = world.metrics.render();
    assert!(text.contains("plimsoll_owner_lookups_total{result=\"unknown\"} 1"), "{text}");
}

/// The controller may have made it from an edit that came a moment ago.
#[tokio::test]
async fn what_would_be_refused_is_looked_at_again_when_its_owner_changes() {
    let (bad, good) = (template(bad()), template(good()));
    let world = World::new(production(&[("ReplicaSet", owner("ReplicaSet", "u", &good))]));
    let pod = made("v1", "Pod", &bad, ("ReplicaSet", "u"));
    let body = Review::create(&pod).user(REPLICA_SETS).to_string();
    let asking = tokio::spawn(ask(world.router.clone(), body.clone()));
    tokio::time::sleep(Duration::from_millis(30)).await;
    let mut edited = owner("ReplicaSet", "u", &bad);
    edited["metadata"]["generation"] = 2.into();
    world.learn(&[("ReplicaSet", edited)]);
    assert_eq!(asking.await.unwrap().0["allowed"], true);
    world.learn(&[("ReplicaSet", owner("ReplicaSet", "u", &good))]);
    assert_eq!(ask(world.router.clone(), body).await.0["allowed"], false);
}

/// Who answers for a workload, and where it is, was said of it when it was written.
#[test]
fn what_is_asked_of_a_workload_stops_nothing_that_controllers_make_of_it() {
    let policy = spec(
        "{match: {controllers: Owner}, rules: {bare-pod: {}, default-namespace: {}, \
         deprecated-field: {}, debug-disabled: {}, required-annotations: {of: [Workload, Pods]}, \
         required-labels: {of: [Workload, Pods]}, selector-mismatch: {}, sign-off: {}, \
         version-agreement: {}}}",
    );
    let mut template = template(good());
    template["metadata"]["labels"]["app.kubernetes.io/version"] = "0.0.1".into();
    template["spec"]["nodeSelector"] = json!({"beta.kubernetes.io/os": "linux"});
    template["spec"]["containers"][0]["env"] = json!([{"name": "DEBUG", "value": "1"}]);
    for (user, kind, of, api_version) in [
        (REPLICA_SETS, "Pod", "ReplicaSet", "v1"),
        (JOBS, "Pod", "Job", "v1"),
        (CRON_JOBS, "Job", "CronJob", "batch/v1"),
        (DEPLOYMENTS, "ReplicaSet", "Deployment", "apps/v1"),
    ] {
        let known = knowing(&[(of, owner(of, "u", &template))]);
        let snapshot = Snapshot::clone(&policy).with_inventory(known);
        let mut object = made(api_version, kind, &template, (of, "u"));
        object["metadata"]["namespace"] = "default".into();
        if kind == "ReplicaSet" {
            object["metadata"]["labels"] = template["metadata"]["labels"].clone();
            object["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "1"});
        }
        let answer = create_by(user, &object, &snapshot);
        assert_eq!(denied(&answer), [""; 0], "{of}");
        assert!(answer.verdict.violations.iter().any(|v| v.inherited), "{of}");
        let by_hand = create_by("somebody", &object, &snapshot);
        assert!(denied(&by_hand).len() >= 3, "{of}: {:?}", denied(&by_hand));
    }
}

/// A Deployment hands its annotations on to its `ReplicaSet`s.
#[test]
fn what_a_deployment_says_of_itself_its_replica_sets_may_say_again() {
    let secret = json!({"note": "AKIAIOSFODNN7EXAMPLF wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ"});
    let deployment = |annotations: &Value| {
        let mut deployment = owner("Deployment", "u", &template(good()));
        deployment["metadata"]["annotations"] = annotations.clone();
        deployment
    };
    let mut set = made("apps/v1", "ReplicaSet", &template(good()), ("Deployment", "u"));
    set["metadata"]["annotations"] = secret.clone();
    let refused_of = |annotations: &Value| {
        denied(&create_by(
            DEPLOYMENTS,
            &set,
            &production(&[("Deployment", deployment(annotations))]),
        ))
    };
    assert_eq!(refused_of(&secret), [""; 0]);
    assert_eq!(refused_of(&json!({})), ["secret-literals"]);
}
