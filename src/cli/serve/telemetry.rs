//! What the webhook tells of itself besides log and metrics, where it is asked to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::bind::bind;
use super::error::ServeError;
use crate::cluster::client::identity;
use crate::serve::{Collector, CollectorUrl, Metrics, Traces, profiles};

/// Traces and profiles.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct TelemetryArgs {
    /// The OpenTelemetry collector that is sent a span for each review, by OTLP over HTTP.
    #[arg(long, value_name = "URL", env = "PLIMSOLL_OTLP_ENDPOINT")]
    otlp_endpoint: Option<CollectorUrl>,
    /// Where profiles are taken: `GET /debug/pprof/profile?seconds=30`, on the loopback alone.
    #[arg(long, value_name = "ADDR", env = "PLIMSOLL_PROFILE_LISTEN", value_parser = loopback)]
    profile_listen: Option<SocketAddr>,
}

/// An address that nobody in the network reaches.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback());
    address.ok_or_else(|| {
        "write 127.0.0.1:PORT; others get there by `kubectl port-forward`".to_owned()
    })
}

impl TelemetryArgs {
    /// Lets profiles be taken, where that is asked for.
    pub(super) async fn profiles(&self, metrics: &Arc<Metrics>) -> Result<(), ServeError> {
        let Some(address) = self.profile_listen else { return Ok(()) };
        let socket = bind(address).await?;
        let profile = socket.local_addr().map_err(ServeError::Start)?;
        tokio::spawn(profiles(socket, Arc::clone(metrics)).map_err(ServeError::Start)?);
        tracing::info!(%profile, "profiles may be taken");
        Ok(())
    }

    /// Where reviews leave their spans; none where nobody asks for them.
    pub(super) fn traces(
        &self,
        metrics: &Metrics,
    ) -> Result<Option<(Traces, Sending)>, ServeError> {
        let Some(url) = &self.otlp_endpoint else { return Ok(None) };
        let (traces, spans) = Traces::new(metrics.spans());
        let collector = Collector::new(url, identity(), spans, metrics.spans())?;
        let end = CancellationToken::new();
        let task = tokio::spawn(collector.run(end.clone()));
        Ok(Some((traces, Sending { end, task })))
    }
}

/// The spans that are on their way.
pub(super) struct Sending {
    end: CancellationToken,
    task: JoinHandle<()>,
}

impl Sending {
    /// Sends the last ones, but not for long.
    pub(super) async fn finish(self, patience: Duration) {
        self.end.cancel();
        if timeout(patience, self.task).await.is_err() {
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}
