//! A policy demands what it says, or does not load: a value that can match nothing is an error at
//! its own line that names its field, and a value that can match something is none.
//!
//! What can match is told by upstream's own expressions, not by the code under test.

use std::cell::Cell;
use std::sync::LazyLock;

use plimsoll::policy::load;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use regex::Regex;

/// A place in a policy where a user writes what has to match something.
struct Field {
    /// How errors name it.
    name: &'static str,
    /// The policy's lines below `spec`; `@` stands for the value.
    spec: &'static str,
    /// Whether anything can bear such a value.
    can_match: fn(&str) -> bool,
}

macro_rules! is {
    ($expression:expr, $longest:expr) => {
        |text: &str| {
            static EXPRESSION: LazyLock<Regex> =
                LazyLock::new(|| Regex::new(concat!(r"\A(?:", $expression, r")\z")).unwrap());
            text.len() <= $longest && EXPRESSION.is_match(text)
        }
    };
}

/// Domain names and labels, tags and names of images as upstream writes them: `validation.go` and
/// `content/*.go` of apimachinery, `regexp.go` of `distribution/reference`.
macro_rules! name {
    (label) => {
        "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    };
    (subdomain) => {
        r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
    };
    (value) => {
        "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
    };
    (path) => {
        "[a-z0-9]+(([_.]|__|-+)[a-z0-9]+)*"
    };
    (host) => {
        r"([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(:[0-9]+)?"
    };
}

fn is_label_value(text: &str) -> bool {
    is!(name!(value), 63)(text)
}

fn is_subdomain(text: &str) -> bool {
    is!(name!(subdomain), 253)(text)
}

fn is_namespace(text: &str) -> bool {
    is!(name!(label), 63)(text)
}

fn is_label_key(text: &str) -> bool {
    match text.split('/').collect::<Vec<_>>()[..] {
        [name] => !name.is_empty() && is_label_value(name),
        [prefix, name] => is_subdomain(prefix) && !name.is_empty() && is_label_value(name),
        _ => false,
    }
}

fn is_annotation_key(text: &str) -> bool {
    is_label_key(&text.to_ascii_lowercase())
}

/// No step of a path that the kubelet takes is empty, or leads back.
fn is_path(text: &str) -> bool {
    let is_step = |step: &str| !["", ".", ".."].contains(&step);
    text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_step))
}

fn is_group(text: &str) -> bool {
    is_subdomain(text) && text.contains('.') && text != "apps.k8s.io"
}

fn is_kind(text: &str) -> bool {
    is!("[A-Z]([-A-Za-z0-9]*[A-Za-z0-9])?", 63)(text)
}

fn is_template(text: &str) -> bool {
    let common = ["apiVersion", "kind", "metadata"];
    is!(r"[A-Za-z_][-A-Za-z0-9_]*(\.[A-Za-z_][-A-Za-z0-9_]*)*", usize::MAX)(text)
        && !common.contains(&text.split('.').next().unwrap())
        // JSON is read to 128 levels.
        && text.split('.').count() <= 100
}

fn is_user(text: &str) -> bool {
    let (name, whole) = text.strip_suffix('*').map_or((text, true), |name| (name, false));
    let is_clean = name.trim_start() == name && !name.chars().any(char::is_control);
    let is_form = if let Some(rest) = name.strip_prefix("system:serviceaccount:") {
        match rest.split(':').collect::<Vec<_>>()[..] {
            [space] => !whole && is_namespace(&format!("a{space}a")) && !space.starts_with('-'),
            [space, account] if whole => is_namespace(space) && is_subdomain(account),
            [space, account] => {
                is_namespace(space) && (account.is_empty() || is_subdomain(&format!("{account}a")))
            }
            _ => false,
        }
    } else if let Some(node) = name.strip_prefix("system:node:") {
        is_subdomain(node) || !whole && (node.is_empty() || is_subdomain(&format!("{node}a")))
    } else {
        (name != "system:masters" || !whole) && !name.starts_with("system:serviceaccounts")
    };
    let is_clean = is_clean && (!whole || name.trim_end() == name);
    !name.is_empty() && !name.contains('*') && is_clean && is_form
}

