//! The data file of a peer: which rules stand for its checks, and the differences that have a reason.

use plimsoll::rules::catalog::find;

/// The heading in front of the differences.
const DIFFERENCES: &str = "[differences]";

/// What stands for a check.
pub enum Counterpart {
    /// A rule, with its parameters as YAML in one line.
    Rule { id: &'static str, parameters: &'static str },
    /// Nothing, and why.
    None(&'static str),
}

/// A check, or one of its rules (`CHECK#RULE`), and what stands for it. Several lines of a check are
/// rules that stand for it together.
pub struct Mapping {
    pub check: &'static str,
    pub counterpart: Counterpart,
}

/// Cases in which the verdicts differ, and why.
pub struct Difference {
    /// The id of a case, in which `*` is for any characters.
    pub cases: &'static str,
    pub theirs: &'static str,
    pub ours: &'static str,
    pub reason: &'static str,
}

/// A data file, read.
pub struct Table {
    pub mappings: Vec<Mapping>,
    pub differences: Vec<Difference>,
}

impl Table {
    pub fn read(text: &'static str) -> Self {
        let (mappings, differences) = text.split_once(DIFFERENCES).expect("both parts");
        let mappings = lines(mappings).map(|parts| Mapping::read(&parts)).collect();
        Self {
            mappings,
            differences: lines(differences).map(|parts| Difference::read(&parts)).collect(),
        }
    }

    /// What stands for a check, or for the one of its rules that is asked about.
    pub fn of(&self, check: &str, rule: Option<&str>) -> Vec<&Mapping> {
        let of = |name: &str| self.mappings.iter().filter(|m| m.check == name).collect::<Vec<_>>();
        let exact = rule.map(|rule| of(&format!("{check}#{rule}"))).unwrap_or_default();
        if exact.is_empty() { of(check) } else { exact }
    }
}

/// Lines that say something, in parts.
fn lines(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(" | ").collect())
}

impl Mapping {
    fn read(parts: &[&'static str]) -> Self {
        let (check, counterpart) = match parts {
            [check, none] if none.starts_with("none: ") => {
                (check, Counterpart::None(none.trim_start_matches("none: ")))
            }
            [check, id, parameters] => {
                assert!(find(id).is_some(), "no rule {id}");
                (check, Counterpart::Rule { id, parameters })
            }
            _ => panic!("check | rule | parameters, or check | none: why: {parts:?}"),
        };
        Self { check, counterpart }
    }
}

impl Difference {
    fn read(parts: &[&'static str]) -> Self {
        let [cases, theirs, ours, reason] = parts else {
            panic!("cases | theirs | ours | reason: {parts:?}")
        };
        Self { cases, theirs, ours, reason }
    }

    pub fn explains(&self, id: &str, theirs: &str, ours: &str) -> bool {
        self.theirs == theirs && self.ours == ours && fits(self.cases, id)
    }
}

/// Whether a name fits a pattern, in which `*` is for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = name.split_once(part) else { return false };
        name = behind;
    }
    name.ends_with(last)
}

#[test]
fn a_pattern_fits_whole_names_only() {
    for (pattern, name, expected) in [
        ("a.b", "a.b", true),
        ("a.b", "a.bc", false),
        ("a.*", "a.bc", true),
        ("*c", "a.bc", true),
        ("a*b*c", "axbxc", true),
        ("a*b*c", "axc", false),
    ] {
        assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
    }
}
