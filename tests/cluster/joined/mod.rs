//! `serve --cluster` against a real API server: replicas that follow namespaces, keep their
//! certificate and register themselves.

mod certificates;
mod controllers;
mod custom_kinds;
mod custom_rules;
mod emergency;
mod impact;
mod injector;
mod kept;
mod lease;
mod namespaces;
mod neighbours;
mod objects;
mod registration;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use rustls::ClientConfig;
use serde_json::Value;
use support::balancer::Balancer;
use support::control_plane::{ControlPlane, Output, User};
use support::https::{get, trusting};
use support::plimsoll_process::Plimsoll;

use crate::kubectl::wait_until;

pub const BAD: &str = include_str!("../../workloads/bad.yaml");
pub const GOOD: &str = include_str!("../../workloads/good.yaml");

/// The object that registers the webhook, as kubectl names it.
pub const CONFIGURATION: &str = "validatingwebhookconfiguration/plimsoll";

/// What the replicas of these tests are told besides: to be quick about authorities.
const QUICK: [&str; 4] = ["--authority-settle-seconds", "2", "--authority-overlap-seconds", "3"];

/// A control plane, an address in front of the replicas, and the replicas.
pub struct World {
    // In this order: the servers end before the cluster that called them.
    pub replicas: Vec<Plimsoll>,
    pub balancer: Balancer,
    pub cluster: ControlPlane,
    /// Whether replicas that are told of no policy get that of production as a file.
    pub has_file: bool,
}

/// The definitions of policies and exceptions.
pub const DEFINITIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/crds.yaml");

/// A policy for those that are not about policies.
const PRODUCTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/production.yaml");

impl World {
    /// With the definitions, the namespaces `plimsoll` and `shop`, and no replica.
    pub fn new() -> Self {
        let world = Self::without_definitions();
        world.define();
        world
    }

    /// Defines policies and exceptions.
    pub fn define(&self) {
        self.kubectl(&["apply", "--server-side", "-f", DEFINITIONS]);
        self.kubectl(&["wait", "--for=condition=Established", "-f", DEFINITIONS]);
    }

    /// The same, where nobody knows what a policy is.
    pub fn without_definitions() -> Self {
        let cluster = ControlPlane::start().unwrap();
        for namespace in ["plimsoll", "shop"] {
            assert!(cluster.kubectl(&["create", "namespace", namespace]).success());
        }
        let balancer = Balancer::start().unwrap();
        Self { replicas: Vec::new(), balancer, cluster, has_file: true }
    }

    /// One replica that has registered itself.
    pub fn registered(flags: &[&str]) -> Self {
        let mut world = Self::new();
        world.start(&[&QUICK, flags].concat());
        world.wait_for_registration();
        world
    }

    /// Starts a replica that keeps its certificate in the Secret `certificate`.
    pub fn start(&mut self, flags: &[&str]) {
        self.start_with(&[&["--tls-secret", "certificate"], flags].concat(), User::Admin);
    }

    /// Starts a replica with a certificate as the flags say.
    pub fn start_with(&mut self, flags: &[&str], user: User) {
        let name = format!("replica-{}", self.replicas.len());
        let url = format!("https://{}", self.balancer.address);
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        command.args(["--cluster", "--namespace", "plimsoll", "--register", &url]).args(flags);
        if self.has_file && !flags.contains(&"--policy") {
            command.args(["--policy", PRODUCTION]);
        }
        command.args(["--leave-seconds", "0"]).env("POD_NAME", name);
        command.arg("--kubeconfig").arg(self.cluster.kubeconfig(user));
        let cluster = &self.cluster;
        let replica = Plimsoll::start_by(&mut command, |command| cluster.spawn(command));
        self.replicas.push(replica);
        self.put_in_front();
    }

    /// The replicas that there are stand behind the address.
    pub fn put_in_front(&self) {
        let addresses: Vec<_> = self.replicas.iter().map(|replica| replica.webhook).collect();
        self.balancer.put(&addresses);
    }

    pub fn wait_for_registration(&self) {
        wait_until("the webhook is registered", || self.live().is_some());
    }

    /// The configuration as it is registered.
    pub fn live(&self) -> Option<Value> {
        let output = self.cluster.kubectl(&["get", CONFIGURATION, "-o", "json"]);
        output.success().then(|| output.json())
    }

    /// A client that trusts what is registered.
    pub fn client(&self) -> Option<Arc<ClientConfig>> {
        let live = self.live()?;
        let bundle = live["webhooks"][0]["clientConfig"]["caBundle"].as_str()?;
        let pem = base64::engine::general_purpose::STANDARD.decode(bundle).unwrap();
        Some(trusting(std::str::from_utf8(&pem).unwrap()))
    }

    pub fn kubectl(&self, arguments: &[&str]) -> Output {
        let output = self.cluster.kubectl(arguments);
        assert!(output.success(), "{arguments:?}: {output}\n{}", self.output());
        output
    }

    /// Applies `text`, without storing it.
    pub fn try_out(&self, text: &str) -> Output {
        self.cluster.kubectl_stdin(&["apply", "--dry-run=server", "-f", "-"], text)
    }

    pub fn wait_until_refused(&self) {
        wait_until("a bad Deployment is refused", || {
            self.try_out(BAD).stderr.contains("denied the request")
        });
    }

    /// The value of a metric of a replica, by the beginning of its line.
    pub fn metric(&self, replica: usize, name: &str) -> Option<f64> {
        let (_, page) = get(self.replicas[replica].admin, "/metrics").unwrap();
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.parse().ok()
    }

    /// The reasons of all Events in the namespace `plimsoll`, with their notes.
    pub fn events(&self) -> String {
        let columns = "jsonpath={range .items[*]}{.reason}: {.message}{\"\\n\"}{end}";
        self.kubectl(&["get", "events", "-n", "plimsoll", "-o", columns]).stdout
    }

    pub fn wait_for_event(&self, reason: &str) {
        wait_until(reason, || self.events().contains(&format!("{reason}: ")));
    }

    pub fn output(&self) -> String {
        self.replicas.iter().map(Plimsoll::output).collect()
    }

    pub fn path(&self) -> &Path {
        self.cluster.dir()
    }
}
