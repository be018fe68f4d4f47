//! A certificate chain and its key.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::leaf::{Leaf, Malformed};

/// A certificate chain and its key, as PEM text.
#[derive(Clone, PartialEq, Eq)]
pub struct PemPair {
    /// The chain, the server's own certificate first.
    pub certificate: Vec<u8>,
    /// The key.
    pub key: Vec<u8>,
}

impl PemPair {
    /// The chain.
    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(&self.certificate).flatten().collect()
    }

    /// What a client looks at in the server's own certificate.
    pub(super) fn leaf(&self) -> Result<Leaf, Malformed> {
        let chain = self.chain();
        Leaf::read(chain.first().ok_or(Malformed)?)
    }
}
