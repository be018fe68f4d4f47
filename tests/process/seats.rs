//! Nobody keeps the API server out by holding connections (F-72).

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll::serve::open_files::raise_limit;
use rustls::ClientConfig;
use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review;
use support::self_signed::authority;
use tokio::net::TcpSocket;

use crate::{deployment, program};

fn serve(flags: &[&str]) -> (Plimsoll, Arc<ClientConfig>, String) {
    let flags = [&["--self-signed", "--leave-seconds", "0"], flags].concat();
    let server = Plimsoll::serve(program(), &flags);
    let client = trusting(&authority(&server));
    (server, client, review::create(&deployment("good.yaml")))
}

/// A new connection gets in and is answered, several times over, and soon.
fn assert_gets_in(server: &Plimsoll, client: &Arc<ClientConfig>, body: &str) {
    let start = Instant::now();
    for _ in 0..5 {
        let mut fresh = Connection::open(server.webhook, client).expect("a seat");
        assert_eq!(fresh.post("/validate", body.as_bytes()).expect("an answer").status, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

/// F-133.
#[test]
fn f72_512_idle_connections_keep_nobody_out() {
    raise_limit();
    let (server, client, body) = serve(&[]);
    let _silent: Vec<_> = (0..600).map(|_| TcpStream::connect(server.webhook).unwrap()).collect();
    assert_gets_in(&server, &client, &body);
    let _shaken: Vec<_> =
        (0..520).map(|_| Connection::open(server.webhook, &client).unwrap()).collect();
    assert_gets_in(&server, &client, &body);
    let (_, metrics) = get(server.admin, "/metrics").unwrap();
    let line = metrics.lines().find(|l| l.starts_with("plimsoll_connections_closed_for_others"));
    assert!(!line.unwrap().ends_with(" 0"), "{metrics}");
}

#[test]
fn f72_who_was_answered_before_goes_after_who_never_was() {
    let (server, client, body) = serve(&["--max-connections", "16"]);
    let mut pooled: Vec<Connection> = (0..8)
        .map(|_| {
            let mut connection = Connection::open(server.webhook, &client).unwrap();
            connection.post("/validate", body.as_bytes()).unwrap();
            connection
        })
        .collect();
    let mut strangers = Vec::new();
    for _ in 0..40 {
        strangers.push(Connection::open(server.webhook, &client).unwrap());
        std::thread::sleep(Duration::from_millis(40));
    }
    for connection in &mut pooled {
        assert_eq!(connection.post("/validate", body.as_bytes()).expect("kept").status, 200);
    }
    assert!(strangers[0].is_closed_within(Duration::from_secs(1)), "the oldest stranger went");
}

/// F-133.
#[test]
fn f72_of_those_that_were_answered_the_longest_idle_one_goes_and_hears_a_close() {
    let (server, client, body) = serve(&["--max-connections", "8"]);
    let mut pooled: Vec<Connection> = (0..8)
        .map(|_| {
            let mut connection = Connection::open(server.webhook, &client).unwrap();
            connection.post("/validate", body.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(5));
            connection
        })
        .collect();
    // The first one has just been used again, so the second is the longest idle.
    pooled[0].post("/validate", body.as_bytes()).unwrap();
    let mut fresh = Connection::open(server.webhook, &client).unwrap();
    assert_eq!(fresh.post("/validate", body.as_bytes()).unwrap().status, 200);
    assert!(pooled[1].is_closed_within(Duration::from_secs(2)));
    for index in [0, 2, 3, 4, 5, 6, 7] {
        assert!(!pooled[index].is_closed_within(Duration::from_millis(20)), "{index}");
    }
}

#[test]
fn f72_half_requests_and_unread_answers_keep_nobody_out() {
    let (server, client, body) = serve(&["--max-connections", "16"]);
    let head = |length: usize| {
        format!(
            "POST /validate?timeout=10s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let whole = head(body.len()) + &body;
    let kinds: [(&str, String); 4] = [
        ("half a head", "POST /validate HTTP/1.1\r\nhost: x\r\n".to_owned()),
        ("a head", head(100)),
        ("half a body", head(100_000) + "{"),
        ("many answers that nobody reads", whole.repeat(200)),
    ];
    for (what, words) in &kinds {
        let _held: Vec<Connection> = (0..16)
            .map(|_| {
                let mut connection = Connection::open(server.webhook, &client).expect(what);
                let _ = connection.send(words.as_bytes());
                connection
            })
            .collect();
        let start = Instant::now();
        assert_gets_in(&server, &client, &body);
        assert!(start.elapsed() < Duration::from_secs(8), "{what}: {:?}", start.elapsed());
    }
}

#[test]
fn f72_a_request_on_its_way_is_answered_while_others_crowd_in() {
    let (server, client, body) = serve(&["--max-connections", "8"]);
    let mut slow = Connection::open(server.webhook, &client).unwrap();
    let head = format!(
        "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.post("/validate", body.as_bytes()).unwrap();
    slow.send(head.as_bytes()).unwrap();
    let mut crowd = Vec::new();
    for _ in 0..20 {
        crowd.push(Connection::open(server.webhook, &client).unwrap());
    }
    slow.send(body.as_bytes()).unwrap();
    assert_eq!(slow.reply().expect("an answer").status, 200);
}

#[test]
fn f64_as_many_connections_as_there_may_be_cost_bounded_memory_whatever_they_send() {
    raise_limit();
    let (server, client, body) = serve(&[]);
    let halves = format!("POST /validate HTTP/1.1\r\nhost: x\r\nx: {}", "x".repeat(31 << 10));
    let unread = format!(
        "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .repeat(40);
    for words in [halves, unread] {
        let _held: Vec<Connection> = (0..512)
            .map(|_| {
                let mut connection = Connection::open(server.webhook, &client).unwrap();
                let _ = connection.send(words.as_bytes());
                connection
            })
            .collect();
        assert_gets_in(&server, &client, &body);
    }
    let peak = server.status("VmHWM:");
    assert!(peak < 160 << 10, "{peak} KiB");
}

#[test]
fn f65_who_comes_again_and_again_takes_its_own_seats_only() {
    let (server, client, body) = serve(&["--max-connections", "16"]);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let flood = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let mut last = VecDeque::new();
            runtime.unwrap().block_on(async {
                while !is_over.load(Ordering::Relaxed) {
                    let socket = TcpSocket::new_v4().unwrap();
                    socket.bind(SocketAddr::from(([127, 0, 0, 2], 0))).unwrap();
                    // Taken or not, the next one comes.
                    last.extend(socket.connect(server.webhook).await.ok());
                    if last.len() > 64 {
                        last.pop_front();
                    }
                }
            });
        };
        scope.spawn(flood);
        scope.spawn(flood);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..5 {
                assert_gets_in(&server, &client, &body);
            }
        }));
        is_over.store(true, Ordering::Relaxed);
        outcome.expect("the flood keeps nobody out");
    });
}
