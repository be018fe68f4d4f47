//! Updates that make a flaw worse that stands already: each was let in once (F-120).

use serde_json::{Value, json};

/// A change of a Pod.
pub type Change = fn(&mut Value);

/// A copy, changed.
pub fn changed(object: &Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut object = object.clone();
    change(&mut object);
    object
}

/// A Pod with its container twice, as a and b.
pub fn two_containers(mut pod: Value) -> Value {
    let mut second = pod["spec"]["containers"][0].clone();
    second["name"] = "b".into();
    pod["spec"]["containers"][0]["name"] = "a".into();
    pod["spec"]["containers"].as_array_mut().unwrap().push(second);
    pod
}

/// Security contexts of the pod, of container a and of container b.
pub fn security(pod: &mut Value, of_pod: Value, of_a: Value, of_b: Value) {
    let mut merge = |at: &str, value: Value| {
        let at = pod.pointer_mut(at).unwrap();
        for (key, value) in value.as_object().unwrap() {
            at[key] = value.clone();
        }
    };
    merge("/spec/securityContext", of_pod);
    merge("/spec/containers/0/securityContext", of_a);
    merge("/spec/containers/1/securityContext", of_b);
}

/// What stands already, and the update.
pub const ATTACKS: [(&str, Change, Change); 17] = [
    (
        "an override of runAsNonRoot: false goes",
        |p| {
            security(
                p,
                json!({"runAsNonRoot": false}),
                json!({"runAsNonRoot": true}),
                json!({"runAsNonRoot": true}),
            );
        },
        |p| security(p, json!({}), json!({"runAsNonRoot": null}), json!({})),
    ),
    (
        "an override of user 0 goes",
        |p| security(p, json!({"runAsUser": 0}), json!({"runAsUser": 1}), json!({"runAsUser": 1})),
        |p| security(p, json!({}), json!({}), json!({"runAsUser": null})),
    ),
    (
        "an override of an unconfined seccomp profile goes",
        |p| {
            let own = json!({"seccompProfile": {"type": "RuntimeDefault"}});
            security(p, json!({"seccompProfile": {"type": "Unconfined"}}), own.clone(), own);
        },
        |p| security(p, json!({}), json!({"seccompProfile": null}), json!({})),
    ),
    (
        "an override of an unconfined AppArmor profile goes",
        |p| {
            let own = json!({"appArmorProfile": {"type": "RuntimeDefault"}});
            security(p, json!({"appArmorProfile": {"type": "Unconfined"}}), own.clone(), own);
        },
        |p| security(p, json!({}), json!({"appArmorProfile": null}), json!({})),
    ),
    (
        "an override of SELinux' spc_t goes",
        |p| {
            let own = json!({"seLinuxOptions": {"type": "container_t"}});
            security(p, json!({"seLinuxOptions": {"type": "spc_t"}}), own.clone(), own);
        },
        |p| security(p, json!({}), json!({"seLinuxOptions": null}), json!({})),
    ),
    (
        "a fixed user goes where nothing demands another than root",
        |p| {
            security(
                p,
                json!({"runAsNonRoot": null, "runAsUser": null}),
                json!({"runAsUser": 10001}),
                json!({"runAsUser": 10001}),
            );
        },
        |p| security(p, json!({}), json!({"runAsUser": null}), json!({})),
    ),
    (
        "an override moves from one container to another",
        |p| security(p, json!({"runAsNonRoot": false}), json!({"runAsNonRoot": true}), json!({})),
        |p| security(p, json!({}), json!({"runAsNonRoot": null}), json!({"runAsNonRoot": true})),
    ),
    (
        "a path of the node that nobody mounted is mounted",
        |p| {
            p["spec"]["volumes"] = json!([{"name": "node", "hostPath": {"path": "/"}}, {"name": "tmp", "emptyDir": {}}]);
        },
        |p| {
            p["spec"]["containers"][0]["volumeMounts"] =
                json!([{"name": "node", "mountPath": "/n"}]);
        },
    ),
    (
        "a mount of the node becomes whole",
        |p| {
            p["spec"]["volumes"] = json!([{"name": "node", "hostPath": {"path": "/"}}, {"name": "tmp", "emptyDir": {}}]);
            p["spec"]["containers"][0]["volumeMounts"] =
                json!([{"name": "node", "mountPath": "/n", "readOnly": true, "subPath": "etc/x"}]);
        },
        |p| p["spec"]["containers"][0]["volumeMounts"][0]["subPath"] = Value::Null,
    ),
    (
        "a mount of the node becomes writable",
        |p| {
            p["spec"]["volumes"] = json!([{"name": "node", "hostPath": {"path": "/"}}, {"name": "tmp", "emptyDir": {}}]);
            p["spec"]["containers"][0]["volumeMounts"] =
                json!([{"name": "node", "mountPath": "/n", "readOnly": true}]);
        },
        |p| p["spec"]["containers"][0]["volumeMounts"][0]["readOnly"] = json!(false),
    ),
    (
        "one container more mounts the node",
        |p| {
            p["spec"]["volumes"] = json!([{"name": "node", "hostPath": {"path": "/"}}, {"name": "tmp", "emptyDir": {}}]);
            p["spec"]["containers"][0]["volumeMounts"] =
                json!([{"name": "node", "mountPath": "/n"}]);
        },
        |p| {
            p["spec"]["containers"][1]["volumeMounts"] =
                json!([{"name": "node", "mountPath": "/n"}]);
        },
    ),
    (
        "a port of one address is opened on all",
        |p| {
            p["spec"]["containers"][0]["ports"] =
                json!([{"containerPort": 80, "hostPort": 80, "hostIP": "127.0.0.1"}]);
        },
        |p| p["spec"]["containers"][0]["ports"] = json!([{"containerPort": 80, "hostPort": 80}]),
    ),
    (
        "a probe of a host goes to another path",
        |p| {
            p["spec"]["containers"][0]["livenessProbe"] =
                json!({"httpGet": {"host": "10.0.0.1", "port": 80}});
        },
        |p| p["spec"]["containers"][0]["livenessProbe"]["httpGet"]["path"] = json!("/admin"),
    ),
    (
        "a probe of a host goes to another port",
        |p| {
            p["spec"]["containers"][0]["livenessProbe"] =
                json!({"tcpSocket": {"host": "10.0.0.1", "port": 80}});
        },
        |p| p["spec"]["containers"][0]["livenessProbe"]["tcpSocket"]["port"] = json!(6443),
    ),
    (
        "an init container on the network of the node runs for good",
        |p| {
            p["spec"]["hostNetwork"] = json!(true);
            let mut second = p["spec"]["containers"].as_array_mut().unwrap().pop().unwrap();
            second.as_object_mut().unwrap().retain(|key, _| !key.ends_with("Probe"));
            p["spec"]["initContainers"] = json!([second]);
        },
        |p| {
            let mut second = p["spec"]["initContainers"].as_array_mut().unwrap().pop().unwrap();
            for probe in ["livenessProbe", "readinessProbe"] {
                second[probe] = p["spec"]["containers"][0][probe].clone();
            }
            p["spec"]["containers"].as_array_mut().unwrap().push(second);
        },
    ),
    (
        "an init container on the network of the node becomes a sidecar",
        |p| {
            p["spec"]["hostNetwork"] = json!(true);
            let mut second = p["spec"]["containers"].as_array_mut().unwrap().pop().unwrap();
            second.as_object_mut().unwrap().retain(|key, _| !key.ends_with("Probe"));
            p["spec"]["initContainers"] = json!([second]);
        },
        |p| {
            let probes = p["spec"]["containers"][0].clone();
            let sidecar = &mut p["spec"]["initContainers"][0];
            sidecar["restartPolicy"] = json!("Always");
            sidecar["livenessProbe"] = probes["livenessProbe"].clone();
            sidecar["readinessProbe"] = probes["readinessProbe"].clone();
        },
    ),
    (
        "one capability less is dropped",
        |p| {
            p["spec"]["containers"][0]["securityContext"]["capabilities"] =
                json!({"drop": ["NET_RAW", "MKNOD"]});
        },
        |p| {
            p["spec"]["containers"][0]["securityContext"]["capabilities"] =
                json!({"drop": ["NET_RAW"]});
        },
    ),
];
