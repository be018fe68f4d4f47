//! An external IP takes the traffic of whoever talks to that address (CVE-2020-8554).

// An address as text: nothing here has to do with a network.
use core::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at_each_port;
use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Finding, Findings, Params, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Service, Services, Str};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("external_ips.md")]
pub(crate) struct ExternalIps;

/// Which addresses are one's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExternalIpsParams {
    /// The addresses that a Service may take, such as `203.0.113.7`; none by default.
    #[schemars(length(max = 200), inner(length(min = 1, max = 64)))]
    pub allowed: Vec<String>,
}

impl Params for ExternalIpsParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("allowed", &self.allowed, None, |address| {
            let shown = clipped(address, QUOTE_LIMIT);
            let reason = format!("`{shown}` is no address, such as `203.0.113.7`");
            address.parse::<IpAddr>().is_err().then_some(reason)
        })
    }
}

impl ExternalIpsParams {
    /// The addresses; a policy with one that is none is not put in force.
    fn addresses(&self) -> Vec<IpAddr> {
        self.allowed.iter().flat_map(|address| address.parse()).collect()
    }
}

impl Rule for ExternalIps {
    type On = Services;
    type Params = ExternalIpsParams;
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
        params: &ExternalIpsParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(spec) = service.spec.as_deref() else { return Ok(()) };
        found.visit(spec.external_ips.len() * (1 + params.allowed.len()))?;
        let allowed = params.addresses();
        let is_allowed = |address: &str| address.parse().is_ok_and(|ip| allowed.contains(&ip));
        let is_bad = |address: &&Str<'_>| allowed.is_empty() || !is_allowed(address);
        let addresses: Vec<&Str<'_>> = spec.external_ips.iter().filter(is_bad).collect();
        let Some(first) = addresses.first() else { return Ok(()) };
        let more = match addresses.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let at = FieldPath::root().keys(&["spec", "externalIPs"]);
        let message = format!("the Service takes the traffic for {}{more}", Quoted(first));
        let evidence = || Evidence::new(addresses.iter().flat_map(|a| at_each_port(a, spec)));
        let remedy = if addresses.len() == spec.external_ips.len() {
            Remedy::remove(at.clone())
        } else {
            Remedy::Advice(format!("take that out of {at}"))
        };
        found.add(Finding::new(at, message, remedy), evidence)
    }
}
