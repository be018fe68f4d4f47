//! Upstream's check `restrictedVolumes` (restricted, 1.0).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::text::Quoted;

#[doc = include_str!("volume_types.md")]
pub struct VolumeTypes;

/// A volume without a source is an `emptyDir`: the API server fills it in.
fn is_allowed(source: Option<&str>) -> bool {
    matches!(
        source,
        None | Some(
            "configMap"
                | "csi"
                | "downwardAPI"
                | "emptyDir"
                | "ephemeral"
                | "image"
                | "persistentVolumeClaim"
                | "projected"
                | "secret"
        )
    )
}

impl Rule for VolumeTypes {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "volume-types",
        severity: Severity::High,
        checklist: "Every volume is of a kind that leads to no node and no bare storage server.",
        rows: &["M26"],
        page: include_str!("volume_types.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let volumes = case.pod.spec.volumes.iter().enumerate();
        let refused = volumes.filter(|(_, volume)| !is_allowed(volume.source.as_deref()));
        Ok(refused
            .map(|(index, volume)| {
                let source = volume.source.as_deref().unwrap_or_default();
                let at = case.pod.at(&["volumes"]).index(index).key(source.to_owned());
                let name = Quoted(volume.name.as_deref().unwrap_or_default());
                let advice =
                    format!("use a persistentVolumeClaim or a csi volume in place of {at}");
                Finding::new(
                    at,
                    format!("volume {name} is of kind {}", Quoted(source)),
                    Remedy::Advice(advice),
                )
            })
            .collect())
    }
}
