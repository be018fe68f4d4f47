//! A real Kubernetes API server for tests: etcd and kube-apiserver on loopback
//! ports, on request with the controllers and the scheduler.
//!
//! ```ignore
//! let cluster = ControlPlane::start().unwrap();
//! let answer = cluster.kubectl_stdin(&["apply", "-f", "-"], MANIFEST);
//! assert!(answer.success(), "{answer}");
//! ```
//!
//! Starting takes a few seconds and some 400 MB, so the tests of a file best share
//! one in a `static LazyLock`. Statics are never dropped; that is allowed for here,
//! see [`ProcessGroup`].

mod access;
mod component;
mod error;
mod flags;
mod kubectl;
mod process_group;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use access::User;
pub use error::Error;
pub use kubectl::Output;

use crate::committed::repository;

use access::Access;
use component::Component;
use flags::Ports;
use kubectl::Kubectl;
use process_group::ProcessGroup;

/// How long the API server, and then the controllers, may take to be ready.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long the API server may think about one question of ours meanwhile.
const PROBE_LIMIT: Duration = Duration::from_secs(10);
/// How long one kubectl may run.
const KUBECTL_LIMIT: Duration = Duration::from_mins(1);
/// A free port can be taken by another process before the server binds it.
const ATTEMPTS: usize = 3;

/// A running control plane, which ends when this value is dropped, and also when
/// the test process is interrupted or killed.
pub struct ControlPlane {
    components: Vec<Component>,
    api_server: Vec<String>,
    access: Access,
    binaries: PathBuf,
    group: ProcessGroup,
}

/// What a [`ControlPlane`] is to hold, decided before it starts.
#[derive(Clone, Default)]
pub struct Builder {
    controllers: bool,
}

impl Builder {
    /// Also runs kube-controller-manager and kube-scheduler, so that a Deployment
    /// gets its `ReplicaSet` and Pods. Binaries of `setup-envtest` lack the
    /// two, which is said.
    #[must_use]
    pub fn with_controllers(mut self) -> Self {
        self.controllers = true;
        self
    }

    /// Starts it all and waits until the API server accepts writes.
    pub fn start(&self) -> Result<ControlPlane, Error> {
        let binaries = obtain()?;
        let mut plan = self.clone();
        if plan.controllers && !holds_controllers(&binaries) {
            eprintln!("control-plane: no controllers in {}, going without", binaries.display());
            plan.controllers = false;
        }
        let mut outcome = ControlPlane::launch(&plan, &binaries);
        for _ in 1..ATTEMPTS {
            if !matches!(&outcome, Err(error) if error.is_port_taken()) {
                break;
            }
            outcome = ControlPlane::launch(&plan, &binaries);
        }
        outcome
    }
}

impl ControlPlane {
    /// Starts etcd and kube-apiserver.
    pub fn start() -> Result<Self, Error> {
        Self::builder().start()
    }

    /// For a control plane of more than etcd and kube-apiserver.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Runs kubectl as a cluster administrator.
    pub fn kubectl(&self, args: &[&str]) -> Output {
        self.kubectl_as(User::Admin, args, None)
    }

    /// Runs kubectl as a cluster administrator with `text` on its standard input.
    pub fn kubectl_stdin(&self, args: &[&str], text: &str) -> Output {
        self.kubectl_as(User::Admin, args, Some(text))
    }

    /// Runs kubectl as `user`, for what depends on permissions.
    pub fn kubectl_as(&self, user: User, args: &[&str], stdin: Option<&str>) -> Output {
        self.client(user).run(args, stdin, KUBECTL_LIMIT)
    }

