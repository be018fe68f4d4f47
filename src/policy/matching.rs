//! What a policy's `match` may say: nothing that fits no user, no namespace or no kind, since a
//! policy that waits for such a thing demands less than it says.

use super::bound::NAME_LABEL;
use super::selector::FieldProblem;
use super::spec::{CustomKind, MatchSpec, Operator, Selector};
use crate::path::FieldPath;
use crate::subject::{
    BUILT_IN, Kind, TemplatePath, built_in_kind, is_dns_label, is_dns_subdomain, is_kind,
};
use crate::text::{QUOTE_LIMIT, clipped};

/// Domains below which Kubernetes' own groups are, those of other projects aside.
const DOMAINS: [&str; 2] = [".k8s.io", ".kubernetes.io"];

/// Kubernetes' own groups that are domain names (`k8s.io/api`); none of their kinds makes pods.
const DOMAIN_GROUPS: [&str; 18] = [
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "authentication",
    "authorization",
    "certificates",
    "coordination",
    "discovery",
    "events",
    "flowcontrol.apiserver",
    "internal.apiserver",
    "networking",
    "node",
    "rbac.authorization",
    "resource",
    "scheduling",
    "storage",
    "storagemigration",
];

/// Kubernetes' own groups that are no domain names, and what people take for their names.
const PLAIN_GROUPS: [&str; 6] = ["apps", "autoscaling", "batch", "core", "extensions", "policy"];

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
const NODE: &str = "system:node:";

/// Groups of users, which are taken for users now and then; the last one begins many.
const USER_GROUPS: [&str; 6] = [
    "system:masters",
    "system:authenticated",
    "system:unauthenticated",
    "system:nodes",
    "system:monitoring",
    "system:serviceaccounts",
];

/// A list of whom a policy leaves out, what it is called, and why nobody is called like an entry.
type Entries<'l> = (&'static str, &'l mut Vec<String>, fn(&str) -> Option<String>);

impl MatchSpec {
    /// What is wrong with the selectors.
    pub(super) fn selector_problems(&self) -> Vec<FieldProblem> {
        let at = FieldPath::root().keys(&["spec", "match"]);
        let namespaces = at.clone().key("namespaceSelector");
        let mut problems = self.namespace_selector.problems(&namespaces);
        if problems.is_empty() {
            problems = name_problems(&self.namespace_selector, &namespaces);
        }
        problems.extend(self.object_selector.problems(&at.key("objectSelector")));
        problems
    }

    /// Takes out whom the policy cannot leave out, and says why: nobody is called so.
    pub(super) fn take_wrong_entries(&mut self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let lists: [Entries<'_>; 3] = [
            ("excludeUsers", &mut self.exclude_users, user_problem),
            ("excludeGroups", &mut self.exclude_groups, group_pattern_problem),
            ("excludeServiceAccounts", &mut self.exclude_service_accounts, account_problem),
        ];
        for (key, list, problem) in lists {
            let at = FieldPath::root().keys(&["spec", "match", key]);
            for (index, entry) in std::mem::take(list).into_iter().enumerate() {
                match problem(&entry) {
                    Some(text) => problems.push((at.clone().index(index), text)),
                    None => list.push(entry),
                }
            }
        }
        problems
    }

    /// The kinds that the policy adds to those of Kubernetes itself, and what is wrong with the
    /// others.
    pub(super) fn kinds(&self) -> (Vec<Kind>, Vec<FieldProblem>) {
        let (mut kinds, mut problems) = (Vec::<Kind>::new(), Vec::new());
        for (index, custom) in self.kinds.iter().enumerate() {
            let at = FieldPath::root().keys(&["spec", "match", "kinds"]).index(index);
            let path = match custom.problem() {
                Ok(path) => path,
                Err((key, text)) => {
                    problems.push((at.key(key), text));
                    continue;
                }
            };
            let kind = Kind::custom(&custom.group, &custom.kind, path);
            let kind = match &custom.plural {
                Some(plural) => kind.served_as(plural),
                None => kind,
            };
            if kinds.contains(&kind) {
                let what = clipped(&custom.pod_template, QUOTE_LIMIT);
                let text = format!("names `{}` with `{what}` a second time", custom.kind);
                problems.push((at, text));
                continue;
            }
            kinds.push(kind);
        }
        kinds.retain(|kind| !kind.is_built_in());
        (kinds, problems)
    }
}