fn is_tag(text: &str) -> bool {
    is!(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", 128)(text)
}

fn is_registry(text: &str) -> bool {
    let text = text.trim_end_matches('/');
    let (host, path) = text.split_once('/').map_or((text, None), |(host, path)| (host, Some(path)));
    let is_host = is!(name!(host), 253)(host) || is!(r"\[[0-9a-fA-F:]+\](:[0-9]+)?", 253)(host);
    let is_domain = host.contains(['.', ':'])
        || host == "localhost"
        || host.bytes().any(|b| b.is_ascii_uppercase());
    let is_component = |component: &str| is!(name!(path), 253)(component);
    is_host
        && is_domain
        && !host.eq_ignore_ascii_case("index.docker.io")
        && path.is_none_or(|path| path.split('/').all(is_component))
}

fn is_resource(text: &str) -> bool {
    let standard = ["cpu", "memory", "ephemeral-storage"];
    match text.split_once('/') {
        None => {
            standard.contains(&text) || is!(r"hugepages-0*[1-9][0-9]{0,3}\.?0*([KMG]i)?", 63)(text)
        }
        Some(_) if text.contains("kubernetes.io/") => is_label_key(text),
        Some(_) => !text.starts_with("requests.") && is_label_key(&format!("requests.{text}")),
    }
}

const RULES: &str = "\n  rules: {privileged: {}}\n";

/// Every place, in both selectors, under both operators that take values.
const FIELDS: [Field; 28] = [
    Field {
        name: "spec.match.namespaceSelector.matchLabels",
        spec: "  match:\n    namespaceSelector:\n      matchLabels:\n        @: x",
        can_match: is_label_key,
    },
    Field {
        name: "spec.match.objectSelector.matchLabels",
        spec: "  match:\n    objectSelector:\n      matchLabels:\n        first: x\n        @: x",
        can_match: is_label_key,
    },
    Field {
        name: "spec.match.namespaceSelector.matchLabels.tier",
        spec: "  match:\n    namespaceSelector:\n      matchLabels:\n        a: x\n        tier: @",
        can_match: is_label_value,
    },
    Field {
        name: "spec.match.objectSelector.matchLabels.tier",
        spec: "  match:\n    objectSelector:\n      matchLabels:\n        tier: @",
        can_match: is_label_value,
    },
    Field {
        name: "spec.match.namespaceSelector.matchExpressions[0].key",
        spec: "  match:\n    namespaceSelector:\n      matchExpressions:\n      - operator: Exists\n        key: @",
        can_match: is_label_key,
    },
    Field {
        name: "spec.match.objectSelector.matchExpressions[1].key",
        spec: "  match:\n    objectSelector:\n      matchExpressions:\n      - {key: a, operator: Exists}\n      - operator: NotIn\n        values: [x]\n        key: @",
        can_match: is_label_key,
    },
    Field {
        name: "spec.match.namespaceSelector.matchExpressions[0].values[1]",
        spec: "  match:\n    namespaceSelector:\n      matchExpressions:\n      - key: tier\n        operator: In\n        values:\n        - x\n        - @",
        can_match: is_label_value,
    },
    Field {
        name: "spec.match.objectSelector.matchExpressions[0].values[0]",
        spec: "  match:\n    objectSelector:\n      matchExpressions:\n      - key: tier\n        operator: NotIn\n        values:\n        - @",
        can_match: is_label_value,
    },
    Field {
        name: "spec.match.namespaceSelector.matchExpressions[0].values[0]",
        spec: "  match:\n    namespaceSelector:\n      matchExpressions:\n      - key: kubernetes.io/metadata.name\n        operator: NotIn\n        values:\n        - @",
        can_match: is_namespace,
    },
    Field {
        name: "spec.match.namespaceSelector.matchExpressions[0].values[0]",
        spec: "  match:\n    namespaceSelector:\n      matchExpressions:\n      - key: kubernetes.io/metadata.name\n        operator: In\n        values:\n        - @",
        can_match: is_namespace,
    },
    Field {
        name: "spec.match.namespaceSelector.matchLabels[\"kubernetes.io/metadata.name\"]",
        spec: "  match:\n    namespaceSelector:\n      matchLabels:\n        kubernetes.io/metadata.name: @",
        can_match: is_namespace,
    },
    Field {
        name: "spec.match.kinds[0].group",
        spec: "  match:\n    kinds:\n    - kind: Rollout\n      podTemplate: spec.template\n      group: @",
        can_match: is_group,
    },
    Field {
        name: "spec.match.kinds[1].kind",
        spec: "  match:\n    kinds:\n    - {group: a.example, kind: A, podTemplate: spec}\n    - group: a.example\n      podTemplate: spec.template\n      kind: @",
        can_match: is_kind,
    },
    Field {
        name: "spec.match.kinds[0].podTemplate",
        spec: "  match:\n    kinds:\n    - group: a.example\n      kind: Rollout\n      podTemplate: @",
        can_match: is_template,
    },
    Field {
        name: "spec.match.excludeUsers[1]",
        spec: "  match:\n    excludeUsers:\n    - alice\n    - @",
        can_match: is_user,
    },
    Field {
        name: "spec.rules.image-tag.moving[1]",
        spec: "  rules:\n    image-tag:\n      moving:\n      - latest\n      - @",
        can_match: is_tag,
    },
    Field {
        name: "spec.rules.image-registry.allowed[0]",
        spec: "  rules:\n    image-registry:\n      allowed:\n      - @",
        can_match: is_registry,
    },
    Field {
        name: "spec.rules.image-registry.allowed[1]",
        spec: "  rules:\n    image-registry:\n      allowed:\n      - docker.io\n      - @",
        can_match: is_registry,
    },
    Field {
        name: "spec.rules.resource-limits.resources[1]",
        spec: "  rules:\n    resource-limits:\n      resources:\n      - cpu\n      - @",
        can_match: is_resource,
    },
    Field {
        name: "spec.rules.resource-requests.resources[0]",
        spec: "  rules:\n    resource-requests:\n      resources:\n      - @",
        can_match: is_resource,
    },
    Field {
        name: "spec.rules.image-digest.exempt[0]",
        spec: "  rules:\n    image-digest:\n      exempt:\n      - @",
        can_match: is_registry,
    },
    Field {
        name: "spec.rules.image-scanned.exempt[1]",
        spec: "  rules:\n    image-scanned:\n      exempt:\n      - docker.io\n      - @",
        can_match: is_registry,
    },
    Field {
        name: "spec.rules.retired-registry.additional[0]",
        spec: "  rules:\n    retired-registry:\n      additional:\n      - @",
        can_match: is_registry,
    },
    Field {
        name: "spec.rules.image-pull-policy.moving[1]",
        spec: "  rules:\n    image-pull-policy:\n      moving:\n      - latest\n      - @",
        can_match: is_tag,
    },
    Field {
        name: "spec.rules.requests-equal-limits.resources[1]",
        spec: "  rules:\n    requests-equal-limits:\n      resources:\n      - cpu\n      - @",
        can_match: is_resource,
    },
    Field {
        name: "spec.rules.runtime-socket.additional[0]",
        spec: "  rules:\n    runtime-socket:\n      additional:\n      - @",
        can_match: is_path,
    },
    Field {
        name: "spec.rules.image-scanned.annotation",
        spec: "  rules:\n    image-scanned:\n      annotation: @",
        can_match: is_annotation_key,
    },
    Field { name: "metadata.name", spec: "  mode: warn", can_match: is_subdomain },
];

/// The policy with `value` in the field, and the line on which it stands.
fn policy(field: &Field, value: &str) -> (String, usize) {
    // JSON's strings are YAML's, whatever is in them.
    let value = serde_json::to_string(value).unwrap();
    let name = if field.name == "metadata.name" { "@" } else { "p" };
    let rules = if field.spec.contains("rules:") { "\n" } else { RULES };
    let template = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata:\n  name: {name}\nspec:\n{}{rules}",
        field.spec
    );
    let line = template.lines().position(|line| line.contains('@')).unwrap() + 1;
    (template.replace('@', &value), line)
}

