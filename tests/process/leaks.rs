//! What comes and goes takes nothing for good: neither memory nor files. `make test-leaks` looks for hours.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use support::committed::repository;
use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review;
use support::scratch::Scratch;
use support::self_signed::authority;

use crate::{deployment, program};

/// How long it lasts where nobody says, in seconds.
const SECONDS: u64 = 16;

/// How much more memory there may be at the end, in KiB: what an allocator keeps differs by some.
const MORE: u64 = 8 << 10;

/// What a server has taken.
#[derive(Debug, Clone, Copy)]
struct Taken {
    /// Memory in KiB.
    memory: u64,
    /// Open files and connections.
    files: usize,
    threads: u64,
}

impl Taken {
    fn by(server: &Plimsoll) -> Self {
        let files = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
        Self { memory: server.status("VmRSS:"), files, threads: server.status("Threads:") }
    }
}

/// A server under a load of everything that comes and goes.
struct World {
    server: Plimsoll,
    client: Arc<ClientConfig>,
    policy: PathBuf,
    bodies: [String; 4],
    rounds: usize,
}

impl World {
    fn new(folder: &Path) -> Self {
        let policy = folder.join("policy.yaml");
        write_policy(&policy, 0);
        let flags = [
            "--self-signed",
            "--leave-seconds",
            "0",
            "--log",
            "info,plimsoll::decision=off",
            "--policy",
        ];
        let flags = [&flags[..], &[folder.to_str().unwrap()]].concat();
        let named = std::env::var_os("PLIMSOLL_TEST_LEAKS").map(PathBuf::from);
        let server = Plimsoll::serve(named.as_deref().unwrap_or(program()), &flags);
        let client = trusting(&authority(&server));
        let (good, bad) = (deployment("good.yaml"), deployment("bad.yaml"));
        let mut large = good.clone();
        large["metadata"]["annotations"]["note"] = "a".repeat(300_000).into();
        let bodies = [
            review::create(&good),
            review::update(&good, &bad),
            review::create(&large),
            "{\"kind\": \"AdmissionReview\", ".to_owned(),
        ];
        Self { server, client, policy, bodies, rounds: 0 }
    }

    /// Some of everything, for so long.
    fn go_on(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.rounds += 1;
            let mut connection = Connection::open(self.server.webhook, &self.client).unwrap();
            for (n, body) in self.bodies.iter().cycle().take(16).enumerate() {
                let reply = connection.post("/validate?timeout=10s", body.as_bytes()).unwrap();
                assert_eq!(reply.status, if n % 4 == 3 { 400 } else { 200 }, "{reply:?}");
            }
            // Half a request, and then nobody.
            connection
                .send(b"POST /validate HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
                .unwrap();
            drop(connection);
            for page in ["/livez", "/readyz", "/metrics"] {
                assert_eq!(get(self.server.admin, page).unwrap().0, 200, "{page}");
            }
            if self.rounds.is_multiple_of(20) {
                write_policy(&self.policy, self.rounds);
            }
        }
    }

    /// What it has taken, once whatever came is gone.
    fn at_rest(&self) -> Taken {
        let end = Instant::now() + Duration::from_secs(10);
        let mut taken = Taken::by(&self.server);
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let now = Taken::by(&self.server);
            if now.files == taken.files || Instant::now() > end {
                return now;
            }
            taken = now;
        }
    }
}

/// A policy of its own in each round, with every rule of production.
fn write_policy(path: &Path, round: usize) {
    let text = fs::read_to_string(repository().join("policies/production.yaml")).unwrap();
    let (head, tail) = text.split_once("name: production").expect("its name");
    let staged = path.with_extension("new");
    fs::write(&staged, format!("{head}name: production-{round}{tail}")).unwrap();
    fs::rename(staged, path).unwrap();
}

#[test]
fn what_requests_and_policies_take_is_given_back_however_long_they_come() {
    let seconds = std::env::var("PLIMSOLL_TEST_LEAKS_SECONDS").ok();
    let seconds = seconds.map_or(SECONDS, |text| text.parse().expect("seconds"));
    let time = Duration::from_secs(seconds);
    let folder = Scratch::new();
    let mut world = World::new(folder.path());
    world.go_on(time / 4);
    let (before, after) = (world.at_rest(), world.rounds);
    world.go_on(time * 3 / 4);
    let at_end = world.at_rest();
    eprintln!("after {after} rounds {before:?}; after {} {at_end:?}", world.rounds);
    assert!(world.rounds > 2 * after.max(10), "{} rounds", world.rounds);
    assert!(at_end.files <= before.files, "{before:?}, then {at_end:?}");
    assert!(at_end.threads <= before.threads, "{before:?}, then {at_end:?}");
    assert!(at_end.memory <= before.memory + MORE, "{before:?}, then {at_end:?}");
}
