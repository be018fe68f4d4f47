//! Which writes are reviewed, and as what: operations, subresources, kinds, names, dry runs.

use plimsoll::subject;
use serde_json::{Value, json};
use support::review::{Review, create};

use crate::fixture::{
    PRODUCTION_POLICY, allowed, ask, ask_under, bad, fault, good, good_pod, spec,
};

fn is_allowed(body: &str) -> bool {
    allowed(&PRODUCTION_POLICY, body)
}

fn pod(change: impl FnOnce(&mut Value)) -> Value {
    let mut pod = good_pod();
    change(&mut pod);
    pod
}

fn privileged() -> Value {
    json!({"name": "intruder", "image": "registry.example/shop/debug:1.0", "securityContext": {"privileged": true}})
}

/// A bad pod in every workload kind there is.
fn workloads(template: &Value) -> Vec<Value> {
    let kinds = subject::workloads().map(|kind| {
        let version =
            if kind.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", kind.group) };
        let mut object = template.clone();
        for key in kind.templates()[0].keys().iter().rev() {
            object = json!({key.as_ref(): object});
        }
        object["apiVersion"] = version.into();
        object["kind"] = kind.kind.as_ref().into();
        object["metadata"]["name"] = "api".into();
        object["metadata"]["namespace"] = "shop".into();
        object
    });
    kinds.collect()
}

#[test]
fn f25_deleting_what_violates_is_allowed() {
    for object in [bad(), good()] {
        assert!(is_allowed(&Review::delete(&object).to_string()));
    }
}

#[test]
fn f26_deleting_nothing_is_allowed_and_creating_or_updating_nothing_is_denied() {
    let nothing = |operation| {
        Review::create(&good()).with("object", Value::Null).operation(operation).to_string()
    };
    assert!(is_allowed(&nothing("DELETE")));
    for operation in ["CREATE", "UPDATE"] {
        assert!(fault(nothing(operation)).contains("`request.object` is missing"));
    }
}

#[test]
fn f27_each_deletion_of_a_collection_is_allowed_without_a_name() {
    assert!(is_allowed(&Review::delete(&bad()).with("name", "").to_string()));
}

#[test]
fn f28_connecting_to_a_pod_is_allowed() {
    for (sub_resource, kind) in [
        ("exec", "PodExecOptions"),
        ("attach", "PodAttachOptions"),
        ("portforward", "PodPortForwardOptions"),
        ("proxy", "PodProxyOptions"),
    ] {
        let options =
            json!({"apiVersion": "v1", "kind": kind, "container": "api", "command": ["sh"]});
        let pods = json!({"group": "", "version": "v1", "resource": "pods"});
        let review = Review::of("CONNECT", &options, &Value::Null).sub_resource(sub_resource);
        let review = review.with("resource", pods.clone()).with("requestResource", pods);
        for name in [Value::Null, json!("api")] {
            let body = review.clone().with("name", name).to_string();
            assert!(is_allowed(&body), "{sub_resource}");
        }
    }
}

#[test]
fn f29_a_privileged_debug_container_is_denied() {
    let old = good_pod();
    let new = pod(|pod| pod["spec"]["ephemeralContainers"] = json!([privileged()]));
    let debugged = |new| Review::update(&old, new).sub_resource("ephemeralcontainers").to_string();
    assert!(!is_allowed(&debugged(&new)));
    let harmless = pod(|pod| {
        let mut container = privileged();
        container["securityContext"] = old["spec"]["containers"][0]["securityContext"].clone();
        pod["spec"]["ephemeralContainers"] = json!([container]);
    });
    assert!(is_allowed(&debugged(&harmless)));
}

#[test]
fn f30_a_subresource_that_changes_a_pod_is_reviewed_also_one_invented_tomorrow() {
    let new = pod(|pod| pod["spec"]["containers"][0]["resources"] = json!({}));
    let written = |part| Review::update(&good_pod(), &new).sub_resource(part).to_string();
    for sub_resource in
        ["resize", "ephemeralcontainers", "teleport", "Status", "status ", "exec/x", ""]
    {
        assert!(!is_allowed(&written(sub_resource)), "{sub_resource}");
    }
    for sub_resource in ["status", "binding", "eviction", "log"] {
        assert!(is_allowed(&written(sub_resource)), "{sub_resource}");
    }
}