/// Loads the policy and holds what comes of it against what can match; whether it loaded.
fn assert_honest(field: &Field, value: &str) -> bool {
    let (text, line) = policy(field, value);
    let can_match = (field.can_match)(value);
    match load("p.yaml", &text) {
        Ok(_) => assert!(can_match, "{} took {value:?}, which matches nothing", field.name),
        Err(errors) => {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert!(!can_match, "{} refused {value:?}: {errors:?}", field.name);
            let [error] = &errors[..] else { panic!("{errors:?}") };
            assert!(error.starts_with(&format!("p.yaml:{line}:")), "line {line}: {error}");
            assert!(error.contains(&format!("`{}", field.name)), "{}: {error}", field.name);
        }
    }
    can_match
}

/// Good for some field each.
const GOOD: [&str; 21] = [
    "prod",
    "a",
    "Latest_1.2-x",
    "example.com/team",
    "argoproj.io",
    "Rollout",
    "spec.template",
    "spec.jobTemplate.spec.template",
    "system:serviceaccount:kube-system:*",
    "system:serviceaccount:kube-system:default",
    "system:node:worker-1.example",
    "alice@example.com",
    "registry.example:5000/team/api",
    "docker.io/library",
    "localhost",
    "[fd00::1]:5000/a",
    "cpu",
    "hugepages-2Mi",
    "nvidia.com/gpu",
    "kubernetes.io/batch-cpu",
    "/run/vendor/engine.sock",
];

