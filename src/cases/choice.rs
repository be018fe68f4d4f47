//! Which files hold cases.

use super::spec::KIND;
use super::{CasesError, CasesProblem};
use crate::files::SourceText;
use crate::yaml::Place;

/// Whether a file of this name holds cases, and so no policies.
pub fn is_called_cases(file: &str) -> bool {
    [".cases.yaml", ".cases.yml", ".cases.json"].iter().any(|ending| file.ends_with(ending))
}

/// What of these texts is to be run: those that were named, and those of folders that are called so.
///
/// Beside them is what is wrong with the rest: a file of a folder that holds cases under another
/// name would be passed over without a word.
pub fn chosen(sources: Vec<SourceText>) -> (Vec<SourceText>, Vec<CasesError>) {
    let is_chosen = |source: &SourceText| !source.is_found || is_called_cases(&source.name);
    let (chosen, rest): (Vec<_>, Vec<_>) = sources.into_iter().partition(is_chosen);
    let kinds = [format!("kind: {KIND}"), format!("\"{KIND}\"")];
    let misnamed = rest.into_iter().filter_map(|source| {
        let at = kinds.iter().find_map(|kind| source.text.find(kind))?;
        let line = 1 + source.text.get(..at)?.matches('\n').count();
        let place = Place { line, column: 1, span: at..at };
        Some(CasesError::new(&source.name, &place, CasesProblem::Misnamed))
    });
    (chosen, misnamed.collect())
}
