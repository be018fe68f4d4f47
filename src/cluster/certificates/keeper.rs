//! Keeps the Secret that holds authority and certificate, and hands out what is to be served.
//!
//! Every replica follows the Secret and serves what it holds, once what is registered trusts it;
//! the one that holds the Lease also writes it, and where there is none yet whoever comes first. Each
//! write names the version that it is about, so
//! that of two that start in the same second one makes the authority and the other takes it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::pair::PemPair;
use super::rotation::{Because, Lives, Seen, step};
use super::stored::{Stored, Unreadable};
use super::trust::Trust;
use crate::cluster::events::{Events, Weight};
use crate::cluster::lease::Held;
use crate::cluster::single::{Look, follow};
use crate::cluster::{Asked, Observer, ask};
use crate::text::error_chain;

/// How often the clock is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long a Secret that cannot be used is left to the replica that may still hold what was in it.
const RESTORATION: Duration = Duration::from_secs(20);

/// What is to be served, and whom clients must trust for it.
#[derive(Clone, Default)]
pub struct Current {
    /// The pair; none before there is one.
    pub pair: Option<PemPair>,
    /// The authorities to register, in PEM form: those stored, and that of the pair.
    pub authorities: Vec<String>,
}

/// What a keeper is told.
pub struct Options {
    /// The namespace of the Secret.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The host names that the server is called by.
    pub hosts: Vec<String>,
    /// How long things live.
    pub lives: Lives,
}

/// One replica's part in keeping the Secret.
pub struct Keeper {
    secrets: Api<Secret>,
    options: Options,
    trust: Trust,
    held: watch::Receiver<Held>,
    events: Events,
    observer: Arc<dyn Observer>,
    current: watch::Sender<Current>,
    /// What the Secret holds, where it can be used.
    stored: Option<Stored>,
    served: Option<Stored>,
    problem: Option<Unreadable>,
    /// Since when the Secret cannot be used.
    spoiled_since: Option<Instant>,
    /// Why the last write did not come about.
    failure: Option<String>,
}

impl Keeper {
    /// Keeps the Secret of `options`.
    pub fn new(
        client: Client,
        options: Options,
        trust: Trust,
        held: watch::Receiver<Held>,
        events: Events,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let secrets = Api::namespaced(client, &options.namespace);
        let (stored, served, problem, spoiled_since) = (None, None, None, None);
        let current = watch::Sender::default();
        Self {
            secrets,
            options,
            trust,
            held,
            events,
            observer,
            current,
            stored,
            served,
            problem,
            spoiled_since,
            failure: None,
        }
    }

    /// Tells what is to be served.
    pub fn current(&self) -> watch::Receiver<Current> {
        self.current.subscribe()
    }

