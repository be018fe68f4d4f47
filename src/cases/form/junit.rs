//! For CI, which shows the cases in its own pages.

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::cases::{CaseResult, CasesError, FileResult, Outcome};
use crate::text::printable;

/// A report in the form of JUnit: a suite for each file, which holds nothing that changes from one
/// run to the next.
///
/// A file or document that could not be read is a case of its own, so that a page that shows nothing
/// but this report is not green.
///
/// # Errors
/// None that is known: text is all that it is made of.
pub fn junit(files: &[FileResult]) -> Result<String, SerializeError> {
    let mut report = Report::new("plimsoll test");
    for file in files {
        let mut suite = TestSuite::new(&*printable(&file.file));
        let cases = file.cases.iter().map(|case| test_case(&file.file, case));
        suite.add_test_cases(cases.chain(file.problems.iter().map(unread)));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn test_case(file: &str, case: &CaseResult) -> TestCase {
    let status = match &case.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed(failure) => {
            let lines: Vec<String> =
                failure.lines().map(|line| printable(&line).into_owned()).collect();
            let parts = failure.differences.iter().map(|difference| {
                let (field, found) = (difference.field, &difference.found);
                format!("{field} is {found}, expected {}", difference.expected)
            });
            let message = parts.collect::<Vec<_>>().join("; ");
            non_success(NonSuccessKind::Failure, &message, &lines.join("\n"))
        }
        Outcome::Undecided(problems) => {
            let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
            non_success(NonSuccessKind::Error, "the case could not be run", &texts.join("\n"))
        }
    };
    of_file(TestCase::new(&*printable(&case.name), status), file, case.place.line)
}

fn unread(problem: &CasesError) -> TestCase {
    let text = problem.to_string();
    let status = non_success(NonSuccessKind::Error, "no case could be run", &text);
    let name = format!("line {} can be read", problem.place.line);
    of_file(TestCase::new(name, status), &problem.file, problem.place.line)
}

fn non_success(kind: NonSuccessKind, message: &str, lines: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(&*printable(message)).set_description(lines);
    status
}

/// GitLab and others show where a case stands by these attributes.
fn of_file(mut case: TestCase, file: &str, line: usize) -> TestCase {
    case.set_classname(&*printable(file));
    case.extra.insert("file".into(), (&*printable(file)).into());
    case.extra.insert("line".into(), line.to_string().as_str().into());
    case
}
