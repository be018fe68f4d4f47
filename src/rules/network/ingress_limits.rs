//! What comes in is bounded in size and in number before it reaches a pod.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::served::{served, serves};
use crate::path::FieldPath;
use crate::rules::annotations::{annotation, annotation_at};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Ingress, Ingresses, is_label_key};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("ingress_limits.md")]
pub(crate) struct IngressLimits;

/// How much may come in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct IngressLimitsParams {
    /// The largest body that an Ingress may let in: bytes, or with `k`, `m` or `g`, as nginx writes
    /// it.
    #[schemars(regex(pattern = r"^[0-9]{1,12}[kKmMgG]?$"))]
    pub max_body_size: String,
    /// Annotations one of which has to limit how often, or how many at a time, somebody comes. Where
    /// the list is empty, nothing is asked of that.
    #[schemars(length(max = 100), inner(length(min = 1, max = 317)))]
    pub rate_limits: Vec<String>,
}

/// What limits rates, or hands requests over to something that may.
const RATE_LIMITS: [&str; 12] = [
    "alb.ingress.kubernetes.io/wafv2-acl-arn",
    "appgw.ingress.kubernetes.io/waf-policy-for-path",
    "haproxy-ingress.github.io/limit-connections",
    "haproxy-ingress.github.io/limit-rps",
    "haproxy.org/rate-limit-requests",
    "konghq.com/plugins",
    "nginx.ingress.kubernetes.io/global-rate-limit",
    "nginx.ingress.kubernetes.io/limit-connections",
    "nginx.ingress.kubernetes.io/limit-rpm",
    "nginx.ingress.kubernetes.io/limit-rps",
    "nginx.org/limit-req-rate",
    "traefik.ingress.kubernetes.io/router.middlewares",
];

/// What says how large a body may be. Where none does, it is 1 MB for nginx.
const BODY_SIZES: [&str; 4] = [
    "haproxy-ingress.github.io/proxy-body-size",
    "ingress.kubernetes.io/proxy-body-size",
    "nginx.ingress.kubernetes.io/proxy-body-size",
    "nginx.org/client-max-body-size",
];

/// Classes of which no annotation limits anything.
const WITHOUT: [&str; 4] = ["gce", "gce-internal", "gce-regional-external", "tailscale"];

impl Default for IngressLimitsParams {
    fn default() -> Self {
        let rate_limits = RATE_LIMITS.map(str::to_owned).to_vec();
        Self { max_body_size: "100m".to_owned(), rate_limits }
    }
}

impl Params for IngressLimitsParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_size = size(&self.max_body_size).is_some_and(|size| size < u64::MAX);
        let shown = |text: &str| clipped(text, QUOTE_LIMIT).into_owned();
        let size = (!is_size).then(|| BadValue {
            parameter: "maxBodySize",
            element: None,
            reason: format!(
                "`{}` is no size from 1 byte on, such as `8m`",
                shown(&self.max_body_size)
            ),
        });
        let limits = BadValue::in_list("rateLimits", &self.rate_limits, None, |key| {
            (!is_label_key(key)).then(|| format!("`{}` is no key of an annotation", shown(key)))
        });
        size.into_iter().chain(limits).collect()
    }
}

impl Rule for IngressLimits {
    type On = Ingresses;
    type Params = IngressLimitsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("ingress-limits"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every Ingress limits the size and the rate of requests."),
        rows: &["R18", "R20", "M19"],
        standards: &[Standard::Cwe(770)],
        page: Text::Borrowed(include_str!("ingress_limits.md")),
    };

    fn applies(ingress: &Ingress<'_>, _: &IngressLimitsParams, cx: &Context<'_>) -> bool {
        let named = ingress.spec.as_deref().and_then(|spec| spec.ingress_class_name.as_deref());
        let class = named.or_else(|| annotation(cx, "kubernetes.io/ingress.class"));
        serves(ingress) && !class.is_some_and(|class| WITHOUT.contains(&class))
    }

    fn check(
        ingress: &Ingress<'_>,
        params: &IngressLimitsParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        body(params, cx, found)?;
        for served in served(ingress) {
            served.spend(found)?;
        }
        found.visit(params.rate_limits.len())?;
        let is_limit = |value: &str| value != "0";
        let is_limited =
            params.rate_limits.iter().any(|key| annotation(cx, key).is_some_and(is_limit));
        let Some(example) = example(&params.rate_limits).filter(|_| !is_limited) else {
            return Ok(());
        };
        let at = FieldPath::root().keys(&["metadata", "annotations"]);
        let message = "no annotation limits the rate of requests";
        let advice = format!("set an annotation of your Ingress controller, such as {example}");
        let evidence = || Evidence::new(served(ingress).flat_map(|s| s.facts("rate")));
        found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)
    }
}

/// The one that is known best.
fn example(limits: &[String]) -> Option<&str> {
    let best = limits.iter().find(|key| *key == "nginx.ingress.kubernetes.io/limit-rps");
    best.or(limits.first()).map(String::as_str)
}

/// Finds bodies that may be larger than they should.
fn body(params: &IngressLimitsParams, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
    let most = &params.max_body_size;
    for key in BODY_SIZES {
        found.visit(1)?;
        let Some(value) = annotation(cx, key) else { continue };
        found.spend(value.len())?;
        let Some(size) = size(value).filter(|s| Some(*s) > self::size(most)) else { continue };
        let message = if size == u64::MAX {
            format!("annotation {key} lets in bodies of any size")
        } else {
            format!("annotation {key} lets in bodies of more than {most}")
        };
        let at = annotation_at(key);
        let remedy = Remedy::set(at.clone(), most.as_str());
        let fact = || Fact::new(Reach::object(), ["body", key]).degree(size);
        found.add(Finding::new(at, message, remedy), || Evidence::new([fact()]))?;
    }
    Ok(())
}

/// The number of bytes; the largest where there is no limit, and none where nginx would not take it.
fn size(text: &str) -> Option<u64> {
    let (digits, unit) = match text.as_bytes().last()? {
        b'k' | b'K' => (text.get(..text.len() - 1)?, 1 << 10),
        b'm' | b'M' => (text.get(..text.len() - 1)?, 1 << 20),
        b'g' | b'G' => (text.get(..text.len() - 1)?, 1 << 30),
        _ => (text, 1_u64),
    };
    if text == "unlimited" {
        return Some(u64::MAX);
    }
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = is_number.then(|| digits.parse().unwrap_or(u64::MAX))?;
    Some(if number == 0 { u64::MAX } else { number.saturating_mul(unit) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_what_nginx_reads() {
        for (text, bytes) in [
            ("512", Some(512)),
            ("8k", Some(8 << 10)),
            ("8M", Some(8 << 20)),
            ("1g", Some(1 << 30)),
            ("0", Some(u64::MAX)),
            ("0m", Some(u64::MAX)),
            ("unlimited", Some(u64::MAX)),
            ("99999999999999999999g", Some(u64::MAX)),
            ("", None),
            ("m", None),
            ("8mb", None),
            ("-1", None),
            ("8Mi", None),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
    }
}
