//! Files and folders as the user names them: what is in them, and nothing outside them.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The largest file that is read, in bytes.
pub const SIZE_LIMIT: u64 = 64 << 20;

/// A text and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as the user wrote it, or `-` for standard input.
    pub name: String,
    /// The text.
    pub text: String,
    /// Whether it was found in a folder, and not named by the user.
    pub is_found: bool,
}

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
    /// The file is larger than [`SIZE_LIMIT`].
    #[error("`{0}` is larger than {SIZE_LIMIT} bytes")]
    TooLarge(String),
    /// A symbolic link leads out of the folder that was named.
    #[error("`{0}` is a link that leads out of the folder; name its target if you mean it")]
    Escapes(String),
    /// The folder holds no manifest.
    #[error("no .yaml, .yml or .json file in `{0}`")]
    Nothing(String),
}

/// Reads every path; `-` is standard input, a folder is searched for `.yaml`, `.yml` and `.json`.
///
/// What can be read is returned beside what cannot.
pub fn read_all(paths: &[PathBuf]) -> (Vec<Source>, Vec<FileError>) {
    let mut sources = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        let found = if path.as_os_str() == "-" {
            read_stdin().map(|source| vec![Ok(source)])
        } else if path.is_dir() {
            read_folder(path)
        } else {
            Ok(vec![read_file(path)])
        };
        match found {
            Ok(found) => {
                for source in found {
                    match source {
                        Ok(source) => sources.push(source),
                        Err(error) => errors.push(error),
                    }
                }
            }
            Err(error) => errors.push(error),
        }
    }
    (sources, errors)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn read_stdin() -> Result<Source, FileError> {
    let name = "-".to_owned();
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(SIZE_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|source| FileError::Read { path: name.clone(), source })?;
    text_of(name, bytes)
}

fn read_file(path: &Path) -> Result<Source, FileError> {
    let name = shown(path);
    let fail = |source| FileError::Read { path: shown(path), source };
    let mut bytes = Vec::new();
    fs::File::open(path)
        .map_err(fail)?
        .take(SIZE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(fail)?;
    text_of(name, bytes)
}

fn text_of(name: String, bytes: Vec<u8>) -> Result<Source, FileError> {
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(FileError::TooLarge(name));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { name, text, is_found: false }),
        Err(_) => Err(FileError::NotText(name)),
    }
}

/// The manifests below a folder, in the order of their paths.
///
/// Names that begin with a dot are passed over: Git's own files, and the folders behind the links
/// of a mounted `ConfigMap`, whose links are followed.
fn read_folder(folder: &Path) -> Result<Vec<Result<Source, FileError>>, FileError> {
    let fail = |source| FileError::Read { path: shown(folder), source };
    let root = folder.canonicalize().map_err(fail)?;
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            let is_link = path.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink());
            if path.is_dir() && !is_link {
                open.push(path);
            } else if is_manifest(&path) {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        return Err(FileError::Nothing(shown(folder)));
    }
    found.sort();
    Ok(found.iter().map(|path| read_within(&root, path)).collect())
}

fn read_within(root: &Path, path: &Path) -> Result<Source, FileError> {
    let fail = |source| FileError::Read { path: shown(path), source };
    if !path.canonicalize().map_err(fail)?.starts_with(root) {
        return Err(FileError::Escapes(shown(path)));
    }
    read_file(path).map(|source| Source { is_found: true, ..source })
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    matches!(extension, "yaml" | "yml" | "json")
}
