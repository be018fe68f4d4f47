//! Who talks to the container runtime is root on the node.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    BadValue, Checked, Context, Evidence, Finding, Findings, Params, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("runtime_socket.md")]
pub(crate) struct RuntimeSocket;

/// What sockets are called, wherever they stand: of Docker, cri-dockerd, containerd (K3s, RKE2, k0s
/// and others as well), of its plugins, CRI-O, Podman, iSulad, balenaEngine and `buildkitd`.
const NAMES: [&str; 11] = [
    "docker.sock",
    "dockershim.sock",
    "cri-dockerd.sock",
    "containerd.sock",
    "containerd.sock.ttrpc",
    "nri.sock",
    "crio.sock",
    "podman.sock",
    "isulad.sock",
    "balena-engine.sock",
    "buildkitd.sock",
];

/// The same on Windows, where they are pipes.
const PIPES: [&str; 3] = ["docker_engine", "containerd-containerd", "cri-dockerd"];

/// Where they stand, with `/run` for `/var/run`.
const PLACES: [&str; 13] = [
    "/run/docker.sock",
    "/run/docker/containerd/containerd.sock",
    "/run/containerd/containerd.sock",
    "/run/nri/nri.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/cri-dockerd.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/user/docker.sock",
    "/var/run/docker.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
];

/// Which paths of a node count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RuntimeSocketParams {
    /// Whether directories count in which sockets stand, such as `/run` and `/`.
    pub parents: bool,
    /// Sockets beside those that are known, such as `/run/vendor/engine.sock`.
    #[schemars(length(max = 50), inner(length(min = 2, max = 500)))]
    pub additional: Vec<String>,
}

impl Default for RuntimeSocketParams {
    fn default() -> Self {
        Self { parents: true, additional: Vec::new() }
    }
}

impl Params for RuntimeSocketParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("additional", &self.additional, None, |path| {
            let is_step = |step: &str| !["", ".", ".."].contains(&step);
            let is_plain = path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_step));
            let shown = clipped(path, QUOTE_LIMIT);
            (!is_plain).then(|| {
                format!("`{shown}` is no path of a socket; write it as `/run/vendor/engine.sock`")
            })
        })
    }
}

impl Rule for RuntimeSocket {
    type On = Pods;
    type Params = RuntimeSocketParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("runtime-socket"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No pod reaches the container runtime of its node."),
        rows: &["M26"],
        standards: &[Standard::Cis("5.2.12"), Standard::Cwe(250), Standard::Cwe(668)],
        page: Text::Borrowed(include_str!("runtime_socket.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &RuntimeSocketParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for (index, volume) in pod.spec.volumes.iter().enumerate() {
            found.visit(1)?;
            let Some(host_path) = &volume.host_path else { continue };
            let Some(path) = host_path.path.as_deref().filter(|path| !path.is_empty()) else {
                continue;
            };
            found.spend(4 * path.len())?;
            found.visit(PLACES.len() + params.additional.len())?;
            let name = Quoted(volume.name.as_deref().unwrap_or_default());
            let message = match params.what(path) {
                None => continue,
                Some(Shown::Socket) => {
                    format!("volume {name} is a socket of the container runtime: {}", Quoted(path))
                }
                Some(Shown::Parent) => {
                    format!(
                        "volume {name} holds a socket of the container runtime: {}",
                        Quoted(path)
                    )
                }
            };
            let at = pod.at(&["volumes"]).index(index).key("hostPath");
            let remedy = Remedy::Advice(format!("remove {at} and the mounts of it"));
            let evidence = || Evidence::of_volume(pod, volume, host_path.source());
            found.add(Finding::new(at, message, remedy), evidence)?;
        }
        Ok(())
    }
}

/// What a volume shows of the runtime.
enum Shown {
    Socket,
    Parent,
}

impl RuntimeSocketParams {
    fn what(&self, path: &str) -> Option<Shown> {
        let path = cleaned(path);
        let is_additional = |socket: &String| cleaned(socket) == path;
        if is_socket(&path) || self.additional.iter().any(is_additional) {
            return Some(Shown::Socket);
        }
        let is_parent = |socket: &str| {
            path == "/" || socket.strip_prefix(&*path).is_some_and(|rest| rest.starts_with('/'))
        };
        let holds_any = PLACES.iter().any(|socket| is_parent(socket))
            || self.additional.iter().any(|socket| is_parent(&cleaned(socket)))
            || is_of_user(&path);
        (self.parents && path.starts_with('/') && holds_any).then_some(Shown::Parent)
    }
}

/// Whether the last step of the path is the name of a socket or pipe.
fn is_socket(path: &str) -> bool {
    let mut steps = path.rsplit('/');
    let (last, before) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
    let is_pipe = before.eq_ignore_ascii_case("pipe");
    NAMES.contains(&last) || is_pipe && PIPES.iter().any(|pipe| pipe.eq_ignore_ascii_case(last))
}

/// Whether it is the directory of a user, in which a runtime without root has its socket.
fn is_of_user(path: &str) -> bool {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    path.strip_prefix("/run/user/").is_some_and(|rest| is_id(rest.trim_end_matches("/podman")))
}

/// The path without empty steps, `.` and `..`, with `/run` for `/var/run`, which is a link to it.
fn cleaned(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    if let [first, second, ..] = steps.as_slice()
        && (*first, *second) == ("var", "run")
    {
        steps.remove(0);
    }
    format!("/{}", steps.join("/"))
}
