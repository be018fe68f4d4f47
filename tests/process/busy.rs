//! However busy the workers are, the platform is answered, and the end comes.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use plimsoll::policy::{self, PRODUCTION, Snapshot};
use plimsoll::serve::tls::{Certificate, Served};
use plimsoll::serve::{
    Answer, Bounds, Metrics, ServerOptions, Shutdown, Sockets, Timeouts, WebhookState, run,
    self_signed,
};
use support::https::{Connection, get, trusting};
use support::review;
use tokio::runtime::Builder;

use crate::deployment;

/// How long one review keeps its worker.
const BUSY: Duration = Duration::from_secs(12);

fn takes_long(_: &[u8], _: &Snapshot, _: Timestamp) -> Result<Answer, &'static str> {
    thread::sleep(BUSY);
    Err("made to take long by the test")
}

/// F-113.
#[test]
fn while_every_worker_is_busy_the_platform_is_answered_and_the_end_comes_in_time() {
    let policies = policy::built_in(PRODUCTION).unwrap();
    let snapshot = Arc::new(Snapshot::new(policies));
    let metrics = Arc::new(Metrics::default());
    let shared = WebhookState::new(snapshot, metrics, Bounds::default()).with_answerer(takes_long);
    let made = self_signed::make(&["127.0.0.1".to_owned()]).unwrap();
    let pair = Served::new(&made.pair, "made by the test", Timestamp::now()).unwrap();
    let certificate = Arc::new(Certificate::new(pair));
    let options = ServerOptions {
        timeouts: Timeouts::default(),
        connections: 64,
        drain: Duration::from_secs(1),
        grace: Duration::from_secs(1),
    };
    let socket = || {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        socket
    };
    let sockets = Sockets { webhook: socket(), admin: socket() };
    let (webhook, admin) =
        (sockets.webhook.local_addr().unwrap(), sockets.admin.local_addr().unwrap());
    let shutdown = Shutdown::default();
    let (ended, has_ended) = channel();
    let server = thread::spawn({
        let shutdown = shutdown.clone();
        move || {
            let control = Builder::new_current_thread().enable_all().build().unwrap();
            let workers =
                Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let shared = Arc::new(shared);
            let serving = run(sockets, shared, certificate, options, shutdown, workers.handle());
            control.block_on(serving).unwrap();
            ended.send(()).unwrap();
            workers.shutdown_background();
        }
    });
    let client = trusting(&made.authority);
    let body = review::create(&deployment("good.yaml"));
    let mut open: Vec<Connection> =
        (0..4).map(|_| Connection::open(webhook, &client).unwrap()).collect();
    for connection in &mut open {
        let head = format!(
            "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.send(head.as_bytes()).unwrap();
    }
    thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(get(admin, path).unwrap().0, 200, "{path}");
    }
    shutdown.draining.cancel();
    assert_eq!(get(admin, "/readyz").unwrap().0, 503);
    has_ended.recv_timeout(Duration::from_secs(6)).expect("the end");
    assert!(start.elapsed() < BUSY, "the workers are still busy: {:?}", start.elapsed());
    server.join().unwrap();
}
