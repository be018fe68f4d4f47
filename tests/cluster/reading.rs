//! `check` reads a manifest as kubectl does, or refuses it: kubectl itself is asked.

use plimsoll::yaml::documents;
use serde_json::Value;

use crate::control_plane::ControlPlane;

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

#[test]
fn what_kubectl_reads_is_read_the_same_or_refused() {
    let cluster = ControlPlane::start().unwrap();
    let (mut same, mut refused) = (0, Vec::new());
    for odd in ODD {
        let text = format!(
            "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: odd\nspec: {odd}\n"
        );
        let arguments =
            ["patch", "--local", "-f", "-", "--type", "merge", "-p", "{}", "-o", "json"];
        let kubectl = cluster.kubectl_stdin(&arguments, &text);
        let ours = documents(&text).remove(0);
        match (kubectl.success(), ours) {
            (true, Ok(node)) => {
                let theirs = kubectl.json();
                let ours: Value = serde_json::from_str(&node.to_json()).unwrap();
                assert!(
                    is_same(&theirs["spec"], &ours["spec"]),
                    "{odd}\nkubectl: {}\nours:    {}",
                    theirs["spec"],
                    ours["spec"]
                );
                same += 1;
            }
            (_, Err(_)) => refused.push(odd),
            // Nothing that kubectl refuses ever reaches a cluster.
            (false, Ok(_)) => {}
        }
    }
    assert!(same >= 20 && refused.len() <= 12, "{same} the same, refused: {refused:#?}");
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
