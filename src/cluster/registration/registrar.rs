//! Keeps the registration as it should be, on the replica that holds the Lease.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client, Resource};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::configuration::{CONFIGURATION, Registration, configuration};
use super::decision::{Closing, FailurePolicy, Step, closing, fails_closed, step};
use super::normal::{CONTENT, fingerprint, over};
use super::removal::remove;
use super::replicas::{Ready, ready};
use super::standing::Standing;
use super::target::Target;
use crate::cluster::certificates::trust::{Registered, certificates};
use crate::cluster::events::{Events, Weight};
use crate::cluster::lease::{self, Held};
use crate::cluster::single::{Look, follow};
use crate::cluster::{Asked, Observer, ask};
use crate::policy::Snapshot;
use crate::text::error_chain;

/// The annotation of the Lease that says for which Service or URL the configuration was made. Taken
/// away by an operator, it is made again although it was deleted.
pub const REGISTERED: &str = "plimsoll.dev/registered";

/// How often everything is looked at, whether or not something happened.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long an authority that signs no more stays registered: until every replica serves something
/// else, and every kept connection is gone.
pub const OVERLAP: Duration = Duration::from_hours(1);

/// How long a mark of our own counts before the Lease must show it.
const FRESH: Duration = Duration::from_secs(10);

/// How long it is taken for true for which Service the registration is.
const IDENTITY: Duration = Duration::from_secs(30);

/// What a registrar asks others.
pub trait Server: Send + Sync + 'static {
    /// The policies in force.
    fn policies(&self) -> Arc<Snapshot>;
    /// Whether requests are answered.
    fn is_ready(&self) -> bool;
    /// Whether Plimsoll's namespace is about to go, and the registration with it.
    fn is_ending(&self) -> bool;
}

/// What a registrar is told.
pub struct Options {
    /// What the object says.
    pub registration: Registration,
    /// Whether writes fail while nobody answers.
    pub failure_policy: FailurePolicy,
    /// Plimsoll's namespace, which the object goes with.
    pub namespace: String,
    /// How long an authority that signs no more stays registered.
    pub overlap: Duration,
}

/// What comes in from elsewhere.
pub struct Inputs {
    /// Whether this replica looks after the registration.
    pub held: watch::Receiver<Held>,
    /// The authorities that must be trusted; none yet where it is empty.
    pub authorities: watch::Receiver<Vec<String>>,
    /// Tells of changes of the policies.
    pub changes: watch::Receiver<u64>,
}

/// One replica's part in the registration.
pub struct Registrar {
    client: Client,
    configurations: Api<ValidatingWebhookConfiguration>,
    options: Options,
    inputs: Inputs,
    server: Arc<dyn Server>,
    events: Events,
    observer: Arc<dyn Observer>,
    registered: watch::Sender<Registered>,
    /// Authorities that need not be trusted any more, and since when.
    superfluous: BTreeMap<String, Instant>,
    /// For what this process last marked the Lease, and when.
    marked: Option<(String, Instant)>,
    owner: Option<OwnerReference>,
    /// What the registration is for, and when that was found out.
    identity: Option<(String, Instant)>,
    told: Option<(Standing, String)>,
}

type Configuration = ValidatingWebhookConfiguration;

impl Registrar {
    /// Looks after the registration of `options`.
    pub fn new(
        client: Client,
        options: Options,
        inputs: Inputs,
        server: Arc<dyn Server>,
        events: Events,
        observer: Arc<dyn Observer>,
        registered: watch::Sender<Registered>,
    ) -> Self {
        Self {
            configurations: Api::all(client.clone()),
            client,
            options,
            inputs,
            server,
            events,
            observer,
            registered,
            superfluous: BTreeMap::new(),
            marked: None,
            owner: None,
            identity: None,
            told: None,
        }
    }

