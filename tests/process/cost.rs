//! What one writer can cost: whatever three megabytes hold, they are answered soon and in bounded
//! memory (F-129, F-134).

use std::time::{Duration, Instant};


use crate::https::{Connection, trusting};
use crate::plimsoll_process::Plimsoll;
use crate::program;
use crate::self_signed::authority;
use crate::shapes::{Fill, full, lists, read_fields, shown};

fn review(operation: &str, object: &str, old: &str) -> String {
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u","kind":{{"group":"","version":"v1","kind":"Pod"}},"resource":{{"group":"","version":"v1","resource":"pods"}},"name":"api","namespace":"shop","operation":"{operation}","userInfo":{{"username":"developer"}},"object":{object},"oldObject":{old}}}}}"#
    )
}

#[test]
fn table() {
    let paths = read_fields();
    let server = Plimsoll::serve(program(), &["--self-signed", "--leave-seconds", "0"]);
    let client = trusting(&authority(&server));
    let mut rows = Vec::new();
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    let mut measure = |what: String, body: String| {
        let _ = std::fs::write(format!("/proc/{}/clear_refs", server.pid()), "5");
        let before = server.status("VmRSS:");
        let start = Instant::now();
        let reply = connection.post("/validate?timeout=10s", body.as_bytes()).unwrap();
        let took = start.elapsed();
        let json = reply.json();
        let grown = server.status("VmHWM:").saturating_sub(before);
        let message = json["response"]["status"]["message"].as_str().unwrap_or("ok").trim().chars().take(70).collect::<String>();
        assert_eq!(json["response"]["uid"], "u");
        rows.push((took, grown, what, body.len(), message));
    };
    for text in ["text", "x_PASSWORD"] {
        let base = full(&paths, text);
        for (steps, leaf) in lists(&paths) {
            for is_bare in [true, false] {
              for widths in [(512, 16_384), (512, 30), (2, 16_384)] {
                let fill = |first| Fill { steps: &steps, leaf: &leaf, key: "k#", first, is_bare, widths };
                let what = format!("{} {leaf} {is_bare} {widths:?} {text}", shown(&steps));
                measure(format!("create {what}"), review("CREATE", &fill(1).of_size(&base, 2_900_000), "null"));
                let new = fill(100_000).of_size(&base, 1_450_000);
                let old = fill(500_000).of_size(&base, 1_450_000);
                measure(format!("update {what}"), review("UPDATE", &new, &old));
              }
            }
        }
    }
    rows.sort();
    rows.reverse();
    for (took, grown, what, size, message) in rows.iter().take(60) {
        println!("{took:?} {} MiB {what} {size} {message}", grown >> 10);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.1));
    println!("-----");
    for (took, grown, what, size, message) in rows.iter().take(60) {
        println!("{took:?} {} MiB {what} {size} {message}", grown >> 10);
    }
    println!("{} rows, peak {}", rows.len(), server.status("VmHWM:"));
}
