//! Headers that tell a browser what it may do with an answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::served::{served, serves};
use crate::inventory::{KeySource, Keys, Neighbour};
use crate::path::FieldPath;
use crate::rules::annotations::{annotation, annotation_at, is_on};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Halt, Params, Reach, Remedy,
    Rule, RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Ingress, Ingresses};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("ingress_headers.md")]
pub(crate) struct IngressHeaders;

/// Which headers every answer has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IngressHeadersParams {
    /// Their names, in whatever case.
    #[schemars(
        length(min = 1, max = 30),
        inner(length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9-]+$"))
    )]
    pub headers: Vec<String>,
}

impl Default for IngressHeadersParams {
    fn default() -> Self {
        let headers =
            [HSTS, "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options"];
        Self { headers: headers.map(str::to_owned).to_vec() }
    }
}

impl Params for IngressHeadersParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("headers", &self.headers, Some("names no header"), |name| {
            let is_name = !name.is_empty()
                && name.len() <= 100
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_name).then(|| format!("`{shown}` is no name of a header"))
        })
    }
}

const HSTS: &str = "Strict-Transport-Security";

/// The `ConfigMap` whose keys are headers.
const CUSTOM: &str = "nginx.ingress.kubernetes.io/custom-headers";

/// Annotations in which headers are written.
const WRITTEN: [&str; 7] = [
    "haproxy-ingress.github.io/headers",
    "haproxy.org/response-set-header",
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.ingress.kubernetes.io/server-snippet",
    "nginx.org/location-snippets",
    "nginx.org/server-snippets",
    "haproxy.org/backend-config-snippet",
];

/// Annotations that switch `Strict-Transport-Security` on.
const SWITCHES: [&str; 2] = ["haproxy-ingress.github.io/hsts", "nginx.org/hsts"];

/// Annotations that hand answers over to something that may set any header.
const HANDS_OVER: [&str; 2] =
    ["konghq.com/plugins", "traefik.ingress.kubernetes.io/router.middlewares"];

impl Rule for IngressHeaders {
    type On = Ingresses;
    type Params = IngressHeadersParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("ingress-headers"),
        group: Text::Borrowed("network"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every Ingress sets the security headers of its answers."),
        rows: &["R19"],
        standards: &[Standard::Cwe(693)],
        page: Text::Borrowed(include_str!("ingress_headers.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::ConfigMap];

    fn applies(ingress: &Ingress<'_>, _: &IngressHeadersParams, cx: &Context<'_>) -> bool {
        let is_given = |key: &&str| annotation(cx, key).is_some();
        serves(ingress) && !HANDS_OVER.iter().any(is_given)
    }

    fn check(
        ingress: &Ingress<'_>,
        params: &IngressHeadersParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for served in served(ingress) {
            served.spend(found)?;
        }
        let mut missing = Vec::new();
        let written = written(cx, found)?;
        let custom = annotation(cx, CUSTOM);
        for header in &params.headers {
            found.visit(1)?;
            found.spend(written.len())?;
            let wanted = header.to_ascii_lowercase();
            let is_switched_on =
                header.eq_ignore_ascii_case(HSTS) && SWITCHES.iter().any(|key| is_on(cx, key));
            if !is_switched_on
                && !written.contains(&wanted)
                && !is_custom(custom, &wanted, cx, found)?
            {
                missing.push(header.as_str());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let missing_ones = missing.join(", ");
        let (at, message, advice) = match custom {
            Some(_) => (
                annotation_at(CUSTOM),
                format!("the ConfigMap that {CUSTOM} names does not have {missing_ones}"),
                "write each into it as a key".to_owned(),
            ),
            None => (
                FieldPath::root().keys(&["metadata", "annotations"]),
                format!("no annotation sets {missing_ones}"),
                format!("write each into a ConfigMap as a key, and name that by {CUSTOM}"),
            ),
        };
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        // The ConfigMap may come a second later.
        let is_open = custom.is_some() && cx.is_write;
        let finding = if is_open { finding.only_warns() } else { finding };
        let evidence = || {
            let lacking = missing.iter().map(|name| Fact::new(Reach::object(), ["header", name]));
            Evidence::new(lacking.chain(served(ingress).flat_map(|s| s.facts("no headers"))))
        };
        found.add(finding, evidence)
    }
}

/// All in which headers are written, in lower case.
fn written(cx: &Context<'_>, found: &mut Findings<'_>) -> Result<String, Halt> {
    let mut written = String::new();
    for key in WRITTEN {
        found.visit(1)?;
        let value = annotation(cx, key).unwrap_or_default();
        found.spend(value.len())?;
        written.extend(value.chars().map(|c| c.to_ascii_lowercase()));
        written.push('\n');
    }
    Ok(written)
}

/// Whether the `ConfigMap` that is named for headers has, or may have, this one.
fn is_custom<'c>(
    named: Option<&'c str>,
    header: &str,
    cx: &Context<'c>,
    found: &mut Findings<'_>,
) -> Result<bool, Halt> {
    let Some(named) = named else { return Ok(false) };
    found.spend(named.len())?;
    let (namespace, name) = match named.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (cx.namespace, named),
    };
    Ok(match cx.neighbours.keys(KeySource::ConfigMap, namespace, name)? {
        Some(Keys::Known(keys)) => keys.iter().any(|key| key.eq_ignore_ascii_case(header)),
        Some(Keys::Unknown) => true,
        None => false,
    })
}
