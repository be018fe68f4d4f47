//! What the defaults are, and what values make of them.

use serde_json::{Value, json};

use crate::helm::{Objects, rendered};
use crate::sets::SETS;

#[test]
fn two_renders_are_equal() {
    for set in SETS {
        assert_eq!(rendered(set.arguments), rendered(set.arguments), "{}", set.name);
    }
}

#[test]
fn the_defaults_are_those_of_a_webhook_that_is_always_there() {
    let objects = Objects::of(&[]);
    let spec = &objects.deployment()["spec"];
    assert_eq!(spec["replicas"], 2);
    assert_eq!(spec["strategy"]["rollingUpdate"], json!({"maxUnavailable": 0, "maxSurge": 1}));
    let pod = objects.pod();
    let spread = &pod["topologySpreadConstraints"][0];
    assert_eq!(spread["topologyKey"], "kubernetes.io/hostname");
    assert_eq!(spread["whenUnsatisfiable"], "DoNotSchedule");
    assert_eq!(spread["matchLabelKeys"], json!(["pod-template-hash"]));
    assert_eq!(spread["labelSelector"]["matchLabels"], spec["selector"]["matchLabels"]);
    let apart = &pod["affinity"]["podAntiAffinity"];
    assert!(apart["preferredDuringSchedulingIgnoredDuringExecution"].is_array());
    assert_eq!(pod["priorityClassName"], "system-cluster-critical");
    let budget = &objects.one("PodDisruptionBudget", "plimsoll")["spec"];
    assert_eq!(budget["maxUnavailable"], 1);
    assert_eq!(budget["selector"], spec["selector"]);
    assert_eq!(
        objects.one("Service", "plimsoll")["spec"]["selector"],
        spec["selector"]["matchLabels"]
    );
}

#[test]
fn the_pod_is_restricted_and_asks_for_its_token_on_purpose() {
    let objects = Objects::of(&[]);
    let job = &objects.one("Job", "plimsoll-unregister")["spec"]["template"]["spec"];
    for pod in [objects.pod(), job] {
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["securityContext"]["runAsUser"], 65532);
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
        assert_eq!(pod["automountServiceAccountToken"], false);
        let volumes = pod["volumes"].as_array().unwrap();
        assert!(volumes.iter().all(|volume| volume["hostPath"].is_null()));
        let sources = volumes.iter().find(|v| v["name"] == "token").unwrap();
        assert_eq!(sources["projected"]["sources"].as_array().unwrap().len(), 3);
        let container = &pod["containers"][0];
        let context = &container["securityContext"];
        assert_eq!(context["allowPrivilegeEscalation"], false);
        assert_eq!(context["readOnlyRootFilesystem"], true);
        assert_eq!(context["capabilities"], json!({"drop": ["ALL"]}));
        assert_eq!(container["resources"]["limits"]["memory"], "384Mi");
        let mounts = container["volumeMounts"].as_array().unwrap();
        let at = "/var/run/secrets/kubernetes.io/serviceaccount";
        assert!(mounts.iter().any(|m| m["name"] == "token" && m["mountPath"] == at));
    }
}

#[test]
fn a_pod_is_given_the_time_that_its_end_takes() {
    for set in SETS {
        let objects = Objects::of(set.arguments);
        let seconds = objects.pod()["terminationGracePeriodSeconds"].as_u64().unwrap();
        let leave =
            objects.flags().iter().find_map(|f| f.strip_prefix("--leave-seconds=")).unwrap();
        assert!(seconds > leave.parse::<u64>().unwrap() + 15, "{}", set.name);
    }
}

#[test]
fn the_autoscaler_decides_about_replicas_alone() {
    let objects = Objects::of(&["--set=hpa.enabled=true"]);
    assert!(objects.deployment()["spec"]["replicas"].is_null());
    let scaler = &objects.one("HorizontalPodAutoscaler", "plimsoll")["spec"];
    assert_eq!((&scaler["minReplicas"], &scaler["maxReplicas"]), (&json!(2), &json!(6)));
    assert!(Objects::of(&[]).of_kind("HorizontalPodAutoscaler").is_empty());
}

#[test]
fn a_budget_never_keeps_the_only_replica_on_its_node() {
    for one in ["replicas=1", "hpa.enabled=true,hpa.minReplicas=1"] {
        assert!(Objects::of(&["--set", one]).of_kind("PodDisruptionBudget").is_empty(), "{one}");
    }
}

#[test]
fn what_an_operator_makes_is_there_only_where_the_operator_is() {
    let plain = Objects::of(&[]);
    assert!(
        plain.of_kind("ServiceMonitor").is_empty() && plain.of_kind("PrometheusRule").is_empty()
    );
    let api = [
        "--api-versions=monitoring.coreos.com/v1/ServiceMonitor",
        "--api-versions=monitoring.coreos.com/v1/PrometheusRule",
    ];
    let objects = Objects::of(&api);
    let monitor = &objects.one("ServiceMonitor", "plimsoll")["spec"];
    let service = objects.one("Service", "plimsoll");
    for (label, value) in monitor["selector"]["matchLabels"].as_object().unwrap() {
        assert_eq!(&service["metadata"]["labels"][label], value);
    }
    let ports = service["spec"]["ports"].as_array().unwrap();
    assert!(ports.iter().any(|port| port["name"] == monitor["endpoints"][0]["port"]));
    assert!(
        objects.one("PrometheusRule", "plimsoll")["spec"]["groups"].as_array().unwrap().len() > 3
    );
    let off = ["--set=serviceMonitor.enabled=false,prometheusRule.enabled=false"];
    let objects = Objects::of(&[&api[..], &off].concat());
    assert!(objects.of_kind("ServiceMonitor").is_empty());
    assert!(objects.of_kind("PrometheusRule").is_empty());
}

