//! One node: containerd, a kubelet and kube-proxy in a network namespace of their own, and with a view
//! of the mounts of their own, so that nothing they mount outlives them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::command::run;
use crate::component::Component;
use crate::needs::CNI;
use crate::settings::{PODS, namespace_file, node_address, node_name, pods_of};
use crate::{cgroups, images, network, sweep, wait};

/// A running node.
pub struct Node {
    number: usize,
    folder: PathBuf,
    parts: Vec<Component>,
}

/// What a node is told about the cluster.
pub struct Joining<'a> {
    pub binaries: &'a Path,
    /// What the API server's certificate for kubelets is in.
    pub kubelet_client: &'a Path,
    /// With a node's rights.
    pub kubeconfig: &'a Path,
    pub admin_kubeconfig: &'a Path,
    pub images: &'a [PathBuf],
}

/// Becomes a member of the group `$1`, puts folders of its own over those that are the same for every
/// kubelet, and becomes the rest.
const WRAPPER: &str = r#"
set -e
echo $$ >"$1"
mkdir -p /var/lib/kubelet "$2/shared" "$2/log"
mount --bind "$2/shared" /var/lib/kubelet
mount --bind "$2/log" /var/log
shift 2
exec "$@"
"#;

impl Node {
    /// Starts a node, whose namespace has been made.
    pub fn start(number: usize, folder: &Path, joining: &Joining<'_>) -> Self {
        fs::create_dir_all(folder.join("cni")).expect("a folder");
        cgroups::make(&node_name(number)).expect("cgroups");
        cgroups::make(&system(number)).expect("cgroups");
        let mut node = Self { number, folder: folder.to_owned(), parts: Vec::new() };
        node.write_files(joining);
        node.start_containerd();
        for archive in joining.images {
            images::import(&node.socket(), archive);
        }
        node.start_kubelet(joining);
        node
    }

    /// Where its containerd listens.
    pub fn socket(&self) -> String {
        self.folder.join("containerd.sock").display().to_string()
    }

    /// Sends SIGKILL to a container.
    pub fn kill_container(&self, id: &str) {
        let id = id.trim_start_matches("containerd://");
        let words = ["-a", &self.socket(), "-n", "k8s.io", "tasks", "kill", "-s", "SIGKILL", id];
        run("ctr", &words).expect();
    }

    /// Makes the node lose its power: the cable first, as nobody says goodbye then.
    pub fn cut_off(mut self) {
        network::unplug(self.number);
        self.parts.iter_mut().for_each(Component::kill);
        for prefix in [node_name(self.number), system(self.number)] {
            let alive = sweep::kill(&prefix, None);
            assert!(alive.is_empty(), "{alive:?} cannot be killed");
        }
        network::remove(self.number);
        sweep::unmount(&self.folder);
        wait::within(Duration::from_secs(10), || {
            cgroups::remove(&node_name(self.number));
            fs::remove_dir_all(&self.folder).ok()
        });
    }

    /// Why the node does not work, where one of its processes has ended.
    pub fn why_ended(&mut self) -> Option<String> {
        self.parts.iter_mut().find_map(Component::why_ended)
    }

    fn start_containerd(&mut self) {
        let space = format!("--net={}", namespace_file(self.number).display());
        let members = cgroups::members(&system(self.number)).display().to_string();
        let (folder, config) = (self.path(""), self.path("containerd.toml"));
        let enter = ["nsenter", &space, "unshare", "--mount", "--propagation", "slave"];
        let wrapper = ["sh", "-c", WRAPPER, "sh", &members, &folder];
        let words = [&enter[..], &wrapper, &["containerd", "--config", &config]];
        self.run_part("containerd", &words.concat());
        let socket = self.socket();
        wait::until("containerd answers", Duration::from_secs(30), || {
            run("ctr", &["-a", &socket, "version"]).success.then_some(())
        });
    }

