//! The accept loop: TCP, TLS, HTTP/1.1, each connection bounded and ended in good order.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::activity::{TimedStream, Timeouts};
use super::metrics::Metrics;
use super::seats::{Seat, Seats};
use super::tls::Certificate;

/// How long the loop rests when the system has no file descriptor left (F-71).
const REST: Duration = Duration::from_millis(50);

/// How often a connection is looked at for being overdue.
const LOOK: Duration = Duration::from_secs(1);

/// The most headers of a request.
const HEADERS: usize = 64;

/// The largest head of a request, in bytes, and how much of a body is read at a time: what a
/// connection costs before any of it counts.
const BUFFER: usize = 32 << 10;

/// The steps of a shutdown, each of which a connection sees.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Answers say `Connection: close`; new connections are still taken.
    pub draining: CancellationToken,
    /// No new connection; open ones end with the request they are at.
    pub closing: CancellationToken,
}

/// What every connection shares.
pub struct Listener {
    /// Who answers.
    pub router: Router,
    /// The certificate for new handshakes; without one, plain HTTP is spoken.
    pub certificate: Option<Arc<Certificate>>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// How long a connection may take over things.
    pub timeouts: Timeouts,
    /// The most connections at once; for one more, another is closed.
    pub connections: usize,
}

impl Listener {
    /// Takes connections until `shutdown.closing`, and returns when all have ended or `grace` is
    /// over.
    pub async fn run(self, socket: TcpListener, shutdown: Shutdown, grace: Duration) {
        let seats = Seats::new(self.connections);
        let tracker = TaskTracker::new();
        let shared = Arc::new(self);
        let made_room = || shared.metrics.made_room();
        let mut was_refused = false;
        loop {
            let next = async {
                let (stream, source) = socket.accept().await?;
                let source = source.ip().to_canonical();
                Ok::<_, std::io::Error>((stream, seats.take(source, made_room).await))
            };
            let next = tokio::select! {
                () = shutdown.closing.cancelled() => break,
                next = next => next,
            };
            match next {
                Ok((stream, seat)) => {
                    was_refused = false;
                    tracker.spawn(Arc::clone(&shared).connection(stream, shutdown.clone(), seat));
                }
                Err(error) => {
                    // Told once and not twenty times a second.
                    if !std::mem::replace(&mut was_refused, true) {
                        tracing::warn!(%error, "cannot take a connection; resting");
                    }
                    if seats.evict_one() {
                        made_room();
                    }
                    tokio::time::sleep(REST).await;
                }
            }
        }
        drop(socket);
        tracker.close();
        if tokio::time::timeout(grace, tracker.wait()).await.is_err() {
            tracing::warn!(open = tracker.len(), "connections were still open at the end");
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, shutdown: Shutdown, seat: Seat) {
        tracing::debug!("a new connection");
        // Without it a small answer waits for the client's delayed acknowledgement: 40 ms.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let Some(certificate) = &self.certificate else {
            return self.talk(stream, &shutdown, &seat).await;
        };
        let _open = self.metrics.connection();
        // Nobody can be answered yet; whoever calls is turned away and calls again.
        let Some(served) = certificate.current() else { return };
        let acceptor = TlsAcceptor::from(Arc::clone(&served.config));
        let handshake = tokio::time::timeout(self.timeouts.handshake, acceptor.accept(stream));
        let stream = tokio::select! {
            () = shutdown.closing.cancelled() => return,
            () = seat.eviction.cancelled() => return,
            done = handshake => if let Ok(Ok(stream)) = done { stream } else {
                self.metrics.handshake_failed();
                return;
            },
        };
        self.talk(stream, &shutdown, &seat).await;
    }

    /// Answers requests until either side has had enough.
    async fn talk<S>(&self, stream: S, shutdown: &Shutdown, seat: &Seat)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let activity = &seat.activity;
        activity.open();
        let io = TokioIo::new(TimedStream::new(stream, Arc::clone(activity)));
        let service = service_fn(|request: Request<Incoming>| {
            let router = self.router.clone();
            async move {
                activity.begin();
                let mut response = match router.oneshot(request.map(axum::body::Body::new)).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                if shutdown.draining.is_cancelled() {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                activity.end(response.status().is_success());
                Ok::<_, Infallible>(response)
            }
        });
        let mut http = http1::Builder::new();
        let connection =
            http.max_headers(HEADERS).max_buf_size(BUFFER).serve_connection(io, service);
        let mut connection = std::pin::pin!(connection);
        let mut look = tokio::time::interval(LOOK);
        let (mut was_told, mut was_evicted) = (false, false);
        loop {
            tokio::select! {
                biased;
                _ = connection.as_mut() => return,
                () = shutdown.closing.cancelled(), if !was_told => {
                    was_told = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = seat.eviction.cancelled(), if !was_evicted => {
                    was_evicted = true;
                    connection.as_mut().graceful_shutdown();
                    // An idle one says good-bye, as far as that can be done at once.
                    let ended = poll_fn(|cx| Poll::Ready(connection.as_mut().poll(cx).is_ready()));
                    if ended.await || !activity.may_finish() {
                        return;
                    }
                }
                _ = look.tick() => if activity.is_overdue(&self.timeouts) { return },
            }
        }
    }
}
