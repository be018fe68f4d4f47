//! A role that allows `*` allows whatever is invented tomorrow.

use super::wild::{elements, wild_fields};
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{LabelSelector, PolicyRule, Role, Roles, Str};

#[doc = include_str!("rbac_wildcard.md")]
pub(crate) struct RbacWildcard;

impl Rule for RbacWildcard {
    type On = Roles;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-wildcard"),
        group: Text::Borrowed("rbac"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "Every role names the verbs, resources and groups that it allows.",
        ),
        rows: &["R17", "M30"],
        standards: &[
            Standard::NsaCisa("Role-based access control"),
            Standard::Cis("5.1.3"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("rbac_wildcard.md")),
    };

    fn check(role: &Role<'_>, _: &NoParams, _: &Context<'_>, found: &mut Findings<'_>) -> Checked {
        for (index, rule) in role.rules.iter().enumerate() {
            found.visit(1 + elements(rule))?;
            let wild = wild_fields(rule);
            let Some((first, _)) = wild.first() else { continue };
            let at = FieldPath::root().key("rules").index(index);
            let words: Vec<&str> = wild.iter().map(|(_, words)| *words).collect();
            let fields: Vec<String> =
                wild.iter().map(|(field, _)| at.clone().key(*field).to_string()).collect();
            let message = format!("the role allows {}", words.join(" of "));
            let remedy = Remedy::Advice(format!("name what is needed in {}", fields.join(", ")));
            let finding = Finding::new(at.key(*first), message, remedy);
            found.add(finding, || evidence(rule))?;
        }
        let selectors = role.aggregation_rule.iter().flat_map(|a| a.cluster_role_selectors.iter());
        for (index, selector) in selectors.enumerate() {
            found.visit(1 + selector.match_expressions.len())?;
            if gathers_own_roles(selector) {
                let list = ["aggregationRule", "clusterRoleSelectors"];
                let at = FieldPath::root().keys(&list).index(index);
                let message = "the role gathers the cluster's own roles, and with them every right";
                let remedy = Remedy::Advice(format!("select roles by a label of your own at {at}"));
                let fact = || Fact::new(Reach::object(), ["gathers the cluster's own roles"]);
                found.add(Finding::new(at, message, remedy), || Evidence::new([fact()]))?;
            }
        }
        Ok(())
    }
}

/// The label that the cluster's own roles have.
const OWN: &str = "kubernetes.io/bootstrapping";

/// Whether a selector fits `cluster-admin` and its like: whatever is not asked for a label that they
/// lack.
fn gathers_own_roles(selector: &LabelSelector<'_>) -> bool {
    let only_own = |key: &str| key == OWN;
    selector.match_labels.iter().all(|(key, _)| only_own(key))
        && selector.match_expressions.iter().all(|asked| {
            let negates = matches!(asked.operator.as_deref(), Some("NotIn" | "DoesNotExist"));
            only_own(asked.key.as_deref().unwrap_or_default()) != negates
        })
}

/// More grants than any rule has that somebody has written.
const GRANT_LIMIT: usize = 4_096;

/// What a rule allows, thing by thing; of one that allows too much to go through it, that it is this
/// very rule.
fn evidence(rule: &PolicyRule<'_>) -> Evidence {
    let of_resources = [&rule.api_groups, &rule.resources]
        .into_iter()
        .map(|list| list.len())
        .chain([rule.resource_names.len().max(1)])
        .fold(1, usize::saturating_mul);
    let on = of_resources.saturating_add(rule.non_resource_urls.len());
    // Whatever they come to, there are so many turns to take.
    let turns = rule.verbs.len().saturating_mul(on.max(1 + rule.api_groups.len()));
    if turns <= GRANT_LIMIT {
        return Evidence::new(grants(rule));
    }
    let lists = [
        ("verbs", &rule.verbs),
        ("groups", &rule.api_groups),
        ("resources", &rule.resources),
        ("names", &rule.resource_names),
        ("urls", &rule.non_resource_urls),
    ];
    let texts = lists
        .into_iter()
        .flat_map(|(name, list)| std::iter::once(name).chain(list.iter().map(Str::as_str)));
    Evidence::new([Fact::new(Reach::object(), texts)])
}

/// Each thing that a rule allows: what it allowed before, by name or as part of everything, is not
/// new.
fn grants<'r>(rule: &'r PolicyRule<'_>) -> impl Iterator<Item = Fact> + 'r {
    let some = |text: &'r Str<'_>| Some(text.as_str()).filter(|text| *text != "*");
    let names = || {
        let all = rule.resource_names.is_empty().then_some(None);
        all.into_iter().chain(rule.resource_names.iter().map(|name| Some(name.as_str())))
    };
    let resources = move || {
        rule.api_groups.iter().flat_map(move |group| {
            rule.resources.iter().flat_map(move |resource| {
                names().map(move |name| [some(group), some(resource), name])
            })
        })
    };
    rule.verbs.iter().flat_map(move |verb| {
        let on = resources().map(move |[group, resource, name]| {
            let grant = [some(verb), group, resource, name];
            Fact::new(Reach::object(), ["a resource"]).grant(grant)
        });
        let urls = rule.non_resource_urls.iter().map(move |url| {
            let url = some(url).filter(|url| *url != "/*");
            Fact::new(Reach::object(), ["a URL"]).grant([some(verb), url, None, None])
        });
        on.chain(urls)
    })
}
