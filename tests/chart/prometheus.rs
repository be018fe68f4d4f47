//! A real Prometheus that reads one server, for as long as a test takes.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::https::get;
use support::scratch::Scratch;

use crate::helm::chart;

const MISSING: &str = "is missing: install the Debian package `prometheus`";

/// A running Prometheus, which ends with this value, and by itself after some minutes.
pub struct Prometheus {
    process: Child,
    address: SocketAddr,
    // Removed when the process has ended.
    scratch: Scratch,
}

impl Prometheus {
    /// One that reads the metrics at `admin` every second, and evaluates the rules of the chart.
    pub fn reading(admin: SocketAddr) -> Self {
        let scratch = Scratch::new();
        let rules = chart().join("files/alerts.yaml");
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n\
             rule_files: [\"{}\"]\n\
             scrape_configs:\n  - job_name: plimsoll\n    static_configs: [{{targets: [\"{admin}\"]}}]\n",
            rules.display()
        );
        let config = scratch.write("prometheus.yaml", &config);
        let data = scratch.path().join("data");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let address = port.expect("a free port");
        let log = std::fs::File::create(scratch.path().join("log")).expect("a log");
        assert!(
            Command::new("prometheus").arg("--version").output().is_ok(),
            "prometheus {MISSING}"
        );
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", "240", "prometheus"]);
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.tsdb.path={}", data.display()));
        command.arg(format!("--web.listen-address={address}"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = command.spawn().expect("timeout runs");
        let prometheus = Self { process, address, scratch };
        prometheus.wait("prometheus is ready", || {
            get(address, "/-/ready").is_ok_and(|(status, _)| status == 200)
        });
        prometheus
    }

    /// What an expression gives now: one record for each series.
    pub fn query(&self, expression: &str) -> Result<Vec<Value>, String> {
        let server = format!("http://{}", self.address);
        let mut command = Command::new("promtool");
        command.args(["query", "--format=json", "instant", &server, expression]);
        let output = command.stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("promtool {MISSING}: {error}"));
        let found: Option<Vec<Value>> = serde_json::from_slice(&output.stdout).ok();
        match found {
            Some(found) if output.status.success() => Ok(found),
            _ => {
                Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
            }
        }
    }

    /// Waits until something is so, or says what the log says.
    pub fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_mins(1);
        while !is_so() {
            let log = || std::fs::read_to_string(self.scratch.path().join("log"));
            assert!(Instant::now() < end, "in vain: {what}\n{}", log().unwrap_or_default());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // What ended it would otherwise leave the program that it started.
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}
