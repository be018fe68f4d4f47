//! The version before this one: the same program, in which one rule has another name wherever it is
//! named. So it knows a rule less than this one does, and everything else as well as this one.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use memchr::memmem;
use support::committed::repository;

use crate::command::{Ended, run_with};
use crate::images;
use crate::scenario::release;
use crate::scenario::report::{Report, last_line};
use crate::scenario::skew::objects::policy;
use crate::settings::folder;

/// The rule that only this version knows.
pub const NEW_RULE: &str = "host-ports";
/// What the older one has in its place: as long, for the program is changed where it stands.
const BEFORE: &str = "host-plugs";
/// The tag of its image.
pub const TAG: &str = "older";

/// The older version, as a program and an image.
pub struct Older {
    /// The program.
    pub program: PathBuf,
    /// Its image.
    pub archive: PathBuf,
}

impl Older {
    /// Makes it of this version's program.
    pub fn make(program: &Path) -> Self {
        let context = folder().join("older");
        fs::create_dir(&context).expect("a folder");
        let older = context.join("plimsoll");
        // With it comes the right to run it.
        fs::copy(program, &older).unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut bytes = fs::read(&older).expect("the program");
        let changed = rename(&mut bytes, NEW_RULE, BEFORE);
        assert!(changed > 0, "{} does not hold the name {NEW_RULE}", program.display());
        fs::write(&older, bytes).expect("a file");
        let name = format!("{}:{TAG}", release::REPOSITORY);
        Self { archive: images::of_program(&context, &name), program: older }
    }

    /// That it is what it is said to be: nothing below would mean anything otherwise.
    pub fn is_one(&self, report: &mut Report, newer: &Path) {
        let (older, newer) = (rules(&self.program), rules(newer));
        let lacks = newer.iter().filter(|id| !older.contains(id)).cloned().collect::<Vec<_>>();
        let seen = format!("{} rules on both sides, {} here", older.len(), lacks.join(", "));
        let claim = "the older program has all rules but one";
        report.claim(claim, older.len() == newer.len() && lacks == [NEW_RULE], &seen);
        let refused = self.judge(&policy(&["image-tag", NEW_RULE]));
        let said = format!("no rule is called `{NEW_RULE}`");
        let claim = "and takes a policy with that one for an error";
        report.claim(claim, refused.stderr.contains(&said), last_line(&refused.stderr));
        let known = self.judge(&policy(&["image-tag"]));
        report.claim("and one without it for none", known.success, &known.stderr);
    }

    /// What it makes of a good Deployment under a policy.
    fn judge(&self, policy: &str) -> Ended {
        let file = folder().join("judged-by-older.yaml");
        fs::write(&file, policy).expect("a file");
        let good = repository().join("tests/workloads/good.yaml");
        let words = [OsStr::new("check"), OsStr::new("--policy"), file.as_ref(), good.as_ref()];
        run_with(&self.program, &words, &[], "", LIMIT)
    }
}

/// How long the program may take to answer.
const LIMIT: Duration = Duration::from_secs(20);

/// The definitions of policies and exceptions that a program brings.
pub fn definitions(program: &Path) -> String {
    run_with(program, &["crds"], &[], "", LIMIT).expect()
}

/// The rules that a program knows.
fn rules(program: &Path) -> Vec<String> {
    let list = run_with(program, &["rules"], &[], "", LIMIT).expect();
    list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Puts one name in the place of another of the same length; says how often it stood there.
fn rename(bytes: &mut [u8], from: &str, to: &str) -> usize {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = memmem::find_iter(bytes, from).collect();
    for place in &places {
        bytes[*place..place + to.len()].copy_from_slice(to.as_bytes());
    }
    places.len()
}
