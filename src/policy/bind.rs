//! From a policy as it is written to one in force.

use std::sync::Arc;

use jiff::Timestamp;

use super::bound::BoundPolicy;
use super::checklist;
use super::digest::Digest;
use super::reading::Gone;
use super::requester::Controllers;
use super::selector::FieldProblem;
use super::spec::DeployPolicy;
use super::wording::NAME_FORM;
use crate::custom::{
    CONDITIONS_ID, ConditionRule, ConditionSpec, Conditions, CustomRule, CustomSpec, Problem,
    ResourceSpec,
};
use crate::inventory::OwnerKind;
use crate::path::FieldPath;
use crate::rules::catalog::{BadParameter, find};
use crate::rules::{Armed, Mode};
use crate::subject::{Kind, is_dns_subdomain};

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
    let Written { rules, kinds, conditions, wrong: of_custom } =
        written(&spec.custom, &spec.match_conditions, rules, kinds, &at);
    if spec.matches.controllers == Controllers::Owner {
        left_to_owners(&spec.custom, &at).for_each(|problem| note(Takes::Itself, problem));
    }
    for problem in of_custom {
        note(Takes::Itself, problem);
    }
    if rules.is_empty() && gone.is_empty() {
        let text = "names no rule; `plimsoll rules` lists them all";
        note(Takes::All, (at.clone().key("rules"), text.to_owned()));
    }
    for problem in announcing_nothing(&rules, spec.mode, &spec.custom, &at) {
        note(Takes::Itself, problem);
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
        conditions,
        unknown: Vec::new(),
    };
    Bound { policy, wrong }
}

/// Rules that are to refuse from a moment on, and do already.
fn announcing_nothing(
    rules: &[Arc<dyn Armed>],
    mode: Mode,
    custom: &[CustomSpec],
    at: &FieldPath,
) -> Vec<FieldProblem> {
    let idle = rules
        .iter()
        .filter(|rule| rule.deny_from().is_some() && rule.mode(mode, Timestamp::MIN) == Mode::Deny);
    let problem = |rule: &Arc<dyn Armed>| {
        let id = rule.rule().id.to_string();
        let path = match custom.iter().position(|custom| custom.id == id) {
            Some(index) => at.clone().key("custom").index(index),
            None => at.clone().key("rules").key(id),
        };
        let text = "announces nothing, as the mode is `deny` already; set `mode: warn` beside it";
        (path.key("denyFrom"), text.to_owned())
    };
    idle.map(problem).collect()
}

/// Rules that name a kind and not what controllers make it from: most objects of it would be judged by
/// nobody, as what controllers make is left to the rules about its owner.
fn left_to_owners<'p>(
    custom: &'p [CustomSpec],
    at: &'p FieldPath,
) -> impl Iterator<Item = FieldProblem> + 'p {
    custom.iter().enumerate().filter_map(move |(index, custom)| {
        let named = |group: &str, kind: &str| {
            custom.resources.iter().any(|of| (&*of.group, &*of.kind) == (group, kind))
        };
        let makers =
            custom.resources.iter().flat_map(|of| OwnerKind::makers_of(&of.group, &of.kind));
        let unnamed = makers.filter(|maker| !named(maker.group, maker.kind));
        let unnamed: Vec<&str> = unnamed.map(|maker| maker.kind).collect();
        let text = format!(
            "what controllers make from {} is not judged: name the kinds, or set \
             `match: {{controllers: Judge}}`",
            unnamed.join(", ")
        );
        let path = at.clone().key("custom").index(index).key("resources");
        (!unnamed.is_empty()).then_some((path, text))
    })
}

/// What a policy writes itself, beside what is built in.
struct Written {
    rules: Vec<Arc<dyn Armed>>,
    kinds: Vec<Kind>,
    conditions: Arc<Conditions>,
    wrong: Vec<FieldProblem>,
}

/// Adds the rules that the policy writes itself, and the kinds that they name. One that cannot be
/// read stays in force, as an error of whatever it would judge.
fn written(
    custom: &[CustomSpec],
    conditions: &[ConditionSpec],
    mut rules: Vec<Arc<dyn Armed>>,
    mut kinds: Vec<Kind>,
    at: &FieldPath,
) -> Written {
    let mut wrong = Vec::new();
    let mut note = |path, text: String| wrong.push((path, text));
    for (index, custom) in custom.iter().enumerate() {
        let here = at.clone().key("custom").index(index);
        let is_taken = rules.iter().any(|rule| rule.rule().id == custom.id);
        if is_taken || find(&custom.id).is_some() || custom.id == CONDITIONS_ID {
            let text = "is the id of another rule; give it one of its own";
            note(here.clone().key("id"), text.to_owned());
        }
        let (rule, problems) = CustomRule::of(custom.clone(), &here);
        for Problem { at, text } in problems {
            note(at, text);
        }
        for resource in rule.resources() {
            let ResourceSpec { group, kind, plural } = resource;
            let named = Kind::named(group, kind);
            kinds.push(match plural {
                Some(plural) => named.served_as(plural),
                None => named,
            });
        }
        rules.push(Arc::new(rule));
    }
    let path = at.clone().key("matchConditions");
    let (conditions, problems) = Conditions::of(conditions, &path);
    for Problem { at, text } in problems {
        note(at, text);
    }
    let conditions = Arc::new(conditions);
    if !conditions.is_empty() {
        rules.push(Arc::new(ConditionRule::new(Arc::clone(&conditions), rules.clone())));
    }
    Written { rules, kinds, conditions, wrong }
}
