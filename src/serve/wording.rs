//! What a user of `kubectl` reads: the refusal, the warnings, the audit annotations.
//!
//! The sizes are those of the API server (`warning.go`, `attributes.go` in `k8s.io/apiserver`): a
//! warning of more than 256 characters may be cut, and all warnings of a request share 4,096.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::{Timestamp, Unit};

use crate::policy::HeldBack;
use crate::review::{Ending, Tally, Verdict, Violation};
use crate::rules::{Mode, RuleRef};
use crate::subject::Subject;
use crate::text::{clipped, plural, printable};

/// The longest refusal, in bytes.
pub(super) const MESSAGE_LIMIT: usize = 8 * 1024;

/// The most causes in one refusal.
pub(super) const CAUSE_LIMIT: usize = 256;

/// The most warnings, the longest one, and all of them together, in characters. Other webhooks
/// share the budget, so half of it is left to them.
pub(super) const WARNING_LIMITS: (usize, usize, usize) = (16, 250, 2_048);

/// How long most rules' ids are, in characters: what is found stands in one column behind them.
const COLUMN: usize = 25;

/// The longest value of an audit annotation, in characters.
const ANNOTATION_LIMIT: usize = 1_024;

/// The refusal: every failure of the object, worst first, each with what to do.
///
/// It begins with a line break, so that what `kubectl` puts in front stands on a line of its own.
pub(super) fn denial(subject: &Subject<'_>, verdict: &Verdict) -> String {
    let mut text = String::from("\n");
    let mut left_out = 0;
    for tally in &verdict.tallies {
        let failures: Vec<&Violation> =
            verdict.denials().filter(|v| v.policy == tally.policy).collect();
        if !failures.is_empty() {
            section(&mut text, subject, tally, &failures, &mut left_out);
        }
    }
    if left_out > 0 {
        let _ = write!(text, "  and {left_out} more that do not fit here");
        if verdict.ending == Ending::Full {
            let found = plural(verdict.denials().count(), "failure");
            let _ = write!(text, "; the review ended at {found}");
        }
        text.push_str("\n\n");
    }
    let first = verdict.denials().next();
    let details = first.and_then(|v| v.link().map(|link| printable(link).into_owned()));
    let details = details.unwrap_or_else(|| {
        // What a policy writes itself is explained with the policy in hand.
        let of_policy =
            |v: &Violation| matches!(v.rule, RuleRef::Custom(_)).then(|| v.policy.clone());
        let policy = first.and_then(of_policy).map(|policy| format!(" --policy {policy}.yaml"));
        let id = first.map_or("", |v| v.rule.id.as_ref());
        format!("plimsoll explain {id}{}", policy.unwrap_or_default())
    });
    match verdict.warnings().count() {
        0 => {}
        1 => text.push_str("1 more is a warning. "),
        n => {
            let _ = write!(text, "{n} more are warnings. ");
        }
    }
    let _ = write!(text, "Details: {details}");
    text
}

fn section(
    text: &mut String,
    subject: &Subject<'_>,
    tally: &Tally,
    failures: &[&Violation],
    left_out: &mut usize,
) {
    let mut ids: Vec<&str> = failures.iter().map(|v| v.rule.id.as_ref()).collect();
    let longest = ids.iter().map(|id| id.len()).max();
    let column = longest.map_or(COLUMN, |longest| longest.max(COLUMN)) + 2;
    ids.dedup();
    let title = subject.title();
    let title = clipped(&printable(&clipped(&title, 400)), 400).into_owned();
    let checks = plural(tally.total, "check");
    let failed = ids.len();
    // Written with the first entry below it, so that the limit holds for any number of policies.
    let mut heading =
        format!("{title} fails {failed} of {checks} of policy \"{}\":\n\n", tally.policy);
    let first = failures.first().map(|violation| violation.rule.id.clone());
    for violation in failures {
        let finding = &violation.finding;
        let mut entry = format!("  {:column$}{}\n", violation.rule.id, finding.message);
        let is_first = first.as_ref() == Some(&violation.rule.id);
        for line in lines_below(violation, is_first) {
            let _ = writeln!(entry, "  {:column$}{line}", "");
        }
        if text.len() + heading.len() + entry.len() > MESSAGE_LIMIT - 256 {
            *left_out += 1;
        } else {
            text.push_str(&std::mem::take(&mut heading));
            text.push_str(&entry);
        }
    }
    if heading.is_empty() {
        text.push('\n');
    }
}

