//! What the machine must have.

use std::path::Path;

/// Each program, and the Debian package it comes with.
const TOOLS: [(&str, &str); 12] = [
    ("containerd", "containerd"),
    ("ctr", "containerd"),
    ("runc", "runc"),
    ("buildah", "buildah"),
    ("musl-gcc", "musl-tools"),
    ("iptables", "iptables"),
    ("conntrack", "conntrack"),
    ("ipset", "ipset"),
    ("ip", "iproute2"),
    ("nsenter", "util-linux"),
    ("unshare", "util-linux"),
    ("timeout", "coreutils"),
];

/// Where Debian puts the plugins for the network of Pods.
pub const CNI: &str = "/usr/lib/cni";
/// Those that are used.
const PLUGINS: [&str; 4] = ["bridge", "host-local", "loopback", "portmap"];

/// Names all that is missing at once.
pub fn all() -> Result<(), String> {
    let mut missing = Vec::new();
    if !rustix::process::geteuid().is_root() {
        missing
            .push("  it is not root: nodes need network namespaces, cgroups and mounts".to_owned());
    }
    let mut packages = Vec::new();
    for (tool, package) in TOOLS {
        if !is_program(tool) {
            missing.push(format!("  there is no {tool}"));
            packages.push(package);
        }
    }
    for plugin in PLUGINS {
        if !Path::new(CNI).join(plugin).is_file() {
            missing.push(format!("  there is no {CNI}/{plugin}"));
            packages.push("containernetworking-plugins");
        }
    }
    packages.sort_unstable();
    packages.dedup();
    if !packages.is_empty() {
        missing.push(format!("On Debian: apt-get install {}", packages.join(" ")));
    }
    if missing.is_empty() { Ok(()) } else { Err(missing.join("\n")) }
}

fn is_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}
