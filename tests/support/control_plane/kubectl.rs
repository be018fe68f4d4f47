//! Running kubectl, never for longer than it may take.

use std::fmt;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::process_group::ProcessGroup;

/// kubectl for one user of one control plane.
pub(super) struct Kubectl<'a> {
    pub(super) program: PathBuf,
    pub(super) kubeconfig: PathBuf,
    pub(super) group: &'a ProcessGroup,
}

/// How a kubectl ended and what it printed.
#[derive(Debug)]
pub struct Output {
    /// Not a success either when kubectl took too long and was killed.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Output {
    /// Whether kubectl did what it was told.
    pub fn success(&self) -> bool {
        self.status.success()
    }

    /// What kubectl printed for `-o json`.
    ///
    /// # Panics
    /// When that is not JSON.
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("kubectl printed no JSON: {error}\n{self}"),
        }
    }
}

impl fmt::Display for Output {
    /// All of it, for the message of an assertion.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "kubectl: {}\n{}{}", self.status, self.stdout, self.stderr)
    }
}

impl Kubectl<'_> {
    /// Runs kubectl to its end, or kills it after `limit`.
    pub(super) fn run(&self, args: &[&str], stdin: Option<&str>, limit: Duration) -> Output {
        let mut command = Command::new(&self.program);
        self.group.isolate(&mut command).args(args).env("KUBECONFIG", &self.kubeconfig);
        command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        match self.group.spawn(&mut command) {
            Ok(child) => collect(child, stdin.unwrap_or_default(), limit),
            Err(error) => panic!("{} cannot be run: {error}", self.program.display()),
        }
    }
}

/// Feeds and drains the three pipes at once: one after the other could wait for ever.
fn collect(mut child: Child, input: &str, limit: Duration) -> Output {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        // A kubectl that ended without reading its input says so by its status.
        scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(input.as_bytes())));
        let stdout = scope.spawn(move || drain(stdout));
        let stderr = scope.spawn(move || drain(stderr));
        let in_time = wait_at_most(&mut child, limit);
        let status = in_time.unwrap_or_else(|| kill(&mut child));
        let mut stderr = stderr.join().unwrap_or_default();
        if in_time.is_none() {
            let reason = format!("kubectl was killed after {} s\n", limit.as_secs());
            stderr.push_str(&reason);
        }
        Output { status, stdout: stdout.join().unwrap_or_default(), stderr }
    })
}

fn drain(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What came before an error is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn kill(child: &mut Child) -> ExitStatus {
    let _ = child.kill();
    match child.wait() {
        Ok(status) => status,
        Err(error) => panic!("kubectl cannot be waited for: {error}"),
    }
}

/// Waits until the process ends, in vain after `limit`.
pub(super) fn wait_at_most(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() > deadline {
            return None;
        }
        sleep(Duration::from_millis(5));
    }
}