/// What is wrong with what a selector asks of the label that is a namespace's name.
fn name_problems(selector: &Selector, at: &FieldPath) -> Vec<FieldProblem> {
    let help = "which has lower-case letters, digits and `-`, at most 63";
    let problem = |name: &str| {
        let shown = clipped(name, QUOTE_LIMIT);
        let text = || format!("`{shown}` is the name of no namespace, {help}");
        (!is_dns_label(name)).then(text)
    };
    let wanted = selector.match_labels.get(NAME_LABEL);
    let wanted = wanted.and_then(|name| problem(name));
    let mut problems: Vec<FieldProblem> = wanted
        .map(|text| (at.clone().key("matchLabels").key(NAME_LABEL), text))
        .into_iter()
        .collect();
    let expressions = selector.match_expressions.iter().enumerate();
    for (index, requirement) in expressions.filter(|(_, r)| r.key == NAME_LABEL) {
        let at = at.clone().key("matchExpressions").index(index);
        if requirement.operator == Operator::DoesNotExist {
            let text = "fits no namespace: every one has the label `kubernetes.io/metadata.name`";
            problems.push((at.clone().key("operator"), text.to_owned()));
        }
        problems.extend(requirement.values.iter().enumerate().filter_map(|(index, name)| {
            Some((at.clone().key("values").index(index), problem(name)?))
        }));
    }
    problems
}

/// Why no user is called so.
fn user_problem(pattern: &str) -> Option<String> {
    let (name, is_whole) = match pattern.strip_suffix('*') {
        Some(start) => (start, false),
        None => (pattern, true),
    };
    if name.is_empty() || name.contains('*') {
        return Some("must be a whole name, or a beginning followed by one `*`".to_owned());
    }
    let shown = clipped(pattern, QUOTE_LIMIT);
    let is_blank = |c: Option<char>| c.is_some_and(char::is_whitespace);
    let ends_blank = is_whole && is_blank(name.chars().next_back());
    if name.chars().any(char::is_control) || is_blank(name.chars().next()) || ends_blank {
        return Some(format!(
            "`{shown}` is no user: a name has no control characters, and no blanks at its ends"
        ));
    }
    let is_group = |group: &&str| {
        let rest = name.strip_prefix(*group);
        rest.is_some_and(|rest| rest.is_empty() && is_whole || *group == "system:serviceaccounts")
    };
    if USER_GROUPS.iter().any(is_group) {
        return Some(format!("`{shown}` is a group, and here are users"));
    }
    if let Some(rest) = name.strip_prefix(SERVICE_ACCOUNT) {
        let fits = match rest.split_once(':') {
            Some((space, account)) => {
                is_dns_label(space) && fits(account, is_whole, is_dns_subdomain)
            }
            None => !is_whole && fits(rest, is_whole, is_dns_label),
        };
        let form = "`system:serviceaccount:NAMESPACE:NAME`";
        return (!fits).then(|| format!("`{shown}` is no service account; one is called {form}"));
    }
    let node = name.strip_prefix(NODE)?;
    let form = "`system:node:NAME`";
    (!fits(node, is_whole, is_dns_subdomain))
        .then(|| format!("`{shown}` is no node; one is called {form}"))
}

/// Why no group is called so, or everybody is in it.
fn group_pattern_problem(pattern: &str) -> Option<String> {
    let start = pattern.strip_suffix('*').unwrap_or(pattern);
    if start.is_empty() || start.contains('*') {
        return Some("must be a whole name, or a beginning followed by one `*`".to_owned());
    }
    let shown = clipped(pattern, QUOTE_LIMIT);
    if start.chars().any(char::is_control) || start.trim() != start {
        return Some(format!(
            "`{shown}` is no group: a name has no control characters, and no blanks at its ends"
        ));
    }
    let is_whole = start.len() == pattern.len();
    let takes = |group: &str| if is_whole { group == start } else { group.starts_with(start) };
    let everybody = takes("system:authenticated") || takes("system:unauthenticated");
    everybody.then(|| format!("`{shown}` would bind nobody: every user is in such a group"))
}

