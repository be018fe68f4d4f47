//! One server process of the control plane.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::error::Error;
use super::kubectl::wait_at_most;
use super::process_group::ProcessGroup;

/// How long a component may take to end when asked to.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// As much of a log as helps in a test's failure.
const LOG_LINES: usize = 20;

/// A running etcd, kube-apiserver and so on, stopped when dropped.
pub(super) struct Component {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Component {
    /// Starts the program `name` of `binaries`, with its output in a log file.
    pub(super) fn start(
        name: &'static str,
        binaries: &Path,
        flags: Vec<String>,
        group: &ProcessGroup,
    ) -> Result<Self, Error> {
        let log = group.dir().join(format!("{name}.log"));
        let start = || -> io::Result<Child> {
            let file = File::create(&log)?;
            let mut command = Command::new(binaries.join(name));
            command.args(flags).stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
            // etcd takes any ETCD_… variable for a flag.
            group.spawn(group.isolate(&mut command))
        };
        let child = start().map_err(|source| Error::Machine { doing: name, source })?;
        Ok(Self { name, child, log })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Fails when the process has ended, which none does by itself.
    pub(super) fn check_running(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                Err(Error::Ended { name: self.name, status, log: self.last_log_lines() })
            }
            Err(source) => Err(Error::Machine { doing: self.name, source }),
        }
    }

    /// What the process said last.
    pub(super) fn last_log_lines(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

impl Drop for Component {
    /// Asks first, so that the stop is as orderly as the component knows how.
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return; // its number may be another process's by now
        }
        // The standard library sends no signal but SIGKILL; every shell can.
        let mut shell = Command::new("sh");
        shell.args(["-c", "kill -TERM \"$0\"", &self.child.id().to_string()]);
        let asked = shell.stderr(Stdio::null()).status();
        if asked.is_ok() && wait_at_most(&mut self.child, STOP_LIMIT).is_some() {
            return;
        }
        if self.child.kill().is_ok() {
            let _ = self.child.wait();
        }
    }
}