/// What stands below the message of a failure: the fix, and what there is to say besides.
fn lines_below(violation: &Violation, is_first: bool) -> Vec<String> {
    let fix = clipped(&violation.finding.remedy.to_string(), 500).into_owned();
    let note = violation.note().map(|note| printable(note).into_owned());
    // That of the first one stands at the end.
    let link = violation.link().filter(|_| !is_first).map(|link| printable(link).into_owned());
    let also: Vec<&str> = violation.also.iter().map(|(policy, _)| &**policy).collect();
    let also = (!also.is_empty()).then(|| match also.len() {
        1 => format!("policy \"{}\" asks for it as well", also.concat()),
        _ => format!("policies \"{}\" ask for it as well", also.join("\", \"")),
    });
    let also = also.map(|also| clipped(&also, 300).into_owned());
    let lapsed = violation.lapsed().map(ToString::to_string);
    [Some(fix), note, link, lapsed, also].into_iter().flatten().collect()
}

fn to_the_second(moment: Timestamp) -> Timestamp {
    moment.round(Unit::Second).unwrap_or(moment)
}

/// The warnings for `user`, worst first, each within what the API server passes on.
///
/// What was known before an update is one line for a person, and none for a program: it would come
/// back with every write of a controller.
pub(super) fn warnings(
    subject: &Subject<'_>,
    verdict: &Verdict,
    user: &str,
    now: Timestamp,
) -> Vec<String> {
    let (most, longest, together) = WARNING_LIMITS;
    let (known, new): (Vec<&Violation>, Vec<&Violation>) =
        verdict.warnings().partition(|violation| violation.inherited);
    let mut shown = Vec::new();
    let mut length = 0;
    let lacks = !verdict.lacking.is_empty();
    if lacks {
        shown.push(clipped(&without_template(subject, verdict), longest).into_owned());
    }
    for line in not_in_force(verdict).take(most / 4) {
        let line = clipped(&printable(&line), longest).into_owned();
        length += line.chars().count();
        shown.push(line);
    }
    let said = shown.len();
    for violation in &new {
        let finding = &violation.finding;
        let held_back = held_back(violation);
        let mut line =
            format!("{held_back}{}: {}; {}", violation.rule.id, finding.message, finding.remedy);
        let announced = violation.deny_from.filter(|&from| from > now && held_back.is_empty());
        if let Some(from) = announced {
            line = format!("refused from {}: {line}", to_the_second(from));
        }
        for more in violation.note().into_iter().chain(violation.link()) {
            let _ = write!(line, "; {}", printable(more));
        }
        let line = clipped(&line, longest).into_owned();
        // The API server passes on one of two that are alike.
        if shown.contains(&line) {
            continue;
        }
        length += line.chars().count();
        if shown.len() >= most || length > together {
            break;
        }
        shown.push(line);
    }
    let more = (new.len() + said).saturating_sub(shown.len());
    // Where there are more than are kept, nobody shows them all.
    if verdict.left_out && !new.is_empty() {
        let more = Some(more).filter(|&more| more > 0).map(|more| plural(more, "more warning"));
        let more = more.map_or_else(String::new, |more| format!("{more} and "));
        shown.push(format!("{more}others that are left out"));
    } else if more > 0 {
        shown.push(format!("{}; `plimsoll check` shows them all", plural(more, "more warning")));
    }
    if is_person(user) {
        shown.extend(ending_soon(verdict, now).take(most / 4));
    }
    if !known.is_empty() && is_person(user) {
        let (what, stay) = (
            plural(known.len(), "known violation"),
            if known.len() == 1 { "stays" } else { "stay" },
        );
        shown.push(format!("{what} {stay}; `plimsoll check` shows them"));
    }
    shown
}

