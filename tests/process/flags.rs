//! A flag that makes no sense ends the start; one that does is kept to.

use std::process::Command;

use support::plimsoll_process::Plimsoll;

use crate::program;

/// What no flag of this kind can mean.
const SENSELESS: [(&str, &[&str]); 15] = [
    ("--listen", &["", "8443", "localhost:8443", "127.0.0.1:65536", "127.0.0.1", "256.0.0.1:1"]),
    ("--admin-listen", &["", "8081", ":8081", "127.0.0.1:-1"]),
    ("--enforcement", &["", "Deny", "enforce", "off", "deny,warn"]),
    ("--log", &["", "inof", "information", "plimsol=debug", "plimsoll=inof", "hyper=debug", "9"]),
    ("--log-format", &["", "JSON", "yaml", "json,text", "logfmt"]),
    ("--api-qps", &["", "0", "0.5", "-1", "NaN", "inf", "10001", "20/s"]),
    ("--api-burst", &["", "0", "-1", "1.5", "10001"]),
    (
        "--otlp-endpoint",
        &[
            "",
            "collector:4318",
            "https://collector:4318",
            "grpc://collector:4317",
            "http://",
            "http://collector:",
            "http://collector:0",
            "http://collector:99999",
            "http://me:secret@collector:4318",
            "http://collector:4318/?x=1",
            "http://collector:4318/#x",
        ],
    ),
    ("--profile-listen", &["", "6060", "0.0.0.0:6060", "10.0.0.1:6060", "[::]:6060", "127.0.0.1"]),
    ("--body-limit", &["", "0", "-1", "16M", "1.5", "1073741825", "18446744073709551616"]),
    ("--memory-budget", &["", "0", "-1", "64Mi", "68719476737", "18446744073709551615"]),
    ("--max-connections", &["", "0", "-1", "100001", "4294967296", "18446744073709551615"]),
    ("--leave-seconds", &["", "-1", "10s", "3601", "18446744073709551615"]),
    ("--tls-poll-seconds", &["", "0", "-1", "3601", "18446744073709551615"]),
    (
        "--print-webhook-configuration",
        &[
            "",
            "a.example",
            "http://a.example/validate",
            "https://",
            "https://a.example/other",
            "https://a.example/validate?x=1",
            "https://a.example/validate#x",
            "https://me:secret@a.example/validate",
            "https://a.example:0/validate",
            "https://a.example:99999/validate",
            "https://a.example:/validate",
        ],
    ),
];

/// Starts `serve` and returns its status and what it says; a server that does start is ended.
fn start(command: &mut Command) -> (Option<i32>, String) {
    let output = Command::new("timeout")
        .args(["--signal", "KILL", "10"])
        .arg(program())
        .arg("serve")
        .args(command.get_args())
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_senseless_value_of_any_flag_or_variable_ends_the_start_with_status_2_and_names_the_flag() {
    for (flag, values) in SENSELESS {
        let variable = format!("PLIMSOLL_{}", flag[2..].to_uppercase().replace('-', "_"));
        for value in values {
            let mut given = Command::new("");
            given.args(["--self-signed", &format!("{flag}={value}")]);
            let mut set = Command::new("");
            set.arg("--self-signed").env(&variable, value);
            for mut command in [given, set] {
                let (code, said) = start(&mut command);
                assert_eq!(code, Some(2), "{flag}={value}: {said}");
                assert!(said.contains(flag), "{flag}={value}: {said}");
            }
        }
    }
}

#[test]
fn a_variable_that_is_no_switch_and_flags_that_contradict_each_other_end_the_start() {
    let mut maybe = Command::new("");
    maybe.env("PLIMSOLL_SELF_SIGNED", "maybe");
    let mut budget = Command::new("");
    budget.args(["--self-signed", "--body-limit", "2000000", "--memory-budget", "1999999"]);
    let mut both = Command::new("");
    both.args(["--self-signed", "--tls-cert", "a", "--tls-key", "b"]);
    let mut taken = Command::new("");
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    taken.args(["--self-signed", "--listen", &address]);
    for (mut command, says) in [
        (maybe, "--self-signed"),
        (budget, "--body-limit"),
        (both, "--tls-cert"),
        (taken, &*address),
    ] {
        let (code, said) = start(&mut command);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn the_ends_of_every_range_are_taken() {
    let most = [
        "--self-signed",
        "--body-limit",
        "1073741824",
        "--memory-budget",
        "68719476736",
        "--max-connections",
        "100000",
        "--leave-seconds",
        "3600",
        "--tls-poll-seconds",
        "3600",
        "--log",
        "plimsoll::serve=trace,INFO",
        "--log-format",
        "text",
        "--api-qps",
        "10000",
        "--api-burst",
        "10000",
    ];
    let least = [
        "--self-signed",
        "--body-limit",
        "1024",
        "--memory-budget",
        "1024",
        "--max-connections",
        "1",
        "--leave-seconds",
        "0",
        "--tls-poll-seconds",
        "1",
        "--log",
        "info",
        "--api-qps",
        "1",
        "--api-burst",
        "1",
    ];
    for flags in [&most[..], &least[..]] {
        let server = Plimsoll::serve(program(), flags);
        assert_eq!(support::https::get(server.admin, "/readyz").unwrap().0, 200);
    }
}
