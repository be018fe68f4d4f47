//! Whether clients would take the server's certificate: what Go's verifier, which the API server
//! uses, asks of the first of a chain.

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, DnsName};
use thiserror::Error;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};

/// Signatures that Go does not verify any more: MD5 and SHA-1 with RSA, SHA-1 with DSA and ECDSA.
const WEAK: [&str; 4] =
    ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10040.4.3", "1.2.840.10045.4.1"];

/// Why no client would take a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unusable {
    /// Its time is over.
    #[error("it has expired; renew it (it was good until {0})")]
    Expired(Timestamp),
    /// Its time has not come.
    #[error("it is not valid yet; wait until {0}, or set the clock right")]
    NotYetValid(Timestamp),
    /// The common name has not counted since Go 1.15, and a mail address is no host.
    #[error(
        "it names no host; make one with a subject alternative name that is a host or an address"
    )]
    NoHost,
    /// It is for clients, for signing code or for anything else.
    #[error(
        "it is not for servers; make one with the extended key usage `serverAuth`, or with none"
    )]
    NotForServers,
    /// What it is signed with can be forged.
    #[error("it is signed with SHA-1 or MD5; make one that is signed with SHA-256")]
    WeakSignature,
    /// It holds a condition that no client knows how to meet.
    #[error("it has a critical extension that clients do not know; make one without it")]
    UnknownExtension,
}

/// What a client looks at.
#[derive(Debug, Clone, Copy)]
pub struct Leaf {
    not_before: Timestamp,
    not_after: Timestamp,
    for_ever: Result<(), Unusable>,
}

/// The certificate is not one.
#[derive(Debug)]
pub struct Malformed;

impl Leaf {
    /// Reads a certificate.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(certificate: &CertificateDer<'_>) -> Result<Self, Malformed> {
        let (rest, parsed) =
            x509_parser::parse_x509_certificate(certificate).map_err(|_| Malformed)?;
        if !rest.is_empty() {
            return Err(Malformed);
        }
        let moment = |seconds| Timestamp::from_second(seconds).map_err(|_| Malformed);
        let validity = parsed.validity();
        Ok(Self {
            not_before: moment(validity.not_before.timestamp())?,
            not_after: moment(validity.not_after.timestamp())?,
            for_ever: examine(&parsed)?,
        })
    }

    /// The beginning of its life.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The end of its life.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether a client would take it at `now`.
    ///
    /// # Errors
    /// Why not.
    pub fn usable(&self, now: Timestamp) -> Result<(), Unusable> {
        self.for_ever?;
        if now >= self.not_after {
            return Err(Unusable::Expired(self.not_after));
        }
        if now < self.not_before {
            return Err(Unusable::NotYetValid(self.not_before));
        }
        Ok(())
    }
}

/// What is so whatever the time; an error of its own where it cannot even be read.
fn examine(certificate: &X509Certificate<'_>) -> Result<Result<(), Unusable>, Malformed> {
    let names = certificate.subject_alternative_name().map_err(|_| Malformed)?;
    if !names.is_some_and(|names| names.value.general_names.iter().any(is_host)) {
        return Ok(Err(Unusable::NoHost));
    }
    let usage = certificate.extended_key_usage().map_err(|_| Malformed)?;
    if usage.is_some_and(|usage| !usage.value.server_auth && !usage.value.any) {
        return Ok(Err(Unusable::NotForServers));
    }
    let signature = certificate.signature_algorithm.algorithm.to_id_string();
    // One that vouches for itself is trusted as it is, and nobody looks at its signature.
    let is_its_own_issuer = certificate.issuer().as_raw() == certificate.subject().as_raw();
    if !is_its_own_issuer && WEAK.contains(&signature.as_str()) {
        return Ok(Err(Unusable::WeakSignature));
    }
    let is_unknown = |parsed: &ParsedExtension<'_>| {
        matches!(
            parsed,
            ParsedExtension::UnsupportedExtension { .. } | ParsedExtension::ParseError { .. }
        )
    };
    let mut critical = certificate.extensions().iter().filter(|e| e.critical);
    if critical.any(|extension| is_unknown(extension.parsed_extension())) {
        return Ok(Err(Unusable::UnknownExtension));
    }
    Ok(Ok(()))
}

/// Whether a client could find its way by this name.
fn is_host(name: &GeneralName<'_>) -> bool {
    match name {
        GeneralName::DNSName(name) => {
            DnsName::try_from(name.strip_prefix("*.").unwrap_or(name)).is_ok()
        }
        GeneralName::IPAddress(bytes) => matches!(bytes.len(), 4 | 16),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_pki_types::pem::PemObject;

    /// For 127.0.0.1, signed with SHA-1 by another, good until the year 2126.
    const SHA_1: &str = "-----BEGIN CERTIFICATE-----
MIICNDCCARygAwIBAgIUVPlrSrmRC+2J++exeF66I7s7nIYwDQYJKoZIhvcNAQEF
BQAwDTELMAkGA1UEAwwCY2EwIBcNMjYxMTI0MTg1MDQ0WhgPMjEyNjEwMzExODUw
NDRaMA8xDTALBgNVBAMMBGxlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATf
qf1vPkOXz0BAPvwm+k41B4q+kmSAxQcb2+CyfHOFU6PUWOI1qh5P+9LOYtr4zi3s
VHTP2vHYm6Km7RniCQfto1MwUTAPBgNVHREECDAGhwR/AAABMB0GA1UdDgQWBBQy
hHechFXKnQ/m8hvt+qqJopb2XjAfBgNVHSMEGDAWgBTZVch1xGj5hWJMx4EFhvBA
Cqi+uzANBgkqhkiG9w0BAQUFAAOCAQEAIjvnrxqy+yi3nEC4Iu+ft0xw819lfJSX
SaXcNDJt0POo683apR6IQ8FsYZFv+O2IAHSt4eLcyDyDHfgN14RcVOT4y2n9FwX1
6vvyxW+G2Mj4qCrdMN5N1CKxabPb1Ub9iikDoikjN3t5WwzOsDFMad0rRIqR4Qh/
ahprpYBhbb5H+7RRObuNrheJuutqotkGPpzvI70fPlGDceGTWCoFX15pblvxhMkM
/qXViqAIx+/yu3A8oEJTNw+OaXvSpVJ/pdAXB6fUsFtixd8Gjs4+KCCwI3c8UriP
oehTUnRE1uveJFxVIyanUTfs+SEcmvfmHuBrVL0iJmFYkTAMfEYIqQ==
-----END CERTIFICATE-----
";

    #[test]
    fn f58_a_signature_that_can_be_forged_is_no_signature() {
        let certificate = CertificateDer::from_pem_slice(SHA_1.as_bytes()).expect("PEM");
        let leaf = Leaf::read(&certificate).expect("a certificate");
        assert_eq!(leaf.usable(leaf.not_before), Err(Unusable::WeakSignature));
    }

    #[test]
    fn f56_the_first_second_counts_and_the_last_one_does_not() {
        let moment = |second| Timestamp::from_second(second).expect("a moment");
        let leaf = Leaf { not_before: moment(100), not_after: moment(200), for_ever: Ok(()) };
        assert_eq!(leaf.usable(moment(99)), Err(Unusable::NotYetValid(moment(100))));
        assert_eq!(leaf.usable(moment(100)), Ok(()));
        assert_eq!(leaf.usable(moment(199)), Ok(()));
        assert_eq!(leaf.usable(moment(200)), Err(Unusable::Expired(moment(200))));
    }
}
