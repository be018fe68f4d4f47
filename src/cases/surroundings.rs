//! What cases need that stands outside of their file.

use crate::files::SourceText;
use crate::policy::Snapshot;

/// What a file of cases refers to; paths are as it writes them, from its own folder on.
pub trait Surroundings {
    /// What is in force with these built-in policies and those of these files and folders.
    ///
    /// # Errors
    /// Everything that is wrong with them, a line for each.
    fn policies(&self, built_in: &[&str], paths: &[&str]) -> Result<Snapshot, String>;

    /// The texts of a manifest, or of those in a folder.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn manifests(&self, path: &str) -> Result<Vec<SourceText>, String>;
}
