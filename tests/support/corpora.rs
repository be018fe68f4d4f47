//! Outside test cases, which stand beside a developer's checkout and are never copied into it.

use std::io::Write;
use std::path::PathBuf;
use std::{env, fs};

use crate::committed::repository;

/// One row of a corpus' `cases.tsv`.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of the case, which no other of the corpus has.
    pub id: String,
    /// The file of the object.
    pub path: PathBuf,
    /// The outside project's name of what is checked.
    pub check: String,
    /// `pass`, `fail` or another word.
    pub expected: String,
    /// The Pod Security level.
    pub level: String,
    /// The Pod Security version, such as `v1.24`.
    pub version: String,
    /// Files of what stands around the object.
    pub context: Vec<PathBuf>,
    /// What the outside project sets for the check.
    pub params: String,
    /// What is special about the case.
    pub flags: Vec<String>,
}

/// Says something in the test's output, also when the test passes.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The folder of a corpus; none in a checkout that has no corpora, which is said and, under
/// `CI=true`, a failure.
pub fn corpus(name: &str) -> Option<PathBuf> {
    let beside = repository().join("../shared/corpora");
    let root = env::var_os("PLIMSOLL_CORPORA").map_or(beside, PathBuf::from).join(name);
    if root.is_dir() {
        return Some(root);
    }
    let place = root.display();
    assert!(env::var("CI").as_deref() != Ok("true"), "CI needs the corpora; none at {place}");
    say(&format!("SKIPPED: no corpus at {place}; set PLIMSOLL_CORPORA to where it is"));
    None
}

/// The cases of a corpus; none where there is no such corpus.
pub fn cases(name: &str) -> Option<Vec<Case>> {
    let root = corpus(name)?;
    let table = fs::read_to_string(root.join("cases.tsv")).expect("a table of cases");
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    let column = |name: &str| head.iter().position(|h| *h == name).expect(name);
    let columns = [
        "id",
        "path",
        "check",
        "expected",
        "psa_level",
        "psa_version",
        "context",
        "params",
        "flags",
    ]
    .map(column);
    let listed = |text: &str| -> Vec<String> {
        text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let cases = lines.map(|row| {
        let [id, path, check, expected, level, version, context, params, flags] =
            columns.map(|c| row.get(c).copied().unwrap_or_default().to_owned());
        let context = listed(&context).iter().map(|file| root.join(file)).collect();
        let (path, flags) = (root.join(path), listed(&flags));
        Case { id, path, check, expected, level, version, context, params, flags }
    });
    Some(cases.collect())
}
