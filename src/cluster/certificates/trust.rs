//! Whether clients trust a certificate: the API server's own question, and what is registered with
//! it.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::Instant;
use x509_parser::extensions::GeneralName;

use super::pair::PemPair;

/// Why a client does not trust a pair.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("clients would not trust it")]
pub(super) struct Distrust;

/// Whether a client that trusts these authorities takes the pair, and the key is that of the
/// certificate: for `host` at a moment, or for the first name of the certificate in its own time.
pub(super) fn verify<'a>(
    pair: &PemPair,
    authorities: impl IntoIterator<Item = &'a str>,
    asked: Option<(&str, Timestamp)>,
) -> Result<(), Distrust> {
    let pems = authorities.into_iter();
    let authorities: Vec<CertificateDer<'static>> =
        pems.flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()).flatten()).collect();
    let chain = pair.chain();
    let (leaf, rest) = chain.split_first().ok_or(Distrust)?;
    let facts = pair.leaf().map_err(|_| Distrust)?;
    let key = PrivateKeyDer::from_pem_slice(&pair.key).map_err(|_| Distrust)?;
    let key = any_supported_type(&key).map_err(|_| Distrust)?;
    CertifiedKey::new(chain.clone(), key).keys_match().map_err(|_| Distrust)?;
    let host = match asked {
        Some((host, _)) => host.to_owned(),
        None => first_name(leaf).ok_or(Distrust)?,
    };
    let moment = asked.map_or(facts.not_before(), |(_, moment)| moment);
    let host = ServerName::try_from(host).map_err(|_| Distrust)?;
    // One that is trusted itself needs nobody who vouches for it, as in Go, though it may be an
    // authority.
    if authorities.iter().any(|authority| authority == leaf) {
        facts.usable(moment).map_err(|_| Distrust)?;
        let parsed = ParsedCertificate::try_from(leaf).map_err(|_| Distrust)?;
        return verify_server_name(&parsed, &host).map_err(|_| Distrust);
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities);
    let provider = Arc::new(default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = verifier.build().map_err(|_| Distrust)?;
    let seconds = u64::try_from(moment.as_second()).map_err(|_| Distrust)?;
    let moment = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    verifier.verify_server_cert(leaf, rest, &host, &[], moment).map_err(|_| Distrust)?;
    Ok(())
}

/// Whether who trusts these authorities takes the pair: for these hosts at a moment.
pub fn is_trusted(
    pair: &PemPair,
    authorities: &[String],
    hosts: &[String],
    now: Timestamp,
) -> bool {
    let by = |host: &String| {
        let authorities = authorities.iter().map(String::as_str);
        verify(pair, authorities, Some((host, now))).is_ok()
    };
    hosts.iter().all(by)
}

/// A name that a certificate is for; one of a wildcard's.
fn first_name(leaf: &CertificateDer<'_>) -> Option<String> {
    let (_, leaf) = x509_parser::parse_x509_certificate(leaf).ok()?;
    let names = leaf.subject_alternative_name().ok()??;
    names.value.general_names.iter().find_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.replacen('*', "any", 1)),
        GeneralName::IPAddress(bytes) => match **bytes {
            [a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d).to_string()),
            ref bytes => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string()),
        },
        _ => None,
    })
}

/// The authorities that the API server was told to trust, and since when this process has known.
#[derive(Debug, Clone, Default)]
pub struct Registered {
    since: HashMap<String, Instant>,
    is_there: bool,
    is_known: bool,
}

impl Registered {
    /// Takes note of what is registered at `now`; none where nothing is.
    pub fn see(&mut self, authorities: Option<Vec<String>>, now: Instant) {
        self.is_known = true;
        self.is_there = authorities.is_some();
        let mut before = std::mem::take(&mut self.since);
        for authority in authorities.into_iter().flatten() {
            let since = before.remove(&authority).unwrap_or(now);
            self.since.insert(authority, since);
        }
    }

    /// Whether `authority` has been registered for `settle`, or nobody calls at all.
    pub(super) fn is_settled(&self, authority: &str, settle: Duration, now: Instant) -> bool {
        let is_old = |since: &Instant| now.duration_since(*since) >= settle;
        self.is_known && (!self.is_there || self.since.get(authority).is_some_and(is_old))
    }
}

/// Splits PEM text into certificates, each written alike whoever wrote it.
pub fn certificates(pem: &str) -> Vec<String> {
    let blocks = pem::parse_many(pem).unwrap_or_default();
    let blocks = blocks.into_iter().filter(|block| block.tag() == "CERTIFICATE");
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    blocks.map(|b| pem::encode_config(&pem::Pem::new(b.tag(), b.contents()), config)).collect()
}

/// PEM text of certificates, written alike whoever wrote it.
pub(super) fn plain(pem: &str) -> String {
    certificates(pem).concat()
}

/// What is registered, for whoever serves a new pair.
#[derive(Debug, Clone)]
pub struct Trust {
    registered: watch::Receiver<Registered>,
    settle: Duration,
}

impl Trust {
    /// Trust in what is registered, once it has been for `settle`.
    pub fn new(registered: watch::Receiver<Registered>, settle: Duration) -> Self {
        Self { registered, settle }
    }

    /// Whether every API server takes this pair, as far as can be known.
    pub fn takes(&self, pair: &PemPair) -> bool {
        self.takes_at(pair, Instant::now())
    }

    /// The same at another moment.
    pub fn takes_at(&self, pair: &PemPair, now: Instant) -> bool {
        let registered = self.registered.borrow();
        if !registered.is_known || !registered.is_there {
            return registered.is_known;
        }
        let settled = |authority: &&String| registered.is_settled(authority, self.settle, now);
        let authorities: Vec<&str> =
            registered.since.keys().filter(settled).map(String::as_str).collect();
        verify(pair, authorities, None).is_ok()
    }

    /// What is registered, to look at.
    pub(super) fn registered(&self) -> watch::Ref<'_, Registered> {
        self.registered.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::super::issue::Authority;
    use super::*;

    #[test]
    fn f57_a_pair_is_trusted_by_its_authority_and_for_its_hosts_alone() {
        let now = Timestamp::now();
        let make = || Authority::make(now, Duration::from_hours(1)).expect("an authority");
        let (authority, other) = (make(), make());
        let hosts = ["a.b.svc".to_owned()];
        let pair = authority.issue(&hosts, now, Duration::from_hours(1)).expect("a pair");
        let [trusted, distrusted] = [authority, other].map(|a| [a.certificate]);
        assert!(is_trusted(&pair, &trusted, &hosts, now));
        assert!(!is_trusted(&pair, &distrusted, &hosts, now));
        assert!(!is_trusted(&pair, &trusted, &["c.b.svc".to_owned()], now));
        // As in Go, who is trusted itself needs no authority.
        let itself = plain(&String::from_utf8_lossy(&pair.certificate));
        assert!(is_trusted(&pair, &[itself], &hosts, now));
    }
}
