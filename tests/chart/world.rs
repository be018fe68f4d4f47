//! A server in a cluster, with the rights of the chart and no others.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::committed::repository;
use support::control_plane::{ControlPlane, Output};
use support::plimsoll_process::Plimsoll;

use crate::helm::rendered;

/// The one of all tests: it takes some seconds.
pub static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// A control plane that the chart was applied to, and a server that has registered itself.
pub struct World {
    /// The server, which the API server calls by its URL: there is no network of Pods.
    pub server: Plimsoll,
    cluster: ControlPlane,
}

impl World {
    fn new() -> Self {
        let cluster = ControlPlane::start().expect("a control plane");
        for namespace in ["plimsoll", "shop"] {
            done(&cluster.kubectl(&["create", "namespace", namespace]));
        }
        done(&cluster.kubectl_stdin(&["apply", "-f", "-"], &rendered(&["--no-hooks"])));
        let listener = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let address = listener.expect("a free port").to_string();
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_plimsoll")));
        command.args(["serve", "--cluster", "--namespace=plimsoll", "--tls-secret=plimsoll-tls"]);
        command.args(["--listen", &address, "--admin-listen=127.0.0.1:0", "--leave-seconds=0"]);
        command.arg(format!("--register=https://{address}/validate"));
        command.arg("--policy").arg(repository().join("policies/production.yaml"));
        command.arg("--kubeconfig").arg(kubeconfig(&cluster, "plimsoll"));
        let server = Plimsoll::start_by(&mut command, |command| cluster.spawn(command));
        let world = Self { server, cluster };
        world.wait("it is registered", || {
            let name = ["get", "validatingwebhookconfiguration", "plimsoll"];
            world.cluster.kubectl(&name).success()
        });
        world
    }

    /// Lets the API server ask for a review of a manifest, of which nothing is stored.
    pub fn apply(&self, manifest: &str) -> Output {
        let path = repository().join("tests/workloads").join(manifest);
        self.try_out(&std::fs::read_to_string(path).expect(manifest))
    }

    /// The same of this text.
    pub fn try_out(&self, text: &str) -> Output {
        self.cluster.kubectl_stdin(&["apply", "--dry-run=server", "-f", "-"], text)
    }

    /// Waits until something is so, or says what the server says.
    fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_mins(1);
        while !is_so() {
            assert!(Instant::now() < end, "in vain: {what}\n{}", self.server.output());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn done(output: &Output) {
    assert!(output.success(), "{output}");
}

/// A kubeconfig for a service account of the chart.
pub fn kubeconfig(cluster: &ControlPlane, account: &str) -> PathBuf {
    let token = cluster.kubectl(&["create", "token", account, "--namespace", "plimsoll"]);
    done(&token);
    let admin = std::fs::read_to_string(cluster.dir().join("admin.kubeconfig")).expect("a file");
    let mut config: Value = serde_json::from_str(&admin).expect("JSON");
    config["users"][0]["user"] = json!({"token": token.stdout.trim()});
    let path = cluster.dir().join(format!("{account}.kubeconfig"));
    std::fs::write(&path, config.to_string()).expect("a file");
    path
}
