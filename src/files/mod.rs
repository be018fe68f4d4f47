//! Files and folders as the user names them: what is in them, and nothing outside them.

mod error;
mod folder;

pub use error::{FILE_SIZE_LIMIT, FileError};

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::text::printable;
use error::shown;

/// A text and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The path as the user wrote it, or `-` for standard input.
    pub name: String,
    /// The text.
    pub text: String,
    /// Whether it was found in a folder, and not named by the user.
    pub is_found: bool,
}

/// What was read, and what was not.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The texts, in the order in which they were named.
    pub sources: Vec<SourceText>,
    /// What could not be read, or must not be.
    pub errors: Vec<FileError>,
    /// Hidden folders that were passed over.
    pub hidden: Vec<String>,
}

impl Gathered {
    /// One line that names the hidden folders that were passed over; none where there are none.
    pub fn passed_over(&self) -> Option<String> {
        /// How many are named.
        const NAMED: usize = 8;
        let named: Vec<String> =
            self.hidden.iter().take(NAMED).map(|folder| format!("`{folder}`")).collect();
        let more = match self.hidden.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = named.join(", ");
        (!named.is_empty()).then(|| {
            let text =
                format!("passed over hidden folders, name them to have them read: {named}{more}");
            printable(&text).into_owned()
        })
    }
}

/// Reads every path; `-` is standard input, a folder is searched for `.yaml`, `.yml` and `.json`.
///
/// What can be read is returned beside what cannot. A pipe or a device is read where it is named
/// itself, such as `/dev/stdin` and the `<(...)` of a shell, and never where it is found in a folder.
pub fn read_all(paths: &[PathBuf]) -> Gathered {
    let mut gathered = Gathered::default();
    for path in paths {
        if path.as_os_str() == "-" {
            gathered.take(read_stdin());
        } else if path.is_dir() {
            gathered.take_folder(path);
        } else {
            gathered.take(read_file(path));
        }
    }
    gathered
}

impl Gathered {
    fn take(&mut self, source: Result<SourceText, FileError>) {
        match source {
            Ok(source) => self.sources.push(source),
            Err(error) => self.errors.push(error),
        }
    }

    fn take_folder(&mut self, folder: &Path) {
        let found = folder::search(folder);
        if found.files.is_empty() && found.errors.is_empty() {
            self.errors.push(FileError::Nothing(shown(folder)));
        }
        self.errors.extend(found.errors);
        self.hidden.extend(found.hidden.iter().map(|hidden| shown(hidden)));
        for path in &found.files {
            self.take(read_file(path).map(|source| SourceText { is_found: true, ..source }));
        }
    }
}

fn read_stdin() -> Result<SourceText, FileError> {
    let name = "-".to_owned();
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(FILE_SIZE_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|source| FileError::Read { path: name.clone(), source })?;
    text_of(name, bytes)
}

fn read_file(path: &Path) -> Result<SourceText, FileError> {
    let name = shown(path);
    let fail = |source| FileError::read(path, source);
    let mut bytes = Vec::new();
    fs::File::open(path)
        .map_err(fail)?
        .take(FILE_SIZE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(fail)?;
    text_of(name, bytes)
}

fn text_of(name: String, bytes: Vec<u8>) -> Result<SourceText, FileError> {
    if bytes.len() as u64 > FILE_SIZE_LIMIT {
        return Err(FileError::TooLarge(name));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceText { name, text, is_found: false }),
        Err(_) => Err(FileError::NotText(name)),
    }
}
