//! How files of certificates and keys are read: they are small, and they are files.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use thiserror::Error;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// Why a file was not read.
#[derive(Debug, Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder, a pipe or a device: reading it could last for ever.
    #[error("`{0}` is not a file; name a file")]
    NoFile(PathBuf),
    /// It is larger than a certificate or key can be.
    #[error("`{0}` is larger than a certificate or key can be")]
    TooLarge(PathBuf),
}

/// Reads the file at `path`, and nothing but a file.
///
/// # Errors
/// Where it is none, or too large, or cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let fail = |source| FileError::Read { path: path.to_owned(), source };
    // Opening a pipe would wait for somebody to write into it.
    let flags = i32::from_ne_bytes(OFlags::NONBLOCK.bits().to_ne_bytes());
    let file: File = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(fail)?;
    if !file.metadata().map_err(fail)?.is_file() {
        return Err(FileError::NoFile(path.to_owned()));
    }
    let mut bytes = Vec::new();
    // One more than may be, for what is said of a file's size need not be so.
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > LIMIT {
        return Err(FileError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}
