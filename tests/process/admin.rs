//! The admin address has bounds of its own, and what is done to it does not reach the webhook.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use plimsoll::serve::open_files::raise_limit;
use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review;
use support::self_signed::authority;

use crate::{deployment, program};

const FLAGS: [&str; 3] = ["--self-signed", "--leave-seconds", "0"];

/// Connections that say no more than `words`.
fn hold(address: SocketAddr, count: usize, words: &[u8]) -> Vec<TcpStream> {
    let connections = (0..count).map(|_| {
        let mut connection = TcpStream::connect(address).expect("the system takes it");
        // Some are closed again already.
        let _ = connection.write_all(words);
        connection
    });
    connections.collect()
}

fn assert_all_is_well(server: &Plimsoll) {
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(get(server.admin, path).expect("an answer").0, 200, "{path}");
    }
    let client = trusting(&authority(server));
    let mut connection = Connection::open(server.webhook, &client).expect("a connection");
    let body = review::create(&deployment("good.yaml"));
    assert_eq!(connection.post("/validate", body.as_bytes()).expect("an answer").status, 200);
}

/// F-131.
#[test]
fn f71_1100_idle_connections_to_the_admin_address_of_1024_files_stop_nothing() {
    raise_limit();
    let server = Plimsoll::serve_with_files(program(), 1_024, &FLAGS);
    let _silent = hold(server.admin, 1_100, b"");
    assert_all_is_well(&server);
    let _halves = hold(server.admin, 1_100, b"GET /livez HTTP/1.1\r\nhost: x\r\n");
    assert_all_is_well(&server);
    let _served = hold(server.admin, 1_100, b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_all_is_well(&server);
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
    assert!(files < 200, "{files}");
}

#[test]
fn f71_the_webhook_takes_connections_even_where_hardly_any_file_may_be_open() {
    let server = Plimsoll::serve_with_files(program(), 140, &FLAGS);
    let _webhook = hold(server.webhook, 300, b"");
    let _admin = hold(server.admin, 300, b"");
    assert_all_is_well(&server);
    assert!(server.output().contains("so few files may be open"), "{}", server.output());
}

#[test]
fn f71_the_soft_limit_of_files_is_raised_to_the_hard_one() {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -Sn 100; exec \"$0\" \"$@\""]).arg(program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    let server = Plimsoll::start(command.args(FLAGS));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let words: Vec<&str> = files.split_whitespace().collect();
    assert_eq!(words[3], words[4], "{files}");
    assert_ne!(words[3], "100", "the test's own limit is higher");
}

/// F-131.
#[test]
fn who_says_nothing_or_half_a_request_to_the_admin_address_is_cut_off_soon() {
    let server = Plimsoll::serve(program(), &FLAGS);
    for words in [&b""[..], b"GET /livez HTTP/1.1\r\nhost: x\r\n"] {
        let mut connection = TcpStream::connect(server.admin).unwrap();
        connection.write_all(words).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let start = Instant::now();
        assert_eq!(connection.read(&mut [0]).unwrap_or(0), 0, "closed");
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    }
}
