//! Authorities and the certificates that they sign.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use thiserror::Error;

use super::leaf::{Leaf, Malformed};
use super::pair::PemPair;
use super::trust::plain;

/// How far back everything is dated, for clocks that are behind (F-90).
const BACK: Duration = Duration::from_mins(5);

/// No certificate can be made.
#[derive(Debug, Error)]
#[error("cannot make a certificate")]
pub struct CannotIssue(#[from] rcgen::Error);

/// A certificate authority and its key, as PEM text.
#[derive(Clone, PartialEq, Eq)]
pub struct Authority {
    /// Its certificate, which `caBundle` names.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl Authority {
    /// Makes one that is good for `life` from `now` on.
    ///
    /// # Errors
    /// A moment that no certificate can hold.
    pub fn make(now: Timestamp, life: Duration) -> Result<Self, CannotIssue> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "plimsoll CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let now = SystemTime::from(now);
        (params.not_before, params.not_after) = ((now - BACK).into(), (now + life).into());
        let made = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self { certificate: plain(&made.pem()), key: made.key().serialize_pem() })
    }

    /// Signs a certificate for a server of these host names and addresses, good for `life`, but no
    /// longer than the authority itself.
    ///
    /// # Errors
    /// A name that no certificate can hold, or an authority that is none.
    pub fn issue(
        &self,
        names: &[String],
        now: Timestamp,
        life: Duration,
    ) -> Result<PemPair, CannotIssue> {
        let issuer = Issuer::from_ca_cert_pem(&self.certificate, KeyPair::from_pem(&self.key)?)?;
        let mut leaf = CertificateParams::new(names)?;
        leaf.distinguished_name.push(DnType::CommonName, "plimsoll");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let now = SystemTime::from(now);
        let own_end = self.facts().map(|facts| SystemTime::from(facts.not_after()));
        let end = (now + life).min(own_end.unwrap_or(now + life));
        (leaf.not_before, leaf.not_after) = ((now - BACK).into(), end.into());
        let key = KeyPair::generate()?;
        let certificate = leaf.signed_by(&key, &issuer)?.pem().into_bytes();
        Ok(PemPair { certificate, key: key.serialize_pem().into_bytes() })
    }

    /// The life of it.
    pub(super) fn facts(&self) -> Result<Leaf, Malformed> {
        let der = CertificateDer::from_pem_slice(self.certificate.as_bytes());
        Leaf::read(&der.map_err(|_| Malformed)?)
    }

    /// Whether key and certificate belong together and can sign.
    pub(super) fn is_whole(&self) -> bool {
        let names = ["plimsoll.invalid".to_owned()];
        let now = Timestamp::now();
        let Ok(pair) = self.issue(&names, now, Duration::from_mins(1)) else { return false };
        super::trust::verify(&pair, [self.certificate.as_str()], None).is_ok()
    }
}
