//! Rules as a policy can set them: some have parameters without which they mean nothing.

/// The least that a policy must set about the rule `id`, as YAML in one line; most rules need nothing.
pub fn least(id: &str) -> &'static str {
    match id {
        "image-registry" => "{allowed: [registry.example]}",
        "environment-contract" => "{variables: [{name: A, required: false}]}",
        _ => "{}",
    }
}

/// These rules, each with the least that must be set, as the value of `rules` in one line.
pub fn all<'i>(ids: impl IntoIterator<Item = &'i str>) -> String {
    let settings: Vec<String> = ids.into_iter().map(|id| format!("{id}: {}", least(id))).collect();
    format!("{{{}}}", settings.join(", "))
}
