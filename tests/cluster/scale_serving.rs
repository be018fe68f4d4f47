//! A server beside a cluster of some size: the memory that it takes to know what stands around, and how
//! long its answers take while all of that is listed anew and an audit runs.
//!
//! The control plane and the audit have one core, the server and its caller the other, so that what is
//! measured is the server's own work. What comes out is printed, and nothing is asserted about time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plimsoll::inventory::{Neighbour, NeighbourKind, OwnerKind};
use plimsoll::policy::{Snapshot, load};
use plimsoll::serve::LOSS_NEEDS;
use support::control_plane::{ControlPlane, User};
use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review::create;
use support::self_signed::serve_with;

/// Whether it is measured, and not only tried: for how long, and each on a core of its own.
fn is_measured() -> bool {
    std::env::var_os("PLIMSOLL_TEST_SCALE").is_some()
}

/// How long answers are measured at a time.
fn measured() -> Duration {
    Duration::from_secs(if is_measured() { 15 } else { 1 })
}

/// How long after one review the next one is sent.
const PACE: Duration = Duration::from_millis(2);

/// A policy that asks for nothing that stands around.
const ALONE: &str = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: alone}\n\
                     spec: {match: {controllers: Ignore}, rules: {privileged: {}}}\n";
const PRODUCTION: &str = include_str!("../../policies/production.yaml");

struct Server {
    process: Plimsoll,
    authority: String,
    policy: PathBuf,
}

/// Lets a process and its threads run on these cores, where it is measured.
fn pin(pid: &str, core: &str) {
    if is_measured() {
        // One that has ended meanwhile needs none.
        let pinned = Command::new("taskset").args(["-acp", core, pid]).output();
        pinned.expect("taskset runs");
    }
}

impl Server {
    fn start(cluster: &ControlPlane, program: &Path) -> Self {
        let policy = cluster.dir().join("served.yaml");
        fs::write(&policy, PRODUCTION).unwrap();
        let kubeconfig = cluster.kubeconfig(User::Admin);
        let paths = [&policy, &kubeconfig].map(|path| path.to_str().unwrap());
        let flags = [
            "--cluster",
            "--namespace",
            "default",
            "--policy",
            paths[0],
            "--kubeconfig",
            paths[1],
            "--policy-poll-seconds",
            "1",
        ];
        let (process, authority) = serve_with(program, &flags, |command| cluster.spawn(command));
        Self { process, authority, policy }
    }

    fn page(&self) -> String {
        get(self.process.admin, "/metrics").unwrap().1
    }

    /// How many of the kinds that are followed are known, also to be none.
    fn known(&self) -> usize {
        let page = self.page();
        let lines = page.lines().filter(|line| line.starts_with("plimsoll_neighbours{"));
        let is_known = |line: &&str| {
            line.ends_with(" 1") && (line.contains("\"known\"") || line.contains("\"absent\""))
        };
        lines.filter(is_known).count()
    }

    /// Waits until so many kinds are known.
    fn wait_for(&self, count: usize) -> Duration {
        let since = Instant::now();
        while self.known() != count {
            assert!(since.elapsed() < Duration::from_mins(10), "{}", self.page());
            std::thread::sleep(Duration::from_millis(20));
        }
        since.elapsed()
    }

    /// Puts this policy in force.
    fn enforce(&self, text: &str) {
        fs::write(&self.policy, text).unwrap();
    }

    /// How long answers take while `goes_on`, in microseconds, sorted.
    fn latencies(&self, mut goes_on: impl FnMut() -> bool) -> Vec<u128> {
        let mut connection =
            Connection::open(self.process.webhook, &trusting(&self.authority)).unwrap();
        let body = create(&super::scale::workload(super::joined::GOOD)).into_bytes();
        let mut all = Vec::new();
        while goes_on() {
            let since = Instant::now();
            let reply = connection.post("/validate?timeout=10s", &body).unwrap();
            all.push(since.elapsed().as_micros());
            assert_eq!(reply.status, 200);
            std::thread::sleep(PACE);
        }
        all.sort_unstable();
        all
    }
}

fn told(what: &str, all: &[u128]) -> f64 {
    let at = |share: usize| all[(all.len() - 1) * share / 1000];
    eprintln!(
        "{what}: {} reviews, p50 {} us, p99 {} us, p99.9 {} us",
        all.len(),
        at(500),
        at(990),
        at(999)
    );
    f64::from(u32::try_from(at(990)).unwrap())
}

/// How many kinds are followed under a policy, without Secrets.
fn followed(policy: &str) -> usize {
    let snapshot = Snapshot::new(load("a policy", policy).unwrap());
    let mut needs = snapshot.needs();
    needs.extend(LOSS_NEEDS);
    needs.remove(&Neighbour::Secret);
    let neighbours = NeighbourKind::all().filter(|kind| needs.iter().any(|of| kind.tells_of(*of)));
    let owners = OwnerKind::all().filter(|_| needs.contains(&Neighbour::Owner));
    neighbours.count() + owners.count()
}

/// Measures, and prints what came out; `audit` starts an audit.
pub fn measure(cluster: &ControlPlane, program: &Path, audit: impl FnOnce() -> Child) {
    let defined = cluster.kubectl(&["apply", "--server-side", "-f", super::joined::DEFINITIONS]);
    assert!(defined.success(), "{defined}");
    let server = Server::start(cluster, program);
    let all = followed(PRODUCTION);
    let took = server.wait_for(all);
    let memory = |name: &str| server.process.status(name) >> 10;
    eprintln!(
        "serve --cluster: all was known after {:.1} s; {} MiB, at most {} MiB",
        took.as_secs_f64(),
        memory("VmRSS"),
        memory("VmHWM")
    );
    let folder = cluster.dir().to_str().unwrap().to_owned();
    let found = Command::new("pgrep").args(["-f", &folder]).output().unwrap();
    for pid in String::from_utf8(found.stdout).unwrap().lines() {
        pin(pid, "1");
    }
    pin(&server.process.pid().to_string(), "0");
    pin(&std::process::id().to_string(), "0");
    let end = Instant::now() + measured();
    let idle = told("idle", &server.latencies(|| Instant::now() < end));
    server.enforce(ALONE);
    server.wait_for(followed(ALONE));
    server.enforce(PRODUCTION);
    let mut auditing = audit();
    pin(&auditing.id().to_string(), "1");
    let (mut is_auditing, mut listed) = (true, None);
    let (since, mut looked) = (Instant::now(), Instant::now());
    let busy = server.latencies(|| {
        if looked.elapsed() > Duration::from_millis(250) {
            looked = Instant::now();
            is_auditing &= auditing.try_wait().unwrap().is_none();
            let is_known = server.known() == all;
            listed = listed.or(is_known.then(|| since.elapsed()));
        }
        is_auditing || listed.is_none() || since.elapsed() < measured()
    });
    auditing.wait().unwrap();
    let busy = told("while an audit and a full relist run", &busy);
    eprintln!(
        "all was listed anew after {:.1} s; p99 is {:.2} times idle",
        listed.unwrap().as_secs_f64(),
        busy / idle
    );
    eprintln!("then {} MiB, at most {} MiB", memory("VmRSS"), memory("VmHWM"));
    pin(&std::process::id().to_string(), "0,1");
}

/// Nothing of it is shown.
pub fn silent(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
