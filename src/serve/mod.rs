//! The admission webhook: carries reviews to the core and answers back.

mod accept;
mod activity;
mod answer;
mod bounds;
pub mod configuration;
mod decision_log;
mod health;
pub mod log_stream;
mod metrics;
mod request;
mod response;
mod router;
mod salvage;
pub mod self_signed;
mod summary;
pub mod tls;

pub use accept::{Listener, Phases};
pub use activity::Patience;
pub use answer::{Answer, answer};
pub use decision_log::DecisionLog;
pub use metrics::{Metrics, Outcome};
pub use response::{Cause, Details, Fault, Response, ReviewResponse, Status};
pub use router::{Answerer, Bounds, Shared, router};
pub use summary::Summary;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

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

/// The two sockets, handed in by whoever starts the server.
pub struct Sockets {
    /// Where the API server calls.
    pub webhook: TcpListener,
    /// Where the platform looks.
    pub admin: TcpListener,
}

/// Serves until `phases.leaving`, then sees the last requests through.
pub async fn run(
    sockets: Sockets,
    shared: Arc<Shared>,
    certificate: Arc<Certificate>,
    behaviour: Behaviour,
    phases: Phases,
) {
    let metrics = Arc::clone(&shared.metrics);
    let admin = health::router(Arc::clone(&certificate), Arc::clone(&metrics), phases.clone());
    let admin = tokio::spawn(async move { axum::serve(sockets.admin, admin).await });
    let leave = {
        let phases = phases.clone();
        tokio::spawn(async move {
            phases.leaving.cancelled().await;
            tokio::select! {
                () = tokio::time::sleep(behaviour.leave) => {}
                () = phases.closing.cancelled() => {}
            }
            phases.closing.cancel();
        })
    };
    let listener = Listener {
        router: router(shared),
        certificate,
        metrics,
        patience: behaviour.patience,
        connections: behaviour.connections,
    };
    listener.run(sockets.webhook, phases, behaviour.grace).await;
    leave.abort();
    admin.abort();
}
