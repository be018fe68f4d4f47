//! A span for each review reaches the collector, and whatever becomes of the collector, reviews go on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review::create;
use support::self_signed::authority;

use crate::{deployment, program};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// What a collector was sent: the path, and what the body says.
type Sent = (String, ExportTraceServiceRequest);

/// A collector that takes everything.
fn collector() -> (SocketAddr, Receiver<Sent>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let (sender, sent) = channel();
    std::thread::spawn(move || {
        for stream in socket.incoming().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || take(stream, &sender));
        }
    });
    (address, sent)
}

/// Answers the requests of one connection.
fn take(mut stream: TcpStream, sender: &Sender<Sent>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        bytes.extend_from_slice(&piece[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let length: usize = length.parse().unwrap();
        if bytes.len() < end + 4 + length {
            continue;
        }
        assert!(head.contains("content-type: application/x-protobuf"), "{head}");
        let path = head.split(' ').nth(1).unwrap().to_owned();
        let body = ExportTraceServiceRequest::decode(&bytes[end + 4..end + 4 + length]).unwrap();
        bytes.clear();
        let _ = sender.send((path, body));
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        let _ = stream.write_all(answer.as_bytes());
    }
}

fn serve(collector: SocketAddr) -> (Plimsoll, Connection) {
    let endpoint = format!("http://{collector}");
    let flags = ["--self-signed", "--leave-seconds", "0", "--otlp-endpoint", &endpoint];
    let server = Plimsoll::serve(program(), &flags);
    let connection = Connection::open(server.webhook, &trusting(&authority(&server))).unwrap();
    (server, connection)
}

/// Asks for a review, as an API server does that records a trace where `flags` are `01`.
fn ask(connection: &mut Connection, body: &str, flags: &str) {
    let head = format!(
        "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         traceparent: 00-{TRACE}-{PARENT}-{flags}\r\ntracestate: a=b\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.send(head.as_bytes()).unwrap();
    connection.send(body.as_bytes()).unwrap();
    assert_eq!(connection.reply().expect("an answer").status, 200);
}

fn attribute(of: &[KeyValue], name: &str) -> Option<Any> {
    of.iter().find(|known| known.key == name)?.value.as_ref()?.value.clone()
}

fn text(of: &[KeyValue], name: &str) -> String {
    match attribute(of, name) {
        Some(Any::StringValue(text)) => text,
        other => panic!("{name}: {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn metric(server: &Plimsoll, name: &str) -> u64 {
    let (_, page) = get(server.admin, "/metrics").unwrap();
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}

#[test]
fn the_span_of_a_review_stands_below_that_of_the_api_server_and_holds_no_value() {
    let canary = "c4n4ry-5ecret-value";
    let (address, sent) = collector();
    let (server, mut connection) = serve(address);
    let mut object = deployment("bad.yaml");
    object["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "DB_PASSWORD", "value": canary}]);
    ask(&mut connection, &create(&object), "00");
    ask(&mut connection, &create(&object), "01");
    let (path, request) = sent.recv_timeout(Duration::from_secs(10)).expect("a batch");
    assert_eq!(path, "/v1/traces");
    assert!(!format!("{request:?}").contains(canary), "{request:?}");
    let of_server = &request.resource_spans[0];
    let resource = &of_server.resource.as_ref().unwrap().attributes;
    assert_eq!(text(resource, "service.name"), "plimsoll");
    assert_eq!(text(resource, "service.version"), env!("CARGO_PKG_VERSION"));
    let spans: Vec<&Span> = of_server.scope_spans.iter().flat_map(|scope| &scope.spans).collect();
    let [span] = spans[..] else { panic!("the one that the caller records: {spans:?}") };
    assert_eq!((hex(&span.trace_id), hex(&span.parent_span_id)), (TRACE.into(), PARENT.into()));
    assert_eq!(span.name, "review");
    let about = &span.attributes;
    for (name, value) in [
        ("plimsoll.operation", "CREATE"),
        ("plimsoll.kind", "Deployment"),
        ("k8s.namespace.name", "shop"),
        ("plimsoll.decision", "denied"),
    ] {
        assert_eq!(text(about, name), value, "{name}");
    }
    assert_eq!(attribute(about, "plimsoll.allowed"), Some(Any::BoolValue(false)));
    assert!(!text(about, "plimsoll.uid").is_empty());
    let took = span.end_time_unix_nano - span.start_time_unix_nano;
    assert!((1..10_000_000_000).contains(&took), "{took}");
    // The last ones are sent before the end.
    ask(&mut connection, &create(&object), "01");
    server.stop();
    sent.recv_timeout(Duration::from_secs(1)).expect("another batch");
}

#[test]
fn a_collector_that_hangs_holds_up_no_review_and_not_the_end() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut server, mut connection) = serve(socket.local_addr().unwrap());
    let body = create(&deployment("good.yaml"));
    ask(&mut connection, &body, "01");
    let (_hangs, _) = socket.accept().expect("the server calls");
    for _ in 0..200 {
        let start = Instant::now();
        ask(&mut connection, &body, "01");
        assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    }
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(5)).and_then(|s| s.code()), Some(0));
    assert!(server.output().contains("did not take the last spans in time"), "{}", server.output());
}

#[test]
fn spans_for_a_collector_that_is_away_are_dropped_and_counted_and_the_log_says_so_once() {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap();
    let (server, mut connection) = serve(address);
    let body = create(&deployment("good.yaml"));
    let end = Instant::now() + Duration::from_secs(30);
    let mut sent = 0;
    while metric(&server, "plimsoll_spans_dropped_total") < 3 {
        assert!(Instant::now() < end, "nothing is counted");
        ask(&mut connection, &body, "01");
        sent += 1;
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(metric(&server, "plimsoll_spans_dropped_total") <= sent);
    assert_eq!(metric(&server, "plimsoll_spans_exported_total"), 0);
    let output = server.stop();
    assert_eq!(output.matches("the collector takes no spans").count(), 1, "{output}");
}
