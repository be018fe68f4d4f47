//! A snippet is program text that runs in the controller, which serves everybody.

use crate::rules::annotations::annotation_at;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Ingress, Ingresses};
use crate::text::Quoted;

#[doc = include_str!("ingress_snippets.md")]
pub(crate) struct IngressSnippets;

/// How the keys of such annotations end, whichever controller reads them.
const ENDS: [&str; 2] = ["-snippet", "-snippets"];

/// Those that are called otherwise.
const OTHERS: [&str; 8] = [
    "haproxy-ingress.github.io/config-backend",
    "haproxy-ingress.github.io/config-backend-early",
    "haproxy-ingress.github.io/config-backend-late",
    "haproxy-ingress.github.io/config-frontend",
    "haproxy-ingress.github.io/config-frontend-early",
    "haproxy-ingress.github.io/config-frontend-late",
    "haproxy-ingress.github.io/config-tcp-service",
    "ingress.kubernetes.io/config-backend",
];

impl Rule for IngressSnippets {
    type On = Ingresses;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("ingress-snippets"),
        group: Text::Borrowed("network"),
        severity: Severity::High,
        checklist: Text::Borrowed("No Ingress writes into the configuration of its controller."),
        rows: &["R18"],
        standards: &[Standard::Cwe(94)],
        page: Text::Borrowed(include_str!("ingress_snippets.md")),
    };

    fn check(_: &Ingress<'_>, _: &NoParams, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
        for (key, value) in cx.metadata.annotations.iter() {
            found.visit(1 + OTHERS.len())?;
            let is_snippet =
                ENDS.iter().any(|end| key.ends_with(end)) || OTHERS.contains(&key.as_str());
            // Of blanks nothing is made.
            if !is_snippet || value.as_str().trim().is_empty() {
                continue;
            }
            found.spend(key.len() + value.len())?;
            let message = format!(
                "annotation {} writes into the configuration of the Ingress controller",
                Quoted(key)
            );
            let remedy = Remedy::Advice(
                "take it out; say the same with an annotation made for it, or in the controller's own \
                 configuration"
                    .to_owned(),
            );
            let fact = || Fact::new(Reach::object(), ["snippet", key, value.as_str()]);
            let finding = Finding::new(annotation_at(key), message, remedy);
            found.add(finding, || Evidence::new([fact()]))?;
        }
        Ok(())
    }
}
