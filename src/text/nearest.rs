//! The nearest of some names.

/// The known name that a misspelt one most likely stands for.
pub fn nearest<'n>(unknown: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower = unknown.to_ascii_lowercase();
    let scored = known.map(|name| (strsim::jaro_winkler(&lower, &name.to_ascii_lowercase()), name));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 >= 0.8).then_some(best.1)
}
