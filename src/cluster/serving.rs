//! Which resources the API server serves, of the groups that policies name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kube::Client;
use tokio::time::Instant;

use super::{Asked, ask};
use crate::subject::Kind;

/// How long an answer counts.
const COUNTS: Duration = Duration::from_secs(30);

/// What is known of the resources of groups.
#[derive(Default)]
pub(super) struct Serving {
    groups: BTreeMap<String, (Instant, BTreeSet<String>)>,
}

impl Serving {
    /// Looks at the groups of these kinds that were not looked at for a while. What cannot be asked stays
    /// as it was known; everybody may ask.
    pub(super) async fn look<'k>(
        &mut self,
        client: &Client,
        kinds: impl Iterator<Item = &'k Kind>,
    ) {
        let groups: BTreeSet<&str> = kinds.map(|kind| &*kind.group).collect();
        self.groups.retain(|group, _| groups.contains(group.as_str()));
        for group in groups {
            let is_new = self.groups.get(group).is_none_or(|(at, _)| at.elapsed() > COUNTS);
            if is_new && let Ok(resources) = resources(client, group).await {
                self.groups.insert(group.to_owned(), (Instant::now(), resources));
            }
        }
    }

    /// Whether it is known that the API server has no such resource.
    pub(super) fn lacks(&self, kind: &Kind) -> bool {
        let known = self.groups.get(&*kind.group);
        known.is_some_and(|(_, resources)| !resources.contains(&*kind.resource))
    }
}

/// The resources of a group in all its versions; none where there is no such group.
async fn resources(client: &Client, group: &str) -> Asked<BTreeSet<String>> {
    let groups = ask(client.list_api_groups()).await?;
    let mut all = BTreeSet::new();
    for version in groups.groups.iter().filter(|of| of.name == group).flat_map(|of| &of.versions) {
        let listed = ask(client.list_api_group_resources(&version.group_version)).await?;
        all.extend(listed.resources.into_iter().map(|resource| resource.name));
    }
    Ok(all)
}
