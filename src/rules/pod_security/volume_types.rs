//! Upstream's check `restrictedVolumes` (restricted, 1.0).

use crate::rules::{
    Case, Checked, Evidence, Finding, Findings, Meta, NoParams, Remedy, Rule, Severity,
};
use crate::text::Quoted;

#[doc = include_str!("volume_types.md")]
pub struct VolumeTypes;

/// A volume without a source is an `emptyDir`: the API server fills it in.
fn is_allowed(source: &str) -> bool {
    matches!(
        source,
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

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        for (index, volume) in case.pod.spec.volumes.iter().enumerate() {
            found.visit(1)?;
            let Some(source) = volume.source.as_deref().filter(|source| !is_allowed(source)) else {
                continue;
            };
            let at = case.pod.at(&["volumes"]).index(index).found_key(source);
            let name = Quoted(volume.name.as_deref().unwrap_or_default());
            let advice = format!("use a persistentVolumeClaim or a csi volume in place of {at}");
            let message = format!("volume {name} is of kind {}", Quoted(source));
            let evidence = || match (&volume.host_path, &volume.foreign) {
                (Some(host_path), _) => Evidence::of_volume(case.pod, volume, host_path.source()),
                (None, Some(raw)) => Evidence::of_volume(case.pod, volume, [source, raw.as_str()]),
                (None, None) => Evidence::incomparable(),
            };
            found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)?;
        }
        Ok(())
    }
}
