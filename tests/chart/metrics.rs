//! The names of metrics: those that a text uses, and those that a server has.

use std::collections::BTreeSet;

use regex::Regex;

/// Every metric of Plimsoll that an expression asks for.
pub fn used(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\bplimsoll_[a-z0-9_]+").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// Every series name that a page in the format of `OpenMetrics` announces.
pub fn announced(page: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in page.lines() {
        let Some(rest) = line.strip_prefix("# TYPE ") else { continue };
        let (name, kind) = rest.split_once(' ').expect("a name and a type");
        let ends: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_count", "_sum"],
            "info" => &["_info"],
            _ => &[""],
        };
        names.extend(ends.iter().map(|end| format!("{name}{end}")));
    }
    names
}