/// Why no service account is called so.
fn account_problem(pattern: &str) -> Option<String> {
    let shown = clipped(pattern, QUOTE_LIMIT);
    let (whole, is_whole) = match pattern.strip_suffix('*') {
        Some(start) => (start, false),
        None => (pattern, true),
    };
    let is_good = whole
        .split_once('/')
        .is_some_and(|(space, name)| is_dns_label(space) && fits(name, is_whole, is_dns_subdomain));
    (!is_good).then(|| format!("`{shown}` is no service account; write `NAMESPACE/NAME`"))
}

/// Whether the text is a name of this form, or may go on so that it is one.
fn fits(text: &str, is_whole: bool, form: fn(&str) -> bool) -> bool {
    form(text) || !is_whole && (text.is_empty() || form(&format!("{text}x")))
}

impl CustomKind {
    /// The path of the template, or the key that is wrong and what is wrong with it.
    fn problem(&self) -> Result<TemplatePath, (&'static str, String)> {
        let Self { group, kind, pod_template, plural } = self;
        if !is_kind(kind) {
            let shown = clipped(kind, QUOTE_LIMIT);
            let form = "letters, digits and `-`, at most 63, and a capital first, as in `Rollout`";
            return Err(("kind", format!("`{shown}` is no kind; one has {form}")));
        }
        if let Some(known) = built_in_kind(group, kind) {
            return own_path(known, pod_template);
        }
        if let Some(text) = group_problem(group, kind) {
            return Err(("group", text));
        }
        if let Some(plural) = plural.as_ref().filter(|plural| !is_dns_label(plural)) {
            let shown = clipped(plural, QUOTE_LIMIT);
            let form = "lower-case letters, digits and `-`, as in `rollouts`";
            return Err((
                "plural",
                format!("`{shown}` is the name of no resource; one has {form}"),
            ));
        }
        let shown = clipped(pod_template, QUOTE_LIMIT);
        TemplatePath::parse(pod_template).map_err(|e| ("podTemplate", format!("`{shown}` {e}")))
    }
}

/// A kind of Kubernetes itself has its template where it has it; to say so is needless, no more.
fn own_path(known: &Kind, named: &str) -> Result<TemplatePath, (&'static str, String)> {
    let kind = &known.kind;
    let own = known.templates().first().filter(|own| !own.keys().is_empty());
    match own {
        Some(own) if own.to_string() == named => Ok(own.clone()),
        Some(own) => {
            let text = format!("is not where a `{kind}` has its template, which is `{own}`");
            Err(("podTemplate", text))
        }
        None => {
            Err(("podTemplate", format!("must go, with its kind: a `{kind}` is always judged")))
        }
    }
}

/// Why no kind that is not built in is of this group.
fn group_problem(group: &str, kind: &str) -> Option<String> {
    let shown = clipped(group, QUOTE_LIMIT);
    if let Some((name, _)) = group.split_once('/')
        && is_dns_subdomain(name)
    {
        return Some(format!("`{shown}` names a version as well; write `{name}`"));
    }
    if !group.is_empty() && !is_dns_subdomain(group) {
        let form = "a domain name in lower case, such as `argoproj.io`";
        return Some(format!("`{shown}` is no API group; one is {form}"));
    }
    let below = DOMAINS.iter().find_map(|domain| group.strip_suffix(domain));
    let is_of_kubernetes = !group.contains('.')
        || below.is_some_and(|name| PLAIN_GROUPS.contains(&name) || DOMAIN_GROUPS.contains(&name));
    if !is_of_kubernetes {
        return None;
    }
    let known = BUILT_IN.iter().find(|known| known.kind.eq_ignore_ascii_case(kind));
    let why = match known {
        Some(known) => format!("; `{}` is of group `{}`", known.kind, known.group),
        None => {
            " with a pod template; groups other than Kubernetes' own are domain names, such as \
                 `argoproj.io`"
                .to_owned()
        }
    };
    Some(format!("`{shown}` has no kind `{kind}`{why}"))
}
