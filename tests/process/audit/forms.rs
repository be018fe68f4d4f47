//! How an audit reads.

use serde_json::{Value, json};

use super::api_server::{ApiServer, list, pod, pod_of, workload};
use super::{DEPLOYMENTS, NO_PRIVILEGES, PODS, audit, report};

fn server() -> ApiServer {
    ApiServer::start(|asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(list(&[workload("api", true), workload("web", false)])),
        PODS => Some(list(&[pod("b", true), pod_of("api-1-x", true, ("ReplicaSet", "api-1"))])),
        _ => None,
    })
}

#[test]
fn the_text_has_counts_first_and_then_each_finding_with_what_to_do() {
    let text = audit(&server(), NO_PRIVILEGES, &[]).stdout;
    let expected = "\
NAMESPACE  WORKLOAD                   PASSED    REFUSED     WARNED   RECORDED    EXCUSED
shop       Deployment/api                0/1          1          0          0          0
shop       Pod/b                         0/1          1          0          0          0
shop       ReplicaSet/api-1              0/1          1          0          0          0
shop       1 without finding             1/1          0          0          0          0

Deployment shop/api
  refused   privileged: container \"a\" is privileged
            set spec.template.spec.containers[0].securityContext.privileged: false

Pod shop/b
  refused   privileged: container \"a\" is privileged
            set spec.containers[0].securityContext.privileged: false

ReplicaSet shop/api-1  (not looked at itself)
  Pod (1)
    refused   privileged: container \"a\" is privileged  (api-1-x)
              set spec.containers[0].securityContext.privileged: false

1/4 passed in 4 workloads, of which 3 would be refused
";
    assert_eq!(text, expected);
}

#[test]
fn an_audit_of_a_part_says_which_part_it_is_whoever_chose_it() {
    let text = audit(&server(), NO_PRIVILEGES, &["-n", "shop,web", "-l", "app=api"]).stdout;
    let says =
        "looked at: only what is in shop, web\nlooked at: only what has the labels app=api\n";
    assert!(text.contains(says), "{text}");
}

#[test]
fn the_record_of_a_violation_is_that_of_check_without_a_file_and_with_an_owner() {
    let (_, report) = report(&server(), NO_PRIVILEGES, &[]);
    let violation = &report["violations"][2];
    for (field, value) in [
        ("rule", json!("privileged")),
        ("policy", json!("p")),
        ("policies", json!(["p"])),
        ("mode", json!("deny")),
        ("kind", json!("Pod")),
        ("namespace", json!("shop")),
        ("name", json!("api-1-x")),
        ("owner", json!("ReplicaSet/api-1")),
        ("objects", json!(1)),
        ("container", json!("a")),
        ("path", json!("spec.containers[0].securityContext.privileged")),
        ("excusedBy", Value::Null),
    ] {
        assert_eq!(violation[field], value, "{field}: {violation}");
    }
    assert!(violation.get("file").is_none() && violation["patch"].is_array(), "{violation}");
    assert_eq!((&report["passed"], &report["total"]), (&json!(1), &json!(4)));
    assert_eq!(report["serverVersion"], "v1.36.0");
    assert!(report["policies"][0]["hash"].as_str().unwrap().starts_with("sha256:"), "{report}");
}

#[test]
fn the_short_form_is_one_finding_a_line_behind_its_object() {
    let text = audit(&server(), NO_PRIVILEGES, &["--format", "short"]).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("shop/Deployment/api error: privileged: "), "{text}");
    assert!(lines[2].ends_with(" (1 of ReplicaSet/api-1)"), "{text}");
}

