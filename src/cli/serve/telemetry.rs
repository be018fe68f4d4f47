//! What the webhook tells of itself besides log and metrics, where it is asked to.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::error::ServeError;
use crate::cluster::client::identity;
use crate::serve::{Collector, CollectorUrl, Metrics, Traces};

/// Traces.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct TelemetryArgs {
    /// The OpenTelemetry collector that is sent a span for each review, by OTLP over HTTP.
    #[arg(long, value_name = "URL", env = "PLIMSOLL_OTLP_ENDPOINT")]
    otlp_endpoint: Option<CollectorUrl>,
}

impl TelemetryArgs {
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
