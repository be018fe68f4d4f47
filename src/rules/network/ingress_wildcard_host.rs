//! Who serves every host serves those of others.

use super::gateway;
use super::served::{served, serves};
use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Text,
};
use crate::subject::{Entrance, Entrances, Ingress};

#[doc = include_str!("ingress_wildcard_host.md")]
pub(crate) struct IngressWildcardHost;

impl Rule for IngressWildcardHost {
    type On = Entrances;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("ingress-wildcard-host"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every Ingress names its hosts in full."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("ingress_wildcard_host.md")),
    };

    fn applies(entrance: Entrance<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        match entrance {
            Entrance::Ingress(ingress) => serves(ingress),
            // What it takes in, its routes say.
            Entrance::Gateway(_) => false,
            Entrance::HttpRoute(_) => true,
        }
    }

    fn check(
        entrance: Entrance<'_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        match entrance {
            Entrance::Ingress(ingress) => of_ingress(ingress, found),
            Entrance::Gateway(_) => Ok(()),
            Entrance::HttpRoute(route) => gateway::wildcards(route, found),
        }
    }
}

fn of_ingress(ingress: &Ingress<'_>, found: &mut Findings<'_>) -> Checked {
    for served in served(ingress) {
        served.spend(found)?;
        let (message, advice) = match served.host {
            Some(host) if host.contains('*') => {
                (format!("{served} is a wildcard"), "name each host in full")
            }
            Some(_) => continue,
            None if served.is_otherwise() => (
                "the default backend takes requests for every host".to_owned(),
                "give the backend a rule with a host",
            ),
            None => (
                "a rule without a host takes requests for every host".to_owned(),
                "give the rule a host",
            ),
        };
        let remedy = Remedy::Advice(format!("{advice} at {}", served.at()));
        let evidence = || Evidence::new(served.facts("every host"));
        found.add(Finding::new(served.at(), message, remedy), evidence)?;
    }
    Ok(())
}
