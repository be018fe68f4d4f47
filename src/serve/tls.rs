//! The certificate in use: one pair, swapped whole.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

use crate::cluster::certificates::{FileError, Leaf, PemPair, Unusable, read_small_file};

/// The most certificates in a chain.
const CHAIN_LIMIT: usize = 16;

/// Why a certificate was not taken.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// No certificate in the file.
    #[error("no certificate in PEM form in `{0}`")]
    NoCertificate(String),
    /// No key in the file.
    #[error("no private key in PEM form in `{0}`; PKCS #8, PKCS #1 and SEC 1 are read")]
    NoKey(String),
    /// More certificates than a chain can have.
    #[error("more than {CHAIN_LIMIT} certificates in `{0}`")]
    ChainTooLong(String),
    /// The certificate is not one.
    #[error("the certificate in `{0}` cannot be read")]
    Malformed(String),
    /// No client would take it now.
    #[error("the certificate in `{name}` cannot be used")]
    Unusable {
        /// Where it is.
        name: String,
        /// Why.
        source: Unusable,
    },
    /// Key and certificate do not belong together, or are of a kind that is not supported.
    #[error(
        "certificate and key do not fit together, or are of a kind that is not supported; the server's own certificate comes first in its file"
    )]
    Pair(#[source] rustls::Error),
}

/// A pair that can be served.
pub struct Served {
    /// For new handshakes.
    pub config: Arc<ServerConfig>,
    leaf: Leaf,
    pair: PemPair,
}

impl Served {
    /// Makes a pair ready that can be used at `now`; `name` is what errors call it.
    ///
    /// # Errors
    /// [`TlsError`], for everything a client would stumble over later.
    pub fn new(pair: &PemPair, name: &str, now: Timestamp) -> Result<Self, TlsError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pair.certificate)
            .take(CHAIN_LIMIT + 1)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate(name.to_owned()))?;
        if chain.len() > CHAIN_LIMIT {
            return Err(TlsError::ChainTooLong(name.to_owned()));
        }
        let leaf = chain.first().ok_or_else(|| TlsError::NoCertificate(name.to_owned()))?;
        let leaf = Leaf::read(leaf).map_err(|_| TlsError::Malformed(name.to_owned()))?;
        let unusable = |source| TlsError::Unusable { name: name.to_owned(), source };
        leaf.usable(now).map_err(unusable)?;
        let key = PrivateKeyDer::from_pem_slice(&pair.key)
            .map_err(|_| TlsError::NoKey(name.to_owned()))?;
        // That the two belong together is made sure of in here.
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Pair)?;
        // The API server speaks HTTP/1.1 to webhooks; what is not offered cannot be abused (F-23).
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), leaf, pair: pair.clone() })
    }

    /// Whether a client would take the pair at `now`: the one question that is asked at the start,
    /// of every new pair, and of the one in use for as long as it is.
    ///
    /// # Errors
    /// Why it would not.
    pub fn usable(&self, now: Timestamp) -> Result<(), Unusable> {
        self.leaf.usable(now)
    }

    /// The pair.
    pub fn pair(&self) -> &PemPair {
        &self.pair
    }

    /// What a client looks at in the server's own certificate.
    pub fn leaf(&self) -> Leaf {
        self.leaf
    }

    /// The end of the certificate's life, in Unix time.
    pub fn not_after(&self) -> i64 {
        self.leaf.not_after().as_second()
    }
}

/// The two files that hold the pair.
#[derive(Debug, Clone)]
pub struct PairFiles {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

impl PairFiles {
    /// Reads both files.
    ///
    /// # Errors
    /// A file that cannot be read or is too large.
    pub fn read(&self) -> Result<PemPair, TlsError> {
        let certificate = read_small_file(&self.certificate)?;
        Ok(PemPair { certificate, key: read_small_file(&self.key)? })
    }

    pub(super) fn name(&self) -> String {
        self.certificate.display().to_string()
    }
}

/// The pair in use, shared by all connections.
pub struct Certificate {
    served: ArcSwapOption<Served>,
}

impl Certificate {
    /// Serves this pair.
    pub fn new(served: Served) -> Self {
        Self { served: ArcSwapOption::from_pointee(served) }
    }

    /// Serves none yet: until there is one, every handshake fails.
    pub fn none_yet() -> Self {
        Self { served: ArcSwapOption::empty() }
    }

    /// Serves another pair from now on.
    pub fn replace(&self, served: Served) {
        self.served.store(Some(Arc::new(served)));
    }

    /// Reads the files, whose pair must be usable at `now`.
    ///
    /// # Errors
    /// [`TlsError`]: at the start there is no old pair to keep.
    pub fn from_files(files: &PairFiles, now: Timestamp) -> Result<(Self, PemPair), TlsError> {
        let pair = files.read()?;
        let served = Served::new(&pair, &files.name(), now)?;
        Ok((Self::new(served), pair))
    }

    /// The pair for a new handshake; none where there is none yet.
    pub fn current(&self) -> Option<Arc<Served>> {
        self.served.load_full()
    }
}
