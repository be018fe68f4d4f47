//! Sees to it that nothing stays behind: not when the run ends well, panics or is interrupted, and not
//! when it is killed either.
//!
//! A second process, the sweeper, waits for the end of a pipe that only the run holds; the kernel
//! closes it in every case. It is in a process group of its own, so that the Ctrl-C meant for the run
//! is not meant for it. Everything the run starts is in one control group, by which it is found.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FlockOperation, flock};

use crate::{cgroups, settings, sweep};

/// The argument that makes this program the sweeper.
pub const SWEEPER: &str = "sweep-when-left-alone";
/// The group of all processes that no node has.
pub const PROCESSES: &str = "processes";

struct Guard {
    lock: File,
    sweeper: Child,
    /// The group this process came from.
    home: PathBuf,
}

static GUARD: Mutex<Option<Guard>> = Mutex::new(None);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Takes the machine for this run, and what an earlier one left away.
pub fn enter() -> Result<(), String> {
    let Some(mut lock) = take_lock() else {
        let other = fs::read_to_string(settings::lock()).unwrap_or_default();
        return Err(format!("another run is at work: process {}", other.trim()));
    };
    let left = sweep::everything(None);
    if !left.is_empty() {
        return Err(format!("an earlier run left what cannot be removed: {}", left.join(", ")));
    }
    let say = |doing: &str, error: &std::io::Error| format!("{doing}: {error}");
    lock.set_len(0)
        .and_then(|()| writeln!(lock, "{}", std::process::id()))
        .map_err(|e| say("lock", &e))?;
    let program = std::env::current_exe().map_err(|error| say("this program", &error))?;
    // Before this process is in the group, in which the sweeper kills.
    let mut sweeper = Command::new(program);
    sweeper.arg(SWEEPER).process_group(0).stdin(Stdio::piped()).stdout(Stdio::null());
    let sweeper = sweeper.spawn().map_err(|error| say("the sweeper", &error))?;
    let home = cgroups::own().map_err(|error| say("the cgroup of this process", &error))?;
    *GUARD.lock().unwrap() = Some(Guard { lock, sweeper, home });
    leave_when_interrupted();
    let joined = cgroups::make(PROCESSES)
        .and_then(|()| fs::write(cgroups::members(PROCESSES), std::process::id().to_string()))
        .and_then(|()| fs::create_dir(settings::folder()));
    joined.map_err(|error| {
        leave();
        say("a cgroup for this run", &error)
    })
}

/// Has everything taken away, and waits for that.
pub fn leave() {
    let mut guard = GUARD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(Guard { lock, mut sweeper, home }) = guard.take() else { return };
    println!("taking everything away");
    // A group with a member cannot be removed.
    let _ = fs::write(home, std::process::id().to_string());
    drop(lock);
    drop(sweeper.stdin.take());
    let _ = sweeper.wait();
}

/// Whether the run is being ended from outside, so that what fails meanwhile is no finding.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

fn leave_when_interrupted() {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let mut interrupt = signal(SignalKind::interrupt()).expect("a handler");
            let mut end = signal(SignalKind::terminate()).expect("a handler");
            let mut hangup = signal(SignalKind::hangup()).expect("a handler");
            tokio::select! { _ = interrupt.recv() => {}, _ = end.recv() => {}, _ = hangup.recv() => {} }
        });
        INTERRUPTED.store(true, Ordering::Relaxed);
        leave();
        std::process::exit(130);
    });
}

/// Takes the lock where nobody has it.
fn take_lock() -> Option<File> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    let file = options.open(settings::lock()).ok()?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok().map(|()| file)
}

/// What the sweeper does.
pub fn sweep_when_left_alone() {
    let run = std::os::unix::process::parent_id();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    // Whoever has the lock now has already swept.
    let Some(_lock) = take_lock() else { return };
    let left = sweep::everything(Some(run));
    if !left.is_empty() {
        eprintln!("what could not be taken away: {}", left.join(", "));
    }
}
