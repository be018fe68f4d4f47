//! `make bench`: `plimsoll serve` with the production policy against a no-op server on the same
//! stack, turn by turn in one run, under the same load: one 6 KB Deployment review over HTTP/1.1
//! with TLS 1.3, eight connections, server and client on different cores.
//!
//! Absolute figures drift with the machine; the ratios are what counts. `make bench BESIDE=PROGRAM`
//! gives another `plimsoll`, such as that of the commit before, its turns in the same run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a bench prints, and fails by panicking"
)]

mod core;
mod idle;
mod load;
mod noop;
mod process;
mod sample;

use std::path::{Path, PathBuf};
use std::time::Duration;

use support::pki::Authority;
use support::scratch::Scratch;

use load::Round;
use process::Server;

/// How often each server gets its turn, and for how long.
const ROUNDS: usize = 5;
const TURN: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 8;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--no-op-server") => noop::serve(Path::new(&arguments[2]), Path::new(&arguments[3])),
        Some("--core") => core::run(arguments.get(2).map_or(20_000, |n| n.parse().unwrap())),
        Some("--idle") => idle::run(),
        Some("--load") => load::child(&arguments[2..]),
        _ => {
            idle::run();
            let beside = std::env::var_os("BESIDE").map(PathBuf::from);
            compare(beside.filter(|path| !path.as_os_str().is_empty()));
        }
    }
}

fn compare(beside: Option<PathBuf>) {
    let folder = Scratch::new();
    let authority = Authority::new();
    let pair = authority.sign(1, Duration::from_hours(24));
    let certificate = folder.write("tls.crt", &pair.certificate);
    let key = folder.write("tls.key", &pair.key);
    let ca = folder.write("ca.crt", &authority.pem());
    let body = sample::deployment_review();
    let body_file = folder.write("review.json", &body);

    let this = std::env::current_exe().unwrap();
    let noop = Server::start("no-op", &this, &["--no-op-server"], [&certificate, &key], &folder);
    let program = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
    let serve = ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let start = |name: &'static str, program: &Path| {
        Server::start(name, program, &serve, [&certificate, &key], &folder)
    };
    let mut servers = vec![noop, start("plimsoll", program)];
    servers.extend(beside.map(|other| start("beside", &other)));
    let idle: Vec<u64> = servers.iter().map(Server::resident_kib).collect();

    let mut rounds: Vec<Vec<Round>> = servers.iter().map(|_| Vec::new()).collect();
    for round in 0..=ROUNDS {
        for (server, rounds) in servers.iter().zip(&mut rounds) {
            let before = server.cpu();
            let mut measured = load::run(&this, server.address, &ca, &body_file, CONNECTIONS, TURN);
            measured.cpu = server.cpu().saturating_sub(before);
            // The first round warms everything up.
            if round > 0 {
                rounds.push(measured);
            }
        }
    }
    report(&servers, &rounds, &idle, body.len());
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn report(servers: &[Server], rounds: &[Vec<Round>], idle: &[u64], size: usize) {
    println!(
        "\n{size} bytes a review, {CONNECTIONS} connections, HTTP/1.1, TLS 1.3, medians of {ROUNDS} rounds of {} s, {}",
        TURN.as_secs(),
        if process::can_pin() {
            "server on CPU 0, client on CPU 1"
        } else {
            "NOT PINNED: taskset is missing"
        }
    );
    println!(
        "\n{:10} {:>10} {:>9} {:>9} {:>12} {:>7} {:>9} {:>11} {:>9}",
        "server",
        "reviews/s",
        "p50 µs",
        "p99 µs",
        "CPU µs each",
        "busy",
        "start ms",
        "RSS idle",
        "RSS after"
    );
    let of =
        |index: usize, read: fn(&Round) -> f64| median(rounds[index].iter().map(read).collect());
    for (index, server) in servers.iter().enumerate() {
        println!(
            "{:10} {:>10.0} {:>9.0} {:>9.0} {:>12.1} {:>6.0}% {:>9.1} {:>7} KiB {:>5} KiB",
            server.name,
            of(index, Round::rate),
            of(index, |r| r.p50),
            of(index, |r| r.p99),
            of(index, Round::cpu_each),
            of(index, |r| 100.0 * r.cpu.as_secs_f64() / r.took.as_secs_f64()),
            server.start.as_secs_f64() * 1e3,
            idle[index],
            server.resident_kib()
        );
    }
    for (over, under) in [(1, 0), (2, 0), (1, 2)] {
        let (Some(ours), Some(theirs)) = (rounds.get(over), rounds.get(under)) else { continue };
        let pairs = ours.iter().zip(theirs);
        let rate = median(pairs.clone().map(|(a, b)| a.rate() / b.rate()).collect());
        let cpu = median(pairs.map(|(a, b)| b.cpu_each() / a.cpu_each()).collect());
        let (over, under) = (servers[over].name, servers[under].name);
        println!("\n{over} ÷ {under}: throughput {rate:.3}, CPU {cpu:.3}");
    }
}
