//! What a run prints, and what it thinks of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::guard;

/// The claims that were tried.
pub struct Report {
    started: Instant,
    held: usize,
    failed: Vec<String>,
    shown: usize,
}

impl Report {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { started: Instant::now(), held: 0, failed: Vec::new(), shown: 0 }
    }

    /// One part of the run. What fails in it without a claim ends the part, and not the run.
    pub fn part(&mut self, title: &str, play: impl FnOnce(&mut Self)) {
        println!("\n{title}  [{} s]", self.started.elapsed().as_secs());
        let outcome = catch_unwind(AssertUnwindSafe(|| play(self)));
        if outcome.is_err() && !guard::is_interrupted() {
            self.failed.push(format!("{title}: it ended early, see above"));
        }
    }

    /// Something that must hold, and what there is to see of it.
    pub fn claim(&mut self, claim: &str, holds: bool, seen: &str) {
        let seen = seen.trim_end();
        let beside = if seen.is_empty() { String::new() } else { format!(": {seen}") };
        println!("  {} {claim}{beside}", if holds { "ok  " } else { "FAIL" });
        if holds {
            self.held += 1;
        } else {
            self.failed.push(claim.to_owned());
        }
    }

    /// Whether something failed since this was asked last.
    pub fn has_new_failures(&mut self) -> bool {
        let before = std::mem::replace(&mut self.shown, self.failed.len());
        self.failed.len() > before
    }

    /// The last words; says whether all claims held.
    pub fn end(&self) -> bool {
        let took = self.started.elapsed().as_secs();
        let (held, failed) = (self.held, self.failed.len());
        println!("\n{held} claims held, {failed} did not, in {} min {} s", took / 60, took % 60);
        for claim in &self.failed {
            println!("  FAIL {claim}");
        }
        self.failed.is_empty()
    }
}

/// Something to know.
pub fn say(text: &str) {
    println!("       {text}");
}

/// The last line of a text that is no empty one.
pub fn last_line(text: &str) -> &str {
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default()
}
