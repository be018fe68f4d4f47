//! How policies and exceptions stand, written into their status by the replica that holds the Lease.

use std::collections::BTreeMap;
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
use super::standing_of::{Around, Stand, stand_of};
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
}

/// Writes the status of objects.
pub struct Writer {
    client: Client,
    inputs: Inputs,
    /// What was written for each object, and when: the watch tells of it a moment later.
    written: BTreeMap<String, (Value, Instant)>,
    /// Whether it was said that it cannot be written.
    told: bool,
}

impl Writer {
    /// One that has written nothing yet.
    pub fn new(client: Client, inputs: Inputs) -> Self {
        Self { client, inputs, written: BTreeMap::new(), told: false }
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
            self.look().await;
        }
    }

    async fn look(&mut self) {
        let objects = self.inputs.objects.borrow_and_update().clone();
        let covered = self.inputs.covered.as_ref().map(|covered| covered.borrow().clone());
        let terms = self.inputs.terms.clone();
        let around = Around { now: Timestamp::now(), terms: &terms, covered: covered.as_ref() };
        let mut failed = None;
        for (kind, all) in [(POLICIES, &objects.policies), (EXCEPTIONS, &objects.exceptions)] {
            for object in all.iter() {
                let stand = stand_of(object, kind, &around);
                if let Err(error) = self.write(kind, object, &stand, around.now).await {
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
        let was_written = self.written.get(&object.uid);
        if was_written.is_some_and(|(value, at)| is_same(value, &wanted) && at.elapsed() < PATIENCE)
        {
            return Ok(());
        }
        let resource = kind.resource();
        let api: Api<Raw> = match &object.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        };
        // Of the very object that was looked at, and of no other of its name.
        let patch = json!({"metadata": {"uid": object.uid}, "status": wanted});
        let patched =
            ask(api.patch_status(&object.name, &PatchParams::default(), &Patch::Merge(&patch)))
                .await;
        match patched {
            Err(error) if !(error.is_not_found() || error.is_conflict()) => return Err(error),
            _ => {}
        }
        self.written.insert(object.uid.clone(), (wanted, Instant::now()));
        Ok(())
    }
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
