//! Names and addresses that are this run's alone. They are the same in every run, so that what an
//! earlier one left behind is found.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// How many nodes there are.
pub const NODES: usize = 2;
/// Where the API server listens: on the first node.
pub const API_SERVER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 99, 0, 1)), 6443);
/// The addresses of Services.
pub const SERVICES: &str = "10.96.0.0/24";
/// The addresses of Pods, of all nodes.
pub const PODS: &str = "10.244.0.0/16";

/// Everything on disk. A fixed place that only root can write to.
pub fn folder() -> PathBuf {
    PathBuf::from("/var/lib/plimsoll-install")
}

/// Who holds it is the run.
pub fn lock() -> PathBuf {
    PathBuf::from("/run/plimsoll-install.lock")
}

/// The network namespace of a node.
pub fn namespace(node: usize) -> String {
    format!("plimsoll{node}")
}

/// The same as a file.
pub fn namespace_file(node: usize) -> PathBuf {
    Path::new("/run/netns").join(namespace(node))
}

/// The bridge that all nodes hang on.
pub const BRIDGE: &str = "plimsollbr";

/// The end of a node's cable that lies on the bridge.
pub fn cable(node: usize) -> String {
    format!("plimsollv{node}")
}

/// The name of a node.
pub fn node_name(node: usize) -> String {
    format!("node{node}")
}

/// The address of a node.
pub fn node_address(node: usize) -> String {
    format!("10.99.0.{}", node + 1)
}

/// The addresses of the Pods of a node.
pub fn pods_of(node: usize) -> String {
    format!("10.244.{node}.0/24")
}

/// A secret nobody else has.
pub fn random() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/uuid").expect("a random number");
    text.trim().replace('-', "")
}
