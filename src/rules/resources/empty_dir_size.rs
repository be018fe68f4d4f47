//! A scratch volume without an end is the disk of the node, or its memory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LIMITS, amount};
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Halt, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods, Quantity, RawQuantity, Volume};
use crate::text::Quoted;

#[doc = include_str!("empty_dir_size.md")]
pub(crate) struct EmptyDirSize;

/// What bounds a volume beside its own limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct EmptyDirSizeParams {
    /// Whether a volume on disk needs no limit where each container that mounts it has a limit of
    /// `ephemeral-storage`, in which the volume is counted.
    pub storage_limit_suffices: bool,
}

impl Params for EmptyDirSizeParams {}

impl Rule for EmptyDirSize {
    type On = Pods;
    type Params = EmptyDirSizeParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("empty-dir-size"),
        group: Text::Borrowed("resources"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every emptyDir volume has a size limit."),
        rows: &["M25"],
        standards: &[Standard::NsaCisa("Resource policies"), Standard::Cwe(770)],
        page: Text::Borrowed(include_str!("empty_dir_size.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &EmptyDirSizeParams, _: &Context<'_>) -> bool {
        pod.spec.volumes.iter().any(is_empty_dir)
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &EmptyDirSizeParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for (index, volume) in pod.spec.volumes.iter().enumerate() {
            found.visit(1)?;
            if !is_empty_dir(volume) {
                continue;
            }
            let (medium, limit) = parts(volume);
            found.spend(8 * limit.map_or(0, str::len))?;
            let fault = match limit.map(|text| (text, Quantity::parse(text))) {
                Some((_, Ok(limit))) if limit.is_positive() => continue,
                // Huge pages are counted in the limits of the containers, which have to have them.
                _ if medium.starts_with("HugePages") => continue,
                _ if params.storage_limit_suffices && is_limited(pod, volume, found)? => continue,
                None => "has no size limit".to_owned(),
                Some((text, Ok(_))) => format!("has a size limit of {}", Quoted(text)),
                Some((text, Err(_))) => {
                    format!("has a size limit that is no quantity: {}", Quoted(text))
                }
            };
            let name = volume.name.as_deref().unwrap_or_default();
            let place = if medium == "Memory" { ", which is kept in memory," } else { "" };
            let message = format!("volume {}{place} {fault}", Quoted(name));
            let at = pod.at(&["volumes"]).index(index).keys(&["emptyDir", "sizeLimit"]);
            let remedy = Remedy::Advice(format!("set {at} to a quantity such as 500Mi"));
            // Whoever mounts it, it is one volume.
            let evidence = || Evidence::new([Fact::new(Reach::pod(pod), [name, medium])]);
            found.add(Finding::new(at, message, remedy), evidence)?;
        }
        Ok(())
    }
}

/// Whether it is one; also where nothing is said of what it is.
fn is_empty_dir(volume: &Volume<'_>) -> bool {
    volume.source.is_none() || volume.empty_dir.is_some()
}

/// The medium, empty for the disk, and the limit as it is written.
fn parts<'s>(volume: &'s Volume<'_>) -> (&'s str, Option<&'s str>) {
    let Some(empty_dir) = &volume.empty_dir else { return ("", None) };
    let limit = empty_dir.size_limit.as_ref().map(RawQuantity::as_str);
    (empty_dir.medium.as_deref().unwrap_or_default(), limit)
}

/// Whether the volume is on disk, and each container that mounts it may use so much of that.
fn is_limited(
    pod: &Pod<'_, '_>,
    volume: &Volume<'_>,
    found: &mut Findings<'_>,
) -> Result<bool, Halt> {
    let (medium, _) = parts(volume);
    for (c, _) in pod.mounts_of(volume.name.as_deref().unwrap_or_default()) {
        found.visit(1)?;
        let own = c.spec.0.resources.as_deref();
        let limit = amount(own, "ephemeral-storage", LIMITS, found)?;
        if !limit.is_some_and(|(_, limit)| limit.is_ok_and(Quantity::is_positive)) {
            return Ok(false);
        }
    }
    Ok(medium.is_empty())
}
