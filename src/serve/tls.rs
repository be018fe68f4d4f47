//! The certificate in use: read from files, and read again as they change.
//!
//! The files are compared by content at an interval. The kubelet swaps a symbolic link, which a
//! watch on the file misses (F-53); half-written pairs do not fit together and are not taken
//! (F-54). Whatever is wrong with new files, the old pair stays until it expires (F-55, F-56).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

use super::metrics::Metrics;

/// The largest certificate or key file that is read, in bytes.
const FILE_LIMIT: u64 = 1 << 20;

/// The most certificates in a chain.
const CHAIN_LIMIT: usize = 16;

/// Why a certificate was not taken.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is larger than a certificate or key can be.
    #[error("`{0}` is larger than a certificate or key can be")]
    TooLarge(PathBuf),
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
    /// The API server would refuse it: the common name has not counted since Go 1.15.
    #[error("the certificate in `{0}` names no host; make one with a subject alternative name")]
    NoSubjectAlternativeName(String),
    /// The certificate has expired.
    #[error("the certificate in `{0}` has expired; renew it")]
    Expired(String),
    /// Key and certificate do not belong together, or are of a kind that is not supported.
    #[error("certificate and key do not fit together, or are of a kind that is not supported")]
    Pair(#[source] rustls::Error),
}

/// A certificate chain and its key, as PEM text.
#[derive(Clone, PartialEq, Eq)]
pub struct PemPair {
    /// The chain, the server's own certificate first.
    pub certificate: Vec<u8>,
    /// The key.
    pub key: Vec<u8>,
}

/// A pair that can be served, and until when.
pub struct Served {
    /// For new handshakes.
    pub config: Arc<ServerConfig>,
    /// The end of the certificate's life, in Unix time.
    pub not_after: i64,
}

impl Served {
    /// Makes a pair ready; `name` is what errors call it.
    ///
    /// # Errors
    /// [`TlsError`], for everything a client would stumble over later.
    pub fn new(pair: &PemPair, name: &str) -> Result<Self, TlsError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pair.certificate)
            .take(CHAIN_LIMIT + 1)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate(name.to_owned()))?;
        if chain.len() > CHAIN_LIMIT {
            return Err(TlsError::ChainTooLong(name.to_owned()));
        }
        let leaf = chain.first().ok_or_else(|| TlsError::NoCertificate(name.to_owned()))?;
        let not_after = examine(leaf, name)?;
        let key = PrivateKeyDer::from_pem_slice(&pair.key)
            .map_err(|_| TlsError::NoKey(name.to_owned()))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Pair)?;
        // The API server speaks HTTP/1.1 to webhooks; what is not offered cannot be abused (F-23).
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), not_after })
    }

    /// Whether the certificate is still good at `now`, in Unix time.
    pub fn is_valid(&self, now: i64) -> bool {
        now < self.not_after
    }
}

/// The end of the certificate's life, if a client would take it at all.
fn examine(leaf: &CertificateDer<'_>, name: &str) -> Result<i64, TlsError> {
    let (_, parsed) = x509_parser::parse_x509_certificate(leaf)
        .map_err(|_| TlsError::Malformed(name.to_owned()))?;
    let names = parsed.subject_alternative_name().ok().flatten();
    if names.is_none_or(|names| names.value.general_names.is_empty()) {
        return Err(TlsError::NoSubjectAlternativeName(name.to_owned()));
    }
    Ok(parsed.validity().not_after.timestamp())
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
        Ok(PemPair { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }

    fn name(&self) -> String {
        self.certificate.display().to_string()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let fail = |source| TlsError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(fail)?.len() > FILE_LIMIT {
        return Err(TlsError::TooLarge(path.to_owned()));
    }
    std::fs::read(path).map_err(fail)
}

/// The pair in use, shared by all connections.
pub struct Certificate {
    served: ArcSwap<Served>,
}

impl Certificate {
    /// Serves this pair.
    pub fn new(served: Served) -> Self {
        Self { served: ArcSwap::from_pointee(served) }
    }

    /// Reads the files, and refuses a certificate that has expired.
    ///
    /// # Errors
    /// [`TlsError`]: at the start there is no old pair to keep.
    pub fn from_files(files: &PairFiles, now: i64) -> Result<(Self, PemPair), TlsError> {
        let pair = files.read()?;
        let served = Served::new(&pair, &files.name())?;
        if !served.is_valid(now) {
            return Err(TlsError::Expired(files.name()));
        }
        Ok((Self::new(served), pair))
    }

    /// The pair for a new handshake.
    pub fn current(&self) -> Arc<Served> {
        self.served.load_full()
    }
}

/// Reads the files again every `interval`, for good.
pub async fn follow(
    certificate: Arc<Certificate>,
    files: PairFiles,
    mut known: PemPair,
    interval: Duration,
    metrics: Arc<Metrics>,
) {
    let mut rejected: Option<String> = None;
    loop {
        tokio::time::sleep(interval).await;
        let (files_to_read, before) = (files.clone(), known.clone());
        let read = tokio::task::spawn_blocking(move || {
            let pair = files_to_read.read()?;
            if pair == before {
                return Ok(None);
            }
            Served::new(&pair, &files_to_read.name()).map(|served| Some((pair, served)))
        });
        match read.await {
            Ok(Ok(None)) => rejected = None,
            Ok(Ok(Some((pair, served)))) => {
                tracing::info!(not_after = served.not_after, "serving a new certificate");
                metrics.certificate_expires(served.not_after);
                certificate.served.store(Arc::new(served));
                known = pair;
                rejected = None;
            }
            Ok(Err(error)) => {
                let reason = crate::text::error_chain(&error);
                if rejected.as_ref() != Some(&reason) {
                    tracing::error!(
                        reason,
                        "the new certificate is not taken; the old one is served on"
                    );
                    rejected = Some(reason);
                }
                metrics.certificate_rejected();
            }
            Err(_) => tracing::error!("reading the certificate failed"),
        }
    }
}
