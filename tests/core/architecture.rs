//! The shape: layers that only look up, a core without I/O, files and functions of a size to read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use regex::Regex;
use support::committed::repository;

use crate::uses::{circles, uses};

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

const PURE: [&str; 10] =
    ["text", "path", "yaml", "subject", "inventory", "rules", "policy", "review", "cases", "audit"];

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

/// The rooms as `ARCHITECTURE.md` has them: each uses only those of a step before its own.
fn ladder() -> Vec<Vec<String>> {
    let page = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let line = page.lines().find(|line| line.contains(" ← ")).expect("a ladder");
    let rooms = |step: &str| {
        let step = step.trim().trim_start_matches('{').trim_end_matches('}');
        step.split(", ").map(str::to_owned).collect()
    };
    line.split('←').map(rooms).collect()
}

fn rank(ladder: &[Vec<String>], module: &str) -> usize {
    let step = ladder.iter().position(|step| step.iter().any(|room| room == module));
    step.unwrap_or_else(|| panic!("`{module}` has no place in ARCHITECTURE.md"))
}

#[test]
fn every_room_uses_only_rooms_of_a_lower_rank() {
    let ladder = ladder();
    for (module, file, text) in sources() {
        for used in without_tests(&text).split("crate::").skip(1) {
            let used: String =
                used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if used == module {
                continue;
            }
            assert!(
                rank(&ladder, &used) < rank(&ladder, &module),
                "{file} uses `{used}`, which does not stand below it"
            );
        }
    }
}

#[test]
fn every_room_is_told_of_once() {
    let page = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let rooms: BTreeSet<String> = sources().into_iter().map(|(module, ..)| module).collect();
    for room in rooms {
        assert_eq!(page.matches(&format!("| `{room}` |")).count(), 1, "{room}");
    }
}

#[test]
fn no_two_files_use_each_other_on_whatever_way() {
    let files: Vec<_> = sources().into_iter().map(|(_, file, text)| (file, text)).collect();
    let uses = uses(&files);
    let count: usize = uses.values().map(BTreeSet::len).sum();
    assert!(count > 300, "{count} uses were found");
    let circles = circles(&uses);
    for circle in &circles {
        for file in circle {
            let others: Vec<_> = uses[file].iter().filter(|used| circle.contains(used)).collect();
            println!("{file} uses {others:?}");
        }
        println!();
    }
    assert!(circles.is_empty(), "{circles:?}");
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
fn the_lints_let_no_panic_through_and_hold_functions_short() {
    let text = |path: &str| fs::read_to_string(repository().join(path)).unwrap();
    let (manifest, limits, makefile) = (text("Cargo.toml"), text("clippy.toml"), text("Makefile"));
    for lint in ["unwrap_used", "expect_used", "panic", "indexing_slicing", "string_slice"] {
        assert!(manifest.contains(&format!("\n{lint} = \"warn\"\n")), "{lint}");
    }
    assert!(manifest.contains("\nunsafe_code = \"forbid\"\n"));
    assert!(limits.contains("\ntoo-many-lines-threshold = 60\n"));
    assert!(limits.contains("\ncognitive-complexity-threshold = 20\n"));
    assert!(makefile.contains("cargo clippy --workspace --all-targets -- -D warnings\n"));
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

/// The compiler sees what a test binary does not use, and not what none of them uses.
#[test]
fn all_that_the_tests_share_is_used_by_one_of_them() {
    let support = repository().join("tests/support");
    let text = |path: &PathBuf| fs::read_to_string(path).unwrap();
    let all = [files(&repository().join("tests")), files(&repository().join("benches"))];
    let all: Vec<PathBuf> = all.into_iter().flat_map(Result::unwrap).collect();
    let (shared, users): (Vec<_>, Vec<_>) = all.iter().partition(|p| p.starts_with(&support));
    let users: String = users.into_iter().map(text).collect();
    let used = Regex::new(r"\w+").unwrap();
    let used: BTreeSet<&str> = used.find_iter(&users).map(|word| word.as_str()).collect();
    let offered = Regex::new(r"(?m)^ *pub (?:fn|const) (\w+)").unwrap();
    let mut count = 0;
    for path in shared {
        for name in offered.captures_iter(&text(path)) {
            assert!(used.contains(&name[1]), "nobody uses `{}` of {}", &name[1], path.display());
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}
