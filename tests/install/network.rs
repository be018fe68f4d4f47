//! One network namespace for each node, all on one bridge.

use crate::command::run;
use crate::settings::{
    BRIDGE, NODES, cable, namespace, namespace_file, node_address, node_name, pods_of,
};

fn ip(words: &str) {
    let words: Vec<&str> = words.split(' ').collect();
    run("ip", &words).expect();
}

/// Runs a program inside of a node's namespace. Not by `ip netns exec`, which mounts another /sys, in
/// which the kubelet finds no cgroups.
fn inside(node: usize, words: &[&str]) {
    let namespace = format!("--net={}", namespace_file(node).display());
    run("nsenter", &[&[namespace.as_str()], words].concat()).expect();
}

/// Makes the bridge, whose own address is this machine's.
pub fn make_bridge() {
    // With an address that stays: by default it is that of some cable, and changes when one is pulled,
    // which the other nodes would notice only half a minute later.
    ip(&format!("link add {BRIDGE} address 02:00:00:00:99:fe type bridge"));
    ip(&format!("addr add 10.99.0.254/24 dev {BRIDGE}"));
    ip(&format!("link set {BRIDGE} up"));
}

/// Makes the namespace of a node and plugs in its cable.
pub fn connect(node: usize) {
    let (space, cable) = (namespace(node), cable(node));
    ip(&format!("netns add {space}"));
    ip(&format!("link add {cable} type veth peer name eth0 netns {space}"));
    ip(&format!("link set {cable} master {BRIDGE} up"));
    let inside_ip = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        inside(node, &[&["ip"], &words[..]].concat());
    };
    inside_ip(&format!("addr add {}/24 dev eth0", node_address(node)));
    inside_ip("link set eth0 up");
    inside_ip("link set lo up");
    // Service addresses are rewritten only on their way out, so there must be a way.
    inside_ip("route add default via 10.99.0.254");
    inside(node, &["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    for other in (0..NODES).filter(|other| *other != node) {
        inside_ip(&format!("route add {} via {}", pods_of(other), node_address(other)));
    }
}

/// Pulls the cable of a node: nothing that dies behind it can say goodbye.
pub fn unplug(node: usize) {
    ip(&format!("link set {} down", cable(node)));
}

/// Removes the namespace of a node and what hangs on it, where they are.
pub fn remove(node: usize) {
    let _ = run("ip", &["link", "del", &cable(node)]);
    let _ = run("ip", &["netns", "del", &namespace(node)]);
}

/// Removes everything.
pub fn remove_all() {
    (0..NODES).for_each(remove);
    let _ = run("ip", &["link", "del", BRIDGE]);
}

/// What is left.
pub fn left() -> Vec<String> {
    let spaces = (0..NODES).filter(|node| namespace_file(*node).exists());
    let mut left: Vec<String> =
        spaces.map(|node| format!("the network namespace of {}", node_name(node))).collect();
    if run("ip", &["link", "show", BRIDGE]).success {
        left.push(format!("the bridge {BRIDGE}"));
    }
    left
}
