//! What a client may take: time, connections, memory.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review;
use support::self_signed::authority;

use crate::{deployment, program};

fn serve(flags: &[&str]) -> (Plimsoll, std::sync::Arc<rustls::ClientConfig>) {
    let flags = [&["--self-signed", "--leave-seconds", "0"], flags].concat();
    let server = Plimsoll::serve(program(), &flags);
    let client = trusting(&authority(&server));
    (server, client)
}

/// F-60.
#[test]
fn who_connects_and_says_nothing_is_cut_off_soon() {
    let (server, _) = serve(&[]);
    let mut silent = TcpStream::connect(server.webhook).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let start = Instant::now();
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0, "closed");
    assert!(start.elapsed() < Duration::from_secs(8));
    // It is counted once the connection is gone, which the client learns first.
    let is_counted = || {
        let (_, metrics) = get(server.admin, "/metrics").unwrap();
        metrics.contains("plimsoll_tls_handshake_failures_total 1")
    };
    while !is_counted() {
        assert!(start.elapsed() < Duration::from_secs(8), "never counted");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// F-60, F-80.
#[test]
fn who_does_not_finish_a_requests_head_is_cut_off_and_who_is_idle_is_not() {
    let (server, client) = serve(&[]);
    let body = review::create(&deployment("good.yaml"));
    let mut idle = Connection::open(server.webhook, &client).unwrap();
    idle.post("/validate", body.as_bytes()).unwrap();
    let mut slow = Connection::open(server.webhook, &client).unwrap();
    slow.post("/validate", body.as_bytes()).unwrap();
    slow.send(b"POST /validate HTTP/1.1\r\nhost: x\r\n").unwrap();
    assert!(slow.is_closed_within(Duration::from_secs(10)));
    // The API server keeps connections idle for 90 s, and a close would lose its next request.
    assert!(!idle.is_closed_within(Duration::from_millis(100)));
    idle.post("/validate", body.as_bytes()).expect("an idle connection goes on");
}

/// F-18.
#[test]
fn a_body_that_does_not_come_is_answered_within_the_time_that_was_given() {
    let (server, client) = serve(&[]);
    let mut slow = Connection::open(server.webhook, &client).unwrap();
    let head = "POST /validate?timeout=1s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let start = Instant::now();
    slow.send(head.as_bytes()).unwrap();
    let reply = slow.reply().expect("an answer");
    assert_eq!(reply.status, 408);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

/// F-19, F-22.
#[test]
fn pipelined_requests_are_answered_in_order_and_smuggled_lengths_are_refused() {
    let (server, client) = serve(&[]);
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    let request = |file: &str| {
        let body = review::create(&deployment(file));
        format!(
            "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    connection.send((request("good.yaml") + &request("bad.yaml")).as_bytes()).unwrap();
    assert_eq!(connection.reply().unwrap().json()["response"]["allowed"], true);
    assert_eq!(connection.reply().unwrap().json()["response"]["allowed"], false);
    for head in
        ["content-length: +5\r\n\r\nhello", "content-length: 5\r\ncontent-length: 6\r\n\r\nhello"]
    {
        let mut connection = Connection::open(server.webhook, &client).unwrap();
        connection
            .send(format!("POST /validate HTTP/1.1\r\nhost: x\r\n{head}").as_bytes())
            .unwrap();
        match connection.reply() {
            Ok(reply) => assert_eq!(reply.status, 400, "{head}"),
            Err(_) => assert!(connection.is_closed_within(Duration::from_secs(1))),
        }
    }
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    let many: String = (0..10_000).map(|n| format!("h{n}: x\r\n")).collect();
    let _ = connection.send(format!("POST /validate HTTP/1.1\r\n{many}\r\n").as_bytes());
    if let Ok(reply) = connection.reply() {
        assert_eq!(reply.status, 431);
    }
}

/// F-19.
#[test]
fn a_request_whose_head_is_larger_than_any_head_is_refused() {
    let (server, client) = serve(&[]);
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    let head = format!("POST /validate HTTP/1.1\r\nhost: x\r\nx: {}", "x".repeat(100_000));
    // The refusal may come before all of it is sent.
    let _ = connection.send(head.as_bytes());
    if let Ok(reply) = connection.reply() {
        assert_eq!(reply.status, 431);
    }
    assert!(connection.is_closed_within(Duration::from_secs(2)));
}

/// F-60.
#[test]
fn half_open_handshakes_do_not_keep_the_api_server_out() {
    let (server, client) = serve(&["--max-connections", "64"]);
    let half_open: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut socket = TcpStream::connect(server.webhook).unwrap();
            socket.write_all(&[0x16, 3, 1]).unwrap();
            socket
        })
        .collect();
    let body = review::create(&deployment("good.yaml"));
    let mut connection = Connection::open(server.webhook, &client).expect("room");
    assert_eq!(connection.post("/validate", body.as_bytes()).unwrap().status, 200);
    drop(half_open);
}
