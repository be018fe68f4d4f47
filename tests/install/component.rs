//! One long-running process of the cluster.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait::within;

/// A running process whose output goes to a file.
pub struct Component {
    pub name: String,
    child: Child,
    log: PathBuf,
}

impl Component {
    /// Starts a program, with its log in `folder`.
    pub fn start(name: &str, folder: &Path, words: &[OsString]) -> Self {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).expect("a log file");
        let mut command = Command::new(&words[0]);
        // etcd takes any ETCD_… variable for a flag.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", folder).args(&words[1..]).stdin(Stdio::null());
        command.stdout(file.try_clone().expect("a log file")).stderr(file);
        let child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    /// Its number, which is that of the program itself: whatever wraps it is replaced by it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The end of what it said, where it has ended, which none does by itself.
    pub fn why_ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(format!("{} ended: {status}\n{}", self.name, self.last_lines()))
    }

    /// The end of its log.
    pub fn last_lines(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Asks it to end, and kills it where it does not.
    pub fn stop(&mut self, patience: Duration) {
        let number = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(process) = number {
            let _ = kill_process(process, Signal::TERM);
        }
        within(patience, || self.child.try_wait().ok().flatten());
        self.kill();
    }

    /// Kills it.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