/// What spoils most of them.
const ODD: [&str; 24] = [
    "*",
    "-",
    "_",
    ".",
    "..",
    "/",
    ":",
    "@",
    " ",
    "!",
    "A",
    "é",
    "\u{1b}",
    "\n",
    "\t",
    "0",
    "~",
    "[",
    "]",
    "x",
    "requests.",
    "sha256:",
    "//",
    "k8s.io",
];

/// Text of which one in a few is good for some field, and most of the rest almost is.
fn values() -> impl Strategy<Value = String> {
    let changed = (select(&GOOD[..]), select(&ODD[..]), any::<prop::sample::Index>());
    let changed = changed.prop_map(|(good, odd, at)| {
        let at = at.index(good.len() + 1);
        format!("{}{odd}{}", &good[..at], &good[at..])
    });
    let made = prop::collection::vec(select(&ODD[..]), 0..6).prop_map(|parts| parts.concat());
    let long = (select(vec!["a", "A", "a.", "1/"]), 60_usize..260)
        .prop_map(|(piece, times)| format!("{}x", piece.repeat(times)));
    prop_oneof![
        3 => select(&GOOD[..]).prop_map(str::to_owned),
        6 => changed,
        2 => made,
        1 => long,
        1 => "[a-zA-Z0-9._/:*-]{0,12}",
    ]
}

/// F-137.
#[test]
fn what_can_match_nothing_is_an_error_that_names_its_field_and_what_can_match_loads() {
    let counts: Vec<[Cell<usize>; 2]> = FIELDS.iter().map(|_| Default::default()).collect();
    let mut runner =
        TestRunner::new(Config { cases: 1_500, failure_persistence: None, ..Config::default() });
    let honest = runner.run(&values(), |value| {
        for (field, count) in FIELDS.iter().zip(&counts) {
            // How long the name of an image may be is for the reader of images to say.
            let is_of_registries = ["image-registry", "exempt", "retired"]
                .iter()
                .any(|part| field.name.contains(part));
            if is_of_registries && value.len() > 200 {
                continue;
            }
            let count = &count[usize::from(assert_honest(field, &value))];
            count.set(count.get() + 1);
        }
        Ok(())
    });
    honest.unwrap();
    for (field, [refused, taken]) in FIELDS.iter().zip(&counts) {
        let (refused, taken) = (refused.get(), taken.get());
        assert!(refused > 100 && taken > 5, "{}: {refused} and {taken}", field.name);
    }
}