/// The exceptions on which the object rests and that end before long, each once.
fn ending_soon(verdict: &Verdict, now: Timestamp) -> impl Iterator<Item = String> {
    let soon = verdict.violations.iter().filter_map(|violation| violation.excuse.as_ref());
    let soon = soon.filter(move |excuse| excuse.ends_soon(now));
    let once: BTreeSet<String> = soon.map(ToString::to_string).collect();
    once.into_iter().map(|line| format!("{line}; from then on this is refused"))
}

/// What a warning begins with that is a refusal but for the ceiling.
fn held_back(violation: &Violation) -> Cow<'static, str> {
    match violation.held_back {
        None => Cow::Borrowed(""),
        Some(HeldBack::Ceiling) => Cow::Borrowed("would be refused: "),
        Some(HeldBack::Until(until)) => {
            Cow::Owned(format!("not refused until {}: ", to_the_second(until)))
        }
    }
}

/// What of the policies is not in force, as this version does not know it.
fn not_in_force(verdict: &Verdict) -> impl Iterator<Item = String> + '_ {
    verdict.not_in_force.iter().map(|(policy, what)| {
        format!("policy \"{policy}\" is not wholly in force with this version of plimsoll: {what}")
    })
}

/// Whether somebody reads what a user of this name is told: service accounts, nodes and the parts of
/// the control plane do not.
fn is_person(user: &str) -> bool {
    let programs = ["system:serviceaccount:", "system:node:", "system:kube-"];
    !programs.iter().any(|program| user.starts_with(program))
}

/// Nothing was reviewed there, and somebody may have meant it to be.
fn without_template(subject: &Subject<'_>, verdict: &Verdict) -> String {
    let paths: Vec<String> = verdict.lacking.iter().map(ToString::to_string).collect();
    let (kind, paths) = (&subject.kind.kind, paths.join(" or "));
    let what =
        if subject.pods().next().is_none() { "of it is checked" } else { "is checked there" };
    format!("{kind} has no pod template at {paths}, so nothing {what}")
}

/// What the audit log keeps, under keys that it takes.
pub(super) fn audit_annotations(verdict: &Verdict) -> BTreeMap<&'static str, String> {
    let mut annotations = BTreeMap::new();
    let ids = |mode| {
        if verdict.violations.is_empty() {
            return String::new();
        }
        let mut ids: Vec<&str> =
            verdict.with_consequence(mode).map(|v| v.rule.id.as_ref()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.join(",")
    };
    let excused: BTreeSet<String> = verdict
        .excused()
        .filter_map(|v| Some(format!("{}={}", v.rule.id, printable(v.excused_by()?))))
        .collect();
    let mut undetermined: Vec<&str> =
        verdict.undetermined.iter().map(|u| u.rule.id.as_ref()).collect();
    undetermined.sort_unstable();
    undetermined.dedup();
    let policies: Vec<&str> = verdict.tallies.iter().map(|tally| tally.policy.as_ref()).collect();
    let all = [
        ("policies", policies.join(",")),
        ("denied", ids(Mode::Deny)),
        ("warned", ids(Mode::Warn)),
        ("audited", ids(Mode::Audit)),
        ("excused", excused.into_iter().collect::<Vec<_>>().join(",")),
        ("undetermined", undetermined.join(",")),
    ];
    for (key, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
        annotations.insert(key, clipped(&value, ANNOTATION_LIMIT).into_owned());
    }
    annotations
}
