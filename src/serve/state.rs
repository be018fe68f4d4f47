//! What every request shares, and the bounds of all.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::answer::{Answer, answer};
use super::decision_log::DecisionLog;
use super::impact::{Impacts, Teller};
use super::in_force::InForce;
use super::large_reviews::LargeReviews;
use super::memory::Memory;
use super::metrics::Metrics;
use super::traces::Traces;
use crate::policy::Snapshot;

/// How much one request, and all together, may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The largest body that is read, in bytes.
    pub body: usize,
    /// How many bytes of bodies may be held at once.
    pub memory: usize,
    /// The longest a request may take, whatever its `?timeout=` says.
    pub deadline: Duration,
}

impl Bounds {
    /// The largest body where nobody says otherwise: more than ten times what the API server lets
    /// in, for it sends the object twice and escaped.
    pub const BODY: usize = 32 << 20;
    /// How much is held at once where nobody says otherwise.
    pub const MEMORY: usize = 96 << 20;
}

impl Default for Bounds {
    fn default() -> Self {
        Self { body: Self::BODY, memory: Self::MEMORY, deadline: Duration::from_secs(10) }
    }
}

/// How a review is answered; another one stands in only where a test needs it to fail.
pub type Answerer = fn(&[u8], &Snapshot, Timestamp) -> Result<Answer, &'static str>;

/// What every request shares.
pub struct WebhookState {
    /// The policies in force.
    pub in_force: Arc<InForce>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// The bounds.
    pub bounds: Bounds,
    pub(super) log: Option<DecisionLog>,
    pub(super) traces: Option<Traces>,
    pub(super) teller: Option<Teller>,
    pub(super) answerer: Answerer,
    pub(super) memory: Memory,
    pub(super) large_reviews: LargeReviews,
}

impl WebhookState {
    /// The state of a webhook that enforces `snapshot`.
    pub fn new(snapshot: Arc<Snapshot>, metrics: Arc<Metrics>, bounds: Bounds) -> Self {
        let memory = Memory::new(bounds.memory, bounds.body);
        let (large_reviews, in_force) = (LargeReviews::default(), Arc::new(InForce::new(snapshot)));
        let (log, traces, teller, answerer) = (None, None, None, answer);
        Self { in_force, metrics, bounds, log, traces, teller, answerer, memory, large_reviews }
    }

    /// The same with policies that others hold as well.
    #[must_use]
    pub fn with_in_force(self, in_force: Arc<InForce>) -> Self {
        Self { in_force, ..self }
    }

    /// The same with a line in `log` for each decision.
    #[must_use]
    pub fn with_log(self, log: DecisionLog) -> Self {
        Self { log: Some(log), ..self }
    }

    /// The same with a span in `traces` for each request.
    #[must_use]
    pub fn with_traces(self, traces: Option<Traces>) -> Self {
        Self { traces, ..self }
    }

    /// The same, which tells whoever writes a policy what `impacts` finds out about it.
    #[must_use]
    pub fn with_impacts(self, impacts: Option<Arc<dyn Impacts>>) -> Self {
        Self { teller: impacts.map(Teller::new), ..self }
    }

    /// The same with another way to answer.
    #[must_use]
    pub fn with_answerer(self, answerer: Answerer) -> Self {
        Self { answerer, ..self }
    }
}
