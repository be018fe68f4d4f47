//! A Service may be another name for whatever host: also for one that is meant for others.

// An address as text: nothing here has to do with a network.
use core::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Service, Services, is_dns_subdomain};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("external_name.md")]
pub(crate) struct ExternalName;

/// How much of the list of hosts is said, in characters.
const SHOWN: usize = 300;

/// The longest name of a host that there is, and a dot.
const HOST_LIMIT: usize = 254;

/// Where Services may lead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExternalNameParams {
    /// The hosts, such as `db.example.com`, or with `*.` in front all below one; where the list is empty,
    /// every host outside of the cluster.
    #[schemars(length(max = 200), inner(length(min = 1, max = 255)))]
    pub allowed: Vec<String>,
}

impl Params for ExternalNameParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("allowed", &self.allowed, None, |host| {
            let name = host.strip_prefix("*.").unwrap_or(host);
            let shown = clipped(host, QUOTE_LIMIT);
            let reason =
                format!("`{shown}` is no host, such as `db.example.com` or `*.example.com`");
            (!is_dns_subdomain(name)).then_some(reason)
        })
    }
}

impl Rule for ExternalName {
    type On = Services;
    type Params = ExternalNameParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("external-name"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No Service is another name for a host that is none of its own."),
        rows: &[],
        standards: &[Standard::Cwe(441), Standard::Cwe(918)],
        page: Text::Borrowed(include_str!("external_name.md")),
    };

    fn applies(service: &Service<'_>, _: &ExternalNameParams, _: &Context<'_>) -> bool {
        name_of(service).is_some()
    }

    fn check(
        service: &Service<'_>,
        params: &ExternalNameParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(written) = name_of(service) else { return Ok(()) };
        found.visit(1 + params.allowed.len())?;
        let name = clipped(written, HOST_LIMIT).trim_end_matches('.').to_ascii_lowercase();
        if params.allowed.iter().any(|host| is_of(host, &name)) {
            return Ok(());
        }
        let at = FieldPath::root().keys(&["spec", "externalName"]);
        let place = place_of(&name);
        let (what, advice) = if params.allowed.is_empty() {
            let Some(place) = place else { return Ok(()) };
            (
                place,
                format!(
                    "name a host outside of the cluster in {at}, or give the Service a selector"
                ),
            )
        } else {
            let list = params.allowed.join(", ");
            ("which is not allowed", format!("set {at} to one of {}", clipped(&list, SHOWN)))
        };
        let message = format!("the Service is another name for {}, {what}", Quoted(written));
        let evidence = || Evidence::new([Fact::new(Reach::object(), ["another name", &name])]);
        found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)
    }
}

fn name_of<'s>(service: &'s Service<'_>) -> Option<&'s str> {
    let spec = service.spec.as_deref()?;
    let name = spec.external_name.as_deref().filter(|name| !name.is_empty())?;
    (spec.kind.as_deref() == Some("ExternalName")).then_some(name)
}

/// Whether a host is one that is allowed.
fn is_of(allowed: &str, name: &str) -> bool {
    match allowed.strip_prefix('*') {
        Some(domain) => name.len() > domain.len() && name.ends_with(domain),
        None => name == allowed,
    }
}

/// What a name leads to that is no host outside; none where it is one.
fn place_of(name: &str) -> Option<&'static str> {
    let is_below = |domain: &str| {
        name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if is_below("localhost") || is_below("localdomain") {
        return Some("which is whoever asks for it");
    }
    if is_below("svc") || is_below("cluster.local") || name.contains(".svc.") {
        return Some("a Service of the cluster, maybe of another namespace");
    }
    if is_below("metadata.google.internal") || ["metadata", "instance-data"].contains(&name) {
        return Some("which gives nodes their credentials");
    }
    name.parse::<IpAddr>().is_ok().then_some("which is an address and no name")
}
