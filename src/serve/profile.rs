//! Where the time of the processor goes, for whoever may forward a port to the Pod: a profile in
//! the format of pprof.
//!
//! While one is taken, a signal interrupts the thread that runs, 99 times a second, and the crate
//! `pprof` notes its stack: it reads of it what is mapped and nothing else, and takes no memory.

use std::future::Future;
use std::io;
use std::net::TcpListener as Socket;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use pprof::{ProfilerGuard, ProfilerGuardBuilder};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::accept::{Listener, Shutdown};
use super::activity::Timeouts;
use super::health::{GUARDS, plain};
use super::metrics::Metrics;
use super::pprof_format::encode;

/// How often a stack is noted, in a second: not in step with what happens in whole hundredths.
const FREQUENCY: i32 = 99;

/// How long a profile is taken where nobody says.
const SECONDS: u64 = 30;

/// The longest.
const MOST: u64 = 60;

/// The most connections at once.
const CONNECTIONS: usize = 4;

/// How long a connection may take over things: a profile and a while to write it.
const TIMEOUTS: Timeouts = Timeouts {
    handshake: Duration::from_secs(5),
    first_byte: Duration::from_secs(5),
    head: Duration::from_secs(5),
    idle: Duration::from_secs(30),
    busy: Duration::from_secs(MOST + 30),
};

/// Serves profiles on a socket that may not block, for good.
///
/// # Errors
/// The socket cannot be served.
pub fn profiles(
    socket: Socket,
    metrics: Arc<Metrics>,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let socket = TcpListener::from_std(socket)?;
    let listener = Listener {
        router: router(),
        certificate: None,
        metrics,
        timeouts: TIMEOUTS,
        connections: CONNECTIONS,
    };
    Ok(listener.run(socket, Shutdown::default(), Duration::ZERO))
}

fn router() -> Router {
    let one = Arc::new(Semaphore::new(1));
    let take = move |request: Request| {
        let one = Arc::clone(&one);
        async move { profile(&one, request.uri().query()).await }
    };
    Router::new().route("/debug/pprof/profile", get(take))
}

/// Takes a profile, unless one is being taken.
async fn profile(one: &Semaphore, query: Option<&str>) -> Response {
    let Some(seconds) = seconds(query) else {
        let text = format!("write ?seconds=N with a number from 1 to {MOST}\n");
        return plain(StatusCode::BAD_REQUEST, text);
    };
    let Ok(_permit) = one.try_acquire() else {
        let text = "a profile is being taken; try again\n".to_owned();
        let busy = plain(StatusCode::TOO_MANY_REQUESTS, text);
        return ([(RETRY_AFTER, "10")], busy).into_response();
    };
    match take(Duration::from_secs(seconds)).await {
        Ok(bytes) => {
            tracing::info!(seconds, "a profile was taken");
            let headers = [
                (CONTENT_TYPE, "application/octet-stream"),
                (CONTENT_DISPOSITION, "attachment; filename=\"profile.pb\""),
            ];
            (StatusCode::OK, GUARDS, headers, bytes).into_response()
        }
        Err(problem) => {
            let text = format!(
                "no profile: {problem}; it needs a folder for temporary files, such as TMPDIR\n"
            );
            plain(StatusCode::INTERNAL_SERVER_ERROR, text)
        }
    }
}

/// What a query asks for; none where that is no number of seconds within the bounds.
fn seconds(query: Option<&str>) -> Option<u64> {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Some(SECONDS) };
    let number: u64 = query.strip_prefix("seconds=")?.parse().ok()?;
    (1..=MOST).contains(&number).then_some(number)
}

/// Watches all threads for so long; whoever no longer waits for it ends it.
async fn take(how_long: Duration) -> Result<Vec<u8>, pprof::Error> {
    let start = SystemTime::now();
    let guard = ProfilerGuardBuilder::default().frequency(FREQUENCY).build()?;
    tokio::time::sleep(how_long).await;
    let made = tokio::task::spawn_blocking(move || finish(&guard, start));
    made.await.map_err(io::Error::other)?
}

/// Gives the addresses their names, which takes a while.
fn finish(guard: &ProfilerGuard<'_>, start: SystemTime) -> Result<Vec<u8>, pprof::Error> {
    Ok(encode(&guard.report().build()?, FREQUENCY, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_seconds_within_the_bounds_is_asked_for() {
        assert_eq!(seconds(None), Some(SECONDS));
        assert_eq!(seconds(Some("seconds=1")), Some(1));
        assert_eq!(seconds(Some("seconds=60")), Some(60));
        for query in ["seconds=0", "seconds=61", "seconds=-1", "seconds=", "s=1", "seconds=1&a=b"] {
            assert_eq!(seconds(Some(query)), None, "{query}");
        }
    }
}