    /// Keeps it, for good.
    pub async fn run(mut self) {
        let mut looks = follow(self.secrets.clone(), &self.options.name);
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let has_changed = tokio::select! {
                Ok(()) = looks.changed() => true,
                _ = ticks.tick() => false,
                Ok(()) = self.held.changed() => false,
            };
            // Whichever of them woke this up, nothing that came in is passed over.
            let has_changed = has_changed || looks.has_changed().unwrap_or(false);
            let look = looks.borrow_and_update().clone();
            if has_changed {
                self.read(&look);
            }
            self.serve();
            if look.is_known() && (self.held.borrow().leads || self.begins(&look)) {
                self.keep(&look).await;
            }
        }
    }

    /// Whether there is nothing yet: then whoever comes first makes it, and the API server sees to
    /// it that one does. Where something else is there that nobody restores, as an operator chose
    /// another source of certificates, it is as if there were nothing.
    fn begins(&self, look: &Look<Secret>) -> bool {
        let is_left = self.spoiled_since.is_some_and(|since| since.elapsed() >= RESTORATION);
        let is_empty = look.object().is_none() || self.problem == Some(Unreadable::Empty);
        (is_empty || is_left) && self.served.is_none()
    }

    fn read(&mut self, look: &Look<Secret>) {
        let Some(secret) = look.object() else {
            (self.stored, self.problem, self.spoiled_since) = (None, None, None);
            return;
        };
        let empty = BTreeMap::new();
        let read = Stored::of_data(secret.data.as_ref().unwrap_or(&empty));
        self.problem = read.as_ref().err().copied();
        self.spoiled_since = self.problem.map(|_| self.spoiled_since.unwrap_or_else(Instant::now));
        if let Some(problem) = self.problem.filter(|problem| *problem != Unreadable::Empty) {
            let reason = problem.to_string();
            tracing::error!(secret = self.options.name, reason, "the Secret cannot be used");
        }
        self.stored = read.ok();
        if let Some(facts) = self.stored.as_ref().and_then(|stored| stored.current.facts().ok()) {
            self.observer.authority_expires(facts.not_after());
        }
    }

    /// Serves what is stored, if every API server takes it, or would not take anything else either.
    fn serve(&mut self) {
        let Some(stored) = &self.stored else { return };
        if self.served.as_ref() != Some(stored) {
            let now = Timestamp::now();
            let is_usable =
                |stored: &Stored| stored.leaf.leaf().is_ok_and(|leaf| leaf.usable(now).is_ok());
            let keeps = self.served.as_ref().is_some_and(is_usable);
            let is_same_leaf = self.served.as_ref().is_some_and(|s| s.leaf == stored.leaf);
            if is_same_leaf || !keeps || self.trust.takes(&stored.leaf) {
                self.served = Some(stored.clone());
            }
        }
        let Some(served) = &self.served else { return };
        let mut authorities = stored.authorities();
        if !authorities.contains(&served.current.certificate) {
            authorities.push(served.current.certificate.clone());
        }
        self.current.send_if_modified(|current| {
            let is_new =
                current.pair.as_ref() != Some(&served.leaf) || current.authorities != authorities;
            if is_new {
                *current = Current { pair: Some(served.leaf.clone()), authorities };
            }
            is_new
        });
    }

    /// Writes what has to be in the Secret from now on.
    async fn keep(&mut self, look: &Look<Secret>) {
        let step = {
            let registered = self.trust.registered();
            let seen = Seen {
                stored: self.stored.as_ref(),
                served: self.served.as_ref(),
                registered: &registered,
                names: &self.options.hosts,
                now: Timestamp::now(),
                instant: Instant::now(),
            };
            step(&seen, self.options.lives)
        };
        let (stored, because) = match step {
            Ok(Some(step)) => step,
            Ok(None) => return,
            Err(error) => {
                let note = format!("no certificate can be made: {}", error_chain(&error));
                return self.fail(note).await;
            }
        };
        match self.write(look.object(), &stored).await {
            Ok(_) => {
                let (reason, note) = because.said();
                let weight =
                    if because == Because::Restored { Weight::Warning } else { Weight::Normal };
                let spoiled = self.problem.filter(|problem| *problem != Unreadable::Empty);
                let why = spoiled.map_or_else(String::new, |problem| format!(" ({problem})"));
                self.events.tell(weight, reason, format!("{note}{why}")).await;
                (self.stored, self.problem, self.failure) = (Some(stored), None, None);
                self.serve();
            }
            // Somebody else was first; what they wrote comes in by the watch.
            Err(error) if error.is_conflict() => {}
            Err(error) => {
                let note = format!("the Secret cannot be written: {}", error_chain(&error));
                self.fail(note).await;
            }
        }
    }

    /// Says once why there is no certificate, or no new one.
    async fn fail(&mut self, note: String) {
        if self.failure.as_ref() != Some(&note) {
            self.failure = Some(note.clone());
            self.events.tell(Weight::Warning, "CertificateNotMade", note).await;
        }
    }

    async fn write(&self, before: Option<&Secret>, stored: &Stored) -> Asked<Secret> {
        let (name, params) = (&self.options.name, PostParams::default());
        let data = Some(stored.to_data());
        if let Some(secret) = before {
            let secret = Secret { data, string_data: None, ..secret.clone() };
            return ask(self.secrets.replace(name, &params, &secret)).await;
        }
        let metadata = ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
        let type_ = Some("kubernetes.io/tls".to_owned());
        let secret = Secret { metadata, data, type_, ..Secret::default() };
        ask(self.secrets.create(&params, &secret)).await
    }
}
