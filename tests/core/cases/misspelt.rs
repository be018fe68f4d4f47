//! What is no case is an error that says what to write.

use super::{POD, SHOP, only, run_text, told};

/// Fields of a case, where `G` is a resource, and what is said of it.
const CASES: [(&str, &str); 19] = [
    ("resource: {}", ":5:3: `cases[0]` lacks the field `expect`"),
    (
        "resourse: {}, expect: {allowed: true}",
        ":5:18: `cases[0]` knows no `resourse`; did you mean `resource`?",
    ),
    ("expect: {allow: true}", "`cases[0].expect` knows no `allow`; did you mean `allowed`?"),
    ("now: noon, expect: {allowed: true}", "`cases[0].now`: no moment; write one such as"),
    ("G, expect: {}", "`expect` expects nothing"),
    ("G, expect: {allowed: true, denied: [privileged]}", "what is denied by a rule is not allowed"),
    ("G, expect: {allowed: false, denied: []}", "what is not allowed is denied by a rule"),
    (
        "G, expect: {denied: [privilegd]}",
        "policy `shop` has no rule `privilegd`; did you mean `privileged`?",
    ),
    ("G, expect: {warned: [host-ports]}", "policy `shop` has no rule `host-ports`; "),
    ("G, expect: {warned: [shop/privilegd]}", "did you mean `shop/privileged`?"),
    ("expect: {allowed: true}", "lacks what is written; put it under `resource`"),
    (
        "G, resourceFile: pod.yaml, expect: {allowed: true}",
        "`resource` and `resourceFile` are both there",
    ),
    (
        "resourceFile: two.yaml, expect: {allowed: true}",
        "`two.yaml` holds 2 objects, and a case is about one",
    ),
    ("resourceFile: no.yaml, expect: {allowed: true}", ":5:18: cannot read `no.yaml`"),
    ("G, neighbours: [{kind: Secret}], expect: {allowed: true}", "a neighbour needs `apiVersion`"),
    ("resource: [], expect: {allowed: true}", "not a Kubernetes object"),
    (
        "resource: {apiVersion: apps/v1, kind: deployment}, expect: {allowed: true}",
        "did you mean kind `Deployment`",
    ),
    (
        "resource: {apiVersion: argoproj.io/v1, kind: Rolout}, expect: {allowed: true}",
        "no policy is about kind `Rolout` of group `argoproj.io`; did you mean `Rollout`?",
    ),
    (
        "resource: {apiVersion: v1, kind: Pod, spec: {hostPID: x}}, expect: {allowed: true}",
        "expected a boolean, found text",
    ),
];

#[test]
fn what_is_misspelt_in_a_case_or_tests_nothing_is_an_error_with_its_place_and_what_to_write() {
    for (case, says) in CASES {
        let told = only(&case.replace("G,", &format!("resource: {POD},")));
        assert!(told.starts_with("x.cases.yaml:5:") && told.contains(says), "{case}: {told}");
    }
}

#[test]
fn a_file_whose_policies_or_names_make_no_sense_is_an_error_and_none_of_its_cases_is_run() {
    let case = format!("- {{name: a, resource: {POD}, expect: {{allowed: false}}}}\n");
    let file = |policies: &str, cases: &str| {
        let head = "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyCases";
        told(&run_text(&format!("{head}\npolicies: {policies}\ncases: {cases}"))).join("\n")
    };
    for (policies, cases, says) in [
        ("[]", &*format!("\n{case}"), ":3:1: names no policy; write a file"),
        (
            "[prodution]",
            &format!("\n{case}"),
            ":3:12: no built-in policy is called `prodution`; did you mean `production`?",
        ),
        ("[mine]", &format!("\n{case}"), "`mine`; write a folder as `./mine`"),
        ("[./no]", &format!("\n{case}"), ":3:1: cannot read `./no`"),
        ("[shop.yaml]", "[]\n", ":4:1: holds no case"),
        ("[shop.yaml]", &format!("\n{case}{case}"), ":6:4: two cases are called `a`; rename one"),
        ("[shop.yaml]", "\n- {name: '', expect: {}}\n", "a case needs a name"),
    ] {
        let told = file(policies, cases);
        assert!(
            told.starts_with("x.cases.yaml:") && told.contains(says),
            "{policies} {cases}: {told}"
        );
    }
}

#[test]
fn a_file_without_cases_is_an_error() {
    for (text, says) in [
        ("# nothing\n", ":1:1: holds no case"),
        (SHOP, "no cases: expected apiVersion `plimsoll.dev/v1alpha1` and kind `PolicyCases`"),
        ("{", "not valid YAML"),
        (&" ".repeat((4 << 20) + 1), "larger than 4194304 bytes"),
    ] {
        let told = told(&run_text(text)).join("\n");
        assert!(told.contains(says), "{told}");
    }
}
