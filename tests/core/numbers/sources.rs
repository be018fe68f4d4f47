//! What the repository's own files cite, and which tests are in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;
use support::committed::repository;

/// Files that say what the numbers are, and cite none.
const HOMES: [&str; 4] = [
    "docs/checklist.md",
    "docs/faults.md",
    "tests/core/numbers/checklist.txt",
    "tests/core/numbers/faults.txt",
];

/// Where the parts of `make test-install` are, which are no tests of cargo's.
const PARTS: &str = "tests/install/scenario/";

/// A file and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// Every text below these folders and files of the repository, in order.
pub fn sources(roots: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for root in roots {
        collect(&repository().join(root), &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(path: &Path, found: &mut Vec<Source>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), found);
        }
        return;
    }
    let relative = path.strip_prefix(repository()).unwrap().to_str().unwrap().to_owned();
    if let (false, Ok(text)) = (HOMES.contains(&relative.as_str()), fs::read_to_string(path)) {
        found.push(Source { path: relative, text });
    }
}

/// The numbers of faults that `text` cites: `F-36`, `F-36 to F-38`, `fn f36_…`.
pub fn cited_faults(text: &str) -> BTreeSet<u16> {
    let wrapped = Regex::new(r"\n\s*//[/!]?\s*").unwrap();
    let text = wrapped.replace_all(text, " ");
    let mut cited = BTreeSet::new();
    let plain = Regex::new(r"\bF-([0-9]{1,4})\b(?: to F-([0-9]{1,4})\b)?").unwrap();
    for found in plain.captures_iter(&text) {
        let first: u16 = found[1].parse().unwrap();
        let last = found.get(2).map_or(first, |last| last.as_str().parse().unwrap());
        assert!(first <= last, "a range that runs backwards: {}", &found[0]);
        cited.extend(first..=last);
    }
    let names = Regex::new(r"\bfn ((?:f[0-9]{2,4}_)+)").unwrap();
    cited.extend(names.captures_iter(&text).flat_map(|found| numbers_of_name(&found[1])));
    cited
}

/// The numbers that a name begins with, as in `f46_f47_…`.
fn numbers_of_name(name: &str) -> Vec<u16> {
    let parts = name.split('_').map_while(|part| part.strip_prefix('f')?.parse().ok());
    parts.collect()
}

/// A test, and the faults that its name and the comment above it say it holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Test {
    pub file: String,
    pub name: String,
    pub faults: BTreeSet<u16>,
}

/// The tests of a file, in order. A part of the installation is one where its name has a number.
pub fn tests(source: &Source) -> Vec<Test> {
    let function = Regex::new(r"^(?:pub )?(?:async )?fn ([a-z0-9_]+)").unwrap();
    let attribute = Regex::new(r"^#\[(?:tokio::)?test[\](]").unwrap();
    let (mut found, mut comment, mut is_test) = (Vec::new(), String::new(), false);
    for line in source.text.lines().map(str::trim_start) {
        if line.starts_with("///") {
            comment.push_str(line);
            comment.push('\n');
        } else if line.starts_with("#[") {
            is_test |= attribute.is_match(line);
        } else {
            let name = function.captures(line).map(|name| name[1].to_owned());
            let is_part =
                |name: &String| source.path.starts_with(PARTS) && !numbers_of_name(name).is_empty();
            if let Some(name) = name.filter(|name| is_test || is_part(name)) {
                let mut faults = cited_faults(&comment);
                faults.extend(numbers_of_name(&name));
                found.push(Test { file: source.path.clone(), name, faults });
            }
            comment.clear();
            is_test = false;
        }
    }
    found
}

/// Tests as a cell of a table, by file, with a link to each; nothing where there are none.
pub fn holders<'t>(tests: impl Iterator<Item = &'t Test>) -> Option<String> {
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for test in tests {
        files.entry(&test.file).or_default().push(format!("`{}`", test.name));
    }
    let cells =
        files.iter().map(|(file, names)| format!("[{file}](../{file}): {}", names.join(", ")));
    let cells: Vec<_> = cells.collect();
    (!cells.is_empty()).then(|| cells.join("<br>"))
}

#[test]
fn numbers_are_found_in_comments_ranges_and_names_of_tests() {
    let f = "F-";
    let cited = |text: &str| cited_faults(text).into_iter().collect::<Vec<_>>();
    assert_eq!(cited(&format!("({f}5, {f}07 to {f}09)")), [5, 7, 8, 9]);
    assert_eq!(cited(&format!("//! as {f}901 to\n    //! {f}903.")), [901, 902, 903]);
    assert_eq!(cited(&format!("{}8 and x{f}9", "UTF-")), [0; 0]);
    assert_eq!(cited(&format!("    async {} f903_f904_it_holds() {{", "fn")), [903, 904]);
}

#[test]
fn a_number_is_held_by_tests_and_by_no_other_function() {
    let (f, name) = ("F-", "fn");
    let text = format!(
        "/// {f}901.\n#[test]\n#[rustfmt::skip]\n{name} one() {{\n}}\n\n/// {f}902.\n{name} two() {{}}\n\n\
         #[tokio::test(flavor = \"x\")]\nasync {name} f903_three() {{}}\n"
    );
    let source = Source { path: "tests/x.rs".to_owned(), text };
    let found: Vec<_> = tests(&source).into_iter().map(|t| (t.name, t.faults)).collect();
    let expected =
        [("one".to_owned(), [901].into()), ("f903_three".to_owned(), BTreeSet::from([903]))];
    assert_eq!(found, expected);
}

#[test]
fn a_number_is_held_by_a_part_of_the_installation_that_has_it_in_its_name() {
    let name = "fn";
    let text = format!("/// Does it.\npub {name} f904_four() {{}}\n\npub {name} five() {{}}\n");
    let named = |path: &str| {
        let source = Source { path: path.to_owned(), text: text.clone() };
        tests(&source).into_iter().map(|test| (test.name, test.faults)).collect::<Vec<_>>()
    };
    let held = ("f904_four".to_owned(), BTreeSet::from([904]));
    assert_eq!(named("tests/install/scenario/x.rs"), [held]);
    assert_eq!(named("tests/support/x.rs"), []);
}
