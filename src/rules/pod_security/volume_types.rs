//! Upstream's check `restrictedVolumes` (restricted, 1.0).

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("volume_types.md")]
pub(crate) struct VolumeTypes;

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
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("volume-types"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "Every volume is of a kind that leads to no node and no bare storage server.",
        ),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("restricted"),
            Standard::Cis("5.2.12"),
            Standard::Cwe(668),
        ],
        page: Text::Borrowed(include_str!("volume_types.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for (index, volume) in pod.spec.volumes.iter().enumerate() {
            found.visit(1)?;
            let Some(source) = volume.source.as_deref().filter(|source| !is_allowed(source)) else {
                continue;
            };
            let at = pod.at(&["volumes"]).index(index).found_key(source);
            let name = Quoted(volume.name.as_deref().unwrap_or_default());
            let advice = format!("use a persistentVolumeClaim or a csi volume in place of {at}");
            let message = format!("volume {name} is of kind {}", Quoted(source));
            let evidence = || match (&volume.host_path, &volume.foreign) {
                (Some(host_path), _) => Evidence::of_volume(pod, volume, host_path.source()),
                (None, Some(raw)) => Evidence::of_volume(pod, volume, [source, raw.as_str()]),
                (None, None) => Evidence::incomparable(),
            };
            found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)?;
        }
        Ok(())
    }
}
