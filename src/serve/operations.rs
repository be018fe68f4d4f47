//! How the server as a whole stands, in numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::in_force::InForce;
use crate::cluster::Observer;
use crate::cluster::neighbours::Standing as NeighboursStanding;
use crate::cluster::registration::Standing;
use crate::rules::Mode;

/// The label of a gauge that is 1 for one of several states.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfMode {
    mode: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSource {
    source: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfNeighbours {
    kind: &'static str,
    state: &'static str,
}

/// The gauges of what is followed and looked after.
#[derive(Debug, Default)]
pub struct Operations {
    leader: Gauge,
    registration: Family<State, Gauge>,
    mends: Counter,
    fails_closed: Gauge,
    ceiling: Family<OfMode, Gauge>,
    warn_until: Gauge<i64, AtomicI64>,
    watch_stale: Family<OfKind, Gauge>,
    stale_since: Family<OfKind, Gauge<i64, AtomicI64>>,
    policies: Family<OfSource, Gauge>,
    exceptions: Family<OfSource, Gauge>,
    checksum: Gauge,
    definition_lacks: Family<OfKind, Gauge>,
    neighbours: Family<OfNeighbours, Gauge>,
    not_in_force: Gauge,
    invalid: Gauge,
    authority_expiry: Gauge<i64, AtomicI64>,
    in_force: ArcSwapOption<InForce>,
}

impl Operations {
    /// Registers all of them.
    pub(super) fn register(&self, registry: &mut Registry) {
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The version of this program", Info::new(version));
        let help = "Whether this replica does what only one does: 1 or 0";
        registry.register("leader", help, self.leader.clone());
        let help = "How the registration stands, on the replica that leads: 1 for one state";
        registry.register("registration", help, self.registration.clone());
        let help = "Edits of the webhook configuration by others that were undone";
        registry.register("registration_mends", help, self.mends.clone());
        let help = "Whether the API server refuses writes while nobody answers: 1 or 0";
        registry.register("registered_failure_policy_fail", help, self.fails_closed.clone());
        let help = "The most that any rule does now: 1 for one mode";
        registry.register("enforcement_ceiling", help, self.ceiling.clone());
        let help =
            "Until when nothing is refused in an emergency, in Unix time; 0 where there is none";
        registry.register("break_glass_until_timestamp_seconds", help, self.warn_until.clone());
        let help = "Whether what is known of objects of a kind may be old: 1 or 0";
        registry.register("watch_stale", help, self.watch_stale.clone());
        let help = "Since when what is known of objects of a kind may be old, in Unix time; 0 where it is not";
        registry.register("watch_stale_since_timestamp_seconds", help, self.stale_since.clone());
        let help = "Policies in force, by where they come from";
        registry.register("policies", help, self.policies.clone());
        let help = "Exceptions that are honoured, by where they come from, ended ones too";
        registry.register("exceptions", help, self.exceptions.clone());
        let help =
            "What tells the policies and exceptions in force from others; replicas agree in it";
        registry.register("policies_checksum", help, self.checksum.clone());
        let help = "Fields of a kind that the API server's definition of it lacks";
        registry.register("definition_fields_lacking", help, self.definition_lacks.clone());
        let help = "How a kind of object that neighbours are known from stands: 1 for one state";
        registry.register("neighbours", help, self.neighbours.clone());
        let help = "Rules and parameters of policies that this version does not know";
        registry.register("rules_not_in_force", help, self.not_in_force.clone());
        let help = "Policies and exceptions that are objects and of which nothing is in force";
        registry.register("objects_invalid", help, self.invalid.clone());
        let help = "When the self-managed certificate authority expires, in Unix time";
        registry.register(
            "authority_expiry_timestamp_seconds",
            help,
            self.authority_expiry.clone(),
        );
        for state in Standing::ALL {
            self.registration.get_or_create(&State { state: state.as_str() }).set(0);
        }
    }

    /// From now on the gauges about policies tell of these.
    pub(super) fn watch(&self, in_force: Arc<InForce>) {
        self.in_force.store(Some(in_force));
    }

    /// Sets what follows from the moment.
    pub(super) fn refresh(&self, now: Timestamp) {
        let Some(in_force) = self.in_force.load_full() else { return };
        let snapshot = in_force.current();
        let enforcement = snapshot.enforcement();
        for mode in [Mode::Deny, Mode::Warn, Mode::Audit] {
            let is_now = i64::from(enforcement.at(now) == mode);
            self.ceiling.get_or_create(&OfMode { mode: mode.as_str() }).set(is_now);
        }
        let until = enforcement.warn_until(now).map_or(0, Timestamp::as_second);
        self.warn_until.set(until);
        let count = |gauge: &Gauge, of: usize| gauge.set(i64::try_from(of).unwrap_or(i64::MAX));
        for (source, documents) in in_force.by_source() {
            let source = OfSource { source };
            count(&self.policies.get_or_create(&source), documents.policies.len());
            count(&self.exceptions.get_or_create(&source), documents.exceptions.len());
        }
        self.checksum.set(snapshot.digest().as_number());
        let unknown: usize = snapshot.policies().iter().map(|policy| policy.unknown.len()).sum();
        count(&self.not_in_force, unknown);
        count(&self.invalid, in_force.invalid());
    }
}

impl Observer for Operations {
    fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    fn watch_is_stale(&self, kind: &'static str, is_stale: bool) {
        let was_stale = self.watch_stale.get_or_create(&OfKind { kind }).set(i64::from(is_stale));
        let since = self.stale_since.get_or_create(&OfKind { kind });
        match (is_stale, was_stale) {
            (true, 1) => {}
            (true, _) => drop(since.set(Timestamp::now().as_second())),
            (false, _) => drop(since.set(0)),
        }
    }

    fn definition_lacks(&self, kind: &'static str, fields: usize) {
        let fields = i64::try_from(fields).unwrap_or(i64::MAX);
        self.definition_lacks.get_or_create(&OfKind { kind }).set(fields);
    }

    fn neighbours_stand(&self, kind: &'static str, standing: Option<NeighboursStanding>) {
        for state in NeighboursStanding::WORDS {
            let labels = OfNeighbours { kind, state };
            match standing {
                Some(standing) => {
                    let is_so = i64::from(standing.as_str() == state);
                    self.neighbours.get_or_create(&labels).set(is_so);
                }
                None => {
                    self.neighbours.remove(&labels);
                }
            }
        }
        if let Some(standing) = standing {
            self.watch_is_stale(kind, standing.is_stale());
        } else {
            self.watch_stale.remove(&OfKind { kind });
            self.stale_since.remove(&OfKind { kind });
        }
    }

    fn registration(&self, standing: Option<Standing>) {
        for state in Standing::ALL {
            let is_so = i64::from(standing == Some(state));
            self.registration.get_or_create(&State { state: state.as_str() }).set(is_so);
        }
    }

    fn registration_was_mended(&self) {
        self.mends.inc();
    }

    fn fails_closed(&self, does: bool) {
        self.fails_closed.set(i64::from(does));
    }

    fn authority_expires(&self, at: Timestamp) {
        self.authority_expiry.inner().store(at.as_second(), Ordering::Relaxed);
    }
}