#[test]
fn a_change_of_policies_restarts_nothing_and_one_of_the_registration_does() {
    let template =
        |arguments: &[&str]| Objects::of(arguments).deployment()["spec"]["template"].clone();
    assert_eq!(template(&[]), template(&["--set=policies={restricted}"]));
    let with = |name: &str| {
        template(&[&format!(
            "--set-json=webhook.objectSelector={{\"matchLabels\":{{\"a\":{name:?}}}}}"
        )])
    };
    assert_ne!(with("b"), with("c"));
}

#[test]
fn a_policy_of_the_values_is_written_as_it_stands() {
    let set = SETS.iter().find(|set| set.name == "a policy of one's own").unwrap();
    let objects = Objects::of(set.arguments);
    let files = objects.one("ConfigMap", "plimsoll-policies")["data"].as_object().unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["baseline.yaml", "own.yaml"]);
    for (name, text) in files {
        let policies = plimsoll::policy::load(name, text.as_str().unwrap());
        assert_eq!(policies.expect("it loads").len(), 1);
    }
    assert!(files["own.yaml"].as_str().unwrap().contains("min: 1000"), "{files:?}");
}

#[test]
fn the_network_is_open_to_what_is_needed_and_nothing_else() {
    let objects = Objects::of(&[]);
    let spec = &objects.one("NetworkPolicy", "plimsoll")["spec"];
    assert_eq!(spec["policyTypes"], json!(["Ingress", "Egress"]));
    let ports = |direction: &str| -> Vec<Value> {
        let rules = spec[direction].as_array().unwrap().iter();
        rules
            .flat_map(|rule| rule["ports"].as_array().unwrap())
            .map(|p| p["port"].clone())
            .collect()
    };
    assert_eq!(ports("ingress"), [json!("webhook"), json!("admin")]);
    assert_eq!(ports("egress"), [json!(53), json!(53), json!(443), json!(6443)]);
    let set = SETS.iter().find(|set| set.name == "a narrow network").unwrap();
    let objects = Objects::of(set.arguments);
    let spec = &objects.one("NetworkPolicy", "plimsoll")["spec"];
    assert_eq!(spec["egress"][1]["to"], json!([{"ipBlock": {"cidr": "10.0.0.1/32"}}]));
    assert_eq!(spec["egress"][1]["ports"], json!([{"port": 6443, "protocol": "TCP"}]));
    assert!(spec["ingress"].as_array().unwrap().iter().all(|rule| rule["from"].is_array()));
    // The Pods that unregister and audit call the API server as well.
    let objects = Objects::of(&["--set=audit.enabled=true"]);
    for kind in ["Deployment", "Job", "CronJob"] {
        let made = &objects.of_kind(kind)[0]["spec"];
        let made = if kind == "CronJob" { &made["jobTemplate"]["spec"] } else { made };
        let pod = &made["template"]["metadata"]["labels"];
        for (label, value) in spec["podSelector"]["matchLabels"].as_object().unwrap() {
            assert_eq!(&pod[label], value, "{kind}");
        }
    }
}

const DEFINITIONS: [&str; 2] = ["deploypolicies.plimsoll.dev", "policyexceptions.plimsoll.dev"];

#[test]
fn the_definitions_come_and_are_upgraded_with_the_chart_and_outlive_it() {
    for set in SETS {
        let objects = Objects::of(set.arguments);
        for name in DEFINITIONS {
            let metadata = &objects.one("CustomResourceDefinition", name)["metadata"];
            assert_eq!(metadata["annotations"], json!({"helm.sh/resource-policy": "keep"}));
            assert_eq!(metadata["labels"]["app.kubernetes.io/part-of"], "plimsoll");
        }
    }
    // What Helm finds there it never upgrades.
    assert!(!crate::helm::chart().join("crds").exists());
    let without = Objects::of(&["--set=crds.install=false"]);
    assert!(without.of_kind("CustomResourceDefinition").is_empty());
}

#[test]
fn the_server_is_told_from_where_exceptions_are_honoured_and_how_long_they_may_last() {
    let flags = |arguments: &[&str]| {
        let objects = Objects::of(arguments);
        let flags = objects.flags().into_iter().filter(|flag| flag.starts_with("--exception-"));
        flags.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(flags(&[]), ["--exception-max-days=90"]);
    assert_eq!(
        flags(&["--set=exceptionNamespaces={shop,platform-*},exceptionMaxDays=30"]),
        ["--exception-max-days=30", "--exception-namespaces=shop,platform-*"]
    );
}

#[test]
fn an_image_is_named_by_its_digest_and_taken_from_the_registry_for_all_charts() {
    let image = |set: &str| {
        let objects = Objects::of(&["--set", set]);
        objects.pod()["containers"][0]["image"].as_str().unwrap().to_owned()
    };
    assert_eq!(image("replicas=2"), "ghcr.io/plimsoll-dev/plimsoll:0.1.0");
    assert_eq!(image("image.repository=plimsoll,image.tag=dev"), "plimsoll:dev");
    let mirror = "global.imageRegistry=registry.example:5000/mirror";
    assert_eq!(image(mirror), "registry.example:5000/mirror/plimsoll-dev/plimsoll:0.1.0");
    let bare = format!("{mirror},image.repository=library/plimsoll");
    assert_eq!(image(&bare), "registry.example:5000/mirror/library/plimsoll:0.1.0");
    let digest = format!("image.tag=dev,image.digest=sha256:{}", "a".repeat(64));
    assert_eq!(image(&digest), format!("ghcr.io/plimsoll-dev/plimsoll@sha256:{}", "a".repeat(64)));
}