/// The errors of a policy with these lines below `spec`, after the place.
fn errors(spec: &str) -> Vec<String> {
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p}}\nspec:\n{spec}\n"
    );
    load("p.yaml", &text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// F-137.
#[test]
fn a_kind_that_kubernetes_does_not_have_so_is_an_error() {
    for (kind, error) in [
        (
            "{group: y.example/v1, kind: Foo, podTemplate: spec.template}",
            ".group` `y.example/v1` names a version as well; write `y.example`",
        ),
        (
            "{group: y.example, kind: foo, podTemplate: spec.template}",
            ".kind` `foo` is no kind; one has letters, digits and `-`, at most 63, and a capital \
             first, as in `Rollout`",
        ),
        (
            "{group: apps, kind: Deployment, podTemplate: spec.podTemplate}",
            ".podTemplate` is not where a `Deployment` has its template, which is `spec.template`",
        ),
        (
            "{group: batch, kind: CronJob, podTemplate: spec.template}",
            ".podTemplate` is not where a `CronJob` has its template, which is \
             `spec.jobTemplate.spec.template`",
        ),
        (
            "{group: '', kind: Pod, podTemplate: spec}",
            ".podTemplate` must go, with its kind: a `Pod` is always judged",
        ),
        (
            "{group: app, kind: Deployment, podTemplate: spec.template}",
            ".group` `app` has no kind `Deployment`; `Deployment` is of group `apps`",
        ),
        (
            "{group: '', kind: Deployment, podTemplate: spec.template}",
            ".group` `` has no kind `Deployment`; `Deployment` is of group `apps`",
        ),
        (
            "{group: apps.k8s.io, kind: Deployment, podTemplate: spec.template}",
            ".group` `apps.k8s.io` has no kind `Deployment`; `Deployment` is of group `apps`",
        ),
        (
            "{group: apps, kind: Rollout, podTemplate: spec.template}",
            ".group` `apps` has no kind `Rollout` with a pod template; groups other than \
             Kubernetes' own are domain names, such as `argoproj.io`",
        ),
        (
            "{group: networking.k8s.io, kind: IngressClass, podTemplate: spec.template}",
            ".group` `networking.k8s.io` has no kind `IngressClass` with a pod template; groups other \
             than Kubernetes' own are domain names, such as `argoproj.io`",
        ),
    ] {
        let found =
            errors(&format!("  match:\n    kinds:\n    - {kind}\n  rules: {{privileged: {{}}}}"));
        let [found] = &found[..] else { panic!("{kind}: {found:?}") };
        assert!(found.starts_with("p.yaml:7:"), "{found}");
        assert!(found.ends_with(&format!("`spec.match.kinds[0]{error}")), "{found}");
    }
}

#[test]
fn a_kind_is_named_once_for_each_template_and_a_kind_of_kubernetes_may_be_named_rightly() {
    let kinds = |kinds: &str| {
        errors(&format!("  match: {{kinds: [{kinds}]}}\n  rules: {{privileged: {{}}}}"))
    };
    let rollout = "{group: a.example, kind: Rollout, podTemplate: spec.template}";
    let other = "{group: a.example, kind: Rollout, podTemplate: spec.canary.template}";
    assert_eq!(kinds(&format!("{rollout}, {other}")), [""; 0]);
    assert_eq!(
        kinds(&format!("{rollout}, {other}, {rollout}")),
        ["p.yaml:5:152: `spec.match.kinds[2]` names `Rollout` with `spec.template` a second time"]
    );
    for right in [
        "{group: apps, kind: Deployment, podTemplate: spec.template}",
        "{group: batch, kind: CronJob, podTemplate: spec.jobTemplate.spec.template}",
        "{group: apps.kruise.io, kind: StatefulSet, podTemplate: spec.template}",
        "{group: jobset.x-k8s.io, kind: JobSet, podTemplate: spec.template}",
    ] {
        assert_eq!(kinds(right), [""; 0], "{right}");
    }
}

/// F-137.
#[test]
fn a_selector_that_nothing_fits_is_an_error() {
    for (selector, error) in [
        (
            "namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: DoesNotExist}]}",
            "`spec.match.namespaceSelector.matchExpressions[0].operator` fits no namespace: every one has the label `kubernetes.io/metadata.name`",
        ),
        (
            "objectSelector: {matchLabels: {a: '1'}, matchExpressions: [{key: a, operator: NotIn, values: ['1']}]}",
            "`spec.match.objectSelector` asks of the label `a` what no label fulfils at once",
        ),
        (
            "objectSelector: {matchExpressions: [{key: a, operator: In}]}",
            "`spec.match.objectSelector.matchExpressions[0]` is incomplete: operator `In` on `a` needs values",
        ),
        (
            "objectSelector: {matchExpressions: [{key: a, operator: Exists, values: [x]}]}",
            "`spec.match.objectSelector.matchExpressions[0].values` must go: operator `Exists` on `a` takes none",
        ),
    ] {
        let found = errors(&format!("  match:\n    {selector}\n  rules: {{privileged: {{}}}}"));
        let [found] = &found[..] else { panic!("{selector}: {found:?}") };
        assert!(found.starts_with("p.yaml:6:") && found.ends_with(error), "{found}");
    }
    let twice = "objectSelector: {matchExpressions: [{key: a, operator: In, values: [x, x]}, {key: a, operator: In, values: [x]}]}";
    assert_eq!(errors(&format!("  match: {{{twice}}}\n  rules: {{privileged: {{}}}}")), [""; 0]);
}

#[test]
fn a_group_of_users_is_no_user() {
    for group in [
        "system:masters",
        "system:authenticated",
        "system:unauthenticated",
        "system:nodes",
        "system:monitoring",
        "system:serviceaccounts",
        "system:serviceaccounts:kube-system",
        "system:serviceaccounts:*",
    ] {
        let found = errors(&format!(
            "  match: {{excludeUsers: ['{group}']}}\n  rules: {{privileged: {{}}}}"
        ));
        let error = format!(
            "p.yaml:5:26: `spec.match.excludeUsers[0]` `{group}` is a group, and here are users"
        );
        assert_eq!(found, [error]);
    }
    let nodes = "system:node*, system:serviceaccount*, system:masters-2, system:kube-scheduler";
    let found =
        errors(&format!("  match: {{excludeUsers: [{nodes}]}}\n  rules: {{privileged: {{}}}}"));
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_number_or_quantity_that_demands_nothing_is_an_error_of_its_field() {
    for (rule, reason) in [
        ("ssh-port: {ports: [22, 0]}", "`spec.rules.ssh-port.ports[1]`"),
        ("ssh-port: {ports: []}", "`spec.rules.ssh-port.ports`"),
        ("high-user-id: {min: 0}", "`spec.rules.high-user-id.min`"),
        ("limit-request-ratio: {memory: 0.5}", "`spec.rules.limit-request-ratio.memory`"),
        ("limit-request-ratio: {cpu: 1000001}", "`spec.rules.limit-request-ratio.cpu`"),
        ("limit-request-ratio: {cpu: '2'}", "`spec.rules.limit-request-ratio.cpu`"),
        ("ephemeral-storage: {max: 1GB}", "`spec.rules.ephemeral-storage.max`"),
        ("ephemeral-storage: {max: '0'}", "`spec.rules.ephemeral-storage.max`"),
    ] {
        let errors = errors(&format!("  rules: {{{rule}}}"));
        let [error] = &errors[..] else { panic!("{rule}: {errors:?}") };
        println!("{error}");
        assert!(error.contains(reason), "{rule}: {error}");
    }
    for rule in [
        "limit-request-ratio: {memory: 1, cpu: 1.5}",
        "limit-request-ratio: {memory: 1000000}",
        "ephemeral-storage: {max: 1.5Gi}",
        "high-user-id: {min: 1}",
    ] {
        assert_eq!(errors(&format!("  rules: {{{rule}}}")), [""; 0], "{rule}");
    }
}
