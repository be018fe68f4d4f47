//! Taking everything away that a run makes. What is not there is no error, so it also takes away what
//! an earlier run had to leave.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::command::run;
use crate::wait::within;
use crate::{cgroups, network, settings};

/// Kills every process in the groups whose name begins so, other than the one that is spared.
/// Returns the numbers of those that would not go.
pub fn kill(prefix: &str, spared: Option<u32>) -> Vec<i32> {
    let spared = spared.and_then(|number| i32::try_from(number).ok());
    let others = || -> Vec<i32> {
        let all = cgroups::processes(prefix).into_iter();
        all.filter(|number| Some(*number) != spared && !is_dead(*number)).collect()
    };
    // Those that are killed may have started others a moment before.
    within(Duration::from_secs(15), || {
        for number in others() {
            if let Some(process) = Pid::from_raw(number) {
                let _ = kill_process(process, Signal::KILL);
            }
        }
        others().is_empty().then_some(())
    });
    others()
}

/// Whether a process has ended, and only its parent does not know yet.
fn is_dead(number: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}

/// Takes everything away, and names what stays. `spared` is the process that this is done for.
pub fn everything(spared: Option<u32>) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    let alive = kill("", spared);
    if !alive.is_empty() {
        left.push(format!("the processes {alive:?}"));
    }
    unmount(&settings::folder());
    network::remove_all();
    // The kernel takes a moment to see that a group is empty.
    within(Duration::from_secs(10), || {
        cgroups::remove("");
        (!cgroups::any_left()).then_some(())
    });
    within(Duration::from_secs(10), || {
        unmount(&settings::folder());
        let _ = fs::remove_dir_all(settings::folder());
        (!settings::folder().exists()).then_some(())
    });
    // The kubelet's own place, over which each node has one of its own; gone if it is empty.
    let _ = fs::remove_dir("/var/lib/kubelet");
    left.extend(network::left());
    if cgroups::any_left() {
        left.push(format!("cgroups named {}", cgroups::NAME));
    }
    if settings::folder().exists() {
        left.push(settings::folder().display().to_string());
    }
    left
}

/// Unmounts all below a folder, the deepest first.
pub fn unmount(folder: &Path) {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    let mut points: Vec<&str> = points.filter(|at| Path::new(at).starts_with(folder)).collect();
    points.sort_by_key(|at| std::cmp::Reverse(at.len()));
    for point in points {
        let _ = run("umount", &["--lazy", point]);
    }
}
