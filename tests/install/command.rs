//! Running a program to its end, which is at most so far away.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::committed::repository;

/// How a program ended, and what it said.
pub struct Ended {
    pub line: String,
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// What it printed.
    ///
    /// # Panics
    /// Where it failed.
    pub fn expect(self) -> String {
        assert!(self.success, "{self}");
        self.stdout
    }

    /// What it printed, as JSON.
    pub fn json(self) -> serde_json::Value {
        let text = self.expect();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON: {error}\n{text}"))
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.success { "" } else { " (failed)" };
        write!(out, "$ {}{how}\n{}{}", self.line, self.stdout, self.stderr)
    }
}

/// A program of this machine.
pub fn run<S: AsRef<OsStr>>(program: &str, arguments: &[S]) -> Ended {
    run_with(Path::new(program), arguments, &[], "", Duration::from_mins(1))
}

/// The same with variables, an input and a limit. `timeout` kills what takes longer.
pub fn run_with<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    variables: &[(&str, &OsStr)],
    input: &str,
    limit: Duration,
) -> Ended {
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let words = arguments.iter().map(|word| format!(" {}", word.as_ref().to_string_lossy()));
    let line = format!("{name}{}", words.collect::<String>());
    let mut command = Command::new("timeout");
    command.arg("--kill-after=5").arg(limit.as_secs().to_string()).arg(program).args(arguments);
    command.envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{line}: {error}"));
    if let Some(mut pipe) = child.stdin.take() {
        // Who ends without reading its input says so by its status.
        let _ = pipe.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().unwrap_or_else(|error| panic!("{line}: {error}"));
    let mut stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() == Some(124) {
        stderr += &format!("{name} was ended after {} s\n", limit.as_secs());
    }
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    Ended { line, success: output.status.success(), stdout, stderr }
}

/// What a script of the tests prints: where a tool is, which it may have had to build.
pub fn obtain(script: &str) -> PathBuf {
    let script = repository().join("tests").join(script);
    let mut command = Command::new(&script);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", script.display()));
    assert!(output.status.success(), "{} failed", script.display());
    Path::new(String::from_utf8_lossy(&output.stdout).trim_end()).to_owned()
}
