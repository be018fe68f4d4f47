//! The view of a `PersistentVolumeClaim` (`core/v1`).

use std::fmt;

use serde::Deserialize;

use super::borrowed::Str;
use super::mapping::Mapping;
use super::workload::{ClaimSpec, ClaimTemplate};
use crate::path::FieldPath;
use crate::text::Quoted;

/// What is read of a `PersistentVolumeClaim` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct PersistentVolumeClaim<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<ClaimSpec<'a>>>,
}

/// A claim: one itself, or what a `StatefulSet` makes some from.
#[derive(Debug, Clone, Copy)]
pub struct ClaimRef<'s> {
    /// What it says.
    pub spec: Option<&'s ClaimSpec<'s>>,
    template: Option<(usize, &'s ClaimTemplate<'s>)>,
}

impl<'s> ClaimRef<'s> {
    /// A claim itself.
    pub(super) fn itself(claim: &'s PersistentVolumeClaim<'s>) -> Self {
        Self { spec: claim.spec.as_deref(), template: None }
    }

    /// What a `StatefulSet` makes claims from, at this place of its list.
    pub(super) fn of_template(index: usize, template: &'s ClaimTemplate<'s>) -> Self {
        Self { spec: template.spec.as_deref(), template: Some((index, template)) }
    }

    /// Where its `spec` stands.
    pub fn at(&self) -> FieldPath {
        let spec = FieldPath::root().key("spec");
        match self.template {
            None => spec,
            Some((index, _)) => spec.key("volumeClaimTemplates").index(index).key("spec"),
        }
    }

    /// The name of a template; empty for a claim itself.
    pub fn name(&self) -> &'s str {
        let metadata = self.template.and_then(|(_, template)| template.metadata.as_deref());
        metadata.and_then(|metadata| metadata.name.as_ref()).map_or("", Str::as_str)
    }
}

/// As messages name it.
impl fmt::Display for ClaimRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.template {
            None => f.write_str("the claim"),
            Some(_) => write!(f, "volume claim {}", Quoted(self.name())),
        }
    }
}
