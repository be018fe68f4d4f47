//! Well-made workloads of every kind, and the single flaws that spoil them.

use plimsoll::subject::Kind;
use serde_json::{Map, Value, json};

/// A container that satisfies the production policy; `lasting` ones have probes.
fn container(name: &str, port: u16, lasting: bool) -> Value {
    let mut container = json!({
        "name": name,
        "image": format!("registry.example/shop/{name}:2.7.1"),
        "args": ["--listen=:8080", "--secret-file=/run/secrets/key"],
        "env": [
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "api", "key": "key"}}}
        ],
        "ports": [{"containerPort": port}],
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "500m", "memory": "256Mi"}
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]}
        }
    });
    if lasting {
        container["livenessProbe"] = json!({"httpGet": {"path": "/livez", "port": port}});
        container["readinessProbe"] = json!({"httpGet": {"path": "/readyz", "port": port}});
    }
    container
}

/// A well-made workload of this kind, with an init container, a sidecar and a main container.
pub fn good(kind: &Kind) -> Value {
    let lasting = !kind.runs_to_completion();
    let mut sidecar = container("proxy", 8082, lasting);
    sidecar["restartPolicy"] = json!("Always");
    let spec = json!({
        "automountServiceAccountToken": false,
        "restartPolicy": if lasting { "Always" } else { "Never" },
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"}
        },
        "initContainers": [container("migrate", 8081, false), sidecar],
        "containers": [container("api", 8080, lasting)],
        "topologySpreadConstraints": [{
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "api"}}
        }],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}]
    });
    let mut object = wrapped(&json!({"labels": {"app": "api"}}), &spec, kind);
    complete(&mut object, kind);
    object
}

/// What the API server wants of each kind besides its template.
fn complete(object: &mut Value, kind: &Kind) {
    match kind.kind.as_ref() {
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => {
            object["spec"]["selector"] = json!({"matchLabels": {"app": "api"}});
        }
        "ReplicationController" => {
            object["spec"]["selector"] = json!({"app": "api"});
        }
        "Job" => bound(&mut object["spec"]),
        "CronJob" => {
            object["spec"]["schedule"] = json!("*/5 * * * *");
            object["spec"]["concurrencyPolicy"] = json!("Forbid");
            object["spec"]["startingDeadlineSeconds"] = json!(60);
            bound(&mut object["spec"]["jobTemplate"]["spec"]);
        }
        _ => {}
    }
    if matches!(kind.kind.as_ref(), "Deployment" | "StatefulSet" | "ReplicationController") {
        object["spec"]["replicas"] = json!(2);
    }
    if kind.kind == "StatefulSet" {
        object["spec"]["serviceName"] = json!("api");
    }
}

/// A Job that ends, and goes.
fn bound(job: &mut Value) {
    job["activeDeadlineSeconds"] = json!(600);
    job["ttlSecondsAfterFinished"] = json!(3600);
}

/// Pod metadata and spec as an object of this kind.
pub fn wrapped(metadata: &Value, spec: &Value, kind: &Kind) -> Value {
    let version =
        if kind.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", kind.group) };
    let template = json!({"metadata": metadata, "spec": spec});
    let nest = |inner: Value, key: &std::borrow::Cow<'static, str>| {
        Value::Object(Map::from_iter([(key.to_string(), inner)]))
    };
    let mut object = kind.templates()[0].keys().iter().rev().fold(template, nest);
    object["apiVersion"] = json!(version);
    object["kind"] = json!(kind.kind);
    if !kind.is_pod() {
        object["metadata"] = json!({});
    }
    object["metadata"]["name"] = json!("api");
    object["metadata"]["namespace"] = json!("shop");
    object
}

/// The pod spec inside an object of this kind.
pub fn pod_spec<'o>(object: &'o mut Value, kind: &Kind) -> &'o mut Value {
    let template =
        kind.templates()[0].keys().iter().fold(object, |here, key| &mut here[key.as_ref()]);
    &mut template["spec"]
}

/// A change that spoils something.
pub type Flaw = fn(&mut Value);