    /// Starts a process that ends with this control plane at the latest, however the
    /// test ends: the webhook under test, for one.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        self.group.spawn(command)
    }

    /// The address of the API server, `https://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.access.url()
    }

    /// The minor of the API server's version, such as 36, for what differs between them.
    pub fn minor(&self) -> u32 {
        let version = self.kubectl(&["version", "-o", "json"]).json();
        let minor = version["serverVersion"]["minor"].as_str().unwrap_or_default();
        minor.trim_end_matches('+').parse().expect("an API server that tells its version")
    }

    /// A program of the version that runs, such as `kubectl`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// The kubeconfig of `user`.
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.access.kubeconfig(user)
    }

    /// A directory for the files of a test, removed when the control plane ends. The
    /// components' logs are in it, `kube-apiserver.log` and so on.
    pub fn dir(&self) -> &Path {
        self.group.dir()
    }

    fn launch(plan: &Builder, binaries: &Path) -> Result<Self, Error> {
        let group = ProcessGroup::new()
            .map_err(|source| Error::Machine { doing: "preparing a process group", source })?;
        let ports = Ports::free()
            .map_err(|source| Error::Machine { doing: "looking for free ports", source })?;
        let access = Access::write(group.dir(), ports.api_server)
            .map_err(|source| Error::Machine { doing: "writing kubeconfigs", source })?;
        let binaries = binaries.to_owned();
        let api_server = Vec::new();
        let mut cluster = Self { components: Vec::new(), api_server, access, binaries, group };

        cluster.run("etcd", flags::etcd(cluster.dir(), &ports))?;
        let mut api_server = flags::api_server(cluster.dir(), &ports, &cluster.access);
        if !plan.controllers {
            // Nobody makes service accounts then, without which no Pod is let in.
            api_server.push("--disable-admission-plugins=ServiceAccount".to_owned());
        }
        cluster.api_server.clone_from(&api_server);
        cluster.run("kube-apiserver", api_server)?;
        cluster.wait_for("/readyz")?;
        cluster.wait_for("/api/v1/namespaces/default")?;
        if plan.controllers {
            cluster.run("kube-scheduler", flags::scheduler(&cluster.access))?;
            cluster.run("kube-controller-manager", flags::controller_manager(&cluster.access))?;
            // Until then a Pod is refused for its lack of a service account.
            cluster.wait_for("/api/v1/namespaces/default/serviceaccounts/default")?;
        }
        Ok(cluster)
    }

    /// Ends the API server and starts it anew, with all that it has stored.
    pub fn restart_api_server(&mut self) -> Result<(), Error> {
        self.components.retain(|component| component.name() != "kube-apiserver");
        self.run("kube-apiserver", self.api_server.clone())?;
        self.wait_for("/readyz")
    }

    fn run(&mut self, name: &'static str, flags: Vec<String>) -> Result<(), Error> {
        let component = Component::start(name, &self.binaries, flags, &self.group)?;
        self.components.push(component);
        Ok(())
    }

    /// Waits until the API server answers `path`; the component started last is the
    /// one to blame when it does not.
    fn wait_for(&mut self, path: &str) -> Result<(), Error> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            for component in &mut self.components {
                component.check_running()?;
            }
            let answer = self.client(User::Admin).run(&["get", "--raw", path], None, PROBE_LIMIT);
            if answer.success() {
                return Ok(());
            }
            if Instant::now() > deadline {
                let component = self.components.last();
                return Err(Error::Late {
                    path: path.to_owned(),
                    answer: answer.stderr,
                    log: component.map(Component::last_log_lines).unwrap_or_default(),
                });
            }
            sleep(Duration::from_millis(50));
        }
    }

    fn client(&self, user: User) -> Kubectl<'_> {
        Kubectl {
            program: self.binaries.join("kubectl"),
            kubeconfig: self.access.kubeconfig(user),
            group: &self.group,
        }
    }
}

impl Drop for ControlPlane {
    /// Stops the last first: an API server without its etcd would hang.
    fn drop(&mut self) {
        while let Some(component) = self.components.pop() {
            drop(component);
        }
    }
}

/// Asks the script that finds or builds the components for their directory. It
/// reports on standard error, since a first build takes minutes.
fn obtain() -> Result<PathBuf, Error> {
    let script = repository().join("tests/control-plane/obtain");
    let output = Command::new("bash")
        .arg(script)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| Error::Machine { doing: "running tests/control-plane/obtain", source })?;
    if !output.status.success() {
        return Err(Error::NotObtained(output.status));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
}

fn holds_controllers(binaries: &Path) -> bool {
    ["kube-controller-manager", "kube-scheduler"].iter().all(|name| binaries.join(name).is_file())
}
