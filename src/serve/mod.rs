//! The admission webhook: carries reviews to the core and answers back.

mod accept;
mod activity;
mod answer;
mod apart;
pub mod authority;
mod body;
mod bounds;
pub mod configuration;
mod decision_log;
mod health;
mod in_force;
mod leaf;
pub mod log_stream;
mod memory;
mod metrics;
pub mod open_files;
mod request;
mod response;
mod router;
mod salvage;
mod seats;
pub mod self_signed;
mod small_file;
mod summary;
pub mod tls;
mod wording;

pub use accept::{Listener, Phases};
pub use activity::Patience;
pub use answer::{Answer, answer};
pub use decision_log::DecisionLog;
pub use in_force::{InForce, Policies, follow as follow_policies};
pub use leaf::Unusable;
pub use metrics::{Metrics, Outcome};
pub use response::{Cause, Details, Fault, Response, ReviewResponse, Status};
pub use router::{Answerer, Bounds, Shared, router};
pub use summary::Summary;

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
pub struct Behaviour {
    /// How long a connection may take over things.
    pub patience: Patience,
    /// The most connections at once.
    pub connections: usize,
    /// How long new requests are still answered once the end is announced: the time that a
    /// cluster takes to stop sending them (F-77).
    pub leave: Duration,
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
const ADMIN_PATIENCE: Patience = Patience {
    handshake: Duration::from_secs(5),
    first_byte: Duration::from_secs(5),
    head: Duration::from_secs(5),
    idle: Duration::from_secs(90),
    busy: Duration::from_secs(10),
};

/// Serves until `phases.leaving`, then sees the last requests through.
///
/// The webhook is served by `workers`; whatever they are busy with, the platform is answered and
/// the end comes in time, for both are up to the runtime of the caller.
///
/// # Errors
/// A socket that cannot be served.
pub async fn run(
    sockets: Sockets,
    shared: Arc<Shared>,
    certificate: Arc<Certificate>,
    behaviour: Behaviour,
    phases: Phases,
    workers: &Handle,
) -> io::Result<()> {
    let metrics = Arc::clone(&shared.metrics);
    let admin = Listener {
        router: health::router(
            Arc::clone(&certificate),
            Arc::clone(&shared.in_force),
            Arc::clone(&metrics),
            phases.clone(),
        ),
        certificate: None,
        metrics: Arc::clone(&metrics),
        patience: ADMIN_PATIENCE,
        connections: ADMIN_CONNECTIONS,
    };
    let socket = TcpListener::from_std(sockets.admin)?;
    let admin = tokio::spawn(admin.run(socket, Phases::default(), Duration::ZERO));
    let webhook = Listener {
        router: router(shared),
        certificate: Some(certificate),
        metrics,
        patience: behaviour.patience,
        connections: behaviour.connections,
    };
    let socket = {
        let _workers = workers.enter();
        TcpListener::from_std(sockets.webhook)?
    };
    let webhook = workers.spawn(webhook.run(socket, phases.clone(), behaviour.grace));
    phases.leaving.cancelled().await;
    // Ended early by a second signal.
    let _ = timeout(behaviour.leave, phases.closing.cancelled()).await;
    phases.closing.cancel();
    // The workers have the same limit, but may be too busy to keep it.
    if timeout(behaviour.grace + Duration::from_millis(500), webhook).await.is_err() {
        tracing::warn!("reviews were still under way at the end");
    }
    admin.abort();
    Ok(())
}
