//! Which of the replicas does what only one does: the one that holds the Lease.
//!
//! The rules are those of client-go: whoever holds the record renews it; a record has run out once
//! *this process* has seen it unchanged for its duration, by its own clock, so that no two clocks
//! are compared (F-90); every write names the version that was read. A holder that could not renew
//! for a while stops believing in itself before anybody else begins to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::{Asked, Observer, ask};

/// The name of the Lease.
pub const NAME: &str = "plimsoll";

/// How long a record counts after it was last seen to change.
const DURATION: Duration = Duration::from_secs(15);

/// How long a holder believes in itself after the last renewal.
const BELIEF: Duration = Duration::from_secs(10);

/// How often the record is looked at.
const INTERVAL: Duration = Duration::from_secs(2);

/// How long a holder may be of no use before it lets the Lease go.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it then leaves it to others. Where none wants it, it takes it up again.
const ASIDE: Duration = Duration::from_secs(10);

/// What is known of the Lease.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Whether this replica holds it.
    pub leads: bool,
    /// The annotations of it, while this replica holds it.
    pub annotations: BTreeMap<String, String>,
}

/// One replica's part in the Lease.
pub struct Contender {
    leases: Api<Lease>,
    identity: String,
    held: watch::Sender<Held>,
    observer: Arc<dyn Observer>,
    /// Whether this replica is ready, and so of use.
    ready: watch::Receiver<bool>,
    /// When this replica was last ready, or took the Lease.
    useful: Instant,
    /// The record as it was last seen, and when it was seen to change.
    seen: Option<(Option<String>, Instant)>,
    renewed: Option<Instant>,
}

impl Contender {
    /// The replica `identity`, which has not asked yet, and tells by `ready` whether it is of use.
    pub fn new(
        client: Client,
        namespace: &str,
        identity: String,
        observer: Arc<dyn Observer>,
        ready: watch::Receiver<bool>,
    ) -> Self {
        let leases = Api::namespaced(client, namespace);
        Self {
            leases,
            identity,
            held: watch::Sender::default(),
            observer,
            ready,
            useful: Instant::now(),
            seen: None,
            renewed: None,
        }
    }

    /// Tells whether this replica holds the Lease.
    pub fn held(&self) -> watch::Receiver<Held> {
        self.held.subscribe()
    }

    /// Holds the Lease or waits for it, until `end`; then lets it go.
    pub async fn run(mut self, end: impl Future<Output = ()>) {
        let mut end = std::pin::pin!(end);
        loop {
            let began = Instant::now();
            let belief_ends = self.renewed.map(|renewed| renewed + BELIEF);
            let round = async {
                match belief_ends {
                    Some(end) => timeout_at(end, self.round()).await.unwrap_or(Ok(None)),
                    None => self.round().await,
                }
            };
            let came = tokio::select! {
                came = round => came,
                () = &mut end => break,
            };
            match came {
                Ok(Some(lease)) => {
                    self.renewed = Some(began);
                    let annotations = lease.metadata.annotations.unwrap_or_default();
                    self.tell(Held { leads: true, annotations });
                }
                Ok(None) => self.stand_down(),
                Err(error) => {
                    tracing::debug!(
                        reason = crate::text::error_chain(&error),
                        "the Lease is out of reach"
                    );
                    if self.renewed.is_none_or(|renewed| renewed.elapsed() >= BELIEF) {
                        self.stand_down();
                    }
                }
            }
            let pause = if self.is_of_no_use() {
                tracing::info!("this replica is not ready, so the Lease is left to others");
                self.stand_down();
                self.release().await;
                self.useful = Instant::now();
                ASIDE
            } else {
                INTERVAL
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = &mut end => break,
            }
        }
        if self.held.borrow().leads {
            self.stand_down();
            self.release().await;
        }
    }

    /// Whether this replica holds the Lease, and has not been ready for long.
    fn is_of_no_use(&mut self) -> bool {
        let leads = self.held.borrow().leads;
        if !leads || *self.ready.borrow() {
            self.useful = Instant::now();
        }
        self.useful.elapsed() >= PATIENCE
    }

    fn stand_down(&mut self) {
        self.renewed = None;
        self.tell(Held::default());
    }

    fn tell(&self, held: Held) {
        let leads = held.leads;
        let led = self.held.borrow().leads;
        self.held.send_if_modified(|before| {
            let changed = *before != held;
            *before = held;
            changed
        });
        if led != leads {
            tracing::info!(leads, "whether this replica does what only one does");
            self.observer.leads(leads);
        }
    }

    /// The Lease where this replica holds it now.
    async fn round(&mut self) -> Asked<Option<Lease>> {
        let Some(lease) = ask(self.leases.get_opt(NAME)).await? else {
            let lease = Lease {
                metadata: ObjectMeta { name: Some(NAME.to_owned()), ..ObjectMeta::default() },
                spec: Some(self.record(None)),
            };
            return self.write(ask(self.leases.create(&PostParams::default(), &lease)).await);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let holder = spec.holder_identity.clone().filter(|holder| !holder.is_empty());
        let is_ours = holder.as_deref() == Some(&self.identity);
        if !is_ours && holder.is_some() && !self.has_run_out(&lease) {
            return Ok(None);
        }
        let record = self.record(Some(&spec).filter(|_| is_ours));
        let transitions = spec.lease_transitions.unwrap_or(0) + i32::from(!is_ours);
        let record = LeaseSpec { lease_transitions: Some(transitions), ..record };
        let lease = Lease { spec: Some(record), ..lease };
        self.write(ask(self.leases.replace(NAME, &PostParams::default(), &lease)).await)
    }

    /// Whether the holder has not renewed it for as long as this process looks.
    fn has_run_out(&mut self, lease: &Lease) -> bool {
        let version = lease.metadata.resource_version.clone();
        match &self.seen {
            Some((seen, at)) if *seen == version => at.elapsed() >= DURATION,
            _ => {
                self.seen = Some((version, Instant::now()));
                false
            }
        }
    }

    fn write(&self, written: Asked<Lease>) -> Asked<Option<Lease>> {
        match written {
            Ok(lease) => Ok(Some(lease)),
            // Somebody else was first: another replica, or an operator who annotates.
            Err(error) if error.is_conflict() && !self.held.borrow().leads => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn record(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: before.and_then(|spec| spec.acquire_time.clone()).or(Some(now.clone())),
            renew_time: Some(now),
            ..LeaseSpec::default()
        }
    }

    /// So that another replica need not wait.
    async fn release(&self) {
        let released = async {
            let mut lease = ask(self.leases.get(NAME)).await?;
            let spec = lease.spec.get_or_insert_default();
            if spec.holder_identity.as_deref() == Some(&self.identity) {
                spec.holder_identity = Some(String::new());
                ask(self.leases.replace(NAME, &PostParams::default(), &lease)).await?;
            }
            Asked::Ok(())
        };
        if let Err(error) = released.await {
            tracing::debug!(reason = crate::text::error_chain(&error), "the Lease is not released");
        }
    }
}