#[test]
fn f30_binding_and_evicting_a_pod_is_allowed() {
    for (kind, group, sub_resource) in
        [("Binding", "v1", "binding"), ("Eviction", "policy/v1", "eviction")]
    {
        let object = json!({"apiVersion": group, "kind": kind, "metadata": {"name": "api", "namespace": "shop"}});
        let review = Review::create(&object).sub_resource(sub_resource).resource("", "pods");
        assert!(is_allowed(&review.to_string()), "{kind}");
    }
}

#[test]
fn f31_scaling_is_allowed() {
    let scale = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "api", "namespace": "shop"}, "spec": {"replicas": 3}});
    for resource in ["deployments", "statefulsets", "replicasets"] {
        let review = Review::update(&scale, &scale).sub_resource("scale");
        assert!(is_allowed(&review.resource("apps", resource).to_string()), "{resource}");
    }
}

#[test]
fn f32_a_privileged_container_is_denied_in_every_list() {
    let always = |mut container: Value| {
        container["restartPolicy"] = "Always".into();
        container
    };
    for (list, container, named) in [
        ("initContainers", privileged(), "init container"),
        ("initContainers", always(privileged()), "sidecar container"),
        ("containers", privileged(), "container"),
        ("ephemeralContainers", privileged(), "ephemeral container"),
    ] {
        for object in workloads(&good_pod()) {
            let policy = spec("{rules: {privileged: {}}}");
            assert!(allowed(&policy, &create(&object)), "{}", object["kind"]);
            let mut template = good_pod();
            match template["spec"][list].as_array_mut() {
                Some(others) => others.push(container.clone()),
                None => template["spec"][list] = json!([container]),
            }
            let object =
                workloads(&template).into_iter().find(|o| o["kind"] == object["kind"]).unwrap();
            let answer = crate::fixture::ask_under(&policy, create(&object)).unwrap();
            let causes = answer.response.status.expect("denied").details.expect("details").causes;
            assert_eq!(causes.len(), 1, "{list} of {}", object["kind"]);
            assert_eq!(causes[0].message, format!("{named} \"intruder\" is privileged"));
            assert!(causes[0].field.contains(list), "{}", causes[0].field);
        }
    }
}

#[test]
fn f33_the_template_of_every_workload_kind_is_reviewed() {
    let mut template = good_pod();
    for object in workloads(&template) {
        assert!(is_allowed(&create(&object)), "{}", object["kind"]);
    }
    template["spec"]["containers"][0]["image"] = "registry.example/shop/api:latest".into();
    let objects = workloads(&template);
    assert_eq!(objects.len(), 9);
    for object in objects {
        assert!(!is_allowed(&create(&object)), "{}", object["kind"]);
    }
}

#[test]
fn f33_a_workload_without_a_template_is_allowed() {
    for kind in subject::workloads().filter(|kind| !kind.is_pod()) {
        let whole =
            workloads(&good_pod()).into_iter().find(|o| o["kind"] == kind.kind.as_ref()).unwrap();
        for depth in 1..=kind.templates()[0].keys().len() {
            let pointer: String =
                kind.templates()[0].keys()[..depth].iter().map(|key| format!("/{key}")).collect();
            let mut object = whole.clone();
            *object.pointer_mut(&pointer).unwrap() = Value::Null;
            assert!(is_allowed(&create(&object)), "{pointer} of {} is null", kind.kind);
        }
    }
}

#[test]
fn f34_a_name_that_is_yet_to_be_made_up_is_shown_with_a_star() {
    let mut object = bad();
    object["metadata"] = json!({"generateName": "api-", "namespace": "shop"});
    for name in [Value::Null, json!("")] {
        let body = Review::create(&object).with("name", name).to_string();
        let status = ask(body).unwrap().response.status.expect("denied");
        assert!(status.message.starts_with("\nDeployment shop/api-* fails"), "{}", status.message);
        assert_eq!(status.details.expect("details").name, "api-*");
    }
    let made_up = Review::create(&object).with("name", "api-x7").to_string();
    let message = ask(made_up).unwrap().response.status.expect("denied").message;
    assert!(message.starts_with("\nDeployment shop/api-x7 fails"), "{message}");
}

