//! `make bench`: `plimsoll check` over a folder of manifests, turn by turn with kube-score over the
//! same files where it is installed, and with another `plimsoll` (`BESIDE=PROGRAM`).
//!
//! The folder is `MANIFESTS`, or the corpus `realworld` beside the checkout. kube-score ends at the
//! first file that it cannot read; such files are left out of its turn, which is all the easier.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use plimsoll::files::read_all;

/// How often each program gets its turn.
const ROUNDS: usize = 9;

/// One program with its arguments.
struct Program {
    name: String,
    command: OsString,
    arguments: Vec<OsString>,
}

/// What one turn took: wall time, time on all processors, and the most memory, in KiB.
struct Turn {
    wall: Duration,
    cpu: Duration,
    peak: u64,
}

fn main() {
    let from_environment =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/realworld");
    let folder = from_environment("MANIFESTS").unwrap_or(corpus);
    let files: Vec<String> =
        read_all(std::slice::from_ref(&folder)).sources.into_iter().map(|s| s.name).collect();
    if files.is_empty() {
        println!("no manifests in {}; say MANIFESTS=FOLDER", folder.display());
        return;
    }
    let mut programs = Vec::new();
    let mut plimsoll = |name: &str, command: &OsStr| {
        for form in ["text", "json", "short"] {
            let arguments =
                ["check".as_ref(), "--format".as_ref(), form.as_ref(), folder.as_os_str()];
            let arguments = arguments.map(OsStr::to_owned).to_vec();
            let name = format!("{name} {form}");
            programs.push(Program { name, command: command.to_owned(), arguments });
        }
    };
    plimsoll("plimsoll", env!("CARGO_BIN_EXE_plimsoll").as_ref());
    if let Some(beside) = from_environment("BESIDE") {
        plimsoll("beside", beside.as_os_str());
    }
    if Command::new("kube-score").arg("version").stdout(Stdio::null()).status().is_ok() {
        programs.push(kube_score(&files));
    }
    let mut turns: Vec<Vec<Turn>> = programs.iter().map(|_| Vec::new()).collect();
    for round in 0..=ROUNDS {
        for (program, turns) in programs.iter().zip(&mut turns) {
            let turn = program.run();
            // The first round fills the caches of the system.
            if round > 0 {
                turns.push(turn);
            }
        }
    }
    report(&programs, &turns, files.len());
}

/// kube-score over the files that it can read.
fn kube_score(files: &[String]) -> Program {
    let is_read = |file: &&String| {
        let output = Command::new("kube-score").arg("score").arg(file).output().unwrap();
        !String::from_utf8_lossy(&output.stderr).contains("Failed to score")
    };
    let readable = files.iter().filter(is_read).map(OsString::from);
    let arguments = std::iter::once(OsString::from("score")).chain(readable).collect();
    Program { name: "kube-score".to_owned(), command: "kube-score".into(), arguments }
}

impl Program {
    fn run(&self) -> Turn {
        let start = Instant::now();
        let mut child = Command::new(&self.command)
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let status = PathBuf::from(format!("/proc/{}/status", child.id()));
        let (mut peak, before) = (0, children_cpu());
        // The peak never falls, so the last look at it counts.
        while child.try_wait().unwrap().is_none() {
            peak = peak.max(peak_of(&status).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(1));
        }
        Turn { wall: start.elapsed(), cpu: children_cpu().saturating_sub(before), peak }
    }
}

fn peak_of(status: &Path) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The time that processes which this one has waited for took on all processors.
fn children_cpu() -> Duration {
    let stat = std::io::read_to_string(File::open("/proc/self/stat").unwrap()).unwrap();
    // Behind the name, which may hold blanks: user and system time of children, in ticks of 10 ms.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

fn median<T: Ord + Copy>(turns: &[Turn], read: impl Fn(&Turn) -> T) -> T {
    let mut values: Vec<T> = turns.iter().map(read).collect();
    values.sort_unstable();
    values[values.len() / 2]
}

fn report(programs: &[Program], turns: &[Vec<Turn>], files: usize) {
    println!("\n`check` over {files} files, medians of {ROUNDS} rounds");
    println!(
        "\n{:16} {:>9} {:>9} {:>11} {:>18}",
        "program", "wall ms", "CPU ms", "peak KiB", "of kube-score"
    );
    let theirs = programs.iter().position(|program| program.name == "kube-score");
    let theirs = theirs.map(|at| median(&turns[at], |turn| turn.wall));
    for (program, turns) in programs.iter().zip(turns) {
        let wall = median(turns, |turn| turn.wall);
        let ratio =
            theirs.map(|theirs| format!("{:.2}", wall.as_secs_f64() / theirs.as_secs_f64()));
        println!(
            "{:16} {:>9} {:>9} {:>11} {:>18}",
            program.name,
            wall.as_millis(),
            median(turns, |turn| turn.cpu).as_millis(),
            median(turns, |turn| turn.peak),
            ratio.unwrap_or_default()
        );
    }
    if theirs.is_none() {
        println!("\nkube-score is not installed: there is nothing to hold it against");
    }
}
