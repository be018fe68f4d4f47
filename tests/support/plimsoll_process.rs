//! The real program, started and watched; it never outlives the test.

use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running `plimsoll serve`.
pub struct Plimsoll {
    child: Child,
    readers: Vec<JoinHandle<()>>,
    output: Arc<Mutex<String>>,
    /// Where the webhook listens.
    pub webhook: SocketAddr,
    /// Where `/readyz` and `/metrics` are.
    pub admin: SocketAddr,
}

impl Plimsoll {
    /// Starts `program serve` with these flags on free ports, and waits until it serves.
    pub fn serve(program: &Path, flags: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.arg("serve").args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        Self::start(command.args(flags))
    }

    /// The same where only so many files may be open.
    pub fn serve_with_files(program: &Path, files: u32, flags: &[&str]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")]).arg(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        Self::start(command.args(flags))
    }

    /// The number behind `name` in `/proc/PID/status`, such as `VmHWM` in KiB.
    pub fn status(&self, name: &str) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        line.split_whitespace().find_map(|word| word.parse().ok()).expect("a number")
    }

    /// Starts a prepared command, and waits until it serves.
    pub fn start(command: &mut Command) -> Self {
        Self::start_by(command, Command::spawn)
    }

    /// The same, with another way to spawn.
    pub fn start_by(
        command: &mut Command,
        spawn: impl FnOnce(&mut Command) -> io::Result<Child>,
    ) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn(command).expect("the program starts");
        let output = Arc::new(Mutex::new(String::new()));
        let (send, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        let readers = streams.map(|stream| {
            let (send, output) = (send.clone(), Arc::clone(&output));
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut output = output.lock().unwrap();
                    output.push_str(&line);
                    output.push('\n');
                    let _ = send.send(line);
                }
            })
        });
        drop(send);
        let Some((webhook, admin)) = wait_for_addresses(&lines) else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("plimsoll does not serve:\n{}", output.lock().unwrap());
        };
        Self { child, readers: readers.into(), output, webhook, admin }
    }

    /// All that it has written so far.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for it to end by itself.
    pub fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Ends it in good order, and returns all that it has written.
    pub fn stop(mut self) -> String {
        self.signal("INT");
        self.wait(Duration::from_secs(10));
        self.end();
        self.output()
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }
}

impl Drop for Plimsoll {
    fn drop(&mut self) {
        self.end();
    }
}

fn wait_for_addresses(lines: &Receiver<String>) -> Option<(SocketAddr, SocketAddr)> {
    let end = Instant::now() + Duration::from_secs(20);
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if let (Some(webhook), Some(admin)) = (member(&line, "listen"), member(&line, "admin")) {
            return Some((webhook.parse().ok()?, admin.parse().ok()?));
        }
    }
    None
}

/// What a line of the log says of `name`, whichever form it has.
fn member(line: &str, name: &str) -> Option<String> {
    if let Ok(line) = serde_json::from_str::<Value>(line) {
        return line[name].as_str().map(str::to_owned);
    }
    let (_, after) = line.split_once(&format!(" {name}="))?;
    after.split(' ').next().map(str::to_owned)
}
