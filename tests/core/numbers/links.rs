//! Where the links of a page lead.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use support::committed::repository;
use support::page::{Part, parts};

/// The anchors of a page: those that headings make, as GitHub makes them, and those that are written.
fn anchors(text: &str) -> BTreeSet<String> {
    let written = Regex::new("<a id=\"([^\"]+)\"></a>").unwrap();
    let mut found = BTreeSet::new();
    for part in parts(text) {
        let Part::Prose(prose) = part else { continue };
        found.extend(written.captures_iter(&prose).map(|anchor| anchor[1].to_owned()));
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        found.extend(headings.map(|line| slug(line.trim_start_matches('#').trim())));
    }
    found
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

/// The targets of the links of a page that lead to files of the repository.
pub fn targets(text: &str) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let code = Regex::new("``.*?``|`[^`\n]*`").unwrap();
    let mut found = Vec::new();
    for part in parts(text) {
        let Part::Prose(prose) = part else { continue };
        // What stands between `[` and `]` may be code, and may hold brackets.
        let prose = code.replace_all(&prose, "``");
        let all = link.captures_iter(&prose).map(|target| target[1].to_owned());
        found.extend(all.filter(|target| !target.contains("://")));
    }
    found
}

/// What is wrong with a link from a page in this folder; nothing where it leads somewhere.
pub fn problem(folder: &str, page: &str, target: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { page } else { path };
    let file = repository().join(folder).join(path);
    if !file.exists() {
        return Some(format!("{target}: there is no such file"));
    }
    if anchor.is_empty() {
        return None;
    }
    let text = fs::read_to_string(&file).unwrap();
    let is_there = match (Path::new(path).extension(), anchor.strip_prefix('L')) {
        (Some(of), _) if of == "md" => anchors(&text).contains(anchor),
        (_, Some(line)) => line.parse::<usize>().is_ok_and(|n| n <= text.lines().count()),
        _ => false,
    };
    (!is_there).then(|| format!("{target}: there is no such place"))
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    if std::env::var_os("BLESS").is_some() {
        return; // Pages are made again at this very moment.
    }
    let docs = fs::read_dir(repository().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut pages: Vec<(&str, String)> = docs.map(|name| ("docs", name)).collect();
    let of_root = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md"];
    pages.extend(of_root.map(|name| ("", name.to_owned())));
    pages.sort();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (folder, name) in &pages {
        let text = fs::read_to_string(repository().join(folder).join(name)).unwrap();
        for target in targets(&text) {
            count += 1;
            let problem = problem(folder, name, &target);
            wrong.extend(problem.map(|problem| format!("{folder}/{name}: {problem}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 300, "only {count} links");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    assert_eq!(problem("docs", "x.md", "operations.md#break-glass"), None);
    assert_eq!(problem("docs", "operations.md", "#break-glass"), None);
    assert_eq!(problem("docs", "x.md", "../policies/mmt-backend.yaml#L5"), None);
    for target in ["no.md", "operations.md#no", "../policies/mmt-backend.yaml#L5000"] {
        assert!(problem("docs", "x.md", target).is_some(), "{target}");
    }
    assert_eq!(slug("`spec.rules` and *Two words*"), "specrules-and-two-words");
    assert_eq!(targets("[a](b.md) `[c](d)` [`e`](f#g) [h](https://i)"), ["b.md", "f#g"]);
}
