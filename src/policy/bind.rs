//! From a policy as it is written to one in force.

use jiff::Timestamp;

use super::bound::BoundPolicy;
use super::checklist;
use super::digest::Digest;
use super::reading::Gone;
use super::selector::FieldProblem;
use super::spec::DeployPolicy;
use super::wording::NAME_FORM;
use crate::path::FieldPath;
use crate::rules::Mode;
use crate::rules::catalog::BadParameter;
use crate::subject::is_dns_subdomain;

/// A policy as in force, and what makes no sense about it.
pub(super) struct Bound {
    pub(super) policy: BoundPolicy,
    pub(super) wrong: Vec<Wrong>,
}

/// Something that makes no sense.
pub(super) struct Wrong {
    pub(super) path: FieldPath,
    pub(super) text: String,
    /// What of the policy cannot be in force for that.
    pub(super) takes: Takes,
}

/// What of a policy something wrong takes out of force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// All of it: whom it binds is not known.
    All,
    /// The rule that it stands at.
    Rule,
    /// Itself: it leaves out nobody, or names no kind that there could be, and all else holds.
    Itself,
}

/// The policy as in force; `gone` is what was left out.
pub(super) fn bind(policy: DeployPolicy, gone: &Gone) -> Bound {
    let mut spec = policy.spec;
    let at = FieldPath::root().key("spec");
    let mut wrong: Vec<Wrong> = Vec::new();
    let mut note = |takes, (path, text): FieldProblem| wrong.push(Wrong { path, text, takes });
    if !is_dns_subdomain(&policy.metadata.name) {
        let path = FieldPath::root().keys(&["metadata", "name"]);
        note(Takes::All, (path, NAME_FORM.to_owned()));
    }
    spec.matches.selector_problems().into_iter().for_each(|problem| note(Takes::All, problem));
    let (kinds, of_kinds) = spec.matches.kinds();
    let of_entries = spec.matches.take_wrong_entries().into_iter().chain(of_kinds);
    of_entries.for_each(|problem| note(Takes::Itself, problem));
    let (rules, refused) = spec.rules.arm();
    for BadParameter { rule, value } in refused {
        let path = at.clone().key("rules").key(rule).key(value.parameter);
        let path = value.element.into_iter().fold(path, FieldPath::index);
        note(Takes::Rule, (path, value.reason));
    }
    if rules.is_empty() && gone.is_empty() {
        let text = "names no rule; `plimsoll rules` lists them all";
        note(Takes::All, (at.clone().key("rules"), text.to_owned()));
    }
    for rule in &rules {
        if rule.deny_from().is_some() && rule.mode(spec.mode, Timestamp::MIN) == Mode::Deny {
            let path = at.clone().key("rules").key(rule.rule().id.to_string()).key("denyFrom");
            let text =
                "announces nothing, as the mode is `deny` already; set `mode: warn` beside it";
            note(Takes::Itself, (path, text.to_owned()));
        }
    }
    let is_gone = |rule: &str| gone.holds(&at.clone().key("rules").key(rule.to_owned()));
    for problem in checklist::problems(&spec.checklist, &rules, is_gone) {
        note(Takes::Itself, problem);
    }
    for Wrong { path, .. } in &mut wrong {
        *path = gone.as_written(path);
    }
    let name = policy.metadata.name.into();
    let version = spec.pod_security_version;
    let policy = BoundPolicy {
        name,
        is_object: false,
        digest: Digest::default(),
        mode: spec.mode,
        version,
        rules,
        checklist: spec.checklist,
        kinds,
        matches: spec.matches,
        unknown: Vec::new(),
    };
    Bound { policy, wrong }
}
