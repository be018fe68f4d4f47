//! What is in force: the policies and their surroundings, shared by all requests and swapped whole.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::{Notify, watch};

use super::making::Awaited;
use crate::policy::{Documents, Snapshot};

/// The policies in force, shared by all requests.
pub struct InForce {
    snapshot: ArcSwap<Snapshot>,
    sources: Mutex<Sources>,
    /// Why newer ones are not taken.
    problem: ArcSwapOption<String>,
    /// Goes up with every change of the policies.
    changes: watch::Sender<u64>,
    /// What is yet to be known before the first review.
    awaited: Mutex<BTreeSet<&'static str>>,
    /// Whether that is nothing.
    complete: AtomicBool,
    /// Whether what is registered trusts this server, or nothing is.
    introduced: AtomicBool,
    /// Tells whoever waits of every change of what is in force.
    updated: Notify,
}

/// What is said where nothing is in force.
const NO_POLICY: &str = "no policy is in force, and so everything is let in";

/// What the policies in force are put together from.
#[derive(Default)]
struct Sources {
    files: Documents,
    objects: Documents,
    /// How many objects cannot be put in force at all.
    invalid: usize,
}

impl fmt::Debug for InForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InForce").finish_non_exhaustive()
    }
}

impl InForce {
    /// These policies.
    pub fn new(snapshot: Arc<Snapshot>) -> Self {
        let exceptions = snapshot.exceptions().shared().cloned().collect();
        let files = Documents { policies: snapshot.policies().to_vec(), exceptions };
        let sources = Sources { files, ..Sources::default() };
        Self {
            snapshot: ArcSwap::new(snapshot),
            sources: Mutex::new(sources),
            problem: ArcSwapOption::empty(),
            changes: watch::Sender::new(0),
            awaited: Mutex::default(),
            complete: AtomicBool::new(true),
            introduced: AtomicBool::new(true),
            updated: Notify::new(),
        }
    }

    /// These policies, beside which all this is yet to be known: until each of it was
    /// [`Self::is_known`], no request is answered (F-82).
    pub fn awaiting(snapshot: Arc<Snapshot>, what: impl IntoIterator<Item = &'static str>) -> Self {
        let awaited: BTreeSet<&'static str> = what.into_iter().collect();
        let all = Self::new(snapshot);
        all.complete.store(awaited.is_empty(), Ordering::Release);
        Self { awaited: Mutex::new(awaited), ..all }
    }

    /// Not ready until [`Self::introduced`].
    pub fn await_introduction(&self) {
        self.introduced.store(false, Ordering::Release);
    }

    /// What is registered trusts this server, or nothing is registered.
    pub fn introduced(&self) {
        self.introduced.store(true, Ordering::Release);
    }

    /// Whether that is so.
    pub fn is_introduced(&self) -> bool {
        self.introduced.load(Ordering::Acquire)
    }

    /// This is known now.
    pub fn is_known(&self, what: &'static str) {
        if self.is_complete() {
            return;
        }
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.remove(what);
        if awaited.is_empty() {
            self.complete.store(true, Ordering::Release);
            let current = self.current();
            if current.policies().is_empty() {
                tracing::warn!("{NO_POLICY}");
            }
        }
    }

    /// What is yet to be known.
    pub fn awaited(&self) -> Vec<&'static str> {
        let awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.iter().copied().collect()
    }

    /// Whether requests can be answered.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Puts another snapshot in force, made of the one that is.
    pub fn update(&self, change: impl Fn(&Snapshot) -> Snapshot) {
        self.snapshot.rcu(|snapshot| change(snapshot));
        self.updated.notify_waiters();
    }

    /// Waits until more is known of this, and says whether it is, at the latest then.
    pub(super) async fn learns(&self, awaited: &Awaited, until: Instant) -> bool {
        loop {
            let updated = self.updated.notified();
            if awaited.is_news(self.current().inventory()) {
                return true;
            }
            if tokio::time::timeout_at(until.into(), updated).await.is_err() {
                return false;
            }
        }
    }

    /// Puts other policies from files in force, beside those that are objects.
    pub fn replace_files(&self, files: Documents) {
        self.replace(|sources| sources.files = files);
    }

    /// Puts other policies that are objects in force, beside those from files; so many others are
    /// none that could be.
    pub fn replace_objects(&self, objects: Documents, invalid: usize) {
        {
            let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
            sources.invalid = invalid;
            // A status that was written, a label: nothing that anybody need take up.
            if sources.objects.digest() == objects.digest() {
                return;
            }
        }
        self.replace(|sources| sources.objects = objects);
    }

    /// How many objects are policies or exceptions of which nothing can be put in force.
    pub fn invalid(&self) -> usize {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).invalid
    }

    fn replace(&self, change: impl FnOnce(&mut Sources)) {
        // What is in it is whole, whoever was interrupted; it is held until the policies are in
        // force, so that nobody puts older ones in force after newer ones.
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut sources);
        let mut all = sources.files.clone();
        all.append(sources.objects.clone());
        let terms = self.current().exceptions().terms().clone();
        let together = Snapshot::of(all, terms);
        let was_empty = self.current().policies().is_empty();
        if together.policies().is_empty() && !was_empty {
            tracing::warn!("{NO_POLICY}");
        }
        self.update(|snapshot| snapshot.clone().with_policies_of(&together));
        self.changes.send_modify(|count| *count += 1);
    }

    /// The policies and exceptions in force, by where they come from.
    pub fn by_source(&self) -> [(&'static str, Documents); 2] {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        [("file", sources.files.clone()), ("object", sources.objects.clone())]
    }

    /// Tells of every change of the policies.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The policies for a request.
    pub fn current(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Newer policies are not taken for this reason, or there are none any more.
    pub(super) fn set_problem(&self, problem: Option<String>) {
        self.problem.store(problem.map(Arc::new));
    }

    /// Why newer policies are not taken; none where there are no newer ones.
    pub fn problem(&self) -> Option<Arc<String>> {
        self.problem.load_full()
    }
}
