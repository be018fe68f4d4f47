//! Upstream's check `hostPathVolumes` (baseline, 1.0).

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("host_path_volumes.md")]
pub(crate) struct HostPathVolumes;

impl Rule for HostPathVolumes {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("host-path-volumes"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No pod mounts a path of its node."),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("baseline"),
            Standard::Cis("5.2.12"),
            Standard::Cwe(668),
        ],
        page: Text::Borrowed(include_str!("host_path_volumes.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for (index, volume) in pod.spec.volumes.iter().enumerate() {
            found.visit(1)?;
            let Some(host_path) = &volume.host_path else { continue };
            let at = pod.at(&["volumes"]).index(index).key("hostPath");
            let name = Quoted(volume.name.as_deref().unwrap_or_default());
            let advice =
                format!("use a persistentVolumeClaim, an emptyDir or a configMap in place of {at}");
            let message = format!("volume {name} mounts a path of the node");
            let evidence = || Evidence::of_volume(pod, volume, host_path.source());
            found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)?;
        }
        Ok(())
    }
}
