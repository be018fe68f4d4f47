//! Which installation the registration is for, and whether it once was made for it.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, Resource};
use tokio::time::Instant;

use super::options::Options;
use super::target::Target;
use crate::cluster::lease::{self, Held};
use crate::cluster::{Asked, ask};

/// The annotation of the Lease that says for which Service or URL the configuration was made. Taken
/// away by an operator, it is made again although it was deleted.
pub(super) const REGISTERED: &str = "plimsoll.dev/registered";

/// How long a mark of our own counts before the Lease must show it.
const FRESH: Duration = Duration::from_secs(10);

/// How long it is taken for true for which Service the registration is.
const IDENTITY: Duration = Duration::from_secs(30);

/// One installation.
pub(super) struct Installation {
    client: Client,
    target: Target,
    namespace: String,
    /// What the registration is for, and when that was found out.
    identity: Option<(String, Instant)>,
    /// For what this process last marked the Lease, and when.
    marked: Option<(String, Instant)>,
    owner: Option<OwnerReference>,
}

impl Installation {
    /// That of `options`.
    pub(super) fn new(client: Client, options: &Options) -> Self {
        let (target, namespace) = (options.registration.target.clone(), options.namespace.clone());
        Self { client, target, namespace, identity: None, marked: None, owner: None }
    }

    /// What the registration is for: this very Service, or the URL. After it was deleted and
    /// installed anew it is another.
    ///
    /// Where the configuration is there it matters little, and need not be of this moment.
    pub(super) async fn identity(&mut self, may_be_old: bool) -> Asked<String> {
        let Target::Service { namespace, name } = &self.target else {
            return Ok(self.target.to_string());
        };
        if let Some((identity, at)) = &self.identity
            && may_be_old
            && at.elapsed() < IDENTITY
        {
            return Ok(identity.clone());
        }
        let services: Api<Service> = Api::namespaced(self.client.clone(), namespace);
        let identity = ask(services.get(name)).await?.metadata.uid.unwrap_or_default();
        self.identity = Some((identity.clone(), Instant::now()));
        Ok(identity)
    }

    /// Whether the configuration was made for it.
    pub(super) fn is_marked(&self, identity: &str, held: &Held) -> bool {
        let is_fresh = |(of, at): &(String, Instant)| of == identity && at.elapsed() < FRESH;
        self.marked.as_ref().is_some_and(is_fresh)
            || held.annotations.get(REGISTERED).is_some_and(|of| of == identity)
    }

    /// Notes that it was.
    pub(super) async fn mark(&mut self, identity: String) -> Asked<()> {
        let leases: Api<Lease> = Api::namespaced(self.client.clone(), &self.namespace);
        let patch = serde_json::json!({"metadata": {"annotations": {REGISTERED: identity}}});
        let patch = Patch::Merge(patch);
        ask(leases.patch(lease::NAME, &PatchParams::default(), &patch)).await?;
        self.marked = Some((identity, Instant::now()));
        Ok(())
    }

    /// Whom the configuration goes with: Plimsoll's namespace.
    pub(super) async fn owner(&mut self) -> Asked<OwnerReference> {
        if let Some(owner) = &self.owner {
            return Ok(owner.clone());
        }
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let namespace = ask(namespaces.get(&self.namespace)).await?;
        let owner = OwnerReference {
            api_version: Namespace::api_version(&()).into_owned(),
            kind: Namespace::kind(&()).into_owned(),
            name: self.namespace.clone(),
            uid: namespace.metadata.uid.unwrap_or_default(),
            ..OwnerReference::default()
        };
        self.owner = Some(owner.clone());
        Ok(owner)
    }
}
