//! What was never changed is known to everybody who has ever seen it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Secret, Secretive, Secrets, Str, is_label_key, is_label_value};
use crate::text::{QUOTE_LIMIT, Quoted, clipped, plural};

#[doc = include_str!("secret_age.md")]
pub(crate) struct SecretAge;

/// How often Secrets are changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SecretAgeParams {
    /// The most days between two rotations, 1 to 3650, by class.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 100))]
    pub max_days: BTreeMap<String, u16>,
    /// The key of the label or annotation that names the class.
    #[schemars(length(min = 1, max = 317))]
    pub class: String,
    /// The key of the annotation with the day of the last rotation.
    #[schemars(length(min = 1, max = 317))]
    pub rotated: String,
    /// Whether every Secret has to name its class.
    pub required: bool,
}

impl Default for SecretAgeParams {
    fn default() -> Self {
        let days = [("jwt", 90), ("encryption-key", 180), ("database-password", 90)];
        let key = |name| format!("rotation.plimsoll.dev/{name}");
        let max_days = days.map(|(class, days)| (class.to_owned(), days)).into();
        Self { max_days, class: key("class"), rotated: key("rotated"), required: false }
    }
}

impl Params for SecretAgeParams {
    fn problems(&self) -> Vec<BadValue> {
        let bad = |parameter, reason| BadValue { parameter, element: None, reason };
        let none = (self.max_days.is_empty()).then(|| bad("maxDays", "names no class".to_owned()));
        let of_classes = self.max_days.iter().filter_map(|(class, days)| {
            let shown = clipped(class, QUOTE_LIMIT);
            if class.is_empty() || !is_label_value(class) {
                return Some(bad("maxDays", format!("`{shown}` is no value of a label")));
            }
            let is_sensible = (1..=3_650).contains(days);
            (!is_sensible).then(|| bad("maxDays", format!("must be from 1 to 3650 for `{shown}`")))
        });
        let keys = [("class", &self.class), ("rotated", &self.rotated)];
        let of_keys = keys.into_iter().filter(|(_, key)| !is_label_key(key)).map(|(name, _)| {
            bad(name, "is no key, such as `rotation.example.com/class`".to_owned())
        });
        none.into_iter().chain(of_classes).chain(of_keys).collect()
    }
}

impl Rule for SecretAge {
    type On = Secrets;
    type Params = SecretAgeParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("secret-age"),
        group: Text::Borrowed("secrets"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every Secret is changed as often as its class asks for."),
        rows: &["R30", "M46", "M48"],
        standards: &[Standard::Cwe(262), Standard::Cwe(324)],
        page: Text::Borrowed(include_str!("secret_age.md")),
    };
    const READS_LABELS: bool = true;

    fn applies(_: &Secret<'_>, params: &SecretAgeParams, cx: &Context<'_>) -> bool {
        params.required || class(params, cx).is_some()
    }