#[test]
fn what_has_changed_since_a_report_is_told_and_nothing_of_what_was_not_looked_at() {
    let first = server();
    let earlier = audit(&first, NO_PRIVILEGES, &["--format", "json"]).stdout;
    let second = ApiServer::start(|asked| match asked.path.as_str() {
        // One is mended, one is new, one is gone.
        DEPLOYMENTS => Some(list(&[workload("api", false), workload("new", true)])),
        PODS => Some(list(&[pod_of("api-1-y", true, ("ReplicaSet", "api-1"))])),
        _ => None,
    });
    let path = second.file("earlier.json", &earlier);
    let (output, report) = report(&second, NO_PRIVILEGES, &["--since", &path]);
    let told = |list: &str| -> Vec<String> {
        let flaws = report["since"][list].as_array().unwrap_or_else(|| panic!("{output:?}"));
        flaws.iter().map(|flaw| flaw["workload"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told("new"), ["Deployment/new"]);
    assert_eq!(told("fixed"), ["Deployment/api"]);
    assert_eq!(told("gone"), ["Pod/b"]);
    assert_eq!(told("excused"), [""; 0]);
    assert_eq!(report["since"]["otherPolicies"], false);
    let text = audit(&second, NO_PRIVILEGES, &["--since", &path]).stdout;
    assert!(text.contains(": 1 new, 1 fixed, 0 excused, 1 gone\n"), "{text}");
    assert!(text.contains("  new       shop Deployment/new: privileged: "), "{text}");

    let blind = ApiServer::start(|asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(super::api_server::status(403, "you may not")),
        PODS => Some(list(&[pod_of("api-1-y", true, ("ReplicaSet", "api-1"))])),
        _ => None,
    });
    let path = blind.file("earlier.json", &earlier);
    let text = audit(&blind, NO_PRIVILEGES, &["--since", &path]).stdout;
    assert!(text.contains(": 0 new, 0 fixed, 0 excused, 1 gone\n"), "{text}");
    let text = audit(&second, NO_PRIVILEGES, &["--since", &path, "-n", "other"]).stdout;
    assert!(text.contains(": 0 new, 0 fixed, 0 excused, 0 gone\n"), "{text}");
}

#[test]
fn a_report_that_is_none_is_named_with_line_and_field() {
    let server = server();
    let earlier = audit(&server, NO_PRIVILEGES, &["--format", "json"]).stdout;
    let garbled = earlier.replacen("\"rule\": \"privileged\"", "\"rule\": 7", 1);
    let what = "give what `plimsoll audit --format json` has written";
    for (text, says) in [
        (garbled.as_str(), "line 4, `violations[0].rule`: expected a string, found a number; "),
        ("{\n\"violations\": [],\n\"subjects\": []}", "line 3, the report: missing field `time`; "),
        ("hunter2", "line 1, the report: expected value; "),
    ] {
        let path = server.file("earlier.json", text);
        let output = audit(&server, NO_PRIVILEGES, &["--since", &path]);
        assert_eq!(output.code, 2);
        let expected = format!("cannot compare with `{path}`: {says}{what}");
        assert!(output.stderr.contains(&expected), "{output:?}");
    }
    let path = server.file("earlier.json", &earlier);
    let output = audit(&server, NO_PRIVILEGES, &["--since", &path, "-l", "app=api"]);
    let says = "it looked at all objects, and this audit looks at `app=api`; give the same `-l`";
    assert!(output.stderr.contains(says), "{output:?}");
    let output = audit(&server, NO_PRIVILEGES, &["--since", "/no/such"]);
    assert!(
        output.stderr.contains("cannot read the report `/no/such`: No such file"),
        "{output:?}"
    );
}

#[test]
fn the_sheet_has_a_score_what_is_open_and_lines_to_sign() {
    let hostile = ApiServer::start(|asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(list(&[workload("a|b](x)\n# <b>", true), workload("web", false)])),
        PODS => Some(super::api_server::status(403, "you *may* not")),
        _ => None,
    });
    let sheet = audit(&hostile, NO_PRIVILEGES, &["--format", "markdown"]).stdout;
    for line in [
        "**1/2 passed** in 2 objects, of which 1 would be refused.",
        "| pod security | 0/1 passed | 1 | 0 |",
        r"### Deployment shop/a\|b\]\(x\)\\u\{a\}\# \<b\>",
        r"- pods: you \*may\* not",
        "| Technical lead | | | |",
        "| Security | | | |",
        "| Operations | | | |",
        "| Product owner | | | |",
    ] {
        assert!(sheet.lines().any(|found| found == line), "{line}\n{sheet}");
    }
    assert!(sheet.contains("**Score 5.0 of 10**: of 2 checks, 1 refuse nothing"), "{sheet}");
    assert!(sheet.contains("- refused: **privileged**: "), "{sheet}");
}

