//! Where the API server serves the objects of a kind.

use serde::Deserialize;

use super::asking::{Asking, Taking, Unanswered};
use super::items::NoList;
use crate::subject::{Kind, Scope};

/// Where the objects of a kind are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The beginning of their path: `/apis/apps/v1`.
    base: String,
    /// The last part of it: `deployments`.
    plural: String,
    /// Whether they are in namespaces.
    pub is_namespaced: bool,
}

impl Served {
    /// Where objects of Kubernetes' own are, which are served in this version by every API server.
    pub fn of(group: &str, version: &str, plural: &str, is_namespaced: bool) -> Self {
        let base = match group {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        Self { base, plural: plural.to_owned(), is_namespaced }
    }

    /// The path of all of them, or of those in one namespace.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let Self { base, plural, .. } = self;
        match namespace {
            Some(namespace) => format!("{base}/namespaces/{namespace}/{plural}"),
            None => format!("{base}/{plural}"),
        }
    }

    /// The path of one that is in no namespace.
    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.base, self.plural)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Group {
    preferred_version: Version,
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    version: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resources {
    resources: Vec<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    name: String,
    kind: String,
    namespaced: bool,
}

/// The most of a small answer that is read, in bytes: a group of many kinds is a tenth of it.
const SMALL: usize = 4 << 20;

/// An answer that is read as a whole.
#[derive(Default)]
pub(super) struct Small(Vec<u8>);

impl Taking for Small {
    type Whole = Vec<u8>;

    fn piece(&mut self, bytes: &[u8]) -> Result<(), NoList> {
        if self.0.len() + bytes.len() > SMALL {
            return Err(NoList::TooLarge);
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn end(self) -> Result<Vec<u8>, NoList> {
        Ok(self.0)
    }
}

impl Asking {
    /// What is at a path; what of it cannot be read is not there.
    async fn look<T: Default + for<'de> Deserialize<'de>>(
        &self,
        path: &str,
    ) -> Result<T, Unanswered> {
        let bytes = self.get(path, Small::default).await?;
        serde_json::from_slice(&bytes).map_err(|_| Unanswered::Refused {
            code: 200,
            text: format!("something at `{path}` that cannot be read"),
        })
    }

    /// Where the objects of a kind are; none where the API server does not serve it.
    pub(super) async fn served(&self, kind: &Kind) -> Result<Option<Served>, Unanswered> {
        if kind.is_everywhere() {
            let is_namespaced = kind.scope != Scope::Cluster;
            return Ok(Some(Served::of(&kind.group, "v1", &kind.resource, is_namespaced)));
        }
        self.discovered(&kind.group, &kind.kind).await
    }

    /// Where the objects of a kind are that not every API server has.
    pub(super) async fn discovered(
        &self,
        group: &str,
        kind: &str,
    ) -> Result<Option<Served>, Unanswered> {
        let found: Group = match self.look(&format!("/apis/{group}")).await {
            Ok(found) => found,
            Err(Unanswered::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let preferred = found.preferred_version.version.clone();
        let others = found.versions.into_iter().map(|of| of.version).filter(|v| *v != preferred);
        for version in std::iter::once(preferred.clone()).chain(others).filter(|v| !v.is_empty()) {
            let all: Resources = match self.look(&format!("/apis/{group}/{version}")).await {
                Ok(all) => all,
                Err(Unanswered::NotFound) => continue,
                Err(error) => return Err(error),
            };
            let is_it = |r: &&Resource| r.kind == kind && !r.name.contains('/');
            if let Some(resource) = all.resources.iter().find(is_it) {
                return Ok(Some(Served::of(group, &version, &resource.name, resource.namespaced)));
            }
        }
        Ok(None)
    }
}
