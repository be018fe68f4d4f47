//! Upstream's check `hostPathVolumes` (baseline, 1.0).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::text::Quoted;

#[doc = include_str!("host_path_volumes.md")]
pub struct HostPathVolumes;

impl Rule for HostPathVolumes {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "host-path-volumes",
        severity: Severity::Critical,
        checklist: "No pod mounts a path of its node.",
        rows: &["M26"],
        page: include_str!("host_path_volumes.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let volumes = case.pod.spec.volumes.iter().enumerate();
        let found = volumes.filter(|(_, v)| v.source.as_deref() == Some("hostPath"));
        Ok(found
            .map(|(index, volume)| {
                let at = case.pod.at(&["volumes"]).index(index).key("hostPath");
                let name = Quoted(volume.name.as_deref().unwrap_or_default());
                let advice = format!(
                    "use a persistentVolumeClaim, an emptyDir or a configMap in place of {at}"
                );
                Finding::new(
                    at,
                    format!("volume {name} mounts a path of the node"),
                    Remedy::Advice(advice),
                )
            })
            .collect())
    }
}
