//! An external IP takes the traffic of whoever talks to that address (CVE-2020-8554).

use super::at_each_port;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Service, Services};
use crate::text::Quoted;

#[doc = include_str!("external_ips.md")]
pub(crate) struct ExternalIps;

impl Rule for ExternalIps {
    type On = Services;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("external-ips"),
        group: Text::Borrowed("network"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "No Service takes traffic that is meant for an external address.",
        ),
        rows: &[],
        standards: &[Standard::Cwe(441)],
        page: Text::Borrowed(include_str!("external_ips.md")),
    };

    fn check(
        service: &Service<'_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(spec) = service.spec.as_deref() else { return Ok(()) };
        let addresses = &spec.external_ips;
        found.visit(addresses.len())?;
        let Some(first) = addresses.first() else { return Ok(()) };
        let more = match addresses.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let at = FieldPath::root().keys(&["spec", "externalIPs"]);
        let message = format!("the Service takes the traffic for {}{more}", Quoted(first));
        let evidence = || Evidence::new(addresses.iter().flat_map(|a| at_each_port(a, spec)));
        found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)
    }
}
