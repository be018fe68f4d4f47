//! What uninstalling does, with the rights of the hook and no others (F-87).

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::api_server::CLUSTER;
use crate::helm::Objects;
use crate::world::kubeconfig;

const NAME: &str = "plimsoll-unregister";

#[test]
fn the_hook_deletes_the_configuration_and_is_content_where_there_is_none() {
    let objects = Objects::of(&[]);
    let hook = objects.0.iter().filter(|object| object["metadata"]["name"] == NAME);
    let rights: Vec<Value> = hook.filter(|object| object["kind"] != "Job").cloned().collect();
    let registered = r#"{"apiVersion":"admissionregistration.k8s.io/v1","webhooks":[],
        "kind":"ValidatingWebhookConfiguration","metadata":{"name":"plimsoll"}}"#;
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": rights});
    for text in [list.to_string(), registered.to_owned()] {
        let made = CLUSTER.kubectl_stdin(&["apply", "-f", "-"], &text);
        assert!(made.success(), "{made}");
    }
    let arguments = &objects.one("Job", NAME)["spec"]["template"]["spec"]["containers"][0]["args"];
    let arguments = arguments.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    let arguments: Vec<_> = arguments.collect();
    for says in ["is deleted", "there is no webhook configuration"] {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_plimsoll")));
        command.args(&arguments).arg("--kubeconfig").arg(kubeconfig(&CLUSTER, NAME));
        let output = command.output().expect("plimsoll runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success() && said.contains(says), "{said}");
    }
    let left = CLUSTER.kubectl(&["get", "validatingwebhookconfigurations", "-o", "name"]);
    assert_eq!(left.stdout, "", "{left}");
}