/// Flaws of any container, and the one rule that has to refuse each.
pub const CONTAINER_FLAWS: [(&str, Flaw); 35] = [
    ("ssh-port", |c| c["ports"] = json!([{"containerPort": 22}])),
    ("duplicate-environment", |c| {
        c["env"] = json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]);
    }),
    ("image-pull-policy", |c| c["imagePullPolicy"] = json!("Never")),
    ("retired-registry", |c| c["image"] = json!("k8s.gcr.io/pause:3.2")),
    ("cors-origins", |c| c["env"] = json!([{"name": "CORS_ALLOWED_ORIGINS", "value": "*"}])),
    ("debug-disabled", |c| c["env"] = json!([{"name": "FLASK_DEBUG", "value": "1"}])),
    ("privileged", |c| c["securityContext"]["privileged"] = json!(true)),
    ("capabilities-drop-all", |c| c["securityContext"]["capabilities"] = json!({})),
    ("capabilities-drop-all", |c| {
        c["securityContext"]["capabilities"]["add"] = json!(["SYS_ADMIN"]);
    }),
    ("privilege-escalation", |c| c["securityContext"]["allowPrivilegeEscalation"] = json!(true)),
    ("privilege-escalation", |c| c["securityContext"]["allowPrivilegeEscalation"] = Value::Null),
    ("proc-mount", |c| c["securityContext"]["procMount"] = json!("Unmasked")),
    ("run-as-non-root", |c| c["securityContext"]["runAsNonRoot"] = json!(false)),
    ("run-as-user", |c| c["securityContext"]["runAsUser"] = json!(0)),
    ("seccomp", |c| c["securityContext"]["seccompProfile"] = json!({"type": "Unconfined"})),
    ("selinux", |c| c["securityContext"]["seLinuxOptions"] = json!({"type": "spc_t"})),
    ("apparmor", |c| c["securityContext"]["appArmorProfile"] = json!({"type": "Unconfined"})),
    ("host-process", |c| c["securityContext"]["windowsOptions"] = json!({"hostProcess": true})),
    ("host-ports", |c| c["ports"][0]["hostPort"] = json!(8080)),
    ("host-probes", |c| c["startupProbe"] = json!({"tcpSocket": {"host": "10.0.0.1", "port": 80}})),
    ("host-probes", |c| {
        c["lifecycle"] = json!({"preStop": {"httpGet": {"host": "metadata", "port": 80}}});
    }),
    ("read-only-root-filesystem", |c| {
        c["securityContext"]["readOnlyRootFilesystem"] = json!(false);
    }),
    ("read-only-root-filesystem", |c| c["securityContext"]["readOnlyRootFilesystem"] = Value::Null),
    ("resource-limits", |c| c["resources"]["limits"]["memory"] = json!("0")),
    ("resource-limits", |c| c["resources"]["limits"] = json!({"memory": "256Mi"})),
    ("resource-requests", |c| c["resources"]["requests"]["cpu"] = json!("0")),
    ("image-tag", |c| c["image"] = json!("registry.example:5000/shop/api")),
    ("image-tag", |c| c["image"] = json!("registry.example/shop/api:latest")),
    ("secret-literals", |c| c["env"][1] = json!({"name": "API_KEY", "value": "correct-horse"})),
    ("secret-literals", |c| c["args"][1] = json!("--admin-password=correct-horse")),
    ("secret-literals", |c| {
        c["command"] = json!(["sh", "-c", "DB_PASSWORD=correct-horse exec api"]);
    }),
    ("secret-literals", |c| {
        c["startupProbe"] = json!({"exec": {"command": ["check", "--token=correct-horse"]}});
    }),
    ("secret-literals", |c| {
        let headers = json!([{"name": "Authorization", "value": "Bearer correct-horse"}]);
        c["lifecycle"] = json!({"postStart": {"httpGet": {"port": 80, "httpHeaders": headers}}});
    }),
    ("secret-literals", |c| {
        let command = json!(["sh", "-c", "curl -H 'X-Api-Key: correct-horse' http://a"]);
        c["lifecycle"] = json!({"preStop": {"exec": {"command": command}}});
    }),
    ("secret-literals", |c| {
        c["env"][1] = json!({"name": "UPSTREAM", "value": "Bearer correct-horse"});
    }),
];

/// Flaws of a container that is meant to last.
pub const LASTING_FLAWS: [(&str, Flaw); 2] = [
    ("liveness-probe", |c| c["livenessProbe"] = Value::Null),
    ("readiness-probe", |c| c["readinessProbe"] = Value::Null),
];

/// Flaws of the pod.
pub const POD_FLAWS: [(&str, Flaw); 11] = [
    ("runtime-socket", |p| {
        p["volumes"][0] = json!({"name": "tmp", "hostPath": {"path": "/var/run/docker.sock"}});
    }),
    ("host-namespaces", |p| p["hostNetwork"] = json!(true)),
    ("host-namespaces", |p| p["hostPID"] = json!(true)),
    ("host-namespaces", |p| p["hostIPC"] = json!(true)),
    ("sysctls", |p| {
        p["securityContext"]["sysctls"] = json!([{"name": "kernel.msgmax", "value": "1"}]);
    }),
    ("volume-types", |p| p["volumes"][0] = json!({"name": "tmp", "hostPath": {"path": "/data"}})),
    ("volume-types", |p| {
        p["volumes"][0] = json!({"name": "tmp", "nfs": {"server": "a", "path": "/"}});
    }),
    ("run-as-non-root", |p| p["securityContext"]["runAsNonRoot"] = json!(false)),
    ("run-as-user", |p| p["securityContext"]["runAsUser"] = json!(0)),
    ("seccomp", |p| p["securityContext"]["seccompProfile"] = Value::Null),
    ("host-process", |p| p["securityContext"]["windowsOptions"] = json!({"hostProcess": true})),
];
