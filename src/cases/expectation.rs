//! What is expected of a verdict, held against the verdict.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::spec::Expect;
use super::{CasesProblem, Difference, Failure};
use crate::path::FieldPath;
use crate::policy::BoundPolicy;
use crate::review::{Verdict, Violation};
use crate::rules::Mode;
use crate::text::nearest;
use crate::text::plural;

/// The most findings of one rule that are told.
const FINDINGS: usize = 5;

/// Why nothing was found where nothing was held against the resource.
const NOT_BOUND: &str = "no policy binds the resource, or has a rule for its kind";

/// A list of rules in a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Denied,
    Warned,
    Audited,
    Excused,
    Undetermined,
}

/// Every list, by the name of its field in `expect`, with what is true of the rules in it.
const LISTS: [(List, &str, &str); 5] = [
    (List::Denied, "denied", "denies it"),
    (List::Warned, "warned", "only warns about it"),
    (List::Audited, "audited", "only records it"),
    (List::Excused, "excused", "is excused"),
    (List::Undetermined, "undetermined", "could not say"),
];

/// A rule of a policy: the policy's name and the rule's id.
type RuleOf<'v> = (&'v str, &'v str);

impl List {
    fn expected(self, expect: &Expect) -> Option<&[String]> {
        let list = match self {
            Self::Denied => &expect.denied,
            Self::Warned => &expect.warned,
            Self::Audited => &expect.audited,
            Self::Excused => &expect.excused,
            Self::Undetermined => &expect.undetermined,
        };
        list.as_deref()
    }

    fn found(self, verdict: &Verdict) -> BTreeSet<RuleOf<'_>> {
        if self == Self::Undetermined {
            return verdict.undetermined.iter().map(|u| (&*u.policy, &*u.rule.id)).collect();
        }
        let mode = self.mode();
        let pairs = self.violations(verdict).flat_map(|v| v.policies().map(move |of| (of, v)));
        let pairs = pairs.filter(|((_, of_policy), _)| mode.is_none_or(|mode| mode == *of_policy));
        pairs.map(|((policy, _), v)| (&**policy, &*v.rule.id)).collect()
    }

    fn violations(self, verdict: &Verdict) -> impl Iterator<Item = &Violation> + Clone {
        let mode = self.mode();
        let is_in = move |v: &&Violation| match mode {
            Some(mode) => v.excused_by().is_none() && v.policies().any(|(_, of)| of == mode),
            None => self == Self::Excused && v.excused_by().is_some(),
        };
        verdict.violations.iter().filter(is_in)
    }

    /// What becomes of what is in the list; none where that depends on something else.
    fn mode(self) -> Option<Mode> {
        match self {
            Self::Denied => Some(Mode::Deny),
            Self::Warned => Some(Mode::Warn),
            Self::Audited => Some(Mode::Audit),
            Self::Excused | Self::Undetermined => None,
        }
    }
}

/// Whether `name`, a rule's id or `policy/rule`, stands for this rule.
fn names(name: &str, (policy, rule): RuleOf<'_>) -> bool {
    name == rule || name.split_once('/') == Some((policy, rule))
}

/// What makes no sense about an expectation, whatever the verdict is; with where it is below `at`.
pub(super) fn problems(
    expect: &Expect,
    policies: &[Arc<BoundPolicy>],
    at: &FieldPath,
) -> Vec<(FieldPath, CasesProblem)> {
    let mut problems = Vec::new();
    let is_empty = LISTS.iter().all(|(list, ..)| list.expected(expect).is_none());
    if is_empty && expect.allowed.is_none() {
        problems.push((at.clone(), CasesProblem::NothingExpected));
    }
    let says = match (expect.allowed, expect.denied.as_deref()) {
        (Some(true), Some([_, ..])) => Some("what is denied by a rule is not allowed"),
        (Some(false), Some([])) => Some("what is not allowed is denied by a rule"),
        _ => None,
    };
    let denied = at.clone().key("denied");
    problems.extend(says.map(|says| (denied, CasesProblem::Contradiction(says))));
    for (list, field, _) in LISTS {
        for (index, name) in list.expected(expect).unwrap_or_default().iter().enumerate() {
            let at = at.clone().key(field).index(index);
            problems.extend(unknown_rule(name, policies).map(|problem| (at, problem)));
        }
    }
    problems
}

