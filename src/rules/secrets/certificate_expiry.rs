//! On the day that a certificate ends, everything behind it is down.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entries::entries;
use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Secret, Secrets};

#[doc = include_str!("certificate_expiry.md")]
pub(crate) struct CertificateExpiry;

/// How long before its end a certificate has to be renewed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CertificateExpiryParams {
    /// The days that a certificate has to be good for still, 1 to 365: or a quarter of its life, where
    /// that is shorter.
    #[schemars(range(min = 1, max = 365))]
    pub days: u16,
}

impl Default for CertificateExpiryParams {
    fn default() -> Self {
        Self { days: 14 }
    }
}

impl Params for CertificateExpiryParams {
    fn problems(&self) -> Vec<BadValue> {
        let reason = "must be from 1 to 365".to_owned();
        let problem = BadValue { parameter: "days", element: None, reason };
        if (1..=365).contains(&self.days) { Vec::new() } else { vec![problem] }
    }
}

/// The most certificates of a chain that are looked at.
const CHAIN_LIMIT: usize = 16;

/// How many steps a byte takes to be read as a certificate.
const READ: usize = 4;

/// The end of what can be written as a time, in seconds: 9999-12-31.
const END_OF_TIME: i64 = 253_402_300_799;

/// How long a certificate is good.
#[derive(Clone, Copy)]
struct Life {
    from: Timestamp,
    to: Timestamp,
}

impl Rule for CertificateExpiry {
    type On = Secrets;
    type Params = CertificateExpiryParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("certificate-expiry"),
        group: Text::Borrowed("secrets"),
        severity: Severity::High,
        checklist: Text::Borrowed("No certificate has expired, or is about to."),
        rows: &["M16"],
        standards: &[Standard::Cwe(298)],
        page: Text::Borrowed(include_str!("certificate_expiry.md")),
    };

    fn applies(secret: &Secret<'_>, _: &CertificateExpiryParams, _: &Context<'_>) -> bool {
        secret.kind.as_deref() == Some("kubernetes.io/tls")
    }

    fn check(
        secret: &Secret<'_>,
        params: &CertificateExpiryParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let mut certificate = None;
        for entry in entries(secret) {
            found.visit(1)?;
            certificate = certificate.or(Some(entry).filter(|entry| entry.key == "tls.crt"));
        }
        let Some(entry) = certificate else { return Ok(()) };
        let Some(value) = entry.value(found)? else { return Ok(()) };
        // Whoever makes the certificate leaves it empty until there is one.
        if value.trim_ascii().is_empty() {
            return Ok(());
        }
        found.spend(READ * value.len())?;
        let lives = lives(&value);
        if lives.is_empty() {
            let message = "the value of \"tls.crt\" holds no certificate that can be read";
            let advice = "put the certificate there as PEM, and behind it those of its issuers";
            let finding = Finding::new(entry.at(), message, Remedy::Advice(advice.to_owned()));
            return found
                .add(finding, || Evidence::new([Fact::new(Reach::object(), ["no certificate"])]));
        }
        let ending = lives.iter().enumerate().min_by_key(|(_, life)| life.to);
        match ending {
            Some((place, life)) if life.is_ending(cx.now, params.days) => {
                ends(entry.at(), place, *life, cx.now, found)
            }
            _ => Ok(()),
        }
    }
}

fn ends(
    at: FieldPath,
    place: usize,
    life: Life,
    now: Timestamp,
    found: &mut Findings<'_>,
) -> Checked {
    let which = if place == 0 { "the certificate" } else { "the certificate of an issuer" };
    let end = life.to;
    let message = if end <= now {
        format!("{which} expired at {end}")
    } else {
        format!("{which} expires at {end}, and has not been renewed")
    };
    let advice = "renew it: with cert-manager, see what `cmctl status certificate` says of the one \
                  that makes this Secret; otherwise put a new one in its place";
    let finding = Finding::new(at, message, Remedy::Advice(advice.to_owned()));
    // The earlier its end, the harder.
    let degree = u64::try_from(END_OF_TIME - end.as_second()).unwrap_or(0);
    let fact = || Fact::new(Reach::object(), ["expires"]).degree(degree);
    found.add(finding, || Evidence::new([fact()]))
}

impl Life {
    /// Whether it has ended, or will within so many days: or within a quarter of it, as what lives
    /// for a few days is always near its end.
    fn is_ending(self, now: Timestamp, days: u16) -> bool {
        let whole = self.from.duration_until(self.to);
        let before = SignedDuration::from_hours(24 * i64::from(days)).min(whole / 4);
        now.duration_until(self.to) <= before
    }
}

/// How long each certificate of a chain is good; what cannot be read is passed over.
fn lives(chain: &[u8]) -> Vec<Life> {
    let Ok(blocks) = pem::parse_many(chain) else { return Vec::new() };
    let certificates = blocks.iter().filter(|block| block.tag() == "CERTIFICATE");
    certificates.take(CHAIN_LIMIT).filter_map(|block| life(block.contents())).collect()
}

fn life(certificate: &[u8]) -> Option<Life> {
    let Ok((_, parsed)) = x509_parser::parse_x509_certificate(certificate) else { return None };
    let validity = parsed.validity();
    let moment = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp());
    let (Ok(from), Ok(to)) = (moment(validity.not_before), moment(validity.not_after)) else {
        return None;
    };
    Some(Life { from, to })
}
