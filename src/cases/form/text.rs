//! For people.

use std::fmt::Write as _;

use crate::cases::{CaseResult, FileResult, Outcome, Sums};
use crate::text::{plural, printable};

/// A line for each case, beneath what is another than expected; and the sum.
pub fn text(files: &[FileResult]) -> String {
    let mut text = String::new();
    for file in files {
        let _ = writeln!(text, "{}", printable(&file.file));
        for case in &file.cases {
            write_case(&file.file, case, &mut text);
        }
        for problem in &file.problems {
            write_lines("error: ", &problem.to_string(), &mut text);
        }
        text.push('\n');
    }
    let Sums { passed, failed, errors } = Sums::of(files);
    let _ = write!(text, "{passed} passed, {failed} failed");
    if errors > 0 {
        let _ = write!(text, ", {}", plural(errors, "error"));
    }
    text.push('\n');
    text
}

fn write_case(file: &str, case: &CaseResult, text: &mut String) {
    let (name, file, line) = (printable(&case.name), printable(file), case.place.line);
    match &case.outcome {
        Outcome::Passed => {
            let _ = writeln!(text, "  pass  {name}");
        }
        Outcome::Failed(failure) => {
            let _ = writeln!(text, "  FAIL  {name}  ({file}:{line})");
            for line in failure.lines() {
                let _ = writeln!(text, "        {}", printable(&line));
            }
        }
        Outcome::Undecided(problems) => {
            let _ = writeln!(text, "  ERROR {name}  ({file}:{line})");
            for problem in problems {
                write_lines("", &problem.to_string(), text);
            }
        }
    }
}

/// A problem, which may be a list.
fn write_lines(before: &str, problem: &str, text: &mut String) {
    for (number, line) in problem.lines().enumerate() {
        let before = if number == 0 { before } else { "" };
        let _ = writeln!(text, "        {before}{}", printable(line));
    }
}
