//! Why a file was not read, and how far reading goes.

use std::io;
use std::path::Path;

use thiserror::Error;

/// The largest file that is read, in bytes.
pub const FILE_SIZE_LIMIT: u64 = 64 << 20;

/// The deepest folder that is looked into, counted from the one that was named.
pub(super) const FOLDER_DEPTH_LIMIT: usize = 64;

/// How many entries of folders are looked at.
pub(super) const ENTRY_LIMIT: usize = 1_000_000;

/// Why a file was not read.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file or folder cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The path as the user wrote it.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file is not text.
    #[error("`{0}` is not UTF-8 text")]
    NotText(String),
    /// The file is larger than [`FILE_SIZE_LIMIT`].
    #[error("`{0}` is larger than {FILE_SIZE_LIMIT} bytes")]
    TooLarge(String),
    /// A pipe, a socket or a device, found in a folder: reading it may never end.
    #[error("`{0}` is no regular file; name it if you mean to read it")]
    NotAFile(String),
    /// A folder stands deeper than [`FOLDER_DEPTH_LIMIT`] below the one that was named.
    #[error(
        "`{0}` is nested deeper than {FOLDER_DEPTH_LIMIT} folders; name it if you mean to read it"
    )]
    TooDeep(String),
    /// There are more than [`ENTRY_LIMIT`] files and folders.
    #[error("`{0}` and what follows it is not read: more than {ENTRY_LIMIT} files and folders")]
    TooMany(String),
    /// A symbolic link leads out of the folder that was named.
    #[error("`{0}` is a link that leads out of the folder; name its target if you mean it")]
    Escapes(String),
    /// The folder holds no manifest.
    #[error("no .yaml, .yml or .json file in `{0}`")]
    Nothing(String),
}

impl FileError {
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: shown(path), source }
    }
}

/// A path as the user wrote it.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
