//! Whom a browser lets call: an origin too many, and every page on the web may.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::literal::{Literal, lasting, literals};
use super::placeholder::is_nobodys;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::{QUOTE_LIMIT, Wildcard, clipped};

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

/// What is wrong with an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Everybody,
    NoTls,
    Local,
    Nobody,
}

impl Fault {
    const ALL: [Self; 4] = [Self::Everybody, Self::NoTls, Self::Local, Self::Nobody];

    fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "allows origins by a wildcard",
            Self::NoTls => "allows an origin without `https`",
            Self::Local => "allows an origin on the user's own machine",
            Self::Nobody => "allows an origin that is a placeholder",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Everybody => "name each origin in full",
            Self::NoTls => "write origins with `https://`",
            Self::Local => "take localhost out",
            Self::Nobody => "name the origins that are meant",
        }
    }
}

impl Rule for CorsOrigins {
    type On = Pods;
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
        pod: &Pod<'_, '_>,
        params: &CorsOriginsParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let upper = |name: &str| name.to_ascii_uppercase();
        let names: Vec<Wildcard> =
            params.variables.iter().map(|name| Wildcard::new(&upper(name))).collect();
        for variable in lasting(pod).flat_map(literals) {
            found.visit(1)?;
            found.spend(4 * names.len() * variable.name.len())?;
            let name = upper(variable.name);
            if names.iter().any(|wanted| wanted.fits(&name)) {
                judge(&variable, found)?;
            }
        }
        Ok(())
    }
}

/// One finding for each fault, which rests on every origin that has it.
fn judge(variable: &Literal<'_, '_>, found: &mut Findings<'_>) -> Checked {
    variable.spend(16, found)?;
    let faulty: Vec<(&str, Fault)> = origins(variable.value)
        .filter_map(|origin| Some((origin, fault_of(origin, variable.name)?)))
        .collect();
    for fault in Fault::ALL {
        let of_fault = faulty.iter().filter(|(_, of)| *of == fault).map(|(origin, _)| *origin);
        if of_fault.clone().next().is_none() {
            continue;
        }
        let (c, at) = (&variable.container, variable.value_at());
        let message = format!("{variable} {}", fault.as_str());
        let remedy = Remedy::Advice(format!("{} at {at}", fault.advice()));
        let fact = |origin| Fact::new(Reach::one(c), ["origin", variable.name, origin]);
        let evidence = || Evidence::new(of_fault.clone().map(fact));
        found.add(Finding::of(c, at, message, remedy), evidence)?;
    }
    Ok(())
}

/// The origins of a list, however it is written: with commas, blanks, or as JSON.
fn origins(value: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
    let marks = ['"', '\'', '`'];
    // Brackets are those of a list in JSON; those of an address are within.
    let list = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    list.split(is_between).map(move |origin| origin.trim_matches(marks)).filter(|o| !o.is_empty())
}

fn fault_of(origin: &str, name: &str) -> Option<Fault> {
    let is = |word: &str| origin.eq_ignore_ascii_case(word);
    if is("true") {
        // `CORS_ALLOW_ALL_ORIGINS=true`, and of others nobody knows what it means.
        let upper = name.to_ascii_uppercase();
        return upper
            .split('_')
            .any(|word| matches!(word, "ALL" | "ANY"))
            .then_some(Fault::Everybody);
    }
    let is_none = ["false", "none", "off", "no", "0", "self", "same-origin"];
    if is_none.iter().any(|word| is(word)) || origin.starts_with("$(") || origin.starts_with("${") {
        return None;
    }
    if origin.contains('*') || is("null") || is("all") || is("any") {
        return Some(Fault::Everybody);
    }
    // A regular expression, of which no more is known.
    if origin.starts_with('^') || origin.contains('\\') {
        return (origin.contains(".+")).then_some(Fault::Everybody);
    }
    let (scheme, rest) = match origin.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => ("", origin),
    };
    let is_one_of = |known: [&str; 2]| known.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let is_safe = is_one_of(["https", "wss"]);
    if !is_safe && !is_one_of(["http", "ws"]) && !scheme.is_empty() {
        // Apps and extensions have schemes of their own.
        return None;
    }
    match host_of(rest) {
        host if is_local(host) => Some(Fault::Local),
        host if is_nobodys(host) => Some(Fault::Nobody),
        _ => (!is_safe).then_some(Fault::NoTls),
    }
}

/// The host at the beginning of a text, without its port.
fn host_of(text: &str) -> &str {
    if let Some((address, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    text.split([':', '/']).next().unwrap_or_default()
}

fn is_local(host: &str) -> bool {
    let top = host.rsplit('.').next().unwrap_or_default();
    top.eq_ignore_ascii_case("localhost")
        || matches!(host, "::1" | "0.0.0.0" | "host.docker.internal")
        || host.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(value: &str) -> Vec<Fault> {
        origins(value).filter_map(|origin| fault_of(origin, "CORS_ORIGINS")).collect()
    }

    #[test]
    fn each_origin_of_a_list_is_judged_however_it_is_written() {
        use Fault::{Everybody, Local, NoTls, Nobody};
        let table: [(&str, &[Fault]); 20] = [
            ("*", &[Everybody]),
            ("https://*.shop.test", &[Everybody]),
            ("null", &[Everybody]),
            ("https://shop.test", &[]),
            ("https://shop.test,http://shop.test", &[NoTls]),
            ("shop.test", &[NoTls]),
            ("wss://shop.test ws://shop.test", &[NoTls]),
            (r#"["https://shop.test", "http://localhost:3000"]"#, &[Local]),
            ("http://[::1]:3000", &[Local]),
            ("https://app.localhost", &[Local]),
            ("http://127.0.0.1:8080;https://shop.test", &[Local]),
            ("https://yourdomain.com|https://app.example.com", &[Nobody, Nobody]),
            ("capacitor://localhost", &[]),
            ("chrome-extension://abcdef", &[]),
            (r"^https://.+\.shop\.test$", &[Everybody]),
            (r"^https://(a|b)\.shop\.test$", &[]),
            ("false", &[]),
            ("true", &[]),
            ("$(ORIGINS)", &[]),
            ("", &[]),
        ];
        for (value, wanted) in table {
            assert_eq!(faults(value), wanted, "{value}");
        }
        assert_eq!(fault_of("True", "CORS_ALLOW_ALL_ORIGINS"), Some(Everybody));
    }
}
