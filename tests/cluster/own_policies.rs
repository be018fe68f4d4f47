//! The API server's own policies as the judge of what `import vap` makes of them: the same objects, the
//! same verdicts, also where an expression fails.

use jiff::Timestamp;
use plimsoll::policy::{Snapshot, load};
use plimsoll::serve::answer;
use plimsoll::vap::{Documents, import};
use serde_json::{Value, json};
use support::control_plane::ControlPlane;
use support::review;

use crate::kubectl::wait_until;

/// Validations, each of a policy of its own: for which resource, and what has to hold.
const VALIDATIONS: [(&str, &str); 44] = [
    ("deployments", "object.spec.replicas <= 5"),
    ("deployments", "has(object.metadata.annotations) && 'owner' in object.metadata.annotations"),
    ("deployments", "object.metadata.labels['team'] == 'shop'"),
    ("deployments", "object.metadata.?labels[?'team'].orValue('none') != 'none'"),
    (
        "deployments",
        "object.spec.template.spec.containers.all(c, c.image.startsWith('registry.example/'))",
    ),
    (
        "deployments",
        "object.spec.template.spec.containers.all(c, has(c.resources.limits) && 'memory' in c.resources.limits)",
    ),
    ("deployments", "object.spec.template.spec.containers.exists_one(c, c.name == 'web')"),
    ("deployments", "object.spec.template.spec.containers[1].name == 'agent'"),
    ("deployments", "object.spec.template.spec.containers.map(c, c.name).isSorted()"),
    (
        "deployments",
        "object.spec.template.spec.containers.filter(c, c.image.endsWith(':latest')).size() == 0",
    ),
    (
        "deployments",
        "object.spec.template.spec.containers.all(c, quantity(c.resources.limits.memory).isLessThan(quantity('1Gi')))",
    ),
    ("deployments", "object.spec.template.spec.containers.all(c, !isQuantity(c.image))"),
    ("deployments", "10 / (object.spec.replicas - 3) > 0"),
    ("deployments", "object.spec.nothing == 1 || object.spec.replicas > 0"),
    ("deployments", "object.spec.replicas > 100 && object.spec.nothing == 1"),
    ("deployments", "object.spec.nothing.deeper == 1"),
    (
        "deployments",
        "!has(object.spec.template.spec.hostNetwork) || object.spec.template.spec.hostNetwork == false",
    ),
    ("deployments", "request.operation == 'CREATE' && oldObject == null"),
    (
        "deployments",
        "request.kind.kind == 'Deployment' && request.resource.resource == 'deployments'",
    ),
    ("deployments", "namespaceObject.metadata.name == 'default'"),
    (
        "deployments",
        "object.spec.selector.matchLabels.all(k, v, object.spec.template.metadata.labels[k] == v)",
    ),
    (
        "deployments",
        "sets.contains(['web', 'agent'], object.spec.template.spec.containers.map(c, c.name))",
    ),
    ("deployments", "object.metadata.name.matches('^[a-z]+-[0-9]+-[0-9]+$')"),
    ("deployments", "object.metadata.name.find('[0-9]+') != ''"),
    ("deployments", "string(object.spec.replicas) + 'x' == '3x'"),
    ("deployments", "object.spec.template.spec.containers.all(c, c.image.split(':').size() == 2)"),
    ("deployments", "object.spec.replicas + 'a' == 'a'"),
    ("deployments", "type(object.spec.replicas) == int"),
    (
        "deployments",
        "object.spec.template.spec.containers.map(c, int(c.resources.limits.cpu)).sum() < 4",
    ),
    ("deployments", "object.spec.template.spec.containers.map(c, c.name.size()).max() == 5"),
    ("configmaps", "!has(object.data) || object.data.all(k, object.data[k].size() < 20)"),
    ("configmaps", "has(object.data) && ip.isCanonical(object.data['address'])"),
    ("configmaps", "cidr('10.0.0.0/8').containsIP(object.data.address)"),
    ("configmaps", "url(object.data.link).getHost() == 'shop.example'"),
    ("configmaps", "isURL(object.data.link)"),
    ("configmaps", "duration(object.data.wait) < duration('1h')"),
    ("configmaps", "timestamp(object.data.until) > timestamp('2020-01-01T00:00:00Z')"),
    ("configmaps", "semver(object.data.version).isGreaterThan(semver('1.2.0'))"),
    ("configmaps", "isSemver(object.data.version, true)"),
    ("configmaps", "!format.dns1123Label().validate(object.data.name).hasValue()"),
    ("configmaps", "object.data.transformList(k, v, k + v).size() > 2"),
    ("configmaps", "'%s is %d'.format([object.data.name, 3]) == 'web is 3'"),
    (
        "configmaps",
        "object.data.name.lowerAscii() == object.data.name && object.data.name.charAt(0) == 'w'",
    ),
    ("configmaps", "object.data.list.split(',').map(x, int(x)).all(x, x > 0)"),
];

fn container(name: &str, image: &str, limits: &Value) -> Value {
    let resources = if limits.is_null() { json!({}) } else { json!({"limits": limits}) };
    json!({"name": name, "image": image, "resources": resources})
}

fn deployment(replicas: i64, metadata: &Value, containers: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}}
        }
    })
}

