//! How policies and exceptions stand, written into their status by the replica that holds the Lease.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::ask;
use super::lease::Held;
use super::objects::{Compiled, EXCEPTIONS, OwnKind, OwnObjects, POLICIES, Raw};
use super::registration::Covered;
use super::serving::Serving;
use super::standing_of::{Around, Stand, stand_of};
use crate::inventory::Inventory;
use crate::policy::Terms;
use crate::text::error_chain;

/// How often everything is looked at, whether or not something happened: exceptions end by
/// themselves.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long what was written may take to come in by the watch.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the status follows from.
#[derive(Clone)]
pub struct Inputs {
    /// The objects.
    pub objects: watch::Receiver<OwnObjects>,
    /// Whether this replica holds the Lease.
    pub held: watch::Receiver<Held>,
    /// What is registered; nothing is said of it where the server was not told to register.
    pub covered: Option<watch::Receiver<Covered>>,
    /// On what terms exceptions are honoured.
    pub terms: Terms,
    /// What is known of what stands around; none before it was looked for.
    pub around: Arc<dyn Fn() -> Option<Inventory> + Send + Sync>,
}

/// Writes the status of objects.
pub struct Writer {
    client: Client,
    inputs: Inputs,
    /// What was written for each object: the watch tells of it a moment later.
    written: BTreeMap<String, Written>,
    serving: Serving,
    /// Whether it was said that it cannot be written.
    told: bool,
}

/// What was written for an object, or could not be.
struct Written {
    status: Value,
    /// Until then it is not written again.
    until: Instant,
    /// How often in a row it was refused.
    refusals: u32,
}

/// The longest rest after a write that was refused.
const LONGEST_REST: Duration = Duration::from_mins(5);

impl Writer {
    /// One that has written nothing yet.
    pub fn new(client: Client, inputs: Inputs) -> Self {
        let (written, serving) = (BTreeMap::new(), Serving::default());
        Self { client, inputs, written, serving, told: false }
    }

    /// Writes, for good.
    pub async fn run(mut self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                Ok(()) = self.inputs.objects.changed() => {}
                Ok(()) = self.inputs.held.changed() => {}
            }
            if !self.inputs.held.borrow().leads {
                self.written.clear();
                continue;
            }
            if let Some(inventory) = (self.inputs.around)() {
                self.look(&inventory).await;
            }
        }
    }

    async fn look(&mut self, inventory: &Inventory) {
        let objects = self.inputs.objects.borrow_and_update().clone();
        let covered = self.inputs.covered.as_ref().map(|covered| covered.borrow().clone());
        let terms = self.inputs.terms.clone();
        if covered.is_some() {
            let made = objects.policies.iter().filter_map(|object| object.made.as_ref().ok());
            let kinds = made.flat_map(|made| &made.policies).flat_map(|policy| &policy.kinds);
            self.serving.look(&self.client, kinds).await;
        }
        let (now, mut failed) = (Timestamp::now(), None);
        for (kind, all) in [(POLICIES, &objects.policies), (EXCEPTIONS, &objects.exceptions)] {
            for object in all.iter() {
                let (covered, serving, terms) = (covered.as_ref(), &self.serving, &terms);
                let around = Around { now, terms, covered, serving, inventory };
                let stand = stand_of(object, kind, &around);
                // Many take a while to write: whoever has lost the Lease meanwhile leaves off.
                if !self.inputs.held.borrow().leads {
                    return;
                }
                if let Err(error) = self.write(kind, object, &stand, now).await {
                    failed = Some(error_chain(&error));
                }
            }
        }
        let uids: Vec<&String> =
            objects.policies.iter().chain(objects.exceptions.iter()).map(|o| &o.uid).collect();
        self.written.retain(|uid, _| uids.contains(&uid));
        match failed {
            Some(reason) => {
                if !std::mem::replace(&mut self.told, true) {
                    tracing::warn!(reason, "the status of a policy or exception cannot be written");
                }
            }
            None => self.told = false,
        }
    }

    /// Writes what is new about an object.
    async fn write(
        &mut self,
        kind: OwnKind,
        object: &Compiled,
        stand: &Stand,
        now: Timestamp,
    ) -> super::Asked<()> {
        let wanted = stand.status(object, now);
        if is_same(&object.status, &wanted) {
            self.written.remove(&object.uid);
            return Ok(());
        }
        let before = self.written.get(&object.uid);
        if before.is_some_and(|w| is_same(&w.status, &wanted) && Instant::now() < w.until) {
            return Ok(());
        }
        let refusals = before.map_or(0, |written| written.refusals);
        let resource = kind.resource();
        let api: Api<Raw> = match &object.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        };
        // Of the very edit that was looked at, and of no other.
        let version = &object.resource_version;
        let metadata = json!({"uid": object.uid, "resourceVersion": version});
        let patch = json!({"metadata": metadata, "status": wanted});
        let patched =
            ask(api.patch_status(&object.name, &PatchParams::default(), &Patch::Merge(&patch)))
                .await;
        let refused = patched.err().filter(|error| !error.is_not_found());
        let (refusals, rest) = match &refused {
            // Somebody else wrote: the watch brings it.
            Some(error) if error.is_conflict() => (0, INTERVAL),
            Some(_) => (refusals + 1, rest_after(refusals)),
            None => (0, PATIENCE),
        };
        let until = Instant::now() + rest;
        self.written.insert(object.uid.clone(), Written { status: wanted, until, refusals });
        match refused {
            Some(error) if !error.is_conflict() => Err(error),
            _ => Ok(()),
        }
    }
}

/// How long a write rests that was refused so often before.
fn rest_after(refusals: u32) -> Duration {
    INTERVAL.saturating_mul(2_u32.saturating_pow(refusals.saturating_add(1))).min(LONGEST_REST)
}

/// Whether two statuses say the same, whenever they came to say it.
fn is_same(a: &Value, b: &Value) -> bool {
    fn without_times(status: &Value) -> Value {
        let mut status = status.clone();
        if let Some(status) = status.as_object_mut() {
            // What is taken away is not there.
            status.retain(|_, value| !value.is_null());
        }
        let conditions = status.get_mut("conditions").and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten() {
            if let Some(condition) = condition.as_object_mut() {
                condition.remove("lastTransitionTime");
            }
        }
        status
    }
    without_times(a) == without_times(b)
}
