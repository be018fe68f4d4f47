//! The policies that ship with Plimsoll: the very files under `policies/`.

use super::{BoundPolicy, PolicyError, load};

/// The policy in force where none is named.
pub const PRODUCTION: &str = "production";

/// Name and text of each shipped policy.
pub const BUILT_IN_POLICIES: [(&str, &str); 3] = [
    (PRODUCTION, include_str!("../../policies/production.yaml")),
    ("baseline", include_str!("../../policies/baseline.yaml")),
    ("restricted", include_str!("../../policies/restricted.yaml")),
];

/// The shipped policy called `name`; none where there is no such policy.
///
/// # Errors
/// None that a test would let through: the files are part of the program.
pub fn built_in(name: &str) -> Result<Vec<BoundPolicy>, Vec<PolicyError>> {
    let text = BUILT_IN_POLICIES.iter().find(|(known, _)| *known == name);
    text.map_or(Ok(Vec::new()), |(name, text)| load(&format!("policies/{name}.yaml"), text))
}
