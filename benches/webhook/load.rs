//! The load: a process of its own, one thread a connection, requests one after the other.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::process::pinned;

/// What one turn came to.
pub struct Round {
    answered: u64,
    /// How long it took.
    pub took: Duration,
    /// Median latency in microseconds.
    pub p50: f64,
    /// 99th percentile of latency in microseconds.
    pub p99: f64,
    /// The server's time on the processor meanwhile.
    pub cpu: Duration,
}

impl Round {
    /// Requests answered in a second.
    #[expect(clippy::cast_precision_loss, reason = "counts of seconds fit")]
    pub fn rate(&self) -> f64 {
        self.answered as f64 / self.took.as_secs_f64()
    }

    /// The server's processor time for one request, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "counts of seconds fit")]
    pub fn cpu_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.answered as f64
    }
}

/// Loads `address` for `turn` from a process on another core.
pub fn run(
    this: &Path,
    address: SocketAddr,
    ca: &Path,
    body: &Path,
    connections: usize,
    turn: Duration,
) -> Round {
    let mut command = pinned(1, this);
    command.arg("--load").arg(address.to_string()).arg(ca).arg(body);
    command.args([connections.to_string(), turn.as_millis().to_string()]);
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the load failed");
    let text = String::from_utf8(output.stdout).unwrap();
    let figures: Vec<f64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let [answered, micros, p50, p99] = figures[..] else { panic!("four figures: {text}") };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count, printed as one"
    )]
    let (answered, micros) = (answered as u64, micros as u64);
    Round { answered, took: Duration::from_micros(micros), p50, p99, cpu: Duration::ZERO }
}

/// The process that loads: prints requests answered, microseconds taken, p50 and p99.
pub fn child(arguments: &[String]) {
    let [address, ca, body, connections, millis] = arguments else { panic!("five arguments") };
    let address: SocketAddr = address.parse().unwrap();
    let connections: usize = connections.parse().unwrap();
    let turn = Duration::from_millis(millis.parse().unwrap());
    let client = trusting(&std::fs::read(ca).unwrap());
    let body = std::fs::read(body).unwrap();
    let head = format!(
        "POST /validate?timeout=4s HTTP/1.1\r\nHost: plimsoll.plimsoll.svc\r\nUser-Agent: kube-apiserver-admission\r\n\
         Content-Length: {}\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\n\r\n",
        body.len()
    );
    let request: Arc<[u8]> = [head.as_bytes(), &body].concat().into();
    let streams: Vec<_> = (0..connections).map(|_| connect(address, &client)).collect();
    let begun = Instant::now();
    let threads = streams.into_iter().map(|stream| {
        let request = Arc::clone(&request);
        std::thread::spawn(move || drive(stream, &request, begun + turn))
    });
    let threads: Vec<_> = threads.collect();
    let mut latencies: Vec<u32> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
    let took = begun.elapsed();
    latencies.sort_unstable();
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 100];
    println!("{} {} {} {}", latencies.len(), took.as_micros(), at(50), at(99));
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn trusting(ca: &[u8]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Arc::new(builder.unwrap().with_root_certificates(roots).with_no_client_auth())
}

fn connect(address: SocketAddr, client: &Arc<ClientConfig>) -> Stream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_nodelay(true).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let name = ServerName::try_from(address.ip().to_string()).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::clone(client), name).unwrap(), socket)
}

/// Sends and reads until the time is up; the latency of each request in microseconds.
fn drive(mut stream: Stream, request: &[u8], end: Instant) -> Vec<u32> {
    let mut latencies = Vec::with_capacity(1 << 16);
    let mut buffer = vec![0; 64 << 10];
    let mut whole = 0;
    loop {
        let sent = Instant::now();
        if sent >= end {
            return latencies;
        }
        stream.write_all(request).unwrap();
        let mut held = 0;
        while held == 0 || held < whole {
            let read = stream.read(&mut buffer[held..]).unwrap();
            assert!(read > 0, "the server closed the connection");
            held += read;
            if whole == 0 {
                // The answers are alike, so the length of the first is the length of all.
                whole = length(&buffer[..held]);
            }
        }
        let answer = &buffer[..held];
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(answer));
        assert!(
            answer.windows(14).any(|w| w == b"\"allowed\":true"),
            "{}",
            String::from_utf8_lossy(answer)
        );
        latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap());
    }
}

/// The length of the answer that begins here: head and body.
fn length(beginning: &[u8]) -> usize {
    let text = String::from_utf8_lossy(beginning);
    let (head, _) = text.split_once("\r\n\r\n").expect("the head comes in one piece");
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
    });
    head.len() + 4 + length.unwrap().parse::<usize>().unwrap()
}
