//! Upstream's check `hostPathVolumes` (baseline, 1.0).

use crate::rules::{
    Case, Checked, Evidence, Finding, Findings, Meta, NoParams, Remedy, Rule, Severity,
};
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

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        for (index, volume) in case.pod.spec.volumes.iter().enumerate() {
            found.visit(1)?;
            let Some(host_path) = &volume.host_path else { continue };
            let at = case.pod.at(&["volumes"]).index(index).key("hostPath");
            let name = Quoted(volume.name.as_deref().unwrap_or_default());
            let advice =
                format!("use a persistentVolumeClaim, an emptyDir or a configMap in place of {at}");
            let message = format!("volume {name} mounts a path of the node");
            let evidence = || Evidence::of_volume(case.pod, volume, host_path.source());
            found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)?;
        }
        Ok(())
    }
}
