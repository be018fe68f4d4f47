//! Nobody keeps reviews out by holding memory (F-64, F-65).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll::serve::open_files::raise_limit;
use rustls::ClientConfig;
use support::https::{Connection, trusting};
use support::plimsoll_process::Plimsoll;
use support::review;
use support::self_signed::authority;

use crate::{deployment, program};

/// The default of `--body-limit`.
const LIMIT: usize = 32 << 20;

fn serve(flags: &[&str]) -> (Plimsoll, Arc<ClientConfig>) {
    let flags = [&["--self-signed", "--leave-seconds", "0"], flags].concat();
    let server = Plimsoll::serve(program(), &flags);
    let client = trusting(&authority(&server));
    (server, client)
}

fn head(length: usize) -> String {
    format!(
        "POST /validate?timeout=10s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

/// While `clients` send all but a byte of a body of `length`, wait, and begin anew when they are
/// sent away, every good review is answered.
fn assert_good_reviews_pass(
    server: &Plimsoll,
    client: &Arc<ClientConfig>,
    clients: usize,
    length: usize,
) {
    let (is_over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let almost = vec![b' '; length - 1];
    let body = review::create(&deployment("good.yaml"));
    thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let Ok(mut connection) = Connection::open(server.webhook, client) else {
                        continue;
                    };
                    let sent = connection.send(head(length).as_bytes());
                    let _ = sent.and_then(|()| connection.send(&almost));
                    rounds.fetch_add(1, Ordering::Relaxed);
                    // As long as it lasts; the server ends it.
                    let _ = connection.reply();
                }
            });
        }
        thread::sleep(Duration::from_secs(2));
        let (mut good, mut slowest) = (0, Duration::ZERO);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(6) {
            let asked = Instant::now();
            let mut connection = Connection::open(server.webhook, client).expect("a seat");
            let reply = connection.post("/validate?timeout=10s", body.as_bytes());
            let status = reply.as_ref().map_or(0, |reply| reply.status);
            if status != 200 {
                is_over.store(true, Ordering::Relaxed);
                panic!("review {good} of {clients} × {length}: {reply:?}");
            }
            good += 1;
            slowest = slowest.max(asked.elapsed());
            thread::sleep(Duration::from_millis(10));
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(rounds.load(Ordering::Relaxed) >= clients, "the attack was made");
        assert!(good > 3 && slowest < Duration::from_secs(5), "{good}, {slowest:?}");
    });
}

/// F-132.
#[test]
fn f64_four_clients_that_send_the_limit_less_a_byte_keep_no_review_out() {
    let (server, client) = serve(&[]);
    assert_good_reviews_pass(&server, &client, 4, LIMIT);
    let peak = server.status("VmHWM:");
    assert!(peak < 300 << 10, "{peak} KiB");
}

/// F-132.
#[test]
fn f64_a_hundred_and_fifty_small_bodies_that_wait_keep_no_review_out() {
    raise_limit();
    let (server, client) = serve(&[]);
    assert_good_reviews_pass(&server, &client, 150, 1 << 20);
    let peak = server.status("VmHWM:");
    assert!(peak < 300 << 10, "{peak} KiB");
}

#[test]
fn f64_a_small_budget_is_not_held_either() {
    let (server, client) = serve(&["--body-limit", "1048576", "--memory-budget", "1572864"]);
    assert_good_reviews_pass(&server, &client, 4, 1 << 20);
}

#[test]
fn f64_sixty_four_bodies_of_a_megabyte_at_once_are_all_reviewed_in_bounded_memory() {
    let (server, client) = serve(&[]);
    let mut object = deployment("good.yaml");
    object["metadata"]["annotations"]["note"] = "a".repeat(1_000_000).into();
    let body = review::create(&object);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut connection = Connection::open(server.webhook, &client).unwrap();
                let reply = connection.post("/validate?timeout=10s", body.as_bytes()).unwrap();
                assert_eq!(reply.status, 200);
            });
        }
    });
    let peak = server.status("VmHWM:");
    assert!(peak < 256 << 10, "{peak} KiB");
}

