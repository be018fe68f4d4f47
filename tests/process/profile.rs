//! A profile says where the time goes, one at a time, to whoever is on the same machine.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use prost::Message;
use serde_json::Value;
use support::https::{Connection, trusting};
use support::plimsoll_process::Plimsoll;
use support::review::create;
use support::self_signed::authority;

use crate::{deployment, program};

/// Of the messages of `profile.proto` what is looked at here.
#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Pair>,
    #[prost(string, repeated, tag = "6")]
    strings: Vec<String>,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(int64, tag = "12")]
    period: i64,
}

/// Two numbers: a kind and its unit, or a function and its name.
#[derive(Clone, Copy, PartialEq, Message)]
struct Pair {
    #[prost(uint64, tag = "1")]
    first: u64,
    #[prost(uint64, tag = "2")]
    second: u64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Pair>,
}

impl Profile {
    /// The names of the functions of a stack, the innermost first.
    fn names(&self, sample: &Sample) -> Vec<&str> {
        let locations = sample.location.iter().map(|id| {
            self.location.iter().find(|location| location.id == *id).expect("a location")
        });
        let functions = locations.flat_map(|location| &location.line).map(|line| {
            self.function.iter().find(|function| function.first == line.first).expect("a function")
        });
        functions
            .map(|function| &*self.strings[usize::try_from(function.second).unwrap()])
            .collect()
    }
}

/// Gets what may be no text: head and body.
fn get(address: SocketAddr, path: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    (String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase(), bytes[end + 4..].to_vec())
}

/// A server, and where it takes profiles.
fn serve() -> (Plimsoll, SocketAddr) {
    let flags = ["--self-signed", "--leave-seconds", "0", "--profile-listen", "127.0.0.1:0"];
    let server = Plimsoll::serve(program(), &flags);
    let output = server.output();
    let mut lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let address = lines.find_map(|line| line["profile"].as_str()?.parse().ok());
    (server, address.expect("the log says where"))
}

#[test]
fn a_profile_names_what_reviews_do_and_they_go_on_meanwhile() {
    let (server, address) = serve();
    let mut connection = Connection::open(server.webhook, &trusting(&authority(&server))).unwrap();
    let taking = std::thread::spawn(move || get(address, "/debug/pprof/profile?seconds=3"));
    let body = create(&deployment("bad.yaml"));
    let end = Instant::now() + Duration::from_millis(2_500);
    while Instant::now() < end {
        let start = Instant::now();
        assert_eq!(connection.post("/validate", body.as_bytes()).unwrap().status, 200);
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
    let (head, body) = taking.join().unwrap();
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
    let profile = Profile::decode(&*body).expect("a profile");
    let types = profile.sample_type.iter().flat_map(|pair| [pair.first, pair.second]);
    let types: Vec<_> = types.map(|at| &*profile.strings[usize::try_from(at).unwrap()]).collect();
    assert_eq!(types, ["samples", "count", "cpu", "nanoseconds"]);
    assert_eq!(profile.strings[0], "");
    assert!(profile.duration_nanos >= 3_000_000_000);
    let times: i64 = profile.sample.iter().map(|sample| sample.value[0]).sum();
    assert!(times > 20, "{times} in a busy time");
    for sample in &profile.sample {
        assert_eq!(sample.value[1], sample.value[0] * profile.period);
    }
    let reviews = profile.sample.iter().filter(|sample| {
        profile.names(sample).iter().any(|name| name.contains("plimsoll::serve::answer"))
    });
    assert!(reviews.count() > 0, "{:?}", profile.strings);
}

#[test]
fn the_pages_of_profiles_have_the_headers_of_the_admin_pages_and_bounds() {
    let (_server, address) = serve();
    let taking = std::thread::spawn(move || get(address, "/debug/pprof/profile?seconds=2"));
    std::thread::sleep(Duration::from_millis(500));
    let (second, text) = get(address, "/debug/pprof/profile?seconds=1");
    assert!(second.starts_with("http/1.1 429 "), "{second}");
    assert_eq!(text, b"a profile is being taken; try again\n");
    let (first, _) = taking.join().unwrap();
    let (wrong, _) = get(address, "/debug/pprof/profile?seconds=61");
    assert!(wrong.starts_with("http/1.1 400 "), "{wrong}");
    for head in [first, second, wrong] {
        for line in [
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "content-security-policy: default-src 'none'; frame-ancestors 'none'",
        ] {
            assert!(head.lines().any(|known| known == line), "{line} is not in\n{head}");
        }
    }
    assert!(get(address, "/metrics").0.starts_with("http/1.1 404 "));
}

#[test]
fn who_goes_away_leaves_the_profiler_to_the_next() {
    let (_server, address) = serve();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /debug/pprof/profile?seconds=60 HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(300));
    drop(stream);
    std::thread::sleep(Duration::from_millis(300));
    let (head, _) = get(address, "/debug/pprof/profile?seconds=1");
    assert!(head.starts_with("http/1.1 200 "), "{head}");
}
