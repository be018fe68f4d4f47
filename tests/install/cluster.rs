//! A control plane and two nodes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::SocketAddrV4;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Api;
use crate::command::{Ended, obtain, run_with};
use crate::component::Component;
use crate::node::{Joining, Node};
use crate::settings::{
    API_SERVER, NODES, SERVICES, folder, namespace_file, node_address, node_name, random,
};
use crate::{certificate, images, network, wait};

/// How long one kubectl or helm may take.
const COMMAND: Duration = Duration::from_mins(2);

/// A running cluster.
pub struct Cluster {
    binaries: PathBuf,
    helm: PathBuf,
    token: String,
    images: Vec<PathBuf>,
    parts: Vec<Component>,
    nodes: Vec<Option<Node>>,
}

impl Cluster {
    /// Starts one whose nodes have these images. It ends with the run: see [`crate::guard`].
    pub fn start(archives: &[PathBuf]) -> Self {
        let binaries = obtain("control-plane/obtain");
        let helm = obtain("chart/helm");
        let token = random();
        let mut cluster = Self {
            binaries,
            helm,
            token,
            images: Vec::new(),
            parts: Vec::new(),
            nodes: Vec::new(),
        };
        cluster.write_access();
        network::make_bridge();
        (0..NODES).for_each(network::connect);
        cluster.start_control_plane();
        cluster.images = vec![images::pause()];
        cluster.images.extend_from_slice(archives);
        for number in 0..NODES {
            let node = cluster.make_node(number);
            cluster.nodes.push(Some(node));
        }
        cluster.wait_for_nodes();
        cluster
    }

    /// Runs kubectl.
    pub fn kubectl<S: AsRef<OsStr>>(&self, words: &[S]) -> Ended {
        self.kubectl_reading("", words)
    }

    /// Runs kubectl with a text on its standard input.
    pub fn kubectl_reading<S: AsRef<OsStr>>(&self, input: &str, words: &[S]) -> Ended {
        let config = admin_kubeconfig();
        let variables = [("KUBECONFIG", config.as_os_str())];
        run_with(&self.binaries.join("kubectl"), words, &variables, input, COMMAND)
    }

    /// Runs helm, with no settings but its own.
    pub fn helm<S: AsRef<OsStr>>(&self, words: &[S]) -> Ended {
        let (config, home) = (admin_kubeconfig(), folder().join("helm"));
        let variables = [
            ("KUBECONFIG", config.as_os_str()),
            ("HELM_CACHE_HOME", home.as_os_str()),
            ("HELM_CONFIG_HOME", home.as_os_str()),
            ("HELM_DATA_HOME", home.as_os_str()),
        ];
        run_with(&self.helm, words, &variables, "", COMMAND)
    }

    /// A client of the API server, as an administrator.
    pub fn api(&self) -> Api {
        let authority = fs::read_to_string(authority()).expect("the API server's certificate");
        Api::new(API_SERVER, &authority, &self.token)
    }

    /// The number of the node of this name.
    pub fn node(&self, name: &str) -> &Node {
        let number = (0..NODES).find(|number| node_name(*number) == name);
        number
            .and_then(|number| self.nodes[number].as_ref())
            .unwrap_or_else(|| panic!("no node {name}"))
    }

    /// How many connections the API server has to this address.
    pub fn connections_to(&self, address: SocketAddrV4) -> usize {
        let part = self.parts.iter().find(|part| part.name == "kube-apiserver").expect("one");
        let table =
            fs::read_to_string(format!("/proc/{}/net/tcp", part.id())).expect("connections");
        // The kernel writes the address as a number of this machine's.
        let ip = u32::from_ne_bytes(address.ip().octets());
        let remote = format!("{ip:08X}:{:04X}", address.port());
        let is_one = |line: &&str| {
            let mut fields = line.split_whitespace().skip(2);
            fields.next() == Some(&remote) && fields.next() == Some("01")
        };
        table.lines().filter(is_one).count()
    }

    /// Takes a node away from one moment to the next. Not the first, on which the control plane is.
    pub fn cut_off(&mut self, number: usize) {
        assert_ne!(number, 0, "the control plane is there");
        self.nodes[number].take().expect("a running node").cut_off();
    }

    /// Starts a node that was cut off, with nothing of what it had.
    pub fn bring_back(&mut self, number: usize) {
        network::connect(number);
        self.nodes[number] = Some(self.make_node(number));
        self.wait_for_nodes();
    }

    /// Ends the API server and starts it anew, with all that it has stored.
    pub fn restart_api_server(&mut self) {
        let at = self.parts.iter().position(|part| part.name == "kube-apiserver").expect("one");
        // With somebody who watches it takes a minute to end by itself.
        self.parts.remove(at).stop(Duration::from_secs(3));
        let words = api_server_flags();
        self.start_part("kube-apiserver", &words);
    }

    /// Ends the controllers and the scheduler.
    pub fn stop_controllers(&mut self) {
        for part in self.parts.iter_mut().filter(|part| is_controller(&part.name)) {
            part.stop(Duration::from_secs(10));
        }
        self.parts.retain(|part| !is_controller(&part.name));
    }