/// What is judged, by resource.
fn objects(resource: &str) -> Vec<Value> {
    let limits = json!({"memory": "128Mi", "cpu": "1"});
    let both = json!([
        container("web", "registry.example/web:1.2", &limits),
        container(
            "agent",
            "registry.example/agent:latest",
            &json!({"memory": "2Gi", "cpu": "500m"})
        ),
    ]);
    let one = json!([container("web", "nginx", &Value::Null)]);
    let known = json!({"labels": {"team": "shop"}, "annotations": {"owner": "jane"}});
    let map = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": data});
    match resource {
        "deployments" => vec![
            deployment(3, &known, &both),
            deployment(7, &json!({}), &one),
            deployment(1, &json!({"labels": {"team": "other"}}), &one),
        ],
        _ => vec![
            map(json!({
                "address": "10.1.2.3", "link": "https://shop.example/a?b=c", "wait": "10m", "name": "web",
                "until": "2030-01-01T00:00:00Z", "version": "1.10.0", "list": "1,2,3"
            })),
            map(json!({
                "address": "2001:db8::0001", "link": "/only/a/path", "wait": "2h", "name": "Web!",
                "until": "2001-01-01T00:00:00Z", "version": "v1.1", "list": "1,x"
            })),
            map(json!({"name": "a name that is longer than twenty"})),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}),
        ],
    }
}

/// A policy with one validation about the objects of a label, and its binding.
fn own_policy(index: usize, resource: &str, expression: &str) -> [Value; 2] {
    let name = format!("case-{index}");
    let (group, version) = if resource == "deployments" { ("apps", "v1") } else { ("", "v1") };
    let rule = json!({
        "apiGroups": [group], "apiVersions": [version], "operations": ["CREATE", "UPDATE"],
        "resources": [resource]
    });
    let selector = json!({"matchLabels": {"case": index.to_string()}});
    [
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [rule], "objectSelector": selector},
                "validations": [{"expression": expression}]
            }
        }),
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"]}
        }),
    ]
}

/// The objects of a case, each with a name of its own and the label by which the policy knows it.
fn of_case(index: usize, resource: &str) -> Vec<Value> {
    let mut all = objects(resource);
    for (number, object) in all.iter_mut().enumerate() {
        object["metadata"]["name"] = format!("case-{index}-{number}").into();
        object["metadata"]["namespace"] = "default".into();
        object["metadata"]["labels"]["case"] = index.to_string().into();
    }
    all
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

/// What the imported policy says of an object as the API server goes on with it.
fn allowed_by_import(policy: &[Value], object: &Value) -> bool {
    let mut documents = Documents::default();
    let unreadable = documents.add("a.yaml", &list(policy));
    assert!(unreadable.is_empty(), "{unreadable:?}");
    let imported = import(&documents);
    assert!(imported.lost.is_empty(), "{:?}", imported.lost);
    let text = imported.policies[0].to_string();
    let snapshot = Snapshot::new(load("imported", &text).unwrap_or_else(|e| panic!("{e:?}")));
    let body = review::create(object);
    let answer = answer(body.as_bytes(), &snapshot, Timestamp::UNIX_EPOCH).unwrap();
    assert!(!answer.is_fault, "{:?}", answer.response.status);
    answer.response.allowed
}

#[test]
fn what_is_imported_gives_the_verdicts_of_the_api_servers_own_policies() {
    let cluster = ControlPlane::start().unwrap();
    let create = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
    // As the API server goes on with them, before any policy is there.
    let mut cases: Vec<Vec<Value>> = Vec::new();
    for (index, (resource, _)) in VALIDATIONS.iter().enumerate() {
        let made = cluster.kubectl_stdin(&create, &list(&of_case(index, resource)));
        assert!(made.success(), "{made}");
        let printed = serde_json::Deserializer::from_str(&made.stdout).into_iter();
        cases.push(printed.map(|object| object.unwrap()).collect());
    }
    let policies: Vec<[Value; 2]> = VALIDATIONS
        .iter()
        .enumerate()
        .map(|(index, (resource, expression))| own_policy(index, resource, expression))
        .collect();
    let last = VALIDATIONS.len();
    let probe = own_policy(last, "configmaps", "false");
    let all: Vec<Value> = policies.iter().flatten().chain(&probe).cloned().collect();
    let made = cluster.kubectl_stdin(&["create", "-f", "-"], &list(&all));
    assert!(made.success(), "{made}");
    wait_until("the policies are in force", || {
        !cluster.kubectl_stdin(&create, &list(&of_case(last, "configmaps"))).success()
    });
    let (mut refused, mut wrong) = (0, Vec::new());
    for (index, (resource, expression)) in VALIDATIONS.iter().enumerate() {
        for (number, object) in cases[index].iter().enumerate() {
            let sent = of_case(index, resource)[number].to_string();
            let judged = cluster.kubectl_stdin(&create, &sent);
            let is_denied = judged.stderr.contains("ValidatingAdmissionPolicy");
            assert!(judged.success() != is_denied, "{expression}: {judged}");
            refused += usize::from(is_denied);
            if allowed_by_import(&policies[index], object) == is_denied {
                wrong.push(format!("{expression}\n  object {number}: {judged}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused > 30, "{refused} were refused");
}
