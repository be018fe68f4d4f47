//! From a policy as it is written to one in force.

use jiff::Timestamp;

use super::bound::BoundPolicy;
use super::reading::Gone;
use super::spec::DeployPolicy;
use super::wording::NAME_FORM;
use crate::path::FieldPath;
use crate::rules::Mode;
use crate::rules::catalog::BadParameter;
use crate::subject::{Fingerprint, is_dns_subdomain};

/// A policy as in force, and what makes no sense about it.
pub(super) struct Bound {
    pub(super) policy: BoundPolicy,
    pub(super) wrong: Vec<(FieldPath, String)>,
}

/// The policy as in force; `gone` is what was left out.
pub(super) fn bind(policy: DeployPolicy, gone: &Gone) -> Bound {
    let spec = policy.spec;
    let at = FieldPath::root().key("spec");
    let mut wrong: Vec<(FieldPath, String)> = Vec::new();
    if !is_dns_subdomain(&policy.metadata.name) {
        wrong.push((FieldPath::root().keys(&["metadata", "name"]), NAME_FORM.to_owned()));
    }
    wrong.extend(spec.matches.problems());
    let (kinds, of_kinds) = spec.matches.kinds();
    wrong.extend(of_kinds);
    let (rules, refused) = spec.rules.arm();
    wrong.extend(refused.into_iter().map(|BadParameter { rule, value }| {
        let path = at.clone().key("rules").key(rule).key(value.parameter);
        (value.element.into_iter().fold(path, FieldPath::index), value.reason)
    }));
    if rules.is_empty() && gone.is_empty() {
        let text = "names no rule; `plimsoll rules` lists them all";
        wrong.push((at.clone().key("rules"), text.to_owned()));
    }
    for rule in &rules {
        if rule.deny_from().is_some() && rule.mode(spec.mode, Timestamp::MIN) == Mode::Deny {
            let path = at.clone().key("rules").key(rule.rule().id.to_string()).key("denyFrom");
            let text =
                "announces nothing, as the mode is `deny` already; set `mode: warn` beside it";
            wrong.push((path, text.to_owned()));
        }
    }
    let wrong = wrong.into_iter().map(|(path, text)| (gone.as_written(&path), text)).collect();
    let name = policy.metadata.name.into();
    let version = spec.pod_security_version;
    let policy = BoundPolicy {
        name,
        is_object: false,
        mode: spec.mode,
        version,
        rules,
        kinds,
        matches: spec.matches,
        unknown: Vec::new(),
        content: Fingerprint::default(),
    };
    Bound { policy, wrong }
}