/// A checklist of which each line stands in another way.
const CHECKLISTED: &str = "{rules: {privileged: {}, host-users: {mode: warn}, secret-strength: {}, \
    environment-contract: {variables: [{name: MODE, equals: prod}, {name: LEVEL, equals: info}, \
    {name: URL, minLength: 9}]}}, \
    checklist: [{row: Z1, demands: 'a|b', rules: [environment-contract/LEVEL]}, \
    {row: Z2, demands: Somebody looks}, \
    {row: A3, demands: No privileges, rules: [host-users, privileged]}, \
    {row: A4, demands: Good secrets, rules: [secret-strength]}, \
    {row: A5, demands: In production, rules: [environment-contract/MODE]}, \
    {row: A6, demands: A long address, rules: [environment-contract/URL]}]}";

/// A workload with the variables of that policy.
fn with_variables(name: &str, is_bad: bool) -> Value {
    let mut made = workload(name, is_bad);
    made["spec"]["template"]["spec"]["containers"][0]["env"] = json!([
        {"name": "MODE", "value": "prod"}, {"name": "LEVEL", "value": "debug"},
        {"name": "URL", "valueFrom": {"secretKeyRef": {"name": "api", "key": "url"}}}
    ]);
    made
}

#[test]
fn the_sheet_has_the_lines_of_a_policys_checklist_in_their_order_and_how_each_stands() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        DEPLOYMENTS => {
            let names = ["a", "b", "c", "d", "e"].into_iter();
            Some(list(&names.map(|name| with_variables(name, name == "a")).collect::<Vec<_>>()))
        }
        _ => None,
    });
    let sheet = audit(&server, CHECKLISTED, &["--format", "markdown"]).stdout;
    let (_, below) = sheet.split_once("## Checklist of policy p\n").expect("a checklist");
    let (section, _) = below.split_once("\n## Rules\n").expect("the rules come behind it");
    let sum = "**1/5 lines passed**, 2 failed, 2 open, 0 excused; 1 more no rule tells";
    assert!(section.contains(sum), "{section}");
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    let all = "Deployment shop/a, Deployment shop/b, Deployment shop/c and 2 more";
    assert_eq!(
        rows,
        [
            format!(r"| Z1 | a\|b | **failed**: 5 refused | environment-contract/LEVEL | {all} |"),
            "| Z2 | Somebody looks | by hand |  |  |".to_owned(),
            format!(
                "| A3 | No privileges | **failed**: 1 refused, 5 warned | host-users, privileged | {all} |"
            ),
            "| A4 | Good secrets | open: not every Secret was looked at | secret-strength |  |"
                .to_owned(),
            "| A5 | In production | passed | environment-contract/MODE |  |".to_owned(),
            "| A6 | A long address | open: environment-contract could not say about URL | \
             environment-contract/URL |  |"
                .to_owned(),
        ],
        "{section}"
    );
    let (_, of_first) = sheet.split_once("### Deployment shop/a\n\n").unwrap();
    let findings: Vec<&str> = of_first.lines().take(3).collect();
    assert!(findings[0].starts_with("- refused: **environment-contract** (Z1): "), "{findings:?}");
    assert!(findings[1].starts_with("- refused: **privileged** (A3): "), "{findings:?}");
    assert!(findings[2].starts_with("- warned: **host-users** (A3): "), "{findings:?}");
}

#[test]
fn rules_about_secrets_are_not_called_unneeded_where_nobody_asked_to_look_at_secrets() {
    let server = ApiServer::start(|_| None);
    let unfailed = |arguments: &[&str]| {
        let (_, report) =
            report(&server, "{rules: {privileged: {}, secret-strength: {}}}", arguments);
        report["unfailedRules"].clone()
    };
    assert_eq!(unfailed(&[]), json!(["privileged"]));
    assert_eq!(unfailed(&["--secrets"]), json!(["privileged", "secret-strength"]));
}
