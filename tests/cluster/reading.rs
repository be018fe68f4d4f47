//! `check` reads a manifest as kubectl does, or refuses it: kubectl itself is asked (F-124).

use plimsoll::check::objects::{Object, of_text};
use serde_json::Value;
use support::control_plane::ControlPlane;
use support::corpora::say;

use crate::yaml_generator::Generator;

/// What may stand behind `spec:` in a manifest, each read differently by some reader of YAML.
const ODD: [&str; 35] = [
    "{a: yes, b: no, c: on, d: off, e: y, f: n, g: True, h: tRue}",
    "{a: 0777, b: 0o17, c: 0x1F, d: 0b11, e: 1_000, f: 08, g: -010, h: +1}",
    "{a: 1., b: .5, c: 1e3, d: 1E+2, e: -0.0, f: 12345678901234567890}",
    "{a: ~, b: null, c: Null, d: , e: ''}",
    "{a: 2001-01-01, b: 12:30:45, c: 1.2.3, d: 100m, e: '1', f: \"0777\"}",
    "{a: !!str 1, b: !!int '7', c: !!float 2, d: !!bool yes, e: !foo true}",
    "{yes: 1, 1: 2, 1.5: 3, on: 4}",
    "{x: &x {p: 1, q: 2}, y: {<<: *x, q: 3}}",
    "{x: &x {p: 1, q: 2}, y: {q: 3, <<: *x}}",
    "{x: &x {p: 1}, z: &z {p: 2, r: 3}, y: {<<: [*x, *z]}}",
    "{x: &x {p: 1}, y: {'<<': *x, p: 2}}",
    "{x: &x {p: 1, q: 2}, y: {q: 3, !!merge k: *x}}",
    "{x: &x {p: 1, q: 2}, y: {q: 3, !!merge '<<': *x}}",
    "{a: &a [1, 2], b: *a, c: [*a, *a]}",
    "{a: \"x\\ty\\u0041\\n\", b: 'it''s', c: \"\\x41\\/\"}",
    "{a: !!binary aGk=}",
    "{a: [1, [2, [3]]], b: {c: {d: {}}}}",
    "\n  a: |\n    one\n    two\n  b: >\n    one\n    two\n  c: |-\n    x\n  d: |+\n    x\n\n  e: 1",
    "\n  a: one\n    two\n  b: \"one\n    two\"",
    "\n  - a: 1\n    b: 2\n  -\n    - x\n  - ~",
    "\n  a: 1 # comment\n  b: '#no'\n  c: x#no",
    "\n  ? a\n  : 1\n  ? b\n  : 2",
    "\n  a: # c\u{2028}  b: 1\n  d: 2",
    "\n  a: # c\u{85}  b: 1\n  d: 2",
    "{a: .inf}",
    "{a: .nan}",
    "{a: 1, a: 2}",
    "{a: @x}",
    "{a: %x}",
    "{a: `x`}",
    "{a: [1, 2}",
    "\n\ta: 1",
    "{a: 9223372036854775807, b: -9223372036854775808, c: 18446744073709551615}",
    "{a: 1e400}",
    "{a: 0.1, b: 100000000000000000000, c: 1.0}",
];

/// Whole streams: separators, lists, ends of lines, JSON, and what stands between documents.
const STREAMS: [&str; 42] = [
    "kind: A\n---\nkind: B\n--- # c\nkind: C",
    "---\n---\nkind: A\n---\n",
    "kind: A\r\n---\r\nkind: B\r\n",
    "kind: A\rx: 1\r",
    "kind: A\r---\rkind: B\r",
    "--- # c\rkind: A\r",
    "---\rkind: A\r",
    "kind: A\n--- {kind: B}\n",
    "--- !!map\nkind: A\n",
    "kind: A\n---x: 1\n",
    "kind: A\n----\nkind: B\n",
    "kind: A\n...\n",
    "kind: A\n...\nkind: B\n",
    "kind: A\n...\n---\nkind: B\n",
    "...\nkind: A\n",
    "%YAML 1.1\n---\nkind: A\n",
    "{kind: A}\n{kind: B}\n",
    "{kind: A} x",
    "{\"kind\": \"A\"}{\"kind\": \"B\"}\n{\"kind\": \"C\"}",
    "{\"kind\": \"A\"}\n---\nkind: B\n---\n{\"kind\": \"C\"}",
    "{\"kind\": \"A\"}{\"kind\": \"B\"}\n---\nkind: C\n",
    "{\"kind\": \"A\"}\nkind: B\n",
    "# c\n{\"kind\": \"A\"}{\"kind\": \"B\"}",
    "{\"kind\": \"A\",\n\t\"x\": \"\\/\\ud83d\\ude00\", \"y\": [1.0, 1e3, -0]}",
    "{\"kind\": \"A\", \"x\": 1e400}",
    "\u{feff}kind: A\n---\n\u{feff}kind: B\n",
    "kind:\n",
    "kind: ''\n",
    "kind: 5\n",
    "[{kind: A}]\n",
    "~\n---\nkind: A\n",
    "apiVersion: v1\nkind: PodList\nitems: [{x: 1}, {kind: , apiVersion: '', x: 2}, {kind: A, apiVersion: b}]\n",
    "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- x: 1\n- {kind: [], x: 2}\n",
    "apiVersion: apps/v1\nkind: Deployment\nitems: [{x: 1}]\n",
    "apiVersion: v1\nkind: ListList\nitems: [{x: 1}]\n",
    "apiVersion: v1\nkind: List\nitems: [{x: 1}]\n",
    "apiVersion: v1\nkind: PodList\nitems: [{apiVersion: v1}]\n",
    "apiVersion: v1\nkind: PodList\nitems: [{kind: Pod}]\n",
    "apiVersion: v1\nkind: PodList\nitems: {}\n",
    "apiVersion: v1\nkind: PodList\nitems: [1]\n",
    "apiVersion: v1\nitems: [{kind: A, apiVersion: b}]\n",
    "kind: List\nitems: [{kind: A, apiVersion: b}]\n",
];

