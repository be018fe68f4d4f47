//! The API server and files agree about what is a policy.

use plimsoll::policy::{Unknown, load_with};

use super::{apply, exception_with, policy};

fn is_taken_from_a_file(text: &str) -> bool {
    load_with("p.yaml", text, Unknown::IsWrong).is_ok()
}

fn is_taken_by_the_api_server(text: &str) -> bool {
    apply(&["--dry-run=server"], text).success()
}

/// A policy of one rule, with this beside it.
fn of_one_rule(other: &str) -> String {
    policy("agreed", &format!("{{rules: {{privileged: {{}}}}, {other}}}"))
}

/// A policy that sets one rule so.
fn setting(rule: &str, setting: &str) -> String {
    policy("agreed", &format!("{{mode: warn, rules: {{{rule}: {setting}}}}}"))
}

fn list(count: usize, element: impl Fn(usize) -> String) -> String {
    let elements: Vec<String> = (0..count).map(element).collect();
    format!("[{}]", elements.join(", "))
}

fn text(length: usize) -> String {
    "ä".repeat(length)
}

/// Each as long as it may be where `over` is 0, and too long by one where it is 1.
fn as_long_as(over: usize) -> Vec<String> {
    let users = |n| list(n, |i| format!("user-{i}"));
    let selector = |expressions: usize, values: usize| {
        let values = list(values, |i| format!("v{i}"));
        let expressions =
            list(expressions, |i| format!("{{key: k{i}, operator: NotIn, values: {values}}}"));
        of_one_rule(&format!("match: {{objectSelector: {{matchExpressions: {expressions}}}}}"))
    };
    let labels = list(100 + over, |i| format!("k{i}: v")).replace('[', "{").replace(']', "}");
    let kinds = list(500 + over, |i| {
        format!("{{group: a.example, kind: K{i}, podTemplate: spec.template}}")
    });
    let found = list(10 + over, |_| "{field: spec.a, values: [b]}".to_owned());
    vec![
        of_one_rule(&format!("match: {{excludeUsers: {}}}", users(200 + over))),
        of_one_rule(&format!("match: {{excludeUsers: [{}]}}", text(1024 + over))),
        of_one_rule(&format!("match: {{excludeGroups: {}}}", users(200 + over))),
        of_one_rule(&format!(
            "match: {{excludeServiceAccounts: {}}}",
            list(200 + over, |i| format!("shop/a{i}"))
        )),
        of_one_rule(&format!("match: {{kinds: {kinds}}}")),
        of_one_rule(&format!("match: {{objectSelector: {{matchLabels: {labels}}}}}")),
        selector(100 + over, 1),
        selector(1, 1000 + over),
        setting("privileged", &format!("{{note: {}}}", text(300 + over))),
        setting("privileged", &format!("{{link: \"https://{}\"}}", "a".repeat(292 + over))),
        setting("replicas", &format!("{{min: {}}}", 1000 + over)),
        setting("image-tag", &format!("{{moving: {}}}", list(100 + over, |i| format!("t{i}")))),
        setting(
            "image-registry",
            &format!("{{allowed: {}}}", list(200 + over, |i| format!("r.example/a{i}"))),
        ),
        exception_with("agreed", &[("reason", &text(1000 + over))]),
        exception_with("agreed", &[("ticket", &text(300 + over))]),
        exception_with("agreed", &[("approvedBy", &text(300 + over))]),
        exception_with("agreed", &[("found", &found)]),
    ]
}

#[test]
fn both_take_what_is_as_long_as_it_may_be_and_nothing_that_is_longer() {
    for text in as_long_as(0) {
        assert!(
            is_taken_from_a_file(&text),
            "{:?}\n{text}",
            load_with("p", &text, Unknown::IsWrong).err()
        );
        assert!(
            is_taken_by_the_api_server(&text),
            "{}\n{text}",
            apply(&["--dry-run=server"], &text)
        );
    }
    for text in as_long_as(1) {
        assert!(!is_taken_by_the_api_server(&text), "{text}");
        assert!(!is_taken_from_a_file(&text), "{text}");
    }
}

#[test]
fn both_take_what_is_right() {
    let good = [
        setting("privileged", "{}"),
        setting(
            "privileged",
            "{mode: warn, denyFrom: \"2026-12-01T00:00:00Z\", severity: low, note: as agreed, link: \"https://wiki.example/a\"}",
        ),
        setting("privileged", "{denyFrom: \"2026-12-01t00:00:00.25+05:30\"}"),
        setting("seccomp", "{level: baseline}"),
        setting("replicas", "{min: 3.0}"),
        of_one_rule("mode: audit, podSecurityVersion: v1.33"),
        of_one_rule(
            "match: {excludeUsers: [\"system:serviceaccount:kube-system:*\", emergency@shop.example]}",
        ),
        of_one_rule(
            "match: {excludeGroups: [\"system:nodes\", \"team-*\"], excludeServiceAccounts: [shop/a, \"shop/a*\", \"shop/*\"]}",
        ),
        of_one_rule("match: {operations: [CREATE, UPDATE]}"),
        of_one_rule(
            "match: {kinds: [{group: argoproj.io, kind: Rollout, podTemplate: spec.template}, {group: apps, kind: Deployment, podTemplate: spec.template}]}",
        ),
        of_one_rule(
            "match: {namespaceSelector: {matchLabels: {a.example/b: c_d.E, e: ''}, matchExpressions: [{key: a, operator: Exists}, {key: x/B, operator: DoesNotExist, values: []}]}}",
        ),
        exception_with(
            "agreed",
            &[
                ("found", "[{field: \"spec.volumes[*].hostPath.path\", values: [/var/log]}]"),
                ("ticket", "A-1"),
                ("approvedBy", "b"),
            ],
        ),
        exception_with(
            "agreed",
            &[("select", "{group: apps, kind: StatefulSet, name: \"cache-?*\"}")],
        ),
    ];
    for text in good {
        assert!(
            is_taken_by_the_api_server(&text),
            "{}\n{text}",
            apply(&["--dry-run=server"], &text)
        );
        let errors = load_with("p.yaml", &text, Unknown::IsWrong).err();
        assert!(errors.is_none(), "{errors:?}\n{text}");
    }
}