#[test]
fn f35_what_differs_between_two_tries_of_one_write_makes_no_difference() {
    for object in [good(), bad()] {
        let first = ask(create(&object)).unwrap().response;
        let mut again = object.clone();
        again["metadata"]["managedFields"] =
            json!([{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}]);
        again["metadata"]["uid"] = "1b4e28ba".into();
        assert_eq!(ask(create(&again)).unwrap().response, first);
    }
}

#[test]
fn f43_a_dry_run_gets_the_same_answer() {
    for object in [good(), bad()] {
        let dry = Review::create(&object).with("dryRun", true).to_string();
        let (wet, dry) = (ask(create(&object)).unwrap(), ask(dry).unwrap());
        assert_eq!(wet.response, dry.response);
        assert!(dry.summary.dry_run && !wet.summary.dry_run);
    }
}

#[test]
fn f44_the_converted_kind_is_what_counts() {
    for (object, expected) in [(good(), true), (bad(), false)] {
        let old = json!({"group": "extensions", "version": "v1beta1"});
        let of_old = |key: &str, value: &str| {
            let mut whole = old.clone();
            whole[key] = value.into();
            whole
        };
        let review = Review::create(&object)
            .with("requestKind", of_old("kind", "Deployment"))
            .with("requestResource", of_old("resource", "deployments"));
        assert_eq!(is_allowed(&review.to_string()), expected);
    }
}

#[test]
fn f46_f47_no_mark_that_anyone_can_forge_buys_an_exemption() {
    let forgeries = [
        (
            "annotations",
            json!({"kubernetes.io/config.mirror": "1b4e28ba", "kubernetes.io/config.source": "file"}),
        ),
        (
            "ownerReferences",
            json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "kube-proxy", "uid": "1", "controller": true}]),
        ),
        ("deletionTimestamp", json!("2026-01-01T00:00:00Z")),
        ("labels", json!({"kubernetes.io/metadata.name": "kube-system", "control-plane": "true"})),
        ("namespace", json!("kube-system")),
    ];
    for (field, value) in forgeries {
        let mut template = good_pod();
        template["spec"]["containers"][0]["image"] = "registry.example/shop/api:latest".into();
        for mut object in workloads(&template) {
            object["metadata"][field] = value.clone();
            for review in [Review::create(&object), Review::update(&good_pod(), &object)] {
                let body = review.namespace("shop").to_string();
                assert!(!is_allowed(&body), "{field} of {}", object["kind"]);
            }
        }
    }
}

#[test]
fn no_rule_acts_above_the_ceiling() {
    use plimsoll::policy::{Enforcement, PRODUCTION, Snapshot, built_in};
    use plimsoll::rules::Mode;

    let under = |ceiling| {
        let snapshot = Snapshot::new(built_in(PRODUCTION).unwrap())
            .with_enforcement(Enforcement::upto(ceiling));
        ask_under(&snapshot, create(&bad())).unwrap()
    };
    assert!(!under(Mode::Deny).response.allowed);
    let warned = under(Mode::Warn);
    assert!(warned.response.allowed && warned.response.warnings.len() == 5, "{warned:?}");
    let audited = under(Mode::Audit);
    assert!(audited.response.allowed && audited.response.warnings.is_empty());
    assert!(audited.response.audit_annotations["audited"].contains("run-as-non-root"));
    // What cannot be read is refused whatever the ceiling.
    let snapshot = Snapshot::new(built_in(PRODUCTION).unwrap())
        .with_enforcement(Enforcement::upto(Mode::Audit));
    let mut broken = bad();
    broken["spec"]["template"]["spec"]["containers"] = json!(7);
    assert!(!ask_under(&snapshot, create(&broken)).unwrap().response.allowed);
}
