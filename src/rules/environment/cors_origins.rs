//! Whom a browser lets call: an origin too many, and every page on the web may.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::literal::{Literal, lasting, literals};
use super::origin::{Fault, fault_of, origins};
use crate::path::FieldPath;
use crate::rules::annotations::{annotation, annotation_at, is_on};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, PodOrIngress, PodsAndIngresses};
use crate::text::{Letters, QUOTE_LIMIT, Wildcard, clipped};

#[doc = include_str!("cors_origins.md")]
pub(crate) struct CorsOrigins;

/// Which variables name the origins that may call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CorsOriginsParams {
    /// Names of variables in whatever case, with `*` for any characters and `?` for one.
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 253)))]
    pub variables: Vec<String>,
}

/// Annotations that switch cross-origin requests on, and those that say for which origins; without the
/// second, they are allowed to all.
const ANNOTATIONS: [(&str, &str); 3] = [
    ("nginx.ingress.kubernetes.io/enable-cors", "nginx.ingress.kubernetes.io/cors-allow-origin"),
    ("haproxy-ingress.github.io/cors-enable", "haproxy-ingress.github.io/cors-allow-origin"),
    ("haproxy.org/cors-enable", "haproxy.org/cors-allow-origin"),
];

impl Default for CorsOriginsParams {
    fn default() -> Self {
        let variables = ["*CORS*ORIGIN*", "*ALLOW*_ORIGIN*", "*TRUSTED_ORIGINS*"];
        Self { variables: variables.map(str::to_owned).to_vec() }
    }
}

impl Params for CorsOriginsParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("variables", &self.variables, Some("names no variable"), |name| {
            let is_name = name.trim() == name && !name.contains('=');
            let is_some = name.chars().any(|c| !matches!(c, '*' | '?'));
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_name || !is_some).then(|| format!("`{shown}` is no name of a variable"))
        })
    }
}

impl Rule for CorsOrigins {
    type On = PodsAndIngresses;
    type Params = CorsOriginsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("cors-origins"),
        group: Text::Borrowed("environment"),
        severity: Severity::High,
        checklist: Text::Borrowed("Cross-origin requests are allowed to named https origins only."),
        rows: &["R3", "R9", "R19", "M15"],
        standards: &[Standard::Cwe(942)],
        page: Text::Borrowed(include_str!("cors_origins.md")),
    };

    fn check(
        on: PodOrIngress<'_>,
        params: &CorsOriginsParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        match on {
            PodOrIngress::Pod(pod) => variables(pod, params, found),
            PodOrIngress::Ingress(_) => annotations(cx, found),
        }
    }
}

fn variables(pod: &Pod<'_, '_>, params: &CorsOriginsParams, found: &mut Findings<'_>) -> Checked {
    let wanted: Vec<(Letters, &str)> =
        params.variables.iter().map(|name| (Letters::of(name), name.as_str())).collect();
    for c in lasting(pod) {
        for variable in literals(c) {
            found.visit(1)?;
            found.spend(4 * wanted.len() * variable.name.len())?;
            let letters = variable.characters.0.letters;
            // Most variables have other letters than all of those.
            let mut may_fit = wanted.iter().filter(|(wanted, _)| letters.may_hold(*wanted));
            if may_fit.any(|(_, wanted)| Wildcard::in_any_case(wanted).fits(variable.name)) {
                variable.spend(16, found)?;
                judge(Named::Variable(variable), variable.value, found)?;
            }
        }
    }
    Ok(())
}

fn annotations(cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
    for (switch, key) in ANNOTATIONS {
        found.visit(1)?;
        if !is_on(cx, switch) {
            continue;
        }
        if let Some(value) = annotation(cx, key) {
            found.spend(16 * value.len())?;
            judge(Named::Annotation(key), value, found)?;
            continue;
        }
        // What the controllers allow where nothing is said.
        let message = format!("annotation {switch} allows every origin: no {key} is beside it");
        let at = annotation_at(key);
        let remedy = Remedy::Advice(format!("{} at {at}", Fault::Everybody.advice()));
        let fact = || Fact::new(Reach::object(), ["origin", key, "*"]);
        found.add(Finding::new(annotation_at(switch), message, remedy), || {
            Evidence::new([fact()])
        })?;
    }
    Ok(())
}

/// What names origins.
#[derive(Clone, Copy)]
enum Named<'s, 'a> {
    Variable(Literal<'s, 'a>),
    /// By its key.
    Annotation(&'static str),
}

impl Named<'_, '_> {
    fn name(&self) -> &str {
        match self {
            Self::Variable(variable) => variable.name,
            Self::Annotation(key) => key,
        }
    }

    fn finding(&self, fault: Fault) -> Finding {
        let (does, advice) = (fault.as_str(), fault.advice());
        let of = |at: &FieldPath| Remedy::Advice(format!("{advice} at {at}"));
        match self {
            Self::Variable(variable) => {
                let at = variable.value_at();
                let remedy = of(&at);
                Finding::of(&variable.container, at, format!("{variable} {does}"), remedy)
            }
            Self::Annotation(key) => {
                let at = annotation_at(key);
                let remedy = of(&at);
                Finding::new(at, format!("annotation {key} {does}"), remedy)
            }
        }
    }

    fn fact(&self, origin: &str) -> Fact {
        let reach = match self {
            Self::Variable(variable) => Reach::one(&variable.container),
            Self::Annotation(_) => Reach::object(),
        };
        Fact::new(reach, ["origin", self.name(), origin])
    }
}

/// One finding for each fault, which rests on every origin that has it.
fn judge(named: Named<'_, '_>, value: &str, found: &mut Findings<'_>) -> Checked {
    let faulty: Vec<(&str, Fault)> = origins(value)
        .filter_map(|origin| Some((origin, fault_of(origin, named.name())?)))
        .collect();
    for fault in Fault::ALL {
        let of_fault = faulty.iter().filter(|(_, of)| *of == fault).map(|(origin, _)| *origin);
        if of_fault.clone().next().is_none() {
            continue;
        }
        let evidence = || Evidence::new(of_fault.clone().map(|origin| named.fact(origin)));
        found.add(named.finding(fault), evidence)?;
    }
    Ok(())
}
