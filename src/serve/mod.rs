//! The admission webhook: carries reviews to the core and answers back.

mod accept;
mod activity;
mod answer;

mod body;
mod bounds;
mod collector;
mod deadline;
mod decide;
mod decision_log;
mod health;
mod impact;
mod in_force;
mod large_reviews;
mod ledger;
pub mod log_format;
pub mod log_stream;
mod loss;
mod making;
mod memory;
mod metrics;
pub mod open_files;
mod operations;
mod outcome;
mod own_objects;
mod policy_files;
mod pprof_format;
mod profile;
pub mod renewal;
mod request;
mod response;
mod reviewable;
mod router;
mod salvage;
mod seats;
pub mod self_signed;
mod state;
mod summary;
pub mod tls;
mod traces;
mod wording;

pub use accept::{Listener, Shutdown};
pub use activity::Timeouts;
pub use answer::{Answer, answer};
pub use collector::{Collector, CollectorUrl};
pub use decision_log::DecisionLog;
pub use impact::{Extent, Impact, Impacts, Search, Several, Written};
pub use in_force::InForce;
pub use loss::{LOSS_NEEDS, loss_kinds};
pub use making::OwnerLookup;
pub use metrics::Metrics;
pub use operations::Operations;
pub use outcome::RequestOutcome;
pub use policy_files::{Policies, follow as follow_policies, tell_of_unknown};
pub use profile::profiles;
pub use response::{Cause, Details, Fault, Response, ReviewResponse, Status};
pub use router::router;
pub use state::{Answerer, Bounds, WebhookState};
pub use summary::Summary;
pub use traces::{SpanCounts, Traces};

use std::io;
use std::net::TcpListener as Socket;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::timeout;

use tls::Certificate;

/// How the server behaves as a whole.
#[derive(Debug, Clone, Copy)]
pub struct ServerOptions {
    /// How long a connection may take over things.
    pub timeouts: Timeouts,
    /// The most connections at once.
    pub connections: usize,
    /// How long new requests are still answered once the end is announced: the time that a
    /// cluster takes to stop sending them (F-77).
    pub drain: Duration,
    /// How long open connections then get to finish.
    pub grace: Duration,
}

/// The two sockets, handed in by whoever starts the server; neither may block.
#[derive(Debug)]
pub struct Sockets {
    /// Where the API server calls.
    pub webhook: Socket,
    /// Where the platform looks.
    pub admin: Socket,
}

/// The most connections to the admin address: a few probes and scrapers, and whoever is curious.
pub const ADMIN_CONNECTIONS: usize = 64;

/// How long a connection to the admin address may take over things; a scraper comes back within a
/// minute.
const ADMIN_TIMEOUTS: Timeouts = Timeouts {
    handshake: Duration::from_secs(5),
    first_byte: Duration::from_secs(5),
    head: Duration::from_secs(5),
    idle: Duration::from_secs(90),
    busy: Duration::from_secs(10),
};

/// Serves until `shutdown.draining`, then sees the last requests through.
///
/// The webhook is served by `workers`; whatever they are busy with, the platform is answered and
/// the end comes in time, for both are up to the runtime of the caller.
///
/// # Errors
/// A socket that cannot be served.
pub async fn run(
    sockets: Sockets,
    shared: Arc<WebhookState>,
    certificate: Arc<Certificate>,
    options: ServerOptions,
    shutdown: Shutdown,
    workers: &Handle,
) -> io::Result<()> {
    let metrics = Arc::clone(&shared.metrics);
    let admin = Listener {
        router: health::router(
            Arc::clone(&certificate),
            Arc::clone(&shared.in_force),
            Arc::clone(&metrics),
            shutdown.clone(),
        ),
        certificate: None,
        metrics: Arc::clone(&metrics),
        timeouts: ADMIN_TIMEOUTS,
        connections: ADMIN_CONNECTIONS,
    };
    let socket = TcpListener::from_std(sockets.admin)?;
    let admin = tokio::spawn(admin.run(socket, Shutdown::default(), Duration::ZERO));
    let webhook = Listener {
        router: router(shared),
        certificate: Some(certificate),
        metrics,
        timeouts: options.timeouts,
        connections: options.connections,
    };
    let socket = {
        let _workers = workers.enter();
        TcpListener::from_std(sockets.webhook)?
    };
    let webhook = workers.spawn(webhook.run(socket, shutdown.clone(), options.grace));
    shutdown.draining.cancelled().await;
    // Ended early by a second signal.
    let _ = timeout(options.drain, shutdown.closing.cancelled()).await;
    shutdown.closing.cancel();
    // The workers have the same limit, but may be too busy to keep it.
    if timeout(options.grace + Duration::from_millis(500), webhook).await.is_err() {
        tracing::warn!("reviews were still under way at the end");
    }
    admin.abort();
    Ok(())
}
