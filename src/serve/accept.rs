//! The accept loop: TCP, TLS, HTTP/1.1, each connection bounded and ended in good order.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::activity::{Activity, Patience, Watched};
use super::metrics::Metrics;
use super::tls::Certificate;

/// How long the loop rests when the system has no file descriptor left (F-71).
const REST: Duration = Duration::from_millis(50);

/// How often a connection is looked at for being overdue.
const LOOK: Duration = Duration::from_secs(1);

/// The steps of a shutdown, each of which a connection sees.
#[derive(Debug, Clone, Default)]
pub struct Phases {
    /// Answers say `Connection: close`; new connections are still taken.
    pub leaving: CancellationToken,
    /// No new connection; open ones end with the request they are at.
    pub closing: CancellationToken,
}

/// What every connection shares.
pub struct Listener {
    /// Who answers.
    pub router: Router,
    /// The certificate for new handshakes.
    pub certificate: Arc<Certificate>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// How long a connection may take over things.
    pub patience: Patience,
    /// The most connections at once; further ones wait in the system's queue.
    pub connections: usize,
}

impl Listener {
    /// Takes connections until `phases.closing`, and returns when all have ended or `grace` is
    /// over.
    pub async fn run(self, socket: TcpListener, phases: Phases, grace: Duration) {
        let room = Arc::new(Semaphore::new(self.connections));
        let tracker = TaskTracker::new();
        let shared = Arc::new(self);
        loop {
            let next = async {
                let permit = Arc::clone(&room).acquire_owned().await;
                (socket.accept().await, permit)
            };
            let (accepted, permit) = tokio::select! {
                () = phases.closing.cancelled() => break,
                next = next => next,
            };
            match (accepted, permit) {
                (Ok((stream, _)), Ok(permit)) => {
                    let connection = Arc::clone(&shared).connection(stream, phases.clone(), permit);
                    tracker.spawn(connection);
                }
                (Err(error), _) => {
                    tracing::warn!(%error, "cannot take a connection; resting");
                    tokio::time::sleep(REST).await;
                }
                (Ok(_), Err(_)) => break,
            }
        }
        drop(socket);
        tracker.close();
        if tokio::time::timeout(grace, tracker.wait()).await.is_err() {
            tracing::warn!(open = tracker.len(), "connections were still open at the end");
        }
    }

    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        phases: Phases,
        _room: OwnedSemaphorePermit,
    ) {
        let _open = self.metrics.connection();
        tracing::debug!("a new connection");
        // Without it a small answer waits for the client's delayed acknowledgement: 40 ms.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let acceptor = TlsAcceptor::from(Arc::clone(&self.certificate.current().config));
        let handshake = tokio::time::timeout(self.patience.handshake, acceptor.accept(stream));
        let stream = tokio::select! {
            () = phases.closing.cancelled() => return,
            done = handshake => if let Ok(Ok(stream)) = done { stream } else {
                self.metrics.handshake_failed();
                return;
            },
        };
        let activity = Activity::new();
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
        let service = service_fn(|request: Request<Incoming>| {
            let (router, activity, phases) =
                (self.router.clone(), Arc::clone(&activity), phases.clone());
            async move {
                activity.begin();
                let mut response = match router.oneshot(request.map(axum::body::Body::new)).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                if phases.leaving.is_cancelled() {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                activity.end(response.status().is_success());
                Ok::<_, Infallible>(response)
            }
        });
        let connection = http1::Builder::new().max_headers(64).serve_connection(io, service);
        let mut connection = std::pin::pin!(connection);
        let mut look = tokio::time::interval(LOOK);
        let mut told = false;
        loop {
            tokio::select! {
                biased;
                _ = connection.as_mut() => return,
                () = phases.closing.cancelled(), if !told => {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
                _ = look.tick() => if activity.is_overdue(&self.patience) { return },
            }
        }
    }
}
