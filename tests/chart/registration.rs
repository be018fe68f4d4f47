//! What is registered, whoever writes it (F-84 to F-88, F-114).

use serde_json::{Value, json};

use crate::helm::{Objects, values};
use crate::sets::{CA, SETS};

const BY_CHART: &str =
    "--set=registration.mode=chart,certificates.mode=existingSecret,failurePolicy=Fail";

fn webhooks(arguments: &[&str]) -> Vec<Value> {
    let objects = Objects::of(arguments);
    let found = objects.one("ValidatingWebhookConfiguration", "plimsoll");
    found["webhooks"].as_array().unwrap().clone()
}

#[test]
fn the_server_is_told_what_to_register() {
    let objects = Objects::of(&[]);
    let flags = objects.flags();
    for flag in [
        "--cluster",
        "--register=plimsoll/plimsoll",
        "--failure-policy=Ignore",
        "--enforcement=warn",
        "--webhook-timeout-seconds=4",
        "--tls-secret=plimsoll-tls",
        "--policy=/etc/plimsoll/policies",
    ] {
        assert!(flags.contains(&flag), "{flag}: {flags:?}");
    }
    assert!(objects.of_kind("ValidatingWebhookConfiguration").is_empty(), "nobody answers yet");
    let set = ["--set=failWithoutReplicas=true,excludeNamespaces={a,b}"];
    let objects = Objects::of(&set);
    assert!(objects.flags().contains(&"--fail-without-replicas"));
    assert!(objects.flags().contains(&"--exclude-namespaces=a,b"));
}

#[test]
fn what_the_values_add_is_in_the_registration_file() {
    let set = SETS.iter().find(|set| set.name == "a registration with everything").unwrap();
    let objects = Objects::of(set.arguments);
    let flag = "--registration=/etc/plimsoll/registration/registration.yaml";
    assert!(objects.flags().contains(&flag));
    let text = &objects.one("ConfigMap", "plimsoll-registration")["data"]["registration.yaml"];
    let file = values(text.as_str().unwrap()).remove(0);
    let keys: Vec<_> = file.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["annotations", "extraRules", "matchConditions", "namespaceSelector", "objectSelector"]
    );
    assert!(Objects::of(&[]).flags().iter().all(|flag| !flag.starts_with("--registration=")));
}

#[test]
fn where_the_chart_registers_the_server_does_not() {
    let objects = Objects::of(&[BY_CHART, "--set", CA]);
    let registers = ["--register", "--failure-policy", "--fail-without-replicas", "--tls-secret"];
    for flag in objects.flags() {
        assert!(registers.iter().all(|other| !flag.starts_with(other)), "{flag}");
    }
    assert!(objects.of_kind("Job").is_empty(), "Helm deletes what it has made");
}

#[test]
fn the_rendered_configuration_leaves_the_cluster_able_to_start() {
    let webhooks = webhooks(&[BY_CHART, "--set=excludeNamespaces={cilium}", "--set", CA]);
    let names: Vec<_> = webhooks.iter().map(|webhook| webhook["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["validate.plimsoll.dev", "advise.plimsoll.dev", "policies.plimsoll.dev"]);
    for webhook in &webhooks {
        let name = webhook["name"].as_str().unwrap();
        assert_eq!(webhook["matchPolicy"], "Equivalent", "{name}");
        assert_eq!(webhook["sideEffects"], "None", "{name}");
        assert_eq!(webhook["admissionReviewVersions"], json!(["v1"]), "{name}");
        assert!(webhook["timeoutSeconds"].as_u64().unwrap() <= 5, "{name}");
        let expected = if name.starts_with("validate") { "Fail" } else { "Ignore" };
        assert_eq!(webhook["failurePolicy"], expected, "{name}");
        if name.starts_with("policies") {
            assert!(webhook["namespaceSelector"].is_null(), "wherever they are written");
            assert_eq!(webhook["rules"][0]["apiGroups"], json!(["plimsoll.dev"]));
            continue;
        }
        let first = &webhook["namespaceSelector"]["matchExpressions"][0];
        assert_eq!(first["key"], "kubernetes.io/metadata.name");
        let excluded = json!(["kube-system", "kube-node-lease", "plimsoll", "cilium"]);
        assert_eq!(first["values"], excluded);
        for rule in webhook["rules"].as_array().unwrap() {
            for resource in rule["resources"].as_array().unwrap() {
                let resource = resource.as_str().unwrap();
                assert!(!resource.contains('*'), "{name}: {resource}");
                for never in ["leases", "events", "tokenreviews", "accessreviews", "nodes"] {
                    assert!(!resource.contains(never), "{name}: {resource}");
                }
            }
        }
    }
}

#[test]
fn an_authority_is_written_or_injected() {
    let written = webhooks(&[BY_CHART, "--set", CA]);
    assert!(written.iter().all(|webhook| webhook["clientConfig"]["caBundle"].is_string()));
    let injected = ["--set=registration.mode=chart,certificates.mode=certManager"];
    let objects = Objects::of(&injected);
    let made = objects.one("ValidatingWebhookConfiguration", "plimsoll");
    assert_eq!(
        made["metadata"]["annotations"]["cert-manager.io/inject-ca-from"],
        "plimsoll/plimsoll"
    );
    assert!(made["webhooks"][0]["clientConfig"]["caBundle"].is_null());
    let certificate = &objects.one("Certificate", "plimsoll")["spec"];
    assert_eq!(certificate["dnsNames"][0], "plimsoll.plimsoll.svc");
    assert_eq!(
        certificate["issuerRef"]["name"],
        objects.one("Issuer", "plimsoll")["metadata"]["name"]
    );
}

#[test]
fn uninstalling_deletes_the_configuration_without_a_server() {
    let objects = Objects::of(&[]);
    let name = "plimsoll-unregister";
    for kind in ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"] {
        let annotations = &objects.one(kind, name)["metadata"]["annotations"];
        assert_eq!(annotations["helm.sh/hook"], "pre-delete", "{kind}");
        let policy = "before-hook-creation,hook-succeeded";
        assert_eq!(annotations["helm.sh/hook-delete-policy"], policy, "{kind}");
    }
    let job = &objects.one("Job", name)["spec"];
    assert!(job["activeDeadlineSeconds"].is_u64() && job["ttlSecondsAfterFinished"].is_u64());
    assert_eq!(job["template"]["spec"]["containers"][0]["args"], json!(["unregister"]));
    assert_eq!(job["template"]["spec"]["serviceAccountName"], name);
}