const NO_MOMENTS: [&str; 12] = [
    "soon",
    "2026-12-01",
    "2026-12-01T00:00:00",
    "2026-12-01T00:00Z",
    "2026-12-01 00:00:00Z",
    "20261201T000000Z",
    "2026-12-01T00:00:60Z",
    "2026-12-32T00:00:00Z",
    "2026-12-01T24:00:00Z",
    "2026-12-01T00:00:00+0530",
    "2026-12-01T00:00:00Z[UTC]",
    "",
];

const WRONG_SETTINGS: [&str; 11] = [
    "{note: ''}",
    "{note: \"a\\nb\"}",
    "{link: ''}",
    "{link: wiki}",
    "{link: \"https://a b\"}",
    "{severity: High}",
    "{mode: Deny}",
    "{mode: 1}",
    "[]",
    "yes",
    "{denyfrom: \"2026-12-01T00:00:00Z\"}",
];

#[test]
fn what_the_api_server_refuses_is_refused_in_a_file_as_well() {
    let moments =
        NO_MOMENTS.map(|moment| setting("privileged", &format!("{{denyFrom: \"{moment}\"}}")));
    let settings = WRONG_SETTINGS.map(|text| setting("privileged", text));
    let others = [
        "podSecurityVersion: 1.3",
        "podSecurityVersion: v1.03",
        "podSecurityVersion: ''",
        "match: []",
        "match: {operations: [create]}",
        "match: {operations: [CREATE, UPDATE, CREATE]}",
        "match: {excludeUsers: ['']}",
        "match: {excludeUsers: ['*']}",
        "match: {excludeUsers: ['a*b']}",
        "match: {excludeUsers: a}",
        "match: {excludeGroups: ['a**']}",
        "match: {excludeGroups: ['system:authenticated']}",
        "match: {excludeGroups: ['system:*']}",
        "match: {excludeServiceAccounts: ['a']}",
        "match: {excludeServiceAccounts: ['shop/A']}",
        "match: {excludeServiceAccounts: ['*/a']}",
        "match: {kinds: [{group: argoproj.io/v1, kind: Rollout, podTemplate: spec.template}]}",
        "match: {kinds: [{group: a.b, kind: rollout, podTemplate: spec.template}]}",
        "match: {kinds: [{group: a.b, kind: Rollout, podTemplate: 'spec.a[0]'}]}",
        "match: {kinds: [{group: a.b, kind: Rollout}]}",
        "match: {namespaceSelector: {matchLabels: {a: 'b*'}}}",
        "match: {namespaceSelector: {matchLabels: {a: 1}}}",
        "match: {namespaceSelector: {matchExpressions: [{key: a, operator: Is, values: [b]}]}}",
        "match: {namespaceSelector: {matchExpressions: [{key: a, operator: In, values: []}]}}",
        "match: {namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}",
        "match: {namespaceSelector: {matchExpressions: [{key: '-a', operator: Exists}]}}",
        "match: {namespaceSelector: {matchExpressions: [{operator: Exists}]}}",
    ];
    let others = others.map(of_one_rule);
    let fields = [
        ("rules", "[]"),
        ("rules", "['']"),
        ("rules", "privileged"),
        ("select", "{}"),
        ("select", "{kind: Pod, name: ''}"),
        ("select", "{kind: Pod, name: a, containers: [A]}"),
        ("select", "{kind: Pod, name: a, names: [b]}"),
        ("found", "[{field: spec.a, values: []}]"),
        ("found", "[{field: '', values: [a]}]"),
        ("found", "[{field: spec.a}]"),
        ("reason", "''"),
        ("reason", "7"),
        ("expires", "2027"),
    ];
    let exceptions = fields.map(|field| exception_with("agreed", &[field]));
    let names = [
        policy("No_Name", "{rules: {privileged: {}}}"),
        policy("a..b", "{rules: {privileged: {}}}"),
    ];
    let bad = [&moments[..], &settings, &others, &exceptions, &names].concat();
    for text in bad {
        assert!(!is_taken_by_the_api_server(&text), "taken by the API server: {text}");
        assert!(!is_taken_from_a_file(&text), "taken from a file: {text}");
    }
}
