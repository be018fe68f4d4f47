//! Control groups: the kubelets want some, and by them every process of this run is found again,
//! whoever started it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The group that all others are in.
pub const NAME: &str = "plimsoll-install";

/// Where each hierarchy is mounted: one with version 2, one for each controller with version 1.
pub fn hierarchies() -> Vec<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let groups = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (_, point, kind) = (fields.next()?, fields.next()?, fields.next()?);
        matches!(kind, "cgroup" | "cgroup2").then(|| PathBuf::from(point))
    });
    groups.collect()
}

/// The hierarchy in which processes are found again. One is enough, as a container is in all.
fn tracking() -> PathBuf {
    let mut all = hierarchies();
    let at = all.iter().position(|point| point.ends_with("pids")).unwrap_or(0);
    assert!(!all.is_empty(), "no cgroups are mounted");
    all.swap_remove(at)
}

/// Makes a group of this name in every hierarchy.
pub fn make(name: &str) -> io::Result<()> {
    for point in hierarchies() {
        let group = point.join(NAME).join(name);
        fs::create_dir_all(&group)?;
        // A new group of version 1 has no processors and no memory until somebody says which.
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let Ok(whole) = fs::read_to_string(point.join(file)) else { continue };
            fs::write(point.join(NAME).join(file), &whole)?;
            fs::write(group.join(file), &whole)?;
        }
        // In version 2 a controller is there where the group above hands it down.
        let hand_down = ["", NAME].map(|above| point.join(above).join("cgroup.subtree_control"));
        for file in hand_down.iter().filter(|file| file.is_file()) {
            for controller in ["cpu", "cpuset", "io", "memory", "pids"] {
                // Those that version 1 has on this machine are not there.
                let _ = fs::write(file, format!("+{controller}"));
            }
        }
    }
    Ok(())
}

/// The file into which a process writes its number to become a member.
pub fn members(name: &str) -> PathBuf {
    tracking().join(NAME).join(name).join("cgroup.procs")
}

/// The group this process is in now, to come back to.
pub fn own() -> io::Result<PathBuf> {
    let tracking = tracking();
    let text = fs::read_to_string("/proc/self/cgroup")?;
    let is_pids = tracking.ends_with("pids");
    let line = text.lines().find(|line| {
        let controllers = line.split(':').nth(1).unwrap_or_default();
        if is_pids {
            controllers.split(',').any(|one| one == "pids")
        } else {
            controllers.is_empty()
        }
    });
    let path = line.and_then(|line| line.splitn(3, ':').nth(2)).unwrap_or("/");
    Ok(tracking.join(path.trim_start_matches('/')).join("cgroup.procs"))
}

/// Every process in the groups whose name begins so.
pub fn processes(prefix: &str) -> Vec<i32> {
    let mut found = Vec::new();
    for point in hierarchies() {
        for group in below(&point.join(NAME)) {
            let inside = group.strip_prefix(point.join(NAME)).unwrap_or(&group);
            let text = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
            if inside.to_string_lossy().starts_with(prefix) {
                found.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    // A process of another namespace has no number here.
    found.retain(|number| *number > 0);
    found
}

/// Removes every group; those that still have members stay.
pub fn remove(prefix: &str) {
    for point in hierarchies() {
        let mut groups = below(&point.join(NAME));
        groups.sort_by_key(|group| std::cmp::Reverse(group.as_os_str().len()));
        for group in groups {
            let inside = group.strip_prefix(point.join(NAME)).unwrap_or(&group);
            if inside.to_string_lossy().starts_with(prefix) {
                let _ = fs::remove_dir(&group);
            }
        }
    }
}

/// Whether any group is left.
pub fn any_left() -> bool {
    hierarchies().iter().any(|point| point.join(NAME).exists())
}

/// A group and all groups in it.
fn below(group: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut next = vec![group.to_owned()];
    while let Some(group) = next.pop() {
        let Ok(entries) = fs::read_dir(&group) else { continue };
        let folders =
            entries.flatten().filter(|one| one.file_type().is_ok_and(|kind| kind.is_dir()));
        next.extend(folders.map(|entry| entry.path()));
        found.push(group);
    }
    found
}
