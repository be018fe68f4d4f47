//! Who has agreed that this goes into production, and when.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ObjectMeta, Secretive, Workloads, is_dns_subdomain, is_label_key};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("sign_off.md")]
pub(crate) struct SignOff;

/// Who has to agree, and how long that holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SignOffParams {
    /// The roles that have to: of each there is an annotation `PREFIX/ROLE`.
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 63)))]
    pub roles: Vec<String>,
    /// The domain before the roles in the keys of the annotations.
    #[schemars(length(min = 1, max = 253))]
    pub prefix: String,
    /// The days that an agreement holds for, 1 to 3650.
    #[schemars(range(min = 1, max = 3650))]
    pub max_days: u16,
}

impl Default for SignOffParams {
    fn default() -> Self {
        let roles = ["technical-lead", "security", "operations", "product-owner"];
        let prefix = "sign-off.plimsoll.dev".to_owned();
        Self { roles: roles.map(str::to_owned).to_vec(), prefix, max_days: 365 }
    }
}

impl Params for SignOffParams {
    fn problems(&self) -> Vec<BadValue> {
        let mut wrong = BadValue::in_list("roles", &self.roles, Some("names no role"), |role| {
            let is_name = !role.contains('/') && is_label_key(role);
            let help = "is no end of a key; write a word such as `technical-lead`";
            (!is_name).then(|| format!("`{}` {help}", clipped(role, QUOTE_LIMIT)))
        });
        let mut bad = |parameter, reason| wrong.push(BadValue { parameter, element: None, reason });
        if !is_dns_subdomain(&self.prefix) {
            bad("prefix", "is no domain, such as `sign-off.example.com`".to_owned());
        }
        if !(1..=3_650).contains(&self.max_days) {
            bad("maxDays", "must be from 1 to 3650".to_owned());
        }
        wrong
    }
}

impl Rule for SignOff {
    type On = Workloads;
    type Params = SignOffParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("sign-off"),
        group: Text::Borrowed("governance"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Whoever has to agree to a workload in production has."),
        rows: &["R34"],
        standards: &[],
        page: Text::Borrowed(include_str!("sign_off.md")),
    };

    fn check(
        metadata: &ObjectMeta<'_>,
        params: &SignOffParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for role in &params.roles {
            let key = format!("{}/{role}", params.prefix);
            let value = metadata.annotations.get(&key).map_or("", Secretive::as_str);
            found.visit(1)?;
            found.spend(value.len())?;
            let fault = match Agreement::read(value, cx.now, params.max_days) {
                Agreement::Holds => continue,
                Agreement::None => format!("nobody has signed off as {role}"),
                Agreement::Unreadable => {
                    format!("the sign-off of {role} does not name a person and then a day")
                }
                Agreement::Early => format!("the sign-off of {role} is dated in the future"),
                Agreement::Old => {
                    format!("the sign-off of {role} is more than {} days old", params.max_days)
                }
            };
            let at = FieldPath::root().keys(&["metadata", "annotations"]).found_key(&key);
            let advice = format!("have {at} set to a name and a day, as in `j.doe 2026-11-30`");
            let fact = || Fact::new(Reach::object(), ["sign-off", role, value]);
            let finding = Finding::new(at, fault, Remedy::Advice(advice));
            found.add(finding, || Evidence::new([fact()]))?;
        }
        Ok(())
    }
}

/// What an agreement comes to.
#[derive(Debug, PartialEq, Eq)]
enum Agreement {
    Holds,
    /// There is none.
    None,
    /// It names nobody, or no day.
    Unreadable,
    /// Of a day that has not begun anywhere.
    Early,
    /// It has ended.
    Old,
}

impl Agreement {
    fn read(value: &str, now: Timestamp, max_days: u16) -> Self {
        let value = value.trim();
        if value.is_empty() {
            return Self::None;
        }
        let parts = value.rsplit_once(char::is_whitespace);
        let Some(day) = parts.and_then(|(_, day)| day_of(day)) else { return Self::Unreadable };
        let today = now.to_zoned(TimeZone::UTC).date();
        // East of Greenwich the next day has begun.
        let last = today.saturating_add(1.day());
        let first = today.saturating_sub(i64::from(max_days).days());
        match day {
            day if day > last => Self::Early,
            day if day < first => Self::Old,
            _ => Self::Holds,
        }
    }
}

/// A day in the form `2026-11-30`.
fn day_of(text: &str) -> Option<Date> {
    let is_form = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    match text.parse() {
        Ok(day) if is_form => Some(day),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agreement_holds_from_its_day_for_as_long_as_it_may() {
        let now: Timestamp = "2026-12-01T23:30:00Z".parse().expect("a moment");
        let read = |value| Agreement::read(value, now, 30);
        for (value, agreement) in [
            ("jane@shop.example 2026-12-01", Agreement::Holds),
            ("Jane Doe, CISO 2026-11-15", Agreement::Holds),
            // In Auckland it is tomorrow.
            ("jane 2026-12-02", Agreement::Holds),
            ("jane 2026-12-03", Agreement::Early),
            ("jane 2026-11-01", Agreement::Holds),
            ("jane 2026-10-31", Agreement::Old),
            (" ", Agreement::None),
            ("jane", Agreement::Unreadable),
            ("2026-12-01", Agreement::Unreadable),
            ("jane 2026-02-30", Agreement::Unreadable),
            ("jane 01.12.2026", Agreement::Unreadable),
            ("jane 2026-12-01T10:00:00Z", Agreement::Unreadable),
        ] {
            assert_eq!(read(value), agreement, "{value}");
        }
    }
}
