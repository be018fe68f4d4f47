//! What a folder holds: every manifest in it once, and nothing from outside it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{ENTRY_LIMIT, FOLDER_DEPTH_LIMIT, FileError, shown};

/// What came of a search.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The manifests, in the order of their paths.
    pub(super) files: Vec<PathBuf>,
    /// What could not be looked at, or must not be read.
    pub(super) errors: Vec<FileError>,
    /// Hidden folders, which are not looked into.
    pub(super) hidden: Vec<PathBuf>,
}

/// The manifests below `folder`, at every depth, by the names that `kubectl -R -f` takes.
///
/// Links are followed where they stay within `folder`, as those of a mounted `ConfigMap` do; a file
/// that can be reached in several ways is found once, at its own place if it has one that is not
/// hidden. Nothing is opened.
pub(super) fn search(folder: &Path) -> Found {
    let root = match folder.canonicalize() {
        Ok(root) => root,
        Err(error) => {
            return Found { errors: vec![FileError::read(folder, error)], ..Found::default() };
        }
    };
    let mut search = Search { root, ..Search::default() };
    search.walk(folder.to_owned(), 0, false);
    // Last of all, so that a file that is linked to keeps its own path.
    while let Some((link, depth)) = search.links.pop_front() {
        search.walk(link, depth, true);
    }
    search.end()
}

/// A search under way.
#[derive(Default)]
struct Search {
    /// The folder that was named, without links.
    root: PathBuf,
    /// Each manifest without links, with whether a link led to it and the path to show.
    files: BTreeMap<PathBuf, (bool, PathBuf)>,
    /// Each folder that was looked into, without links: so no loop of links is endless.
    folders: BTreeSet<PathBuf>,
    links: VecDeque<(PathBuf, usize)>,
    hidden: Vec<PathBuf>,
    errors: Vec<FileError>,
    entries: usize,
}

impl Search {
    fn walk(&mut self, folder: PathBuf, depth: usize, is_linked: bool) {
        let mut open = vec![(folder, depth)];
        while let Some((folder, depth)) = open.pop() {
            if !self.enter(&folder, depth) {
                continue;
            }
            for path in self.entries(&folder) {
                if self.entries == ENTRY_LIMIT {
                    self.errors.push(FileError::TooMany(shown(&folder)));
                    self.links.clear();
                    return;
                }
                self.entries += 1;
                if self.is_folder_to_walk(&path, depth, is_linked) {
                    open.push((path, depth + 1));
                }
            }
        }
    }

    /// Whether a folder is to be looked into: not yet, and not too deep.
    fn enter(&mut self, folder: &Path, depth: usize) -> bool {
        let own = match folder.canonicalize() {
            Ok(own) => own,
            Err(error) => {
                self.errors.push(FileError::read(folder, error));
                return false;
            }
        };
        if !self.folders.insert(own) {
            return false;
        }
        if depth > FOLDER_DEPTH_LIMIT {
            self.errors.push(FileError::TooDeep(shown(folder)));
        }
        depth <= FOLDER_DEPTH_LIMIT
    }

    /// The entries of a folder by name; what cannot be read of it is an error.
    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        match fs::read_dir(folder) {
            // One more than is looked at, to tell that there are more.
            Ok(entries) => {
                for entry in entries.take(ENTRY_LIMIT + 1) {
                    match entry {
                        Ok(entry) => paths.push(entry.path()),
                        Err(error) => self.errors.push(FileError::read(folder, error)),
                    }
                }
            }
            Err(error) => self.errors.push(FileError::read(folder, error)),
        }
        paths.sort();
        paths
    }

    /// Takes note of an entry; whether it is a folder that stands here itself.
    fn is_folder_to_walk(&mut self, path: &Path, depth: usize, is_linked: bool) -> bool {
        let is_link = path.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink());
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            // A link to nothing, whose name is no manifest's: there is nothing to miss.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_manifest(path) => {
                return false;
            }
            Err(error) => {
                self.errors.push(FileError::read(path, error));
                return false;
            }
        };
        if metadata.is_dir() {
            if path.file_name().is_some_and(is_hidden) {
                self.hidden.push(path.to_owned());
            } else if is_link {
                if self.within(path).is_some() {
                    self.links.push_back((path.to_owned(), depth + 1));
                }
            } else {
                return true;
            }
        } else if is_manifest(path) {
            if !metadata.is_file() {
                self.errors.push(FileError::NotAFile(shown(path)));
            } else if let Some(own) = self.within(path) {
                let candidate = (is_link || is_linked, path.to_owned());
                let best = self.files.entry(own).or_insert_with(|| candidate.clone());
                if candidate < *best {
                    *best = candidate;
                }
            }
        }
        false
    }

    /// The path without links; none, and an error, where it leads out of the folder.
    fn within(&mut self, path: &Path) -> Option<PathBuf> {
        match path.canonicalize() {
            Ok(own) if own.starts_with(&self.root) => return Some(own),
            Ok(_) => self.errors.push(FileError::Escapes(shown(path))),
            Err(error) => self.errors.push(FileError::read(path, error)),
        }
        None
    }

    fn end(self) -> Found {
        // A mounted ConfigMap keeps its files in a folder `..2026_…` and links to them: what is
        // read through the links is not passed over.
        let is_read = |folder: &PathBuf| {
            let is_kubelets = folder.file_name().is_some_and(|name| starts_with(name, b".."));
            let own = folder.canonicalize().ok().filter(|_| is_kubelets);
            own.is_some_and(|own| self.files.keys().any(|file| file.starts_with(&own)))
        };
        let hidden = self.hidden.iter().filter(|folder| !is_read(folder)).cloned().collect();
        let mut files: Vec<PathBuf> = self.files.into_values().map(|(_, path)| path).collect();
        files.sort();
        Found { files, errors: self.errors, hidden }
    }
}

fn starts_with(name: &OsStr, beginning: &[u8]) -> bool {
    name.as_encoded_bytes().starts_with(beginning)
}

fn is_hidden(name: &OsStr) -> bool {
    starts_with(name, b".")
}

/// Whether the name ends as `kubectl` expects it of a manifest.
fn is_manifest(path: &Path) -> bool {
    // Not `Path::extension`, which sees none in a file that is called `.yaml`.
    let name = path.file_name().map(OsStr::as_encoded_bytes).unwrap_or_default();
    [&b".yaml"[..], b".yml", b".json"].iter().any(|ending| name.ends_with(ending))
}