    fn start_kubelet(&mut self, joining: &Joining<'_>) {
        let (number, name) = (self.number, node_name(self.number));
        let config = format!("--config={}", self.path("kubelet.json"));
        let kubeconfig = format!("--kubeconfig={}", joining.kubeconfig.display());
        let root = format!("--root-dir={}", self.path("kubelet"));
        let certificates = format!("--cert-dir={}", self.path("pki"));
        let host = format!("--hostname-override={name}");
        let address = format!("--node-ip={}", node_address(number));
        let program = joining.binaries.join("kubelet").display().to_string();
        self.run_here(
            "kubelet",
            &[&program, &config, &kubeconfig, &root, &certificates, &host, &address],
        );
        let program = joining.binaries.join("kube-proxy").display().to_string();
        let kubeconfig = format!("--kubeconfig={}", joining.admin_kubeconfig.display());
        let pods = format!("--cluster-cidr={PODS}");
        // What it would set are the whole machine's limits.
        let leave = [
            "--conntrack-max-per-core=0",
            "--conntrack-tcp-timeout-established=0",
            "--conntrack-tcp-timeout-close-wait=0",
        ];
        let words = [program.as_str(), &kubeconfig, &host, "--proxy-mode=iptables", &pods];
        self.run_here("kube-proxy", &[&words[..], &leave].concat());
    }

    /// Runs a program where the node's containerd is: in its namespaces and its group.
    fn run_here(&mut self, name: &str, words: &[&str]) {
        let target = format!("--target={}", self.parts[0].id());
        let members = cgroups::members(&system(self.number)).display().to_string();
        let join = "echo $$ >\"$0\" && exec \"$@\"";
        let enter = ["nsenter", &target, "--net", "--mount", "sh", "-c", join, &members];
        self.run_part(name, &[&enter[..], words].concat());
    }

    fn run_part(&mut self, name: &str, words: &[&str]) {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        self.parts.push(Component::start(name, &self.folder, &words));
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn write_files(&self, joining: &Joining<'_>) {
        let write =
            |name: &str, text: String| fs::write(self.folder.join(name), text).expect("a file");
        write("containerd.toml", self.containerd_config());
        let bridge = json!({
            "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
            "ipam": {
                "type": "host-local", "dataDir": self.path("ipam"),
                "ranges": [[{"subnet": pods_of(self.number)}]], "routes": [{"dst": "0.0.0.0/0"}]
            }
        });
        let portmap = json!({"type": "portmap", "capabilities": {"portMappings": true}});
        let list = json!({"cniVersion": "0.4.0", "name": "net", "plugins": [bridge, portmap]});
        write("cni/10-net.conflist", list.to_string());
        let kubelet = json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": format!("/{}/{}", cgroups::NAME, node_name(self.number)),
            "failCgroupV1": false, "failSwapOn": false, "enforceNodeAllocatable": [],
            "containerRuntimeEndpoint": format!("unix://{}", self.socket()),
            "podLogsDir": self.path("log/pods"),
            "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
            // Nothing that is removed could be pulled again.
            "imageGCHighThresholdPercent": 100, "imageMaximumGCAge": "0s",
            "localStorageCapacityIsolation": true, "readOnlyPort": 0,
            "nodeStatusUpdateFrequency": "4s",
            "authentication": {
                "anonymous": {"enabled": false}, "webhook": {"enabled": true},
                "x509": {"clientCAFile": joining.kubelet_client}
            },
            "authorization": {"mode": "AlwaysAllow"}
        });
        write("kubelet.json", kubelet.to_string());
    }

    fn containerd_config(&self) -> String {
        let folder = self.folder.display();
        let pause = images::PAUSE;
        format!(
            r#"version = 2
root = "{folder}/root"
state = "{folder}/state"
[grpc]
address = "{folder}/containerd.sock"
[ttrpc]
address = "{folder}/containerd.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
disable_apparmor = true
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{CNI}"
conf_dir = "{folder}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"#
        )
    }
}

/// The group of a node's own processes. Not inside of the kubelet's: with cgroups of version 2 a
/// group has members or groups, not both.
fn system(number: usize) -> String {
    format!("system-{}", node_name(number))
}
