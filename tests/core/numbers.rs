//! Numbers that are cited resolve: each fault and each line of the checklists has one home, and a
//! page that says what it is and what answers it.

mod checklist;
mod contract;
mod faults;
mod links;
mod rows;
mod sources;

/// The lines of a data file in three parts; lines that begin with `#` say what it is.
fn records(text: &'static str) -> Vec<[&'static str; 3]> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parts = lines.map(|line| {
        let parts: Vec<&str> = line.split(" | ").collect();
        let whole = parts.iter().all(|part| !part.is_empty() && part.trim() == *part);
        assert!(whole && !line.replace(" | ", "").contains('|'), "a line of three parts: {line}");
        parts.try_into().unwrap_or_else(|_| panic!("a line of three parts: {line}"))
    });
    parts.collect()
}
