//! What is tried.

use std::path::PathBuf;

use crate::cluster::Cluster;

/// Plays it all; says whether everything held.
pub fn play(arguments: &[String]) -> bool {
    let archives: Vec<PathBuf> = arguments.iter().map(PathBuf::from).collect();
    let started = std::time::Instant::now();
    let mut cluster = Cluster::start(&archives);
    println!("{:?}", started.elapsed());
    println!("{}", cluster.kubectl(&["get", "nodes,pods,leases", "-A", "-o", "wide"]));
    cluster.cut_off(1);
    println!("cut");
    cluster.bring_back(1);
    println!("{}", cluster.kubectl(&["get", "nodes,pods", "-A", "-o", "wide"]));
    println!("{:?}", started.elapsed());
    if std::env::var_os("HOLD").is_some() { std::thread::sleep(std::time::Duration::from_secs(600)); }
    true
}
