//! What is held of it by examples.

use std::cell::RefCell;

use super::*;
use crate::subject::{BUILT_IN, Subject};
use crate::yaml::documents;

fn lines(source: &str, node: &Node) -> String {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
    let kind = BUILT_IN.iter().find(|known| known.kind == kind).expect("a workload");
    let taken = RefCell::default();
    Subject::read_watched(kind, node, &taken).expect("readable");
    Lines::of(source, node, &taken.into_inner()).text
}

/// The lines of the only object of a text.
fn shown(source: &str) -> String {
    let shown = lines(source, &documents(source).remove(0).expect("YAML"));
    assert!(!shown.contains("hunter"), "{shown}");
    assert!(shown.len() <= source.len(), "{shown}");
    shown
}

#[test]
fn what_a_rule_reads_is_shown_and_what_none_reads_is_not_wherever_its_key_is_known() {
    let text = "\
apiVersion: v1
kind: Pod
metadata:
  name: api
  labels: {app: api}
  annotations: {image: hunter1, name: \"hunter2: {}\", kind: hunter3}
  finalizers: [hunter4]
image: hunter5
spec:
  nodeName: 77
  hostPID: true
  name: {image: [hunter6, 8]}
  containers:
  - name: a # hunter7
    image: nginx:1
    ports: [{containerPort: 80, image: hunter8}]
    resources: {limits: {cpu: 100m}}
    securityContext: {runAsUser: 0, capabilities: {add: [SYS_ADMIN, \"NET_RAW\"]}}
";
    assert_eq!(
        shown(text),
        "\
apiVersion: v1
kind: Pod
metadata:
  name: api
  labels: {app: api}
  annotations: {image: *******, name: ********* ***, kind: *******}
  finalizers: [*******]
image: *******
spec:
  nodeName: **
  hostPID: true
  name: {*****: [*******, *]}
  containers:
  - name: a # *******
    image: nginx:1
    ports: [{containerPort: 80, image: *******}]
    resources: {limits: {cpu: 100m}}
    securityContext: {runAsUser: 0, capabilities: {add: [SYS_ADMIN, \"NET_RAW\"]}}"
    );
}

#[test]
fn values_that_may_be_secrets_are_hidden_in_every_style() {
    let text = "\
apiVersion: v1
kind: Pod
spec:
  containers:
  - image: a
    command: [sh, '-c', \"hunter1 --x=hunter2\"]
    args:
    - --password
    - |
      hunter3: - x
        hunter4
    - >-
      hunter5
    env:
    - {name: A, value: hunter6}
    - name: B
      value: \"hunter7
        hunter8\"
    - name: C
      value: hunter9
        hunter10
    livenessProbe: {httpGet: {path: '/?t=hunter11', port: 80, httpHeaders: [{name: X, value: hunter12}]}}
  volumes: [{name: v, iscsi: {chapAuth: hunter13}}, {name: s, secret: {secretName: s}}]
";
    let lines = shown(text);
    for line in [
        "    command: [**, ****, ******** ************]",
        "    - **********",
        "    - |",
        "    - {name: A, value: *******}",
        "    - name: B",
        "    livenessProbe: {httpGet: {path: **************, port: 80, httpHeaders: [{name: X, value: ********}]}}",
        "  volumes: [{name: v, iscsi: {********: ********}}, {name: s, secret: {secretName: s}}]",
    ] {
        assert!(lines.lines().any(|shown| shown == line), "{line}\n{lines}");
    }
    assert!(!lines.contains(": - x") && !lines.contains("--x="), "{lines}");
}

#[test]
fn what_is_a_secret_at_one_place_is_hidden_at_all() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {annotations: &a {image: hunter1}}
x-common: &common
  image: nginx
  other: hunter2
spec:
  containers:
  - {name: a, args: &args [hunter3]}
  - {name: b, securityContext: {capabilities: {add: *args}}}
  - {<<: *a, name: c}
  - {<<: *common, name: d}
";
    let lines = shown(text);
    assert!(lines.contains("annotations: &* {image: *******}"), "{lines}");
    assert!(lines.contains("args: &**** [*******]"), "{lines}");
    // What is kept elsewhere for a container to read is the container's.
    assert!(lines.contains("x-common: &******\n  image: nginx\n  other: *******"), "{lines}");
}

#[test]
fn of_other_objects_on_the_same_lines_nothing_is_shown() {
    let text = "{apiVersion: v1, kind: List, items: [{kind: Secret, data: {image: hunter2==}}, \
                    {apiVersion: v1, kind: Pod, spec: {hostPID: true}}, {kind: hunter3}]}\n";
    let list = documents(text).remove(0).expect("YAML");
    let pod = &list.get("items").and_then(Node::as_sequence).expect("items")[1];
    let lines = lines(text, pod);
    let own = "{apiVersion: v1, kind: Pod, spec: {hostPID: true}}";
    let (before, after) = lines.split_once(own).expect(&lines);
    assert!(format!("{before}{after}").chars().all(|c| matches!(c, '*' | ' ')), "{lines}");
}

#[test]
fn an_item_keeps_its_dash_and_a_stream_its_other_documents_to_itself() {
    let text = "\u{feff}# hunter1\nkind: List\nitems:\n- kind: Pod # hunter2\n  spec: {hostPID: true}\n- kind: hunter3\n---\na: hunter4\n";
    let list = documents(text).remove(0).expect("YAML");
    let pod = &list.get("items").and_then(Node::as_sequence).expect("items")[0];
    assert_eq!(lines(text, pod), "- kind: Pod # *******\n  spec: {hostPID: true}");
}

#[test]
fn characters_that_act_on_a_terminal_become_question_marks() {
    let text = "kind: Pod\nmetadata: {name: \"a\u{202e}b\", labels: {é: \"é\", x: a\u{85}b}}\n";
    let text = text.replace('\u{85}', "\u{200b}");
    let want = "kind: Pod\nmetadata: {name: \"a???b\", labels: {é: \"é\", x: a???b}}";
    assert_eq!(shown(&text), want);
}
