//! The authority that the printed configuration names: certificates, and nothing else.

use std::path::{Path, PathBuf};

use pem::{EncodeConfig, LineEnding, Pem};
use thiserror::Error;

use super::small_file::{self, FileError};

/// How a block of PEM text begins.
const BEGIN: &str = "-----BEGIN ";

/// What a certificate is called in PEM text.
const CERTIFICATE: &str = "CERTIFICATE";

/// Why a file is no authority.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It holds no certificate, or half of one.
    #[error("no whole certificate in PEM form in `{0}`")]
    NoCertificate(PathBuf),
    /// It holds a key or the like, which must not get into a configuration.
    #[error(
        "`{0}` holds something else than certificates; name a file of certificates with `--tls-ca`"
    )]
    SomethingElse(PathBuf),
    /// A block says that it is a certificate, and is none.
    #[error("a certificate in `{0}` cannot be read")]
    Malformed(PathBuf),
}

/// The certificates in the file at `path`, written anew so that nothing else of it is shown.
///
/// # Errors
/// [`AuthorityError`]; what is in the file is never part of it.
pub fn authority(path: &Path) -> Result<String, AuthorityError> {
    let none = || AuthorityError::NoCertificate(path.to_owned());
    let bytes = small_file::read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| none())?;
    let blocks = pem::parse_many(text).map_err(|_| none())?;
    if blocks.iter().any(|block| block.tag() != CERTIFICATE) {
        return Err(AuthorityError::SomethingElse(path.to_owned()));
    }
    // A block without an end is passed over by the parser.
    if blocks.is_empty() || blocks.len() != text.matches(BEGIN).count() {
        return Err(none());
    }
    let is_certificate = |block: &Pem| {
        x509_parser::parse_x509_certificate(block.contents()).is_ok_and(|(rest, _)| rest.is_empty())
    };
    if !blocks.iter().all(is_certificate) {
        return Err(AuthorityError::Malformed(path.to_owned()));
    }
    // Headers within a block would have Go pass it over.
    let plain: Vec<Pem> = blocks.iter().map(|b| Pem::new(b.tag(), b.contents())).collect();
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Ok(pem::encode_many_config(&plain, config))
}
