//! A server under load, on a core of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::scratch::Scratch;

/// A running server.
pub struct Server {
    /// What the table calls it.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start until it listens.
    pub start: Duration,
    child: Child,
}

/// Whether processes can be kept on one core.
pub fn can_pin() -> bool {
    Command::new("taskset")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// A command that stays on core `core`.
pub fn pinned(core: u8, program: &Path) -> Command {
    if !can_pin() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

impl Server {
    /// Starts a server with a certificate; its log goes to a file, as under a container runtime.
    pub fn start(
        name: &'static str,
        program: &Path,
        arguments: &[&str],
        [certificate, key]: [&Path; 2],
        folder: &Scratch,
    ) -> Self {
        let mut command = pinned(0, program);
        command.args(arguments);
        if name == "no-op" {
            command.arg(certificate).arg(key);
        } else {
            command.arg("--tls-cert").arg(certificate).arg("--tls-key").arg(key);
        }
        let log = folder.path().join(format!("{name}.log"));
        command.stdin(Stdio::null()).stdout(fs::File::create(&log).unwrap());
        let begun = Instant::now();
        let child = command.spawn().unwrap();
        let mut server = Self {
            name,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
            start: Duration::ZERO,
            child,
        };
        while server.start.is_zero() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{name} does not listen");
            let lines = BufReader::new(fs::File::open(&log).unwrap()).lines().map_while(Result::ok);
            for line in lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok()) {
                if let Some(address) = line["listen"].as_str() {
                    server.address = address.parse().unwrap();
                    server.start = begun.elapsed();
                }
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        server
    }

    /// Time on the processor so far, over all threads.
    pub fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let nanos = tasks.filter_map(|task| {
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }

    /// Memory it holds, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
