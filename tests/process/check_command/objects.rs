//! What `check` takes for an object, and what stands around it.

use support::edit::replaced_once;
use support::scratch::Scratch;

use super::{BAD, GOOD, check, check_in_time, json, path};

#[test]
fn every_document_of_a_stream_is_judged_and_a_broken_one_hides_no_other() {
    let stream = format!("{GOOD}---\na: [1\n---\n{BAD}---\nkind: x\n");
    let (output, report) = json(&["-"], &stream);
    assert_eq!(output.code, 2);
    let subjects = report["subjects"].as_array().unwrap();
    assert_eq!(subjects.iter().map(|s| s["allowed"] == true).collect::<Vec<_>>(), [true, false]);
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[0]["line"], 46, "{errors:?}");
}

#[test]
fn lists_and_json_are_unfolded_and_lines_are_those_of_the_items() {
    let bad = BAD.replace('\n', "\n    ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  - {bad}");
    let (_, report) = json(&["-"], &list);
    assert_eq!(report["subjects"][0]["name"], "api");
    let limits =
        report["violations"].as_array().unwrap().iter().find(|v| v["rule"] == "resource-limits");
    assert_eq!(limits.unwrap()["line"], 26);
    let node = plimsoll::yaml::documents(BAD).remove(0).unwrap();
    assert_eq!(check(&["-"], &node.to_json()).code, 1);
}

#[test]
fn references_resolve_against_the_other_objects_given() {
    let secret = "---\n{apiVersion: v1, kind: Secret, metadata: {name: api, namespace: shop}, stringData: {KEY: 5f8a1c3e9b7d2046af13c8e5d07b9264}}\n";
    let (_, report) =
        json(&["-"], &format!("{GOOD}{}", replaced_once(secret, "KEY", "openai-api-key")));
    assert_eq!(report["violations"].as_array().unwrap().len(), 0);
    let (_, report) = json(&["-"], &format!("{GOOD}{secret}"));
    assert_eq!(report["violations"][0]["rule"], "secret-references");
    assert!(
        report["violations"][0]["message"].as_str().unwrap().contains("key \"openai-api-key\"")
    );
}

/// F-124.
#[test]
fn an_empty_kind_or_version_is_an_error_in_a_folder_too() {
    for document in [
        "apiVersion: apps/v1\nkind:\n",
        "apiVersion:\nkind: Deployment\n",
        "apiVersion: ''\nkind: Deployment\n",
        "apiVersion: apps/v1\nkind: ''\n",
        "apiVersion: apps/v1\nkind: [Deployment]\n",
        "kind: Deployment\n",
        "apiVersion: apps/v1\n",
        "apiVersion: v1\nkind: List\nitems: [{metadata: {name: a}}]\n",
        "apiVersion: v1\nkind: List\nitems: [~]\n",
        "apiVersion: v1\nkind: PodList\nitems: [{apiVersion: v1}]\n",
        "apiVersion: v1\nkind: PodList\nitems: {}\n",
        "apiVersion: v1\nkind: \nitems: []\n",
    ] {
        let folder = Scratch::new();
        folder.write("a.yaml", document);
        folder.write("good.yaml", GOOD);
        let output = check_in_time(&[path(&folder)]);
        assert!(output.code == 2 && output.stdout.contains("a.yaml:"), "{document}{output:?}");
    }
    for foreign in [
        "replicas: 1\n",
        "apiVersion: v2\nname: chart\n",
        "kind: pipeline\n",
        "[1]\n",
        "items: [1]\n",
    ] {
        let folder = Scratch::new();
        folder.write("a.yaml", foreign);
        folder.write("good.yaml", GOOD);
        let output = check_in_time(&[path(&folder)]);
        let said = "no object of Kubernetes: 1 document";
        assert!(output.code == 0 && output.stdout.contains(said), "{foreign}{output:?}");
    }
}

/// F-124: kind and version as `UnstructuredList` fills them in.
#[test]
fn items_without_kind_and_version_are_of_the_type_of_their_list() {
    let spec = BAD.split_once("\nspec:").unwrap().1.replace('\n', "\n    ");
    let item = |head: &str| format!("  - {head}metadata: {{name: a}}\n    spec:{spec}");
    for kind in ["DeploymentList", "Deployment"] {
        for head in ["", "kind:\n    ", "kind: ''\n    apiVersion: ~\n    ", "apiVersion: ''\n    "]
        {
            let list = format!("apiVersion: apps/v1\nkind: {kind}\nitems:\n{}", item(head));
            let (output, report) = json(&["-"], &list);
            assert_eq!(output.code, 1, "{head:?} {output:?}");
            assert_eq!(report["subjects"][0]["kind"], "Deployment", "{head:?}");
        }
    }
}

