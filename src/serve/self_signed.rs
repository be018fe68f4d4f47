//! A throw-away certificate authority and certificate, for trying things out.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::time::{Duration, SystemTime};

use super::tls::PemPair;

/// How long both live: long enough to try things out, too short to be taken for the real thing.
const LIFE: Duration = Duration::from_hours(168);

/// How far back both are dated, for clocks that are behind.
const BACK: Duration = Duration::from_mins(5);

/// A pair, and the authority that vouches for it.
pub struct SelfSigned {
    /// What is served.
    pub pair: PemPair,
    /// The authority's certificate as PEM, for `caBundle`.
    pub authority: String,
}

/// Makes a pair for these host names and addresses.
///
/// # Errors
/// A name that no certificate can hold.
pub fn make(names: &[String]) -> Result<SelfSigned, rcgen::Error> {
    let (start, end) = (SystemTime::now() - BACK, SystemTime::now() + LIFE);
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.distinguished_name.push(DnType::CommonName, "plimsoll throw-away CA");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (authority.not_before, authority.not_after) = (start.into(), end.into());
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "plimsoll");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    (leaf.not_before, leaf.not_after) = (start.into(), end.into());
    let key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&key, &authority)?;
    let certificate = leaf.pem().into_bytes();
    let pair = PemPair { certificate, key: key.serialize_pem().into_bytes() };
    Ok(SelfSigned { pair, authority: authority.pem() })
}