    /// Looks after it, for good.
    pub async fn run(mut self) {
        let mut looks = follow(self.configurations.clone(), CONFIGURATION);
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let has_changed = tokio::select! {
                changed = looks.changed() => changed.is_ok(),
                _ = ticks.tick() => false,
                _ = self.inputs.held.changed() => false,
                _ = self.inputs.authorities.changed() => false,
                _ = self.inputs.changes.changed() => false,
            };
            let look = looks.borrow_and_update().clone();
            if has_changed {
                self.see(&look);
            }
            if !self.inputs.held.borrow().leads {
                self.told = None;
                self.observer.registration(None);
                continue;
            }
            if look.is_known() {
                let (standing, why) = match self.look_after(look.object()).await {
                    Ok(standing) => standing,
                    // Somebody else wrote first; what they wrote comes in by the watch.
                    Err(error) if error.is_conflict() => continue,
                    Err(error) => (Standing::Failing, error_chain(&error)),
                };
                self.stand(standing, why).await;
            }
        }
    }

    fn see(&self, look: &Look<Configuration>) {
        let live = look.object();
        self.observer.fails_closed(fails_closed(live));
        let authorities = live.map(authorities_of);
        self.registered.send_modify(|known| known.see(authorities, Instant::now()));
    }

    async fn look_after(&mut self, live: Option<&Configuration>) -> Asked<(Standing, String)> {
        let waits = |why: &str| Ok((Standing::Waiting, why.to_owned()));
        if self.server.is_ending() {
            if live.is_some() {
                remove(&self.client).await?;
            }
            return waits("the namespace is going, and the registration with it");
        }
        let authorities = self.inputs.authorities.borrow().clone();
        if authorities.is_empty() || !self.server.is_ready() {
            return waits("this server is not ready to answer");
        }
        let identity = self.identity(live.is_some()).await?;
        let was_made = live.is_none() && self.is_marked(&identity);
        let ready = self.ready(live).await?;
        if live.is_none() && !was_made && !ready.is_any() {
            return waits("no replica behind the Service is ready yet");
        }
        let closing = closing(self.options.failure_policy, live, ready.suffices());
        let wanted = self.wanted(live, &authorities, closing).await?;
        if wanted.webhooks.as_ref().is_none_or(Vec::is_empty) && live.is_none() {
            return waits("no policy reads anything");
        }
        let step = step(live, &wanted, was_made);
        self.carry_out(step, live, &wanted).await?;
        if step != Step::StayDeleted && !self.is_marked(&identity) {
            self.mark(identity).await?;
        }
        Ok(match (step, closing) {
            (Step::StayDeleted, _) => {
                (Standing::Deleted, DELETED.replace("NAMESPACE", &self.options.namespace))
            }
            (_, Closing::Unguarded) => (Standing::Unguarded, UNGUARDED.to_owned()),
            _ => (Standing::Registered, String::new()),
        })
    }

    /// What must be registered.
    async fn wanted(
        &mut self,
        live: Option<&Configuration>,
        authorities: &[String],
        closing: Closing,
    ) -> Asked<Configuration> {
        let bundle = self.bundle(live, authorities).concat();
        let fails_closed = closing == Closing::Closed;
        let registration = Registration { fails_closed, ..self.options.registration.clone() };
        let policies = self.server.policies();
        let mut wanted = configuration(&registration, Some(&bundle), &policies);
        let content = fingerprint(&wanted);
        wanted.metadata.annotations.get_or_insert_default().insert(CONTENT.to_owned(), content);
        wanted.metadata.owner_references = Some(vec![self.owner().await?]);
        Ok(wanted)
    }

    /// The authorities to register: those that must be trusted, and for a while those that were.
    fn bundle(&mut self, live: Option<&Configuration>, authorities: &[String]) -> Vec<String> {
        let now = Instant::now();
        let before = live.map(authorities_of).unwrap_or_default();
        for authority in before.into_iter().filter(|before| !authorities.contains(before)) {
            self.superfluous.entry(authority).or_insert(now);
        }
        self.superfluous.retain(|authority, _| !authorities.contains(authority));
        let overlap = self.options.overlap;
        let kept = self.superfluous.iter().filter(|(_, since)| now - **since < overlap);
        authorities.iter().chain(kept.map(|(authority, _)| authority)).cloned().collect()
    }

    async fn carry_out(
        &mut self,
        step: Step,
        live: Option<&Configuration>,
        wanted: &Configuration,
    ) -> Asked<()> {
        let params = PostParams::default();
        let raised = fails_closed(Some(wanted)) && !fails_closed(live);
        match (step, live) {
            (Step::Create, _) => {
                ask(self.configurations.create(&params, wanted)).await?;
                let note = format!("the API server asks {}", self.options.registration.target);
                self.events.tell(Weight::Normal, "Registered", note).await;
            }
            (Step::Update | Step::Mend, Some(live)) => {
                let whole = over(live, wanted);
                ask(self.configurations.replace(CONFIGURATION, &params, &whole)).await?;
                if step == Step::Mend {
                    self.observer.registration_was_mended();
                    let note = "somebody edited the webhook configuration; it is as before again";
                    self.events.tell(Weight::Warning, "RegistrationMended", note.to_owned()).await;
                } else {
                    tracing::info!("the registration follows the policies and the certificate");
                }
            }
            _ => return Ok(()),
        }
        if raised {
            let unguarded = matches!(
                self.options.failure_policy,
                FailurePolicy::Fail { without_replicas: true }
            );
            let (weight, note) = if unguarded {
                (
                    Weight::Warning,
                    "writes fail while nobody answers, whether or not there are two ready replicas on two nodes",
                )
            } else {
                (Weight::Normal, "writes fail from now on while nobody answers")
            };
            self.events.tell(weight, "FailurePolicyRaised", note.to_owned()).await;
        }
        Ok(())
    }

    /// The ready replicas, where it matters how many there are.
    async fn ready(&self, live: Option<&Configuration>) -> Asked<Ready> {
        let asks_for_fail = matches!(self.options.failure_policy, FailurePolicy::Fail { .. });
        let matters = live.is_none() || (asks_for_fail && !fails_closed(live));
        match &self.options.registration.target {
            Target::Service { namespace, name } if matters => {
                ready(&self.client, namespace, name).await
            }
            // This server answers, or it would not have come so far.
            _ => Ok(Ready::one()),
        }
    }

    /// What the registration is for: this very Service, or the URL. After it was deleted and
    /// installed anew it is another.
    /// Where the configuration is there it matters little, and need not be of this moment.
    async fn identity(&mut self, may_be_old: bool) -> Asked<String> {
        let Target::Service { namespace, name } = &self.options.registration.target else {
            return Ok(self.options.registration.target.to_string());
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

    fn is_marked(&self, identity: &str) -> bool {
        let is_fresh = |(of, at): &(String, Instant)| of == identity && at.elapsed() < FRESH;
        self.marked.as_ref().is_some_and(is_fresh)
            || self
                .inputs
                .held
                .borrow()
                .annotations
                .get(REGISTERED)
                .is_some_and(|of| of == identity)
    }

    async fn mark(&mut self, identity: String) -> Asked<()> {
        let leases: Api<Lease> = Api::namespaced(self.client.clone(), &self.options.namespace);
        let patch = serde_json::json!({"metadata": {"annotations": {REGISTERED: identity}}});
        let patch = Patch::Merge(patch);
        ask(leases.patch(lease::NAME, &PatchParams::default(), &patch)).await?;
        self.marked = Some((identity, Instant::now()));
        Ok(())
    }

    async fn owner(&mut self) -> Asked<OwnerReference> {
        if let Some(owner) = &self.owner {
            return Ok(owner.clone());
        }
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let namespace = ask(namespaces.get(&self.options.namespace)).await?;
        let owner = OwnerReference {
            api_version: Namespace::api_version(&()).into_owned(),
            kind: Namespace::kind(&()).into_owned(),
            name: self.options.namespace.clone(),
            uid: namespace.metadata.uid.unwrap_or_default(),
            ..OwnerReference::default()
        };
        self.owner = Some(owner.clone());
        Ok(owner)
    }

    /// Says how things stand, and once what is new about it.
    async fn stand(&mut self, standing: Standing, why: String) {
        self.observer.registration(Some(standing));
        let told = Some((standing, why.clone()));
        if self.told == told {
            return;
        }
        self.told = told;
        match standing {
            Standing::Registered => tracing::info!("registered"),
            Standing::Waiting => tracing::info!(why, "not registered yet"),
            Standing::Deleted => {
                self.events.tell(Weight::Warning, "RegistrationDeleted", why).await;
            }
            Standing::Failing => {
                self.events.tell(Weight::Warning, "RegistrationFailing", why).await;
            }
            Standing::Unguarded => {
                self.events.tell(Weight::Warning, "FailurePolicyNotRaised", why).await;
            }
        }
    }
}

/// What is said of a configuration that was deleted.
const DELETED: &str = "the webhook configuration was deleted and stays so; to have it made again: \
                       kubectl annotate lease plimsoll -n NAMESPACE plimsoll.dev/registered-";

/// What is said where it is not safe to fail closed.
const UNGUARDED: &str = "failurePolicy stays Ignore: Fail was asked for, and there are not two \
                         ready replicas on two nodes";

fn authorities_of(live: &Configuration) -> Vec<String> {
    let bundles = live.webhooks.iter().flatten().filter_map(|w| w.client_config.ca_bundle.as_ref());
    let mut all: Vec<Vec<String>> =
        bundles.map(|bundle| certificates(&String::from_utf8_lossy(&bundle.0))).collect();
    // Trusted is what every entry trusts.
    let mut common = all.pop().unwrap_or_default();
    common.retain(|authority| all.iter().all(|bundle| bundle.contains(authority)));
    common
}