/// F-139.
#[test]
fn what_manifests_disagree_about_lets_no_workload_off() {
    let folder = Scratch::new();
    let policy = folder.write(
        "policy.yaml",
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\nspec:\n  \
         match: {namespaceSelector: {matchLabels: {env: prod}}}\n  rules: {resource-limits: {}}\n",
    );
    let namespace = |labels: &str| {
        format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop{labels}}}\n")
    };
    let prod = namespace(", labels: {env: prod}");
    let test = namespace(", labels: {env: test}");
    let bare = namespace("");
    for (manifests, code) in [
        (vec![&prod], 1),
        (vec![&prod, &bare], 1),
        (vec![&bare, &prod], 1),
        (vec![&prod, &test], 1),
        (vec![&test, &test], 0),
        (vec![&bare], 0),
    ] {
        let stream =
            BAD.to_owned() + &manifests.into_iter().map(String::as_str).collect::<String>();
        let output = check(&["--policy", policy.to_str().unwrap(), "-"], &stream);
        assert_eq!(output.code, code, "{stream}");
    }
}

/// F-139: `SetDefaults_Job`.
#[test]
fn a_job_without_labels_has_those_of_its_pods_as_in_the_api_server() {
    let folder = Scratch::new();
    let policy = folder.write(
        "policy.yaml",
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\nspec:\n  \
         match: {objectSelector: {matchLabels: {a: b}}}\n  rules: {resource-limits: {}}\n",
    );
    let spec = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: d}]}}";
    for (head, metadata, code) in [
        ("batch/v1, kind: Job", "name: x", 1),
        ("batch/v1, kind: Job", "name: x, labels: {}", 1),
        ("batch/v1, kind: Job", "name: x, labels: {c: d}", 0),
        ("v1, kind: ReplicationController", "name: x", 1),
        ("apps/v1, kind: Deployment", "name: x", 0),
    ] {
        let text = format!("{{apiVersion: {head}, metadata: {{{metadata}}}, spec: {{{spec}}}}}\n");
        let output = check(&["--policy", policy.to_str().unwrap(), "-"], &text);
        assert_eq!(output.code, code, "{text}{output:?}");
    }
}

/// A Service, a role, a Deployment and a stored revision, none of them as the policy wants it.
const OTHERS: &str = "\
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  type: NodePort
  externalIPs: [198.51.100.53]
  ports: [{port: 80}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: op}
rules:
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [get, \"*\"]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 0
  template:
    spec:
      containers: [{name: api, image: nginx}]
---
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: r}
data: {password: hunter2}
";

#[test]
fn what_is_no_pod_is_shown_as_what_it_is() {
    let output = check(&["-"], OTHERS);
    assert_eq!(output.code, 1);
    for line in [
        "FAIL  Service shop/api  1/2 passed, 1 warning  (-:1)",
        "  Service",
        "6 |   externalIPs: [198.51.100.53]",
        "  ClusterRole",
        "15 |     verbs: [get, \"*\"]",
        "  Deployment",
        "21 |   replicas: 0",
        "  container \"api\"",
        "  pod",
    ] {
        assert!(
            output.stdout.lines().any(|l| l.trim() == line.trim()),
            "{line:?} is not in\n{}",
            output.stdout
        );
    }
    let open = "undetermined: controller-revision (nobody says who writes the object)";
    assert!(output.stdout.contains(open), "{}", output.stdout);
    assert!(output.stdout.contains("passed in 4 objects"), "{}", output.stdout);
    assert!(!output.stdout.contains("hunter2"));
    let (_, report) = json(&["-"], OTHERS);
    let because = &report["subjects"][3]["undeterminedBecause"]["controller-revision"];
    assert_eq!(because, "nobody says who writes the object");
    let kinds: Vec<_> =
        report["violations"].as_array().unwrap().iter().map(|v| &v["kind"]).collect();
    assert!(
        ["Service", "ClusterRole", "Deployment"]
            .iter()
            .all(|kind| kinds.contains(&&(*kind).into()))
    );
}

#[test]
fn a_namespace_that_the_api_server_takes_away_lets_no_cluster_role_off() {
    let folder = Scratch::new();
    let policy = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\nspec:\n  \
                  match: {namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, \
                  operator: NotIn, values: [kube-system]}]}}\n  rules: {rbac-wildcard: {}}\n";
    let policy = folder.write("p.yaml", policy);
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n\
                metadata: {name: op, namespace: kube-system}\n\
                rules: [{apiGroups: [\"*\"], resources: [\"*\"], verbs: [\"*\"]}]\n";
    assert_eq!(check(&["--policy", policy.to_str().unwrap(), "-"], role).code, 1);
}
