//! The end comes, whoever does not let go: a log that nobody reads, connections that stay.

use std::fs::File;
use std::io::{PipeReader, PipeWriter, Write, pipe};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_setfl};
use support::https::{Connection, get, trusting};
use support::pki::Authority;
use support::scratch::Scratch;

use crate::program;

/// What `docs/serving.md` promises, and some time for a busy machine.
const PROMISED: Duration = Duration::from_secs(15 + 3);

/// A process that does not outlive the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server whose log nobody reads.
struct Unread {
    child: Killed,
    _log: PipeReader,
    webhook: SocketAddr,
    admin: SocketAddr,
}

/// A pipe that takes nothing more.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut full) = pipe().unwrap();
    fcntl_setfl(&full, OFlags::NONBLOCK).unwrap();
    while full.write(&[b' '; 4_096]).is_ok() {}
    while full.write(b" ").is_ok() {}
    fcntl_setfl(&full, OFlags::empty()).unwrap();
    (reader, full)
}

fn assert_ends_by(signal: &str, child: &mut Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
    let end = Instant::now() + PROMISED;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0), "by {signal}");
            return;
        }
        assert!(Instant::now() < end, "{signal} does not end it");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Unread {
    /// With a log that is full from the first line on.
    fn serve(authority: &Authority) -> Self {
        let folder = Scratch::new();
        let pair = authority.sign(1, Duration::from_hours(1));
        let certificate = folder.write("tls.crt", &pair.certificate);
        let key = folder.write("tls.key", &pair.key);
        let (log, full) = full_pipe();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (webhook, admin) = (free(), free());
        let child = Command::new(program())
            .args(["serve", "--leave-seconds", "0", "--log", "trace", "--tls-cert"])
            .arg(certificate)
            .arg("--tls-key")
            .arg(key)
            .args(["--listen", &webhook.to_string(), "--admin-listen", &admin.to_string()])
            .stdin(Stdio::null())
            .stdout(full)
            .stderr(File::create("/dev/null").unwrap())
            .spawn()
            .unwrap();
        let server = Self { child: Killed(child), _log: log, webhook, admin };
        let end = Instant::now() + Duration::from_secs(20);
        while get(server.admin, "/readyz").map_or(0, |(status, _)| status) != 200 {
            assert!(Instant::now() < end, "it does not serve");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }
}

/// F-141.
#[test]
fn f78_a_log_that_nobody_reads_holds_up_neither_an_answer_nor_the_end() {
    let authority = Authority::new();
    for signal in ["TERM", "INT", "HUP"] {
        let mut server = Unread::serve(&authority);
        let mut connection = Connection::open(server.webhook, &trusting(&authority.pem())).unwrap();
        assert_eq!(connection.post("/validate", b"{}").unwrap().status, 400);
        assert_ends_by(signal, &mut server.child.0);
    }
}

#[test]
fn f78_connections_that_stay_in_any_state_do_not_hold_up_the_end() {
    let authority = Authority::new();
    let mut server = Unread::serve(&authority);
    let client = trusting(&authority.pem());
    let head = "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
    let _silent = TcpStream::connect(server.webhook).unwrap();
    let _admin = TcpStream::connect(server.admin).unwrap();
    let _held: Vec<Connection> = ["", "POST /validate HTTP/1.1\r\n", head, &head.repeat(50)]
        .iter()
        .map(|words| {
            let mut connection = Connection::open(server.webhook, &client).unwrap();
            connection.send(words.as_bytes()).unwrap();
            connection
        })
        .collect();
    // Answers that nobody reads, more than the system holds for them.
    let mut unread = Connection::open(server.webhook, &client).unwrap();
    unread.send("GET /no HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2_000).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_ends_by("TERM", &mut server.child.0);
}

#[test]
fn f78_a_printed_configuration_that_nobody_reads_does_not_hold_up_the_end() {
    let (_stdout, full) = full_pipe();
    let child = Command::new(program())
        .args(["serve", "--self-signed", "--listen", "127.0.0.1:0"])
        .args(["--admin-listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(File::create("/dev/null").unwrap())
        .spawn()
        .unwrap();
    let mut server = Killed(child);
    std::thread::sleep(Duration::from_secs(1));
    assert!(server.0.try_wait().unwrap().is_none(), "it waits for a reader");
    assert_ends_by("TERM", &mut server.0);
}