#[test]
fn f64_who_finds_no_room_is_sent_away_to_be_tried_again() {
    let (server, client) = serve(&["--body-limit", "1048576", "--memory-budget", "1048576"]);
    let body = " ".repeat(1_000_000);
    // Both come in evenly, so neither is to blame; they do not fit in together.
    let replies: Vec<_> = thread::scope(|scope| {
        let sending = [0, 1].map(|_| {
            scope.spawn(|| {
                let mut connection = Connection::open(server.webhook, &client).unwrap();
                connection.send(head(body.len() + 1).as_bytes()).unwrap();
                for piece in body.as_bytes().chunks(50_000) {
                    // An answer may come before the end.
                    let _ = connection.send(piece);
                    thread::sleep(Duration::from_millis(40));
                }
                let _ = connection.send(b" ");
                connection.reply().unwrap()
            })
        });
        sending.map(|sent| sent.join().unwrap()).into()
    });
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [400, 429], "one is read, and one is sent away");
    let shed = replies.iter().find(|reply| reply.status == 429).unwrap();
    assert_eq!(shed.header("retry-after"), Some("1"));
}

/// F-132.
#[test]
fn f65_a_body_that_stops_or_drips_is_given_up_and_a_slow_one_is_not() {
    let (server, client) = serve(&[]);
    let start = Instant::now();
    let mut stopped = Connection::open(server.webhook, &client).unwrap();
    stopped.send(head(500_000).as_bytes()).unwrap();
    stopped.send(&vec![b' '; 400_000]).unwrap();
    let mut dripping = Connection::open(server.webhook, &client).unwrap();
    dripping.post("/validate", b"{}").unwrap();
    dripping.send(head(500_000).as_bytes()).unwrap();
    let drips = thread::spawn(move || {
        while start.elapsed() < Duration::from_secs(7) && dripping.send(b" ").is_ok() {
            thread::sleep(Duration::from_millis(100));
            if !dripping.is_silent() {
                break;
            }
        }
        (dripping.reply().expect("an answer").status, start.elapsed())
    });
    // A hundred KiB a second, which is a link that nobody has any more.
    let mut slow = Connection::open(server.webhook, &client).unwrap();
    let mut object = deployment("good.yaml");
    object["metadata"]["annotations"]["note"] = "a".repeat(400_000).into();
    let body = review::create(&object);
    let slow = thread::spawn(move || {
        slow.send(head(body.len()).as_bytes()).unwrap();
        for piece in body.as_bytes().chunks(10 << 10) {
            slow.send(piece).expect("it is still wanted");
            thread::sleep(Duration::from_millis(100));
        }
        slow.reply().expect("an answer").status
    });
    assert_eq!(stopped.reply().expect("an answer").status, 408);
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    let (status, elapsed) = drips.join().unwrap();
    assert_eq!(status, 408);
    assert!(elapsed < Duration::from_secs(7), "{elapsed:?}");
    assert_eq!(slow.join().unwrap(), 200);
}

#[test]
fn a_body_of_thirty_two_mebibytes_is_read_by_default() {
    let (server, client) = serve(&[]);
    let mut object = deployment("good.yaml");
    object["metadata"]["annotations"]["note"] = "".into();
    let short = review::create(&object).len();
    object["metadata"]["annotations"]["note"] = "a".repeat(LIMIT - short).into();
    let body = review::create(&object);
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    let reply = connection.post("/validate?timeout=10s", body.as_bytes()).unwrap();
    assert_eq!(reply.json()["response"]["allowed"], true);
    let reply = connection.post("/validate?timeout=10s", format!("{body} ").as_bytes()).unwrap();
    assert_eq!(reply.json()["response"]["status"]["code"], 413);
}
