//! `make demo` and `make demo-cluster`: the main job, to look at.
//!
//! Without an argument no cluster is needed: the real server gets the reviews that an API server
//! would send it, and what kubectl would print is printed. With `cluster` everything is real.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::format_collect,
    clippy::format_push_string,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod cluster;
mod objects;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::https::{self, Connection};
use support::{review, self_signed};

/// The folder of the workloads that the demonstration sends.
fn workloads() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workloads")
}

/// The program, which cargo builds beside this one.
fn program() -> PathBuf {
    let mut path = std::env::current_exe().expect("a path");
    path.pop();
    path.pop();
    path.join("plimsoll")
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("cluster") => cluster::show(&program()),
        _ => show(&program()),
    }
}

fn show(program: &Path) {
    let (server, authority) = self_signed::serve(program);
    let client = https::trusting(&authority);
    let mut connection = Connection::open(server.webhook, &client).expect("a connection");
    for file in ["bad.yaml", "good.yaml"] {
        let text = std::fs::read_to_string(workloads().join(file)).expect("a workload");
        let object = plimsoll::yaml::documents(&text).remove(0).expect("readable").to_json();
        let object: Value = serde_json::from_str(&object).expect("JSON");
        let reply = connection.post("/validate?timeout=4s", review::create(&object).as_bytes());
        let review = reply.expect("an answer").json();
        println!("$ kubectl apply -f {file}");
        println!("{}", as_kubectl(file, &object, &review["response"]));
    }
}

/// What kubectl prints for this answer.
fn as_kubectl(file: &str, object: &Value, response: &Value) -> String {
    let mut text = String::new();
    for warning in response["warnings"].as_array().into_iter().flatten() {
        text += &format!("Warning: {}\n", warning.as_str().unwrap_or_default());
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if response["allowed"] == true {
        return text + &format!("deployment.apps/{name} created\n");
    }
    let message = response["status"]["message"].as_str().unwrap_or_default();
    text + &format!(
        "Error from server (Forbidden): error when creating \"{file}\": admission webhook \
         \"validate.plimsoll.dev\" denied the request: {message}\n"
    )
}
