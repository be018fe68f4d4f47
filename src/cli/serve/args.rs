//! What the webhook is told at its start.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;

use crate::cli::log;
use crate::cli::policies::PolicyArgs;
use crate::cli::registration::namespace;
use crate::cli::serve::cluster_args::ClusterArgs;
use crate::cli::serve::telemetry::TelemetryArgs;
use crate::cluster::registration::Target;
use crate::rules::Mode;
use crate::serve::Bounds;
use crate::serve::log_format::LogFormat;

/// Serve the admission webhook.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Where the API server calls: `POST /validate`.
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8443", env = "PLIMSOLL_LISTEN")]
    pub(super) listen: SocketAddr,
    /// Where the platform looks: `/livez`, `/readyz`, `/metrics`.
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "0.0.0.0:8081",
        env = "PLIMSOLL_ADMIN_LISTEN"
    )]
    pub(super) admin_listen: SocketAddr,
    #[command(flatten)]
    pub(super) policies: PolicyArgs,
    /// The most that any rule does, whatever its policy says.
    #[arg(long, value_name = "MODE", default_value = "deny", env = "PLIMSOLL_ENFORCEMENT")]
    pub(super) enforcement: Mode,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
    /// The certificate chain in PEM form; read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key", env = "PLIMSOLL_TLS_CERT")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The key of the certificate in PEM form; read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_cert", env = "PLIMSOLL_TLS_KEY")]
    pub(super) tls_key: Option<PathBuf>,
    /// Serve with a throw-away certificate, and print the configuration that trusts it.
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"], env = "PLIMSOLL_SELF_SIGNED")]
    pub(super) self_signed: bool,
    /// Print the `ValidatingWebhookConfiguration` for a webhook at this URL.
    ///
    /// With `--self-signed` the server then goes on to serve; otherwise it ends.
    #[arg(long, value_name = "URL", env = "PLIMSOLL_PRINT_WEBHOOK_CONFIGURATION",
          value_parser = Target::url)]
    pub(super) print_webhook_configuration: Option<Target>,
    /// The namespace that the webhook runs in, which the printed configuration leaves out; that of
    /// the Pod where it is not given.
    #[arg(long, value_name = "NAME", env = "PLIMSOLL_NAMESPACE", value_parser = namespace)]
    pub(super) namespace: Option<String>,
    /// The authority to name in the printed configuration, in PEM form; the certificate itself
    /// where it is not given.
    #[arg(long, value_name = "FILE", requires = "tls_cert", env = "PLIMSOLL_TLS_CA")]
    pub(super) tls_ca: Option<PathBuf>,
    /// Which log lines are written, such as `info` or `plimsoll=debug`.
    #[arg(long, value_name = "FILTER", default_value = "info", env = "PLIMSOLL_LOG",
          value_parser = log::filter)]
    pub(super) log: log::Filter,
    /// The form of log lines: `json`, or `text` for people.
    #[arg(long, value_name = "FORMAT", default_value = "json", env = "PLIMSOLL_LOG_FORMAT")]
    pub(super) log_format: LogFormat,
    #[command(flatten)]
    pub(super) telemetry: TelemetryArgs,
    /// The largest review that is read, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = Bounds::BODY, env = "PLIMSOLL_BODY_LIMIT",
          value_parser = number(1 << 10, 1 << 30))]
    pub(super) body_limit: usize,
    /// How many bytes of reviews may be held at once; more are sent away to be tried again.
    #[arg(long, value_name = "BYTES", default_value_t = Bounds::MEMORY, env = "PLIMSOLL_MEMORY_BUDGET",
          value_parser = number(1, 64 << 30))]
    pub(super) memory_budget: usize,
    /// The most connections at once; for one more, the one that needs it least is closed.
    #[arg(long, value_name = "NUMBER", default_value_t = 512, env = "PLIMSOLL_MAX_CONNECTIONS",
          value_parser = number(1, 100_000))]
    pub(super) max_connections: usize,
    /// Seconds for which requests are still answered after SIGTERM, while the cluster takes note.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, env = "PLIMSOLL_LEAVE_SECONDS",
          value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(super) leave_seconds: u64,
    /// Seconds between looks at the policy files; what is there at two looks is taken.
    #[arg(long, value_name = "SECONDS", default_value_t = 1, env = "PLIMSOLL_POLICY_POLL_SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) policy_poll_seconds: u64,
    /// Seconds between looks at the certificate files.
    #[arg(long, value_name = "SECONDS", default_value_t = 2, env = "PLIMSOLL_TLS_POLL_SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) tls_poll_seconds: u64,
}

/// A number within a range.
fn number(least: u64, most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(least..=most)
}