    /// Starts them.
    pub fn start_controllers(&mut self) {
        let kubeconfig = format!("--kubeconfig={}", admin_kubeconfig().display());
        let pki = folder().join("pki");
        let manager = [
            kubeconfig.clone(),
            format!("--service-account-private-key-file={}", pki.join("apiserver.key").display()),
            format!("--root-ca-file={}", authority().display()),
            "--use-service-account-credentials=true".to_owned(),
            "--secure-port=0".to_owned(),
            "--kube-api-qps=500".to_owned(),
            "--kube-api-burst=500".to_owned(),
            "--node-monitor-grace-period=20s".to_owned(),
        ];
        // With their leases in kube-system, as in a real cluster: a webhook must not be in their way.
        self.start_part("kube-controller-manager", &manager);
        self.start_part("kube-scheduler", &[kubeconfig, "--secure-port=0".to_owned()]);
    }

    fn make_node(&self, number: usize) -> Node {
        let name = node_name(number);
        let joining = Joining {
            binaries: &self.binaries,
            kubelet_client: &folder().join("kubelet-client.crt"),
            kubeconfig: &folder().join(format!("{name}.kubeconfig")),
            admin_kubeconfig: &admin_kubeconfig(),
            images: &self.images,
        };
        Node::start(number, &folder().join(&name), &joining)
    }

    /// Writes who may enter, and how each does.
    fn write_access(&self) {
        fs::create_dir_all(folder().join("pki")).expect("a folder");
        certificate::write(&folder());
        let mut tokens = format!("{},admin,admin,\"system:masters\"\n", self.token);
        fs::write(admin_kubeconfig(), kubeconfig(&self.token)).expect("a file");
        for number in 0..NODES {
            let (name, token) = (node_name(number), random());
            tokens += &format!("{token},system:node:{name},{name},\"system:nodes\"\n");
            let file = folder().join(format!("{name}.kubeconfig"));
            fs::write(file, kubeconfig(&token)).expect("a file");
        }
        fs::write(folder().join("tokens.csv"), tokens).expect("a file");
    }

    fn start_control_plane(&mut self) {
        let etcd = [
            format!("--data-dir={}", folder().join("etcd").display()),
            "--listen-client-urls=http://127.0.0.1:2379".to_owned(),
            "--advertise-client-urls=http://127.0.0.1:2379".to_owned(),
            "--listen-peer-urls=http://127.0.0.1:2380".to_owned(),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=error".to_owned(),
        ];
        self.start_part("etcd", &etcd);
        let flags = api_server_flags();
        self.start_part("kube-apiserver", &flags);
        wait::until("the API server is ready", Duration::from_mins(1), || {
            if let Some(why) = self.parts.iter_mut().find_map(Component::why_ended) {
                panic!("{why}");
            }
            let is_ready =
                authority().is_file() && self.kubectl(&["get", "--raw", "/readyz"]).success;
            is_ready.then_some(())
        });
        self.start_controllers();
    }

    /// Starts a program on the first node.
    fn start_part(&mut self, name: &str, flags: &[String]) {
        let space = format!("--net={}", namespace_file(0).display());
        let mut words: Vec<OsString> = vec!["nsenter".into(), space.into()];
        words.push(self.binaries.join(name).into());
        words.extend(flags.iter().map(OsString::from));
        self.parts.push(Component::start(name, &folder(), &words));
    }

    fn wait_for_nodes(&mut self) {
        wait::until("both nodes are ready", Duration::from_mins(1), || {
            if let Some(why) = self.nodes.iter_mut().flatten().find_map(Node::why_ended) {
                panic!("{why}");
            }
            let nodes = self.kubectl(&["get", "nodes", "-o", "json"]).json();
            let nodes = nodes["items"].as_array().cloned().unwrap_or_default();
            (nodes.iter().filter(|node| is_ready(node)).count() == NODES).then_some(())
        });
    }
}

/// Whether the object's condition `Ready` holds.
pub fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let mut ready = conditions.filter(|one| one["type"] == "Ready");
    ready.any(|one| one["status"] == "True")
}

fn is_controller(name: &str) -> bool {
    matches!(name, "kube-controller-manager" | "kube-scheduler")
}

/// What the API server proves itself with.
fn authority() -> PathBuf {
    folder().join("pki/apiserver.crt")
}

/// A kubeconfig is YAML, of which JSON is a part.
fn kubeconfig(token: &str) -> String {
    let server = format!("https://{API_SERVER}");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "install",
        "clusters": [{"name": "install", "cluster": {
            "server": server, "certificate-authority": authority()
        }}],
        "users": [{"name": "install", "user": {"token": token}}],
        "contexts": [{"name": "install", "context": {"cluster": "install", "user": "install"}}]
    });
    config.to_string()
}

/// What an administrator enters with.
fn admin_kubeconfig() -> PathBuf {
    folder().join("admin.kubeconfig")
}

fn api_server_flags() -> Vec<String> {
    let at = |name: &str| folder().join(name).display().to_string();
    // The API server makes its own certificate; the key of it signs the tokens of service
    // accounts too.
    let key = at("pki/apiserver.key");
    vec![
        "--etcd-servers=http://127.0.0.1:2379".to_owned(),
        format!("--cert-dir={}", at("pki")),
        format!("--secure-port={}", API_SERVER.port()),
        "--bind-address=0.0.0.0".to_owned(),
        format!("--advertise-address={}", node_address(0)),
        format!("--token-auth-file={}", at("tokens.csv")),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--allow-privileged=true".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-key-file={key}"),
        format!("--service-account-signing-key-file={key}"),
        format!("--service-cluster-ip-range={SERVICES}"),
        format!("--kubelet-client-certificate={}", at("kubelet-client.crt")),
        format!("--kubelet-client-key={}", at("kubelet-client.key")),
        "--kubelet-preferred-address-types=InternalIP".to_owned(),
    ]
}
