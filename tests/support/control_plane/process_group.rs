//! Processes and files that do not outlive the test process.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::access::random;

/// Waits until nobody holds the other end of its standard input, then kills the
/// process group `$1` and removes the directory `$2`. The dying may still write.
const SWEEPER: &str = r#"
trap '' HUP INT TERM
while read -r _; do :; done
kill -KILL "-$1"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    rm -rf -- "$2" && break
    sleep 0.1
done
"#;

/// A process group and a directory, both of which are gone soon after the test
/// process is, however it ended: returned, panicked, interrupted, killed.
///
/// Two small processes see to that. An idle `cat` leads the group, so that a server
/// is in it from its first instant. A shell outside the group, the sweeper, reads
/// from a pipe only the test process holds, and the kernel closes it in every case.
/// Being in groups of their own, none of them gets the Ctrl-C meant for the test.
///
/// `PR_SET_PDEATHSIG` (`setpriv --pdeathsig`) is no substitute: it acts when the
/// *thread* that started the server ends, and each test has its own thread, so a
/// shared control plane would die with the first test; it is also Linux only, and
/// would leave the directory.
pub(super) struct ProcessGroup {
    leader: Child,
    sweeper: Child,
    id: i32,
    dir: PathBuf,
}

impl ProcessGroup {
    /// Starts the two processes and makes the directory.
    pub(super) fn new() -> io::Result<Self> {
        let dir = std::env::temp_dir().join(format!("plimsoll-control-plane-{}", random()));
        let leader = apart(&mut Command::new("cat")).spawn()?;
        let id = i32::try_from(leader.id()).map_err(io::Error::other)?;
        let mut sweeper = Command::new("sh");
        sweeper.args(["-c", SWEEPER, "sweeper", &id.to_string()]).arg(&dir);
        let sweeper = apart(&mut sweeper).spawn()?;
        let group = Self { leader, sweeper, id, dir };
        // Only now that somebody would remove it.
        DirBuilder::new().mode(0o700).create(&group.dir)?;
        Ok(group)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts a process as a member of the group.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        command.process_group(self.id).spawn()
    }

    /// Takes the settings of whoever runs the tests away from a command.
    pub(super) fn isolate<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", &self.dir).env("TMPDIR", &self.dir)
    }
}

impl Drop for ProcessGroup {
    /// Has the sweeper do its work, and waits for it.
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        let _ = self.sweeper.wait();
        let _ = self.leader.wait();
    }
}

/// Gives a process a group of its own, and a pipe from here as its only connection.
fn apart(command: &mut Command) -> &mut Command {
    let command = command.process_group(0).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null())
}
