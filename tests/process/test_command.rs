//! `plimsoll test` as people and CI run it.

use std::path::Path;
use std::process::Command;

use support::committed::{assert_committed, repository};
use support::page::{self, Part};
use support::scratch::Scratch;

use crate::check_command::{Output, check, run};
use crate::program;

const POLICY: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: p}
spec: {rules: {privileged: {}}}
";

const POD: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a:1}]}}";

fn cases(policies: &str, fields: &str) -> String {
    let head = "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyCases";
    format!("{head}\npolicies: [{policies}]\ncases:\n- {{name: a case, {fields}}}\n")
}

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    Output { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn the_shipped_policies_are_what_their_cases_say() {
    let output = run(&["test", "policies"], "");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}");
    let sum = output.stdout.lines().last().unwrap();
    let passed: usize = sum.strip_suffix(" passed, 0 failed").unwrap().parse().unwrap();
    assert!(passed > 60, "{sum}");
}

#[test]
fn exit_status_is_0_as_expected_1_otherwise_and_2_for_what_could_not_be_read() {
    let allowed = |word: &str| format!("resource: {POD}, expect: {{allowed: {word}}}");
    let (good, bad) = (allowed("true"), allowed("false"));
    let nothing = format!("resource: {POD}, expect: {{}}");
    for (files, code) in [
        (&[("a.cases.yaml", &*good)][..], 0),
        (&[("a.cases.yaml", &good), ("deep/b.cases.yml", &bad)], 1),
        (&[("a.cases.yaml", &nothing), ("b.cases.yaml", &bad), ("c.cases.yaml", &good)], 2),
        (&[("a.yaml", &good)], 2),
        (&[], 2),
    ] {
        let folder = Scratch::new();
        let policy = folder.write("p.yaml", POLICY);
        for (name, fields) in files {
            folder.write(name, &cases(policy.to_str().unwrap(), fields));
        }
        for format in ["text", "junit", "json"] {
            let output = run_in(folder.path(), &["test", "--format", format, "."]);
            assert_eq!(output.code, code, "{format}: {output:?}");
        }
    }
    for arguments in [&["test", "no/such"][..], &["test"], &["test", "--format", "xml", "."]] {
        assert_eq!(run(arguments, "").code, 2, "{arguments:?}");
    }
    assert_eq!(run(&["test", "-"], &cases("production", &bad)).code, 0);
}

#[test]
fn paths_go_from_the_folder_of_the_file_and_a_fault_of_a_policy_is_told_with_its_line() {
    let folder = Scratch::new();
    folder.write("policies/p.yaml", POLICY);
    folder.write("manifests/pod.yaml", POD);
    folder.write("-", POD);
    let files = "resourceFile: ../manifests/pod.yaml, neighbourFiles: [../manifests, ../-]";
    let text = cases("../policies/p.yaml", &format!("{files}, expect: {{allowed: true}}"));
    folder.write("cases/p.cases.yaml", &text);
    for (from, path) in [(".", "."), (".", "cases/p.cases.yaml"), ("cases", "p.cases.yaml")] {
        let output = run_in(&folder.path().join(from), &["test", path]);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{path}: {output:?}");
    }
    folder.write("policies/p.yaml", &POLICY.replace("privileged", "privilegd"));
    let output = run_in(folder.path(), &["test", "cases"]);
    let says = "cases/p.cases.yaml:3:1: no policy is in force, because of\n";
    assert!(output.code == 2 && output.stdout.contains(says), "{output:?}");
    let says = "p.yaml:4:16: no rule is called `privilegd`; did you mean `privileged`?";
    assert!(output.stdout.contains(says), "{output:?}");
    folder.write("-", "# standard input is not read\n");
    let two = cases("../policies, ../policies", "expect: {allowed: true}");
    folder.write("cases/p.cases.yaml", &two);
    folder.write("policies/p.yaml", POLICY);
    let output = run_in(folder.path(), &["test", "cases"]);
    assert!(output.stdout.contains("two policies are called `p`; rename one"), "{output:?}");
}

#[test]
fn cases_stand_beside_their_policies_without_being_read_as_policies() {
    let folder = Scratch::new();
    let path = folder.path().to_str().unwrap();
    let fields = format!("resource: {POD}, expect: {{allowed: true}}");
    let file = folder.write("p.cases.yaml", &cases("p.yaml", &fields));
    let output = check(&["--policy", path, "-"], POD);
    assert_eq!(output.code, 2);
    let says = "no policy is in force: there are only cases of policies in what was given";
    assert!(output.stderr.contains(says), "{output:?}");
    folder.write("p.yaml", POLICY);
    assert_eq!(check(&["--policy", path, "-"], POD).code, 0);
    // Whoever names it means it.
    let output = check(&["--policy", file.to_str().unwrap(), "-"], POD);
    assert!(output.code == 2 && output.stderr.contains("not a policy"), "{output:?}");
}

#[test]
fn cases_under_another_name_are_not_passed_over_without_a_word() {
    let folder = Scratch::new();
    folder.write("p.yaml", POLICY);
    let fields = format!("resource: {POD}, expect: {{allowed: true}}");
    folder.write("p.cases.yaml", &cases("p.yaml", &fields));
    folder.write("q.case.yaml", &cases("p.yaml", &fields));
    folder.write("chart/values.yaml", "a: {{ .Values }}\n");
    let output = run_in(folder.path(), &["test", "."]);
    let says = "q.case.yaml:2:1: holds `PolicyCases`, and its name does not say so";
    assert!(output.code == 2 && output.stdout.contains(says), "{output:?}");
    assert!(output.stdout.ends_with("1 passed, 0 failed, 1 error\n"), "{output:?}");
}

#[test]
fn the_example_of_the_page_prints_what_the_page_shows() {
    let folder = Scratch::new();
    let text = std::fs::read_to_string(repository().join("docs/testing.md")).unwrap();
    let mut replayed = Vec::new();
    let mut commands = 0;
    for part in page::parts(&text) {
        let Part::Block(info, text) = &part else {
            replayed.push(part);
            continue;
        };
        match info.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["yaml", file] => {
                folder.write(file, text);
                replayed.push(part);
            }
            ["text"] => {
                let command = text.lines().next().unwrap();
                let arguments: Vec<&str> = command.split_whitespace().skip(2).collect();
                let output = run_in(folder.path(), &arguments);
                assert_eq!((output.code, output.stderr.as_str()), (1, ""), "{output:?}");
                replayed.push(Part::Block(info.clone(), format!("{command}\n{}", output.stdout)));
                commands += 1;
            }
            _ => replayed.push(part),
        }
    }
    assert_eq!(commands, 1);
    assert_committed("docs/testing.md", &page::text(&replayed));
}
