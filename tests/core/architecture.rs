//! The shape: layers that only look up, a core without I/O, files and functions of a size to read.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::committed::repository;

/// The modules in the order in which they may use each other: each only those before it, and
/// none of its own rank.
const LADDER: [&[&str]; 9] = [
    &["text"],
    &["path"],
    &["yaml"],
    &["subject", "inventory"],
    &["rules"],
    &["policy"],
    &["review"],
    &["check"],
    &["report"],
];

/// What stands above the ladder, lowest first.
const ABOVE: [&[&str]; 2] = [&["serve"], &["cli"]];

/// Words that the pure modules must not hold.
const IMPURE: [&str; 12] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::io",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "SystemTime",
    "Timestamp::now",
    "tokio",
    "async ",
    "Mutex",
];

const PURE: [&str; 8] =
    ["text", "path", "yaml", "subject", "inventory", "rules", "policy", "review"];

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn sources() -> Vec<(String, String, String)> {
    let root = repository().join("src");
    let named = files(&root).unwrap().into_iter().map(|path| {
        let relative = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let module = relative.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        (module, relative, fs::read_to_string(path).unwrap())
    });
    named.filter(|(module, ..)| module != "main" && module != "lib").collect()
}

/// The file's own lines, without its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

fn rank(module: &str) -> usize {
    let ladder = LADDER.iter().chain(&ABOVE);
    ladder
        .clone()
        .position(|step| step.contains(&module))
        .unwrap_or_else(|| panic!("`{module}` has no rank"))
}

#[test]
fn every_module_uses_only_modules_of_a_lower_rank() {
    for (module, file, text) in sources() {
        for used in without_tests(&text).split("crate::").skip(1) {
            let used: String =
                used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if used == module {
                continue;
            }
            assert!(
                rank(&used) < rank(&module),
                "{file} uses `{used}`, which does not stand below it"
            );
        }
    }
}

#[test]
fn the_core_does_no_io_has_no_clock_and_is_not_async() {
    for (module, file, text) in sources() {
        if PURE.contains(&module.as_str()) {
            for word in IMPURE {
                assert!(!without_tests(&text).contains(word), "{file} must not use `{word}`");
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_can_be_read_in_one_go() {
    for (_, file, text) in sources() {
        let lines = without_tests(&text).lines().count();
        assert!(lines <= 400, "{file} has {lines} lines; does it hold one idea?");
    }
}

#[test]
fn nothing_is_called_utils_helpers_or_manager() {
    for (_, file, text) in sources() {
        for name in ["utils", "helpers", "manager", "Utils", "Helper", "Manager"] {
            let says = |prefix: &str| text.contains(&format!("{prefix} {name}"));
            assert!(
                !file.contains(name) && !says("mod") && !says("struct") && !says("fn"),
                "{file}: {name}"
            );
        }
    }
}
