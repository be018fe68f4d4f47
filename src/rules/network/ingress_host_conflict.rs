//! Two namespaces that serve one host take requests from each other.

use crate::inventory::Neighbour;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Ingress, Ingresses};
use crate::text::Quoted;

use super::served::served;

#[doc = include_str!("ingress_host_conflict.md")]
pub(crate) struct IngressHostConflict;

impl Rule for IngressHostConflict {
    type On = Ingresses;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("ingress-host-conflict"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every host is served by the Ingresses of one namespace."),
        rows: &[],
        standards: &[Standard::Cwe(441)],
        page: Text::Borrowed(include_str!("ingress_host_conflict.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Ingress];

    fn applies(ingress: &Ingress<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        served(ingress).any(|served| served.host.is_some())
    }

    fn check(
        ingress: &Ingress<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for served in served(ingress) {
            served.spend(found)?;
            let Some(host) = served.host else { continue };
            let mut namespaces = cx.neighbours.hosting(host)?;
            // Where it will land nobody knows, so that any may be its own.
            let Some(own) = cx.namespace else { continue };
            let Some(other) = namespaces.find(|namespace| *namespace != own) else { continue };
            let message = format!("{served} is served from namespace {} too", Quoted(other));
            let advice =
                format!("take another host at {}, or serve it from one namespace", served.at());
            let finding = Finding::new(served.at(), message, Remedy::Advice(advice));
            let finding = if cx.is_write { finding.only_warns() } else { finding };
            let evidence = || Evidence::new([Fact::new(Reach::object(), ["twice", host])]);
            found.add(finding, evidence)?;
        }
        Ok(())
    }
}
