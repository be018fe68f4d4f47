//! What a volume reaches: its source, and every mount of it.

use std::collections::HashMap;

use super::extent::Extent;
use super::variables::Variables;
use super::{Evidence, Fact, Reach};
use crate::subject::{Pod, Volume};

/// The mounts of a pod, by the name of their volume.
#[derive(Debug)]
pub(super) struct Mounts<'s> {
    by_volume: HashMap<&'s str, Vec<Mounted<'s>>>,
    /// How many volumes bear each name; the API server admits no two.
    volumes: HashMap<&'s str, usize>,
    pod: Reach,
}

/// One mount: in whom, at which path, and how much it shows there.
#[derive(Debug)]
struct Mounted<'s> {
    reach: Reach,
    place: &'s str,
    extent: Extent,
}

impl<'s> Mounts<'s> {
    /// Every mount of every container of `pod`.
    pub(super) fn of(pod: &'s Pod<'s, '_>) -> Self {
        let mut by_volume: HashMap<&str, Vec<_>> = HashMap::new();
        for c in pod.containers().filter(|c| !c.spec.0.volume_mounts.is_empty()) {
            let reach = Reach::one(&c);
            let variables = Variables::of(c);
            for mount in &c.spec.0.volume_mounts {
                let name = mount.0.name.as_deref().unwrap_or_default();
                by_volume.entry(name).or_default().push(Mounted {
                    reach: reach.clone(),
                    place: mount.0.mount_path.as_deref().unwrap_or_default(),
                    extent: Extent::of(&mount.0, &variables),
                });
            }
        }
        let mut volumes: HashMap<&str, usize> = HashMap::new();
        for volume in &pod.spec.volumes {
            *volumes.entry(volume.name.as_deref().unwrap_or_default()).or_default() += 1;
        }
        Self { by_volume, volumes, pod: Reach::pod(pod) }
    }

    /// What a finding about `volume`, whose source is `source`, rests on.
    pub(super) fn evidence<const N: usize>(
        &self,
        volume: &Volume<'_>,
        source: [&str; N],
    ) -> Evidence {
        let name = volume.name.as_deref().unwrap_or_default();
        if self.volumes.get(name).is_some_and(|&count| count > 1) {
            return Evidence::incomparable();
        }
        let mounts = self.by_volume.get(name).into_iter().flatten();
        let mounted = mounts.map(|Mounted { reach, place, extent }| {
            let what = ["mount", *place].into_iter().chain(source);
            Fact::new(reach.clone(), what).through(extent.clone())
        });
        let itself = Fact::new(self.pod.clone(), source);
        Evidence::new(std::iter::once(itself).chain(mounted))
    }
}