/// What kubectl makes of a text.
fn of_kubectl(cluster: &ControlPlane, text: &str) -> Option<Vec<Value>> {
    let arguments = ["patch", "--local", "-f", "-", "--type", "merge", "-p", "{}", "-o", "json"];
    let output = cluster.kubectl_stdin(&arguments, text);
    let objects = serde_json::Deserializer::from_str(&output.stdout).into_iter::<Value>();
    output.success().then(|| objects.map(Result::unwrap).collect())
}

/// What `check` makes of it; none where it refuses any part.
fn of_ours(text: &str) -> Option<Vec<Value>> {
    let objects: Option<Vec<Object>> = of_text(text).into_iter().map(Result::ok).collect();
    let objects: Vec<Value> = objects?.iter().map(|object| object.node.to_value()).collect();
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let is_object = |object: &Value| is_text(&object["kind"]) && is_text(&object["apiVersion"]);
    objects.iter().all(is_object).then_some(objects)
}

/// Holds both readers against each other over texts: the same, or refused by `check`; how many of
/// them were the same, and which were refused by `check` alone. Before 1.33, kubectl takes whatever
/// begins with a brace for JSON to its end and refuses YAML there; `check` reads it as later ones do.
fn compare(texts: &[String]) -> (usize, Vec<&String>) {
    let cluster = ControlPlane::start().unwrap();
    let minor = cluster.minor();
    let takes_for_json = |text: &str| minor < 33 && text.trim_start().starts_with('{');
    let (mut same, mut refused, mut newer) = (0, Vec::new(), 0);
    for text in texts {
        match (of_kubectl(&cluster, text), of_ours(text)) {
            (Some(theirs), Some(ours)) => {
                let (theirs, ours) = (Value::Array(theirs), Value::Array(ours));
                assert!(is_same(&theirs, &ours), "{text}\nkubectl: {theirs}\nours:    {ours}");
                same += 1;
            }
            (Some(_), None) => refused.push(text),
            (None, None) => {}
            (None, Some(_)) if takes_for_json(text) => newer += 1,
            (None, Some(ours)) => panic!("kubectl refuses it: {text:?}\nours: {ours:?}"),
        }
    }
    if newer > 0 {
        say(&format!(
            "kubectl 1.{minor} refuses {newer} texts that begin with a brace and are YAML"
        ));
    }
    (same, refused)
}

/// F-124.
#[test]
fn what_kubectl_reads_is_read_the_same_or_refused() {
    let document = |odd: &&str| {
        format!("apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: odd\nspec: {odd}\n")
    };
    let texts: Vec<String> = ODD.iter().map(document).collect();
    let (same, refused) = compare(&texts);
    assert!(same >= 20 && refused.len() <= 12, "{same} the same, refused: {refused:#?}");
}

/// F-124.
#[test]
fn streams_and_lists_are_taken_apart_as_kubectl_does_it_or_refused() {
    // Without a version kubectl takes a document that is read locally; no API server would.
    let with_version = |text: &&str| {
        if text.contains("apiVersion") {
            return (*text).to_owned();
        }
        let text = text.replace("{kind:", "{apiVersion: v1, KIND:");
        let text = text.replace("{\"kind\"", "{\"apiVersion\": \"v1\", \"kind\"");
        text.replace("kind:", "apiVersion: v1\nkind:").replace("KIND", "kind")
    };
    let texts: Vec<String> = STREAMS.iter().map(with_version).collect();
    let (same, refused) = compare(&texts);
    assert!(same >= 14 && refused.len() <= 7, "{same} the same, refused: {refused:#?}");
}

/// The same values, whichever way a number is written.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b)))
        }
        _ => a == b,
    }
}

/// F-124.
#[test]
fn generated_documents_are_read_as_kubectl_reads_them_or_refused() {
    let mut generator = Generator(0x9e37_79b9_7f4a_7c15);
    let texts: Vec<String> = (0..400).map(|_| generator.stream()).collect();
    let (same, refused) = compare(&texts);
    // What kubectl reads and `check` refuses is an error with a line, so that nobody is misled.
    let refused = refused.len();
    assert!(same >= 80 && refused <= same, "{same} the same, {refused} refused");
}