    fn check(
        _: &Secret<'_>,
        params: &SecretAgeParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let object = FieldPath::root().key("metadata");
        let Some(class) = class(params, cx) else {
            let at = object.key("labels").found_key(&params.class);
            let advice = format!("set {at} to one of {}", classes(params));
            let message = "the Secret names no class of rotation";
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            return found
                .add(finding, || Evidence::new([Fact::new(Reach::object(), ["no class"])]));
        };
        let Some(days) = params.max_days.get(class).copied() else {
            let at = object.key(place(params, cx)).found_key(&params.class);
            // What somebody wrote into an annotation is not shown.
            let message = "the Secret names a class of rotation that the policy does not know";
            let advice =
                format!("set {at} to one of {}, or have the policy say it", classes(params));
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            let fact = || Fact::new(Reach::object(), ["no such class", class]);
            return found.add(finding, || Evidence::new([fact()]));
        };
        let annotation = cx.metadata.annotations.get(&params.rotated);
        let written = annotation.map_or("", Secretive::as_str).trim();
        found.spend(written.len())?;
        let since = Rotated::read(written, cx.now);
        let (message, fact) = match since {
            Rotated::Days(age) if age <= i64::from(days) => return Ok(()),
            Rotated::Days(age) => {
                let age = u64::try_from(age).unwrap_or(0);
                let shown = plural(usize::try_from(age).unwrap_or(usize::MAX), "day");
                let message = format!(
                    "the Secret was changed {shown} ago, and one of class {} is changed every {days}",
                    Quoted(class)
                );
                (message, Fact::new(Reach::object(), ["old", class]).degree(age))
            }
            Rotated::Never => (
                "the Secret does not say when it was changed".to_owned(),
                Fact::new(Reach::object(), ["no day", class]),
            ),
            Rotated::Unreadable => (
                "what says when the Secret was changed is no day".to_owned(),
                Fact::new(Reach::object(), ["no day", class]),
            ),
            Rotated::Ahead => (
                "the Secret says that it was changed in the future".to_owned(),
                Fact::new(Reach::object(), ["no day", class]),
            ),
        };
        let at = object.key("annotations").found_key(&params.rotated);
        let advice = match since {
            Rotated::Days(_) => format!("rotate what is in it, and set {at} to the day of that"),
            _ => format!("set {at} to the day on which its values were made, as in `2026-11-30`"),
        };
        found.add(Finding::new(at, message, Remedy::Advice(advice)), || Evidence::new([fact]))
    }
}

/// The class that a Secret names, by a label or else by an annotation.
fn class<'c>(params: &SecretAgeParams, cx: &Context<'c>) -> Option<&'c str> {
    let label = cx.metadata.labels.get(&params.class).map(Str::as_str);
    let annotation = || cx.metadata.annotations.get(&params.class).map(Secretive::as_str);
    label.or_else(annotation).map(str::trim).filter(|class| !class.is_empty())
}

fn place(params: &SecretAgeParams, cx: &Context<'_>) -> &'static str {
    let is_label = cx.metadata.labels.get(&params.class).is_some();
    if is_label { "labels" } else { "annotations" }
}

/// The classes that there are, in words.
fn classes(params: &SecretAgeParams) -> String {
    let all: Vec<&str> = params.max_days.keys().map(String::as_str).collect();
    all.join(", ")
}

/// When a Secret was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rotated {
    /// So many days ago.
    Days(i64),
    /// Nobody says.
    Never,
    /// What is said is no day.
    Unreadable,
    /// On a day that has not begun anywhere.
    Ahead,
}

impl Rotated {
    fn read(written: &str, now: Timestamp) -> Self {
        if written.is_empty() {
            return Self::Never;
        }
        // A moment begins with its day.
        let (day, rest) = written.split_at_checked(10).unwrap_or((written, ""));
        let is_moment = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
        let Ok(day) = day.parse::<Date>() else { return Self::Unreadable };
        if !is_moment {
            return Self::Unreadable;
        }
        let today = now.to_zoned(TimeZone::UTC).date();
        // East of Greenwich the next day has begun.
        if day > today.saturating_add(1.day()) {
            return Self::Ahead;
        }
        let hours = day.duration_until(today).as_hours();
        Self::Days(hours / 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_counted_in_days() {
        let now: Timestamp = "2026-12-01T23:30:00Z".parse().expect("a moment");
        for (written, rotated) in [
            ("2026-12-01", Rotated::Days(0)),
            ("2026-11-30T08:00:00Z", Rotated::Days(1)),
            ("2025-12-01", Rotated::Days(365)),
            // In Auckland it is tomorrow.
            ("2026-12-02", Rotated::Days(-1)),
            ("2026-12-03", Rotated::Ahead),
            ("", Rotated::Never),
            ("last week", Rotated::Unreadable),
            ("01.12.2026", Rotated::Unreadable),
            ("2026-02-30", Rotated::Unreadable),
            ("2026-11-301", Rotated::Unreadable),
        ] {
            assert_eq!(Rotated::read(written, now), rotated, "{written}");
        }
    }
}
