//! Keeps the registration as it should be, on the replica that holds the Lease.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use kube::api::PostParams;
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::bundle::Bundle;
use super::configuration::{CONFIGURATION, Registration, configuration};
use super::covered::Covered;
use super::decision::{Closing, FailurePolicy, Step, closing, fails_closed, step, was_closed};
use super::installation::Installation;
use super::introduction::{Introduction, introduce};
use super::normal::{CLOSED, CONTENT, authorities_of, fingerprint, over, trusted_by};
use super::options::{Inputs, Options};
use super::removal::remove;
use super::replicas::{Ready, ready};
use super::server::Server;
use super::standing::{DELETED, Standing, UNGUARDED};
use super::target::Target;
use crate::cluster::certificates::trust::Registered;
use crate::cluster::events::{Events, Weight};
use crate::cluster::single::{Look, follow};
use crate::cluster::{Asked, Observer, ask};
use crate::text::error_chain;

/// How often everything is looked at, whether or not something happened.
const INTERVAL: Duration = Duration::from_secs(1);

/// After how many writes in a row that somebody else was before, something is wrong.
const CONFLICTS: u32 = 10;

/// How long it may take until the watch tells of what this process made.
const MOMENT: Duration = Duration::from_secs(2);

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
    bundle: Bundle,
    installation: Installation,
    /// When this process made the configuration: the watch tells of it a moment later.
    made: Option<Instant>,
    told: Option<(Standing, String)>,
    introduction: Introduction,
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
            bundle: Bundle::new(options.overlap),
            installation: Installation::new(client.clone(), &options),
            made: None,
            client,
            options,
            inputs,
            server,
            events,
            observer,
            registered,
            told: None,
            introduction: Introduction::default(),
        }
    }

    /// Looks after it, for good.
    pub async fn run(mut self) {
        let mut looks = follow(self.configurations.clone(), CONFIGURATION);
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut conflicts = 0;
        loop {
            let has_changed = tokio::select! {
                Ok(()) = looks.changed() => true,
                _ = ticks.tick() => false,
                Ok(()) = self.inputs.held.changed() => false,
                Ok(()) = self.inputs.authorities.changed() => false,
                Ok(()) = self.inputs.changes.changed() => false,
            };
            // Whichever of them woke this up, nothing that came in is passed over.
            let has_changed = has_changed || looks.has_changed().unwrap_or(false);
            let look = looks.borrow_and_update().clone();
            if has_changed {
                self.see(&look);
            }
            self.introduction.look(&look, &self.inputs.authorities, &*self.server);
            if !self.inputs.held.borrow().leads {
                self.told = None;
                self.observer.registration(None);
                if let Some(live) = look.object().filter(|_| self.server.is_ready()) {
                    let authorities = self.inputs.authorities.borrow().clone();
                    introduce(&self.configurations, live, &authorities).await;
                }
                continue;
            }
            if look.is_known() {
                let (standing, why) = match self.look_after(look.object()).await {
                    Ok(standing) => standing,
                    // Somebody else wrote first; what they wrote comes in by the watch.
                    Err(error) if error.is_conflict() && conflicts < CONFLICTS => {
                        conflicts += 1;
                        continue;
                    }
                    Err(error) => (Standing::Failing, error_chain(&error)),
                };
                if standing != Standing::Failing {
                    conflicts = 0;
                }
                self.stand(standing, why).await;
            }
        }
    }

    fn see(&self, look: &Look<Configuration>) {
        let live = look.object();
        self.observer.fails_closed(fails_closed(live));
        let authorities = live.map(trusted_by);
        self.registered.send_modify(|known| known.see(authorities, Instant::now()));
        self.inputs.covered.send_replace(Covered::of(live));
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
        if live.is_none() && self.made.is_some_and(|at| at.elapsed() < MOMENT) {
            return waits("it was made this moment");
        }
        let identity = self.installation.identity(live.is_some()).await?;
        let is_marked = self.installation.is_marked(&identity, &self.inputs.held.borrow());
        let was_made = live.is_none() && is_marked;
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
        if step != Step::StayDeleted && !is_marked {
            self.installation.mark(identity).await?;
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
        let mut bundle = self.bundle.of(live, authorities, Instant::now());
        if !self.server.is_trusted_by(&bundle) {
            // Whatever became of the files, what is served now must stay trusted.
            let live = live.map(authorities_of).unwrap_or_default();
            bundle.extend(live.into_iter().filter(|authority| !authorities.contains(authority)));
            bundle.dedup();
        }
        let bundle = bundle.concat();
        let fails_closed = closing == Closing::Closed;
        let registration = Registration { fails_closed, ..self.options.registration.clone() };
        let policies = self.server.policies();
        let mut wanted = configuration(&registration, Some(&bundle), &policies);
        let content = fingerprint(&wanted);
        let annotations = wanted.metadata.annotations.get_or_insert_default();
        annotations.insert(CONTENT.to_owned(), content);
        annotations.insert(CLOSED.to_owned(), fails_closed.to_string());
        wanted.metadata.owner_references = Some(vec![self.installation.owner().await?]);
        Ok(wanted)
    }

    async fn carry_out(
        &mut self,
        step: Step,
        live: Option<&Configuration>,
        wanted: &Configuration,
    ) -> Asked<()> {
        let params = PostParams::default();
        let raised = fails_closed(Some(wanted)) && !was_closed(live);
        match (step, live) {
            (Step::Create, _) => {
                ask(self.configurations.create(&params, wanted)).await?;
                self.made = Some(Instant::now());
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
        let matters = live.is_none() || (asks_for_fail && !was_closed(live));
        match &self.options.registration.target {
            Target::Service { namespace, name } if matters => {
                ready(&self.client, namespace, name).await
            }
            // This server answers, or it would not have come so far.
            _ => Ok(Ready::one()),
        }
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