fn unknown_rule(name: &str, policies: &[Arc<BoundPolicy>]) -> Option<CasesProblem> {
    let ids: Vec<(String, String)> = policies
        .iter()
        .flat_map(|p| p.rules.iter().map(|rule| (p.name.to_string(), rule.rule().id.to_string())))
        .collect();
    if ids.iter().any(|(policy, rule)| names(name, (policy, rule))) {
        return None;
    }
    let called = match policies {
        [policy] => format!("policy `{}` has", policy.name),
        _ => "the policies have".to_owned(),
    };
    let whole: Vec<String> = ids.iter().map(|(policy, rule)| format!("{policy}/{rule}")).collect();
    let known: Vec<&str> = if name.contains('/') {
        whole.iter().map(String::as_str).collect()
    } else {
        ids.iter().map(|(_, rule)| rule.as_str()).collect()
    };
    let hint = nearest(name, known.into_iter()).map_or_else(
        || "write the id of a rule that is in the policy".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Some(CasesProblem::UnknownRule { policies: called, name: name.to_owned(), hint })
}

/// In what the verdict is another than expected; `place` says where a finding is in the files.
pub(super) fn compare(
    expect: &Expect,
    verdict: &Verdict,
    is_one_policy: bool,
    place: &dyn Fn(&Violation) -> String,
) -> Failure {
    let mut failure = Failure::default();
    let word = |allowed: bool| allowed.to_string();
    let of_allowed = expect.allowed.filter(|expected| *expected != verdict.allowed());
    if let Some(expected) = of_allowed {
        let (expected, found) = (word(expected), word(!expected));
        failure.differences.push(Difference { field: "allowed", expected, found });
    }
    let compared = Compared { verdict, is_one_policy, place };
    for (list, field, _) in LISTS {
        let Some(expected) = list.expected(expect) else { continue };
        compared.list(list, field, expected, &mut failure);
    }
    let says_why = failure.details.iter().any(|detail| detail.starts_with('+'));
    match of_allowed {
        Some(true) if !says_why => {
            for rule in List::Denied.found(verdict) {
                compared.tell_unexpected(List::Denied, rule, &mut failure);
            }
        }
        Some(false) if failure.details.is_empty() => {
            let passed = plural(verdict.total(), "check");
            let nothing = if verdict.tallies.is_empty() {
                NOT_BOUND.to_owned()
            } else {
                format!("none of {passed} denies it")
            };
            failure.details.push(nothing);
        }
        _ => {}
    }
    failure
}

/// A verdict, and how it is told of.
struct Compared<'c> {
    verdict: &'c Verdict,
    is_one_policy: bool,
    place: &'c dyn Fn(&Violation) -> String,
}

impl Compared<'_> {
    fn list(&self, list: List, field: &'static str, expected: &[String], failure: &mut Failure) {
        let found = list.found(self.verdict);
        let is_expected = |rule: &RuleOf<'_>| expected.iter().any(|name| names(name, *rule));
        let is_missing = |name: &&String| !found.iter().any(|rule| names(name, *rule));
        let missing: Vec<&String> = expected.iter().filter(is_missing).collect();
        if missing.is_empty() && found.iter().all(is_expected) {
            return;
        }
        // What is as expected is called as it was written.
        let called = |rule: &RuleOf<'_>| {
            let written = expected.iter().find(|name| names(name, *rule));
            written.map_or_else(|| self.name(*rule), Clone::clone)
        };
        let found_names: BTreeSet<String> = found.iter().map(called).collect();
        let expected_names: BTreeSet<String> = expected.iter().cloned().collect();
        let [expected_text, found_text] = [expected_names, found_names].map(|names| {
            let names: Vec<String> = names.into_iter().collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        });
        failure.differences.push(Difference { field, expected: expected_text, found: found_text });
        for name in missing {
            failure.details.push(format!("- {name}: {}", self.instead(name)));
        }
        for rule in found.iter().filter(|rule| !is_expected(rule)) {
            self.tell_unexpected(list, *rule, failure);
        }
    }

    fn name(&self, (policy, rule): RuleOf<'_>) -> String {
        if self.is_one_policy { rule.to_owned() } else { format!("{policy}/{rule}") }
    }

    /// What a rule said that should not have been in a list.
    fn tell_unexpected(&self, list: List, rule: RuleOf<'_>, failure: &mut Failure) {
        let name = self.name(rule);
        let mut tell = |text: String| {
            let detail = format!("+ {name}: {text}");
            // What was warned about and is denied is told once.
            if !failure.details.contains(&detail) {
                failure.details.push(detail);
            }
        };
        let is_of = |policy: &str, id: &str| (policy, id) == rule;
        if list == List::Undetermined {
            let all = self.verdict.undetermined.iter();
            for undetermined in all.filter(|u| is_of(&u.policy, &u.rule.id)).take(FINDINGS) {
                tell(undetermined.why.to_string());
            }
            return;
        }
        let all = list.violations(self.verdict).filter(|v| is_of(&v.policy, &v.rule.id));
        let count = all.clone().count();
        for violation in all.take(FINDINGS) {
            let finding = &violation.finding;
            let known = if violation.inherited { ", as before" } else { "" };
            let at = (self.place)(violation);
            tell(format!("{}{known}; {}  ({at})", finding.message, finding.remedy));
        }
        if count > FINDINGS {
            tell(format!("and {} more", count - FINDINGS));
        }
    }

    /// What a rule did that is not in the list that it was expected in.
    fn instead(&self, name: &str) -> String {
        if self.verdict.tallies.is_empty() {
            return NOT_BOUND.to_owned();
        }
        let elsewhere = LISTS
            .iter()
            .find(|(list, ..)| list.found(self.verdict).iter().any(|rule| names(name, *rule)));
        let Some((list, _, what)) = elsewhere else { return "finds nothing".to_owned() };
        let is_inherited = list
            .violations(self.verdict)
            .any(|v| v.inherited && names(name, (&v.policy, &v.rule.id)));
        if is_inherited {
            return format!("{what}, as the old resource had it already");
        }
        match self.verdict.undetermined.iter().find(|u| names(name, (&u.policy, &u.rule.id))) {
            Some(undetermined) if *list == List::Undetermined => {
                format!("{what}: {}", undetermined.why)
            }
            _ => (*what).to_owned(),
        }
    }
}
