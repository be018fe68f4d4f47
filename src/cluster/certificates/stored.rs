//! What the Secret holds.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use thiserror::Error;

use super::issue::Authority;
use super::pair::PemPair;
use super::trust::{plain, verify};

/// The keys of the Secret. The first three are those of every TLS Secret.
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";
const BUNDLE: &str = "ca.crt";
const AUTHORITY: &str = "authority.crt";
const AUTHORITY_KEY: &str = "authority.key";
const NEXT: &str = "next-authority.crt";
const NEXT_KEY: &str = "next-authority.key";

/// A certificate, the authority that signed it, and the one that will sign the next.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// What is served.
    pub leaf: PemPair,
    /// Who signed it.
    pub current: Authority,
    /// Who signs once every API server trusts it.
    pub next: Option<Authority>,
}

/// Why a Secret cannot be used; what is in it is never part of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Unreadable {
    /// Nothing is in it yet.
    #[error("it is empty")]
    Empty,
    /// Something is missing, or is no text.
    #[error("`{0}` is missing or no PEM text")]
    Missing(&'static str),
    /// An authority that cannot sign.
    #[error("the certificate and the key in `{0}` do not fit together")]
    Authority(&'static str),
    /// The served certificate is not of that authority.
    #[error("`tls.crt` is not signed by `authority.crt`, or `tls.key` is not its key")]
    Leaf,
}

impl Stored {
    /// The authorities to trust, the current one first.
    pub fn authorities(&self) -> Vec<String> {
        let next = self.next.iter().map(|next| next.certificate.clone());
        std::iter::once(self.current.certificate.clone()).chain(next).collect()
    }

    /// As the data of a Secret.
    pub(super) fn to_data(&self) -> BTreeMap<String, ByteString> {
        let mut data = vec![
            (CERTIFICATE, self.leaf.certificate.clone()),
            (KEY, self.leaf.key.clone()),
            (BUNDLE, self.authorities().concat().into_bytes()),
            (AUTHORITY, self.current.certificate.clone().into_bytes()),
            (AUTHORITY_KEY, self.current.key.clone().into_bytes()),
        ];
        if let Some(next) = &self.next {
            data.push((NEXT, next.certificate.clone().into_bytes()));
            data.push((NEXT_KEY, next.key.clone().into_bytes()));
        }
        data.into_iter().map(|(key, value)| (key.to_owned(), ByteString(value))).collect()
    }

    /// From the data of a Secret, where all of it fits together.
    pub(super) fn of_data(data: &BTreeMap<String, ByteString>) -> Result<Self, Unreadable> {
        let is_filled = |key: &str| data.get(key).is_some_and(|value| !value.0.is_empty());
        if ![CERTIFICATE, KEY, AUTHORITY, AUTHORITY_KEY].into_iter().any(is_filled) {
            return Err(Unreadable::Empty);
        }
        let text = |key: &'static str| {
            let bytes = data.get(key).filter(|_| is_filled(key)).map(|value| value.0.clone());
            bytes.and_then(|b| String::from_utf8(b).ok()).ok_or(Unreadable::Missing(key))
        };
        let authority = |certificate, key| {
            let authority = Authority { certificate: plain(&text(certificate)?), key: text(key)? };
            authority.is_whole().then_some(authority).ok_or(Unreadable::Authority(certificate))
        };
        let leaf =
            PemPair { certificate: text(CERTIFICATE)?.into_bytes(), key: text(KEY)?.into_bytes() };
        let current = authority(AUTHORITY, AUTHORITY_KEY)?;
        let has_next = is_filled(NEXT) || is_filled(NEXT_KEY);
        let next = if has_next { Some(authority(NEXT, NEXT_KEY)?) } else { None };
        if verify(&leaf, [current.certificate.as_str()], None).is_err() {
            return Err(Unreadable::Leaf);
        }
        Ok(Self { leaf, current, next })
    }
}
