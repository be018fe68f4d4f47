//! What policies would refuse of what runs, looked at for whoever edits them, and once at the start.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::Client;
use tokio::sync::watch;
use tokio::time::timeout_at;

use crate::audit::{Book, Object, Refused, SOMEBODY, Terms, in_order};
use crate::cluster::lease::Held;
use crate::cluster::listing::{Patience, Reader, Sink, Unanswered, Which};
use crate::policy::{Enforcement, Snapshot};
use crate::rules::{Limits, Mode};
use crate::serve::{Extent, Impact, Impacts, InForce, Search, Several};
use crate::subject::{Identity, Kind};

/// The most objects that are looked at.
const MOST: usize = 5_000;

/// How many workloads are named.
const NAMED: usize = 10;

/// Where the cluster's own workloads are.
const SYSTEM: &str = "kube-system";

/// How long looking may take at the start, when nobody waits for it.
const AT_START: Duration = Duration::from_secs(30);

/// How often it is looked whether there is something to be told.
const LOOK: Duration = Duration::from_secs(1);

/// Who looks at what runs in the cluster.
pub(super) struct Looking {
    reader: Reader,
    /// The namespace in which this program runs.
    own: String,
}

impl Looking {
    /// With this client, from this namespace.
    pub(super) fn new(client: Client, own: String) -> Self {
        let (answer, rests) = (AT_START, Duration::ZERO);
        let patience = Patience { answer, rests, tries: 1, silences: 1 };
        Self { reader: Reader::new(client, patience), own }
    }

    async fn look(&self, snapshot: &Snapshot, until: Instant) -> Impact {
        let terms = Terms {
            snapshot,
            now: Timestamp::now(),
            limits: Limits::default(),
            requester: Some(&SOMEBODY),
        };
        let mut seen = Seen { book: Book::new(false), left: MOST, not_looked_at: BTreeSet::new() };
        let looked = timeout_at(until.into(), self.all(terms, &mut seen)).await;
        let Seen { mut book, left, not_looked_at } = seen;
        let objects = MOST - left;
        let extent = match looked {
            Err(_) => Extent::InTime(objects),
            Ok(()) if left == 0 => Extent::First(objects),
            Ok(()) => Extent::All,
        };
        book.sort();
        self.told(&book, extent, not_looked_at)
    }

    /// Looks at the cluster's own workloads and those beside this program first: there are few, and
    /// nobody should miss that they would be refused.
    async fn all(&self, terms: Terms<'_>, seen: &mut Seen) {
        let kinds = in_order(terms.snapshot).into_iter().filter(|kind| kind.is_workload());
        let mut served = Vec::new();
        for kind in kinds {
            match self.reader.served(kind).await {
                Ok(Some(there)) => served.push((kind, there)),
                Ok(None) => {}
                Err(error) => seen.leave_out(kind, &error),
            }
        }
        let first: BTreeSet<&str> = [SYSTEM, &*self.own].into();
        let places = first.iter().map(|name| Some(*name)).chain([None]);
        for namespace in places {
            for (kind, there) in &served {
                if seen.left == 0 {
                    return;
                }
                let known = if namespace.is_none() { Some(&first) } else { None };
                let which = Which { namespace, selector: None };
                let mut judging = Judging { seen, kind, terms, known };
                if let Err(error) = self.reader.all(there, which, &mut judging).await {
                    seen.leave_out(kind, &error);
                }
            }
        }
    }

    fn told(&self, book: &Book, extent: Extent, not_looked_at: BTreeSet<String>) -> Impact {
        let refused = book.refused();
        let within = |namespace: &str| {
            some(refused.iter().filter(|one| one.namespace == Some(namespace)).map(named))
        };
        let anew = book.made_anew().into_iter();
        let mut anew: Vec<String> =
            anew.map(|of| format!("{}{}", place(of.namespace), of.controller)).collect();
        anew.dedup();
        Impact {
            workloads: book.workloads(),
            extent,
            refused: some(refused.iter().map(named)),
            of_system: within(SYSTEM),
            of_own: within(&self.own),
            made_anew: some(anew.into_iter()),
            not_looked_at: not_looked_at.into_iter().collect(),
        }
    }
}

impl Impacts for Looking {
    fn find<'f>(&'f self, snapshot: &'f Snapshot, until: Instant) -> Search<'f> {
        Box::pin(self.look(snapshot, until))
    }
}

fn place(namespace: Option<&str>) -> String {
    namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default()
}

/// `shop/api`.
fn named(one: &Refused<'_>) -> String {
    format!("{}{}", place(one.namespace), one.name)
}

fn some(names: impl Iterator<Item = String>) -> Several {
    let mut several = Several::default();
    for name in names {
        several.count += 1;
        if several.names.len() < NAMED {
            several.names.push(name);
        }
    }
    several
}

/// What was seen so far.
struct Seen {
    book: Book,
    /// How many objects more are looked at.
    left: usize,
    not_looked_at: BTreeSet<String>,
}

impl Seen {
    /// Notes why objects of a kind were not looked at, or not all of them.
    fn leave_out(&mut self, kind: &Kind, error: &Unanswered) {
        let why = match error {
            // The kind went away, or the namespace.
            Unanswered::NotFound => return,
            Unanswered::Forbidden(_) => "no right to list them",
            _ => "no answer",
        };
        let what = match &*kind.group {
            "" => kind.resource.to_string(),
            group => format!("{}.{group}", kind.resource),
        };
        self.not_looked_at.insert(format!("{what} ({why})"));
    }
}

/// Judges what is read, but for what is in namespaces that are known.
struct Judging<'j> {
    seen: &'j mut Seen,
    kind: &'j Kind,
    terms: Terms<'j>,
    known: Option<&'j BTreeSet<&'j str>>,
}

impl Sink for Judging<'_> {
    fn object(&mut self, json: &[u8], identity: Option<&Identity<'_>>) {
        let namespace = identity.map(|identity| identity.namespace.as_str());
        let is_known = self.known.zip(namespace).is_some_and(|(known, of)| known.contains(of));
        if is_known || self.seen.left == 0 {
            return;
        }
        self.seen.left -= 1;
        self.seen.book.judge(Object { kind: self.kind, json, identity }, self.terms);
    }

    fn is_full(&self) -> bool {
        self.seen.left == 0
    }
}

/// Tells in the log, once this replica leads, what the policies in force would refuse of what runs:
/// a server that is started with the ceiling at `deny` may be one that only warned before.
pub(super) async fn tell_at_start(
    looking: Arc<Looking>,
    in_force: Arc<InForce>,
    mut held: watch::Receiver<Held>,
) {
    if held.wait_for(|held| held.leads).await.is_err() {
        return;
    }
    while !in_force.is_complete() {
        tokio::time::sleep(LOOK).await;
    }
    let current = in_force.current();
    if current.enforcement().ceiling() != Mode::Deny || current.policies().is_empty() {
        return;
    }
    let snapshot = Snapshot::clone(&current).with_enforcement(Enforcement::default());
    let impact = looking.look(&snapshot, Instant::now() + AT_START).await;
    tracing::info!(
        refused = impact.refused.count,
        workloads = impact.workloads,
        first = impact.refused.names.join(","),
        not_looked_at = impact.not_looked_at.join(","),
        "what the policies would refuse of what runs, if it were created today"
    );
}
