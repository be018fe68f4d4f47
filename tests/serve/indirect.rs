//! F-120: what a flaw depends on stands elsewhere in the object too. Each update here leaves the
//! field that is found fault with as it was, and changes what that field leads to.

use serde_json::{Value, json};
use support::review::{create, update};
use support::worse::{Change, changed, two_containers};

use crate::fixture::{ask_under, good_pod, spec};
use crate::ratchet_property::everything;

type Case = (&'static str, Change, Change);

/// A Pod with a way into the node that only a path made from a variable narrows.
fn mounted(pod: &mut Value, expression: &str, env: Value) {
    pod["spec"]["volumes"] =
        json!([{"name": "node", "hostPath": {"path": "/"}}, {"name": "tmp", "emptyDir": {}}]);
    let container = &mut pod["spec"]["containers"][0];
    container["volumeMounts"] =
        json!([{"name": "node", "mountPath": "/n", "subPathExpr": expression}]);
    container["env"] = env;
}

fn env(pod: &mut Value) -> &mut Value {
    &mut pod["spec"]["containers"][0]["env"]
}

fn container(pod: &mut Value) -> &mut Value {
    &mut pod["spec"]["containers"][0]
}

fn field_of_the_pod(path: &str) -> Value {
    json!([{"name": "DIR", "valueFrom": {"fieldRef": {"fieldPath": path}}}])
}

/// What stands already, and what strikes harder after.
const HARDER: &[Case] = &[
    (
        "the variable of a path shows more of the node",
        |p| mounted(p, "$(DIR)", json!([{"name": "DIR", "value": "var/log/app"}])),
        |p| env(p)[0]["value"] = json!("."),
    ),
    (
        "the variable of a path leads elsewhere",
        |p| mounted(p, "var/$(DIR)", json!([{"name": "DIR", "value": "log"}])),
        |p| env(p)[0]["value"] = json!("lib"),
    ),
    (
        "the variable of a variable of a path leads elsewhere",
        |p| {
            let env =
                json!([{"name": "BASE", "value": "var"}, {"name": "DIR", "value": "$(BASE)/a"}]);
            mounted(p, "$(DIR)", env);
        },
        |p| env(p)[0]["value"] = json!("etc"),
    ),
    (
        "a later variable of the same name takes its place",
        |p| mounted(p, "$(DIR)", json!([{"name": "DIR", "value": "var"}])),
        |p| env(p).as_array_mut().unwrap().push(json!({"name": "DIR", "value": "etc"})),
    ),
    (
        "the variable of a path comes from another Secret",
        |p| {
            let from = json!({"secretKeyRef": {"name": "a", "key": "dir"}});
            mounted(p, "$(DIR)", json!([{"name": "DIR", "valueFrom": from}]));
        },
        |p| env(p)[0]["valueFrom"]["secretKeyRef"]["name"] = json!("b"),
    ),
    (
        "the variable of a path comes from another field",
        |p| mounted(p, "$(DIR)", field_of_the_pod("metadata.name")),
        |p| *env(p) = field_of_the_pod("metadata.annotations['dir']"),
    ),
    (
        "the annotation that the variable of a path comes from says something else",
        |p| {
            mounted(p, "$(DIR)", field_of_the_pod("metadata.annotations['dir']"));
            p["metadata"]["annotations"] = json!({"dir": "var/log"});
        },
        |p| p["metadata"]["annotations"]["dir"] = json!("."),
    ),
    (
        "the label that the variable of a path comes from says something else",
        |p| {
            mounted(p, "$(DIR)", field_of_the_pod("metadata.labels['dir']"));
            p["metadata"]["labels"]["dir"] = json!("var");
        },
        |p| p["metadata"]["labels"]["dir"] = json!("etc"),
    ),
    (
        "all variables come from another ConfigMap",
        |p| {
            mounted(p, "$(DIR)", json!([]));
            container(p)["envFrom"] = json!([{"configMapRef": {"name": "a"}}]);
        },
        |p| container(p)["envFrom"][0]["configMapRef"]["name"] = json!("b"),
    ),
    (
        "they get other names",
        |p| {
            mounted(p, "$(X_DIR)", json!([]));
            container(p)["envFrom"] = json!([{"configMapRef": {"name": "a"}, "prefix": "X_"}]);
        },
        |p| container(p)["envFrom"][0]["prefix"] = json!("X"),
    ),
    (
        "a port of a probe of a host bears its name no more, another does",
        |p| {
            container(p)["ports"] = json!([{"name": "web", "containerPort": 80}]);
            container(p)["livenessProbe"] = json!({"httpGet": {"host": "10.0.0.1", "port": "web"}});
        },
        |p| container(p)["ports"][0]["containerPort"] = json!(6443),
    ),
    (
        "the same of a hook",
        |p| {
            container(p)["ports"] = json!([{"name": "web", "containerPort": 80}]);
            container(p)["lifecycle"] =
                json!({"preStop": {"tcpSocket": {"host": "10.0.0.1", "port": "web"}}});
        },
        |p| container(p)["ports"][0]["containerPort"] = json!(6443),
    ),
    (
        "the token is another account's",
        |p| {
            p["spec"]["automountServiceAccountToken"] = json!(true);
            p["spec"]["serviceAccountName"] = json!("reader");
        },
        |p| p["spec"]["serviceAccountName"] = json!("admin"),
    ),
    (
        "the token is another account's, by the old name of the field",
        |p| p["spec"]["automountServiceAccountToken"] = json!(true),
        |p| p["spec"]["serviceAccount"] = json!("admin"),
    ),
    (
        "the container's own profile goes from under the annotation that switches AppArmor off",
        |p| {
            p["metadata"]["annotations"] =
                json!({"container.apparmor.security.beta.kubernetes.io/a": "unconfined"});
            container(p)["securityContext"]["appArmorProfile"] = json!({"type": "RuntimeDefault"});
        },
        |p| container(p)["securityContext"]["appArmorProfile"] = Value::Null,
    ),
    (
        "a privileged container gets the users of the node",
        |p| {
            p["spec"]["hostUsers"] = json!(false);
            container(p)["securityContext"]["privileged"] = json!(true);
        },
        |p| p["spec"]["hostUsers"] = Value::Null,
    ),
    (
        "an added capability counts among the users of the node",
        |p| {
            p["spec"]["hostUsers"] = json!(false);
            container(p)["securityContext"]["capabilities"] =
                json!({"add": ["SYS_ADMIN"], "drop": ["ALL"]});
        },
        |p| p["spec"]["hostUsers"] = json!(true),
    ),
    (
        "a container without limits gets the users of the node",
        |p| {
            p["spec"]["hostUsers"] = json!(false);
            container(p)["resources"] = json!({});
        },
        |p| p["spec"]["hostUsers"] = Value::Null,
    ),
];

/// What stands already, and what strikes no harder after.
const NO_HARDER: &[Case] = &[
    (
        "another variable than that of the path",
        |p| {
            let env = json!([{"name": "A", "value": "1"}, {"name": "DIR", "value": "var"}]);
            mounted(p, "$(DIR)", env);
        },
        |p| env(p)[0]["value"] = json!("2"),
    ),
    (
        "the variable of a path shows less of the node",
        |p| mounted(p, "$(DIR)", json!([{"name": "DIR", "value": "var"}])),
        |p| env(p)[0]["value"] = json!("var/log"),
    ),
    (
        "a path is written out",
        |p| mounted(p, "var/$(DIR)", json!([{"name": "DIR", "value": "log"}])),
        |p| {
            container(p)["volumeMounts"] =
                json!([{"name": "node", "mountPath": "/n", "subPath": "var/log"}]);
        },
    ),
    (
        "another variable beside one that only the cluster knows",
        |p| mounted(p, "$(DIR)", field_of_the_pod("metadata.name")),
        |p| env(p).as_array_mut().unwrap().push(json!({"name": "A", "value": "1"})),
    ),
    (
        "a port of a probe of a host is said by its number",
        |p| {
            container(p)["ports"] = json!([{"name": "web", "containerPort": 80}]);
            container(p)["livenessProbe"] = json!({"httpGet": {"host": "10.0.0.1", "port": "web"}});
        },
        |p| container(p)["livenessProbe"]["httpGet"]["port"] = json!(80),
    ),
    (
        "the account of the token is written out",
        |p| p["spec"]["automountServiceAccountToken"] = json!(true),
        |p| {
            p["spec"]["serviceAccountName"] = json!("default");
            p["spec"]["serviceAccount"] = json!("default");
        },
    ),
    (
        "an address of the node is written otherwise",
        |p| {
            container(p)["ports"] =
                json!([{"containerPort": 80, "hostPort": 80, "hostIP": "0:0:0:0:0:0:0:1"}]);
        },
        |p| container(p)["ports"][0]["hostIP"] = json!("::1"),
    ),
    (
        "every address of the node is written otherwise",
        |p| {
            container(p)["ports"] =
                json!([{"containerPort": 80, "hostPort": 80, "hostIP": "000.0.0.0"}]);
        },
        |p| container(p)["ports"][0]["hostIP"] = Value::Null,
    ),
    (
        "one capability in place of all",
        |p| {
            container(p)["securityContext"]["capabilities"] = json!({"add": ["ALL"]});
        },
        |p| {
            container(p)["securityContext"]["capabilities"] = json!({"add": ["NET_ADMIN"]});
        },
    ),
    (
        "all capabilities are dropped, in the letters that only the runtime takes",
        |p| {
            container(p)["securityContext"]["capabilities"] = json!({"drop": ["NET_RAW"]});
        },
        |p| {
            container(p)["securityContext"]["capabilities"] = json!({"drop": ["all"]});
        },
    ),
    (
        "the image is named in full",
        |p| container(p)["image"] = json!("nginx"),
        |p| container(p)["image"] = json!("docker.io/library/nginx:latest"),
    ),
    (
        "a privileged container gets users of its own",
        |p| container(p)["securityContext"]["privileged"] = json!(true),
        |p| p["spec"]["hostUsers"] = json!(false),
    ),
];

fn is_let_in((what, stands, after): &Case) -> bool {
    let policy = everything();
    let old = changed(&two_containers(good_pod()), stands);
    let new = changed(&old, after);
    for object in [&old, &new] {
        assert!(!ask_under(&policy, create(object)).unwrap().response.allowed, "created: {what}");
        assert!(ask_under(&policy, update(object, object)).unwrap().response.allowed, "{what}");
    }
    let answer = ask_under(&policy, update(&old, &new)).unwrap();
    assert!(!answer.is_fault, "{what}: {:?}", answer.response.status);
    answer.response.allowed
}

#[test]
fn f120_what_a_flaw_leads_to_may_get_no_worse_either() {
    let let_in: Vec<_> = HARDER.iter().filter(|case| is_let_in(case)).map(|c| c.0).collect();
    assert!(let_in.is_empty(), "let in: {let_in:#?}");
}

#[test]
fn f120_what_leads_to_the_same_by_another_way_is_no_worse() {
    let refused: Vec<_> = NO_HARDER.iter().filter(|case| !is_let_in(case)).map(|c| c.0).collect();
    assert!(refused.is_empty(), "refused: {refused:#?}");
}

/// Variables that double, and double again.
#[test]
fn f128_variables_that_grow_without_end_are_not_followed() {
    let policy = spec("{rules: {host-path-volumes: {}}}");
    for seed in ["ab", "$(NONE)"] {
        let mut variables = vec![json!({"name": "V0", "value": seed})];
        variables.extend((1..60).map(|n| {
            let before = format!("$(V{})", n - 1);
            json!({"name": format!("V{n}"), "value": format!("{before}{before}")})
        }));
        let old = changed(&good_pod(), |p| mounted(p, "$(V59)", Value::Array(variables)));
        let new = changed(&old, |p| p["spec"]["containers"][0]["image"] = json!("r.example/a:2"));
        let answer = ask_under(&policy, update(&old, &new)).unwrap();
        assert!(!answer.response.allowed && !answer.is_fault, "what cannot be told is new");
        assert!(ask_under(&policy, update(&old, &old)).unwrap().response.allowed);
    }
}

/// Whoever cannot be read may be labelled; whoever mounts by a label may not be labelled anew.
#[test]
fn f136_a_label_that_is_part_of_a_path_is_judged_and_no_other_is() {
    let relabelled = |old: &Value| changed(old, |p| p["metadata"]["labels"]["dir"] = json!("etc"));
    let policy = spec("{rules: {privileged: {}}}");
    let unread = changed(&good_pod(), |p| p["spec"]["containers"][0]["env"] = json!(7));
    assert!(ask_under(&policy, update(&unread, &relabelled(&unread))).unwrap().response.allowed);
    let by_label = changed(&unread, |p| {
        p["spec"]["containers"][0]["volumeMounts"] =
            json!([{"name": "tmp", "mountPath": "/n", "subPathExpr": "$(DIR)"}]);
    });
    let answer = ask_under(&policy, update(&by_label, &relabelled(&by_label))).unwrap();
    assert!(!answer.response.allowed && answer.is_fault);
    let finalized = changed(&by_label, |p| p["metadata"]["finalizers"] = json!([]));
    assert!(ask_under(&policy, update(&by_label, &finalized)).unwrap().response.allowed);
}
