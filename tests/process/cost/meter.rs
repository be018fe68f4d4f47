//! A process, and what it has taken: memory and time of the processor.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use serde_json::Value;

use crate::https::{Connection, trusting};
use crate::plimsoll_process::Plimsoll;
use crate::self_signed::authority;

/// A running server, and what it held before it was asked for anything.
pub struct Meter {
    server: Plimsoll,
    client: Arc<ClientConfig>,
    idle: u64,
}

/// How many ticks Linux tells a second of the processor's time by, whatever it counts by itself.
const TICKS: u64 = 100;

impl Meter {
    /// A fresh process of `program`, under the policies of a file or those that are built in.
    pub fn start(program: &Path, policy: Option<&str>) -> Self {
        let mut flags = vec!["--self-signed", "--leave-seconds", "0"];
        flags.extend(policy.iter().flat_map(|policy| ["--policy", policy]));
        let server = Plimsoll::serve(program, &flags);
        let client = trusting(&authority(&server));
        let idle = server.status("VmRSS:");
        Self { server, client, idle }
    }

    /// What it answers to a body.
    pub fn ask(&self, body: &[u8]) -> Value {
        let mut connection = Connection::open(self.server.webhook, &self.client).unwrap();
        let reply = connection.post("/validate?timeout=30s", body).unwrap().json();
        assert_eq!(reply["response"]["uid"], "u", "{reply}");
        reply["response"].clone()
    }

    /// Sends a body and waits for whatever comes of it.
    pub fn send(&self, body: &[u8]) {
        let mut connection = Connection::open(self.server.webhook, &self.client).unwrap();
        connection.post("/validate?timeout=30s", body).unwrap();
    }

    /// Where `/livez` is.
    pub fn admin(&self) -> std::net::SocketAddr {
        self.server.admin
    }

    /// The most that it has held so far, in KiB.
    pub fn peak(&self) -> u64 {
        self.server.status("VmHWM:")
    }

    /// How much of that it did not hold when it began, in KiB.
    pub fn growth(&self) -> u64 {
        self.peak().saturating_sub(self.idle)
    }

    /// The time of the processor that all its threads have taken.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.server.pid())).unwrap();
        // The name before it may hold anything.
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 1_000 / TICKS)
    }
}
