//! `plimsoll check` as people and CI run it.

mod folders;
mod forms;
mod objects;
mod policies;

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::committed::repository;
use support::scratch::Scratch;

use crate::program;

/// What a command came to.
#[derive(Debug)]
pub struct Output {
    /// Exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs the program in the repository's folder.
pub fn run(arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(repository()).env_remove("NO_COLOR");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `plimsoll check`.
pub fn check(arguments: &[&str], stdin: &str) -> Output {
    run(&[&["check"], arguments].concat(), stdin)
}

fn json(arguments: &[&str], stdin: &str) -> (Output, Value) {
    let output = check(&[&["--format", "json"], arguments].concat(), stdin);
    let value = serde_json::from_str(&output.stdout).unwrap_or(Value::Null);
    (output, value)
}

/// Runs `check` for at most twenty seconds; what hangs ends with 124.
fn check_in_time(arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.arg("20").arg(program()).arg("check").args(arguments).current_dir(repository());
    let output = command.stdin(Stdio::null()).output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn path(folder: &Scratch) -> &str {
    folder.path().to_str().unwrap()
}

const GOOD: &str = include_str!("../../workloads/good.yaml");
const BAD: &str = include_str!("../../workloads/bad.yaml");

#[test]
fn exit_status_is_0_for_clean_1_for_violations_2_for_what_could_not_be_done() {
    assert_eq!(check(&["tests/workloads/good.yaml"], "").code, 0);
    assert_eq!(check(&["tests/workloads/bad.yaml"], "").code, 1);
    assert_eq!(check(&["tests/workloads"], "").code, 1);
    for arguments in
        [&["no/such.yaml"][..], &["--policy", "no/such.yaml", "-"], &["tests/core"], &[]]
    {
        assert_eq!(check(arguments, "").code, 2, "{arguments:?}");
    }
    assert_eq!(check(&["-"], "# nothing\n").code, 2, "nothing to check is no success");
    assert_eq!(check(&["-"], "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}").code, 0);
}

#[test]
fn every_flag_is_a_variable_too() {
    let output = Command::new(program())
        .args(["check", "tests/workloads/bad.yaml"])
        .current_dir(repository())
        .envs([("PLIMSOLL_POLICY", "policies/baseline.yaml"), ("PLIMSOLL_FORMAT", "json")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "the baseline has nothing against it");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["subjects"][0]["total"], 12);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let program = program().to_str().unwrap();
    let script = format!(
        "{program} check --policy policies tests/workloads | head -1; echo ${{PIPESTATUS[0]}}"
    );
    let output =
        Command::new("bash").args(["-c", &script]).current_dir(repository()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.trim_end().ends_with('1'), "{stdout}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
