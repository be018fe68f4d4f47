//! `plimsoll serve`: the admission webhook.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::policies::{PoliciesError, PolicyArgs};
use super::{Outcome, print};
use crate::policy::Snapshot;
use crate::serve::configuration::configuration;
use crate::serve::log_stream::{Finish, LogStream};
use crate::serve::self_signed::{self, SelfSigned};
use crate::serve::tls::{Certificate, PairFiles, Served, TlsError, follow};
use crate::serve::{Behaviour, Bounds, DecisionLog, Metrics, Patience, Phases, Shared, Sockets};

/// Serve the admission webhook.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the API server calls: `POST /validate`.
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8443", env = "PLIMSOLL_LISTEN")]
    listen: SocketAddr,
    /// Where the platform looks: `/livez`, `/readyz`, `/metrics`.
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "0.0.0.0:8081",
        env = "PLIMSOLL_ADMIN_LISTEN"
    )]
    admin_listen: SocketAddr,
    #[command(flatten)]
    policies: PolicyArgs,
    /// The certificate chain in PEM form; read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key", env = "PLIMSOLL_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate in PEM form; read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_cert", env = "PLIMSOLL_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Serve with a throw-away certificate, and print the configuration that trusts it.
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"], env = "PLIMSOLL_SELF_SIGNED")]
    self_signed: bool,
    /// Print the `ValidatingWebhookConfiguration` for a webhook at this URL.
    ///
    /// With `--self-signed` the server then goes on to serve; otherwise it ends.
    #[arg(long, value_name = "URL", env = "PLIMSOLL_PRINT_WEBHOOK_CONFIGURATION",
          value_parser = webhook_url)]
    print_webhook_configuration: Option<String>,
    /// The authority to name in the printed configuration, in PEM form; the certificate itself
    /// where it is not given.
    #[arg(long, value_name = "FILE", requires = "tls_cert", env = "PLIMSOLL_TLS_CA")]
    tls_ca: Option<PathBuf>,
    /// Which log lines are written, such as `info` or `plimsoll=debug`.
    #[arg(long, value_name = "FILTER", default_value = "info", env = "PLIMSOLL_LOG")]
    log: String,
    /// The largest review that is read, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20, env = "PLIMSOLL_BODY_LIMIT")]
    body_limit: usize,
    /// How many bytes of reviews may be held at once; more are sent away to be tried again.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20, env = "PLIMSOLL_MEMORY_BUDGET")]
    memory_budget: usize,
    /// The most connections at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 512, env = "PLIMSOLL_MAX_CONNECTIONS")]
    max_connections: usize,
    /// Seconds for which requests are still answered after SIGTERM, while the cluster takes note.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, env = "PLIMSOLL_LEAVE_SECONDS")]
    leave_seconds: u64,
    /// Seconds between looks at the certificate files.
    #[arg(long, value_name = "SECONDS", default_value_t = 2, env = "PLIMSOLL_TLS_POLL_SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    tls_poll_seconds: u64,
}

/// How long open connections get to finish after the last one was taken.
const GRACE: Duration = Duration::from_secs(15);

#[derive(Debug, Error)]
pub(super) enum ServeError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(
        "no certificate; give `--tls-cert` and `--tls-key`, or `--self-signed` to try things out"
    )]
    NoCertificate,
    #[error("the certificate cannot be served")]
    Tls(#[from] TlsError),
    #[error("cannot make a throw-away certificate")]
    SelfSigned(#[from] rcgen::Error),
    #[error("cannot listen on `{address}`")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("`{0}` is no log filter; write `info` or `plimsoll=debug`")]
    LogFilter(String),
    #[error("cannot start")]
    Start(#[source] io::Error),
    #[error("cannot print the configuration")]
    Print(#[source] io::Error),
    #[error("cannot write the configuration as YAML: {0}")]
    Yaml(String),
    #[error("cannot read `{path}`")]
    Authority { path: PathBuf, source: io::Error },
    #[error(
        "`--memory-budget` is smaller than `--body-limit`; no review of that size would ever be read"
    )]
    Budget,
}

/// The certificate and where it comes from.
enum Origin {
    Files(PairFiles),
    SelfSigned(SelfSigned),
}

pub(super) fn run(args: &Args) -> Result<Outcome, ServeError> {
    let snapshot = Arc::new(Snapshot::new(args.policies.load()?));
    if args.memory_budget < args.body_limit {
        return Err(ServeError::Budget);
    }
    let origin = args.origin()?;
    if let Some(url) = &args.print_webhook_configuration
        && !matches!(origin, Some(Origin::SelfSigned(_)))
    {
        let authority = args.authority()?;
        print_configuration(url, authority.as_deref(), &snapshot)?;
        return Ok(Outcome::Clean);
    }
    let origin = origin.ok_or(ServeError::NoCertificate)?;
    let (log, _finish) = start_log(args, &origin)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    runtime.block_on(serve(args, origin, snapshot, log))?;
    Ok(Outcome::Clean)
}

async fn serve(
    args: &Args,
    origin: Origin,
    snapshot: Arc<Snapshot>,
    log: LogStream,
) -> Result<(), ServeError> {
    let metrics = Arc::new(Metrics::default());
    let sockets =
        Sockets { webhook: bind(args.listen).await?, admin: bind(args.admin_listen).await? };
    let address = sockets.webhook.local_addr().map_err(ServeError::Start)?;
    let certificate = match origin {
        Origin::Files(files) => from_files(args, files, &metrics)?,
        Origin::SelfSigned(made) => {
            let url = args.print_webhook_configuration.clone();
            let url = url.unwrap_or_else(|| format!("https://{}/validate", reachable(address)));
            print_configuration(&url, Some(&made.authority), &snapshot)?;
            Arc::new(Certificate::new(Served::new(&made.pair, "the throw-away certificate")?))
        }
    };
    metrics.certificate_expires(certificate.current().not_after);
    metrics.watch_log(log.clone());
    let phases = Phases::default();
    listen_for_signals(phases.clone())?;
    let bounds = Bounds { body: args.body_limit, memory: args.memory_budget, ..Bounds::default() };
    let policies: Vec<&str> = snapshot.policies().iter().map(|p| p.name.as_ref()).collect();
    tracing::info!(
        listen = %address,
        admin = %sockets.admin.local_addr().map_err(ServeError::Start)?,
        policies = policies.join(","),
        built_in = args.policies.is_built_in(),
        version = env!("CARGO_PKG_VERSION"),
        "{}",
        if args.policies.is_built_in() {
            "serving; no --policy was given, so the built-in policy `production` is in force"
        } else {
            "serving"
        }
    );
    let shared = Arc::new(
        Shared::new(Arc::clone(&snapshot), metrics, bounds).with_log(DecisionLog::new(log)),
    );
    let behaviour = Behaviour {
        patience: Patience::default(),
        connections: args.max_connections.max(1),
        leave: Duration::from_secs(args.leave_seconds),
        grace: GRACE,
    };
    crate::serve::run(sockets, shared, certificate, behaviour, phases).await;
    tracing::info!("ended");
    Ok(())
}

/// The certificate in the files, followed as they change.
fn from_files(
    args: &Args,
    files: PairFiles,
    metrics: &Arc<Metrics>,
) -> Result<Arc<Certificate>, ServeError> {
    let (certificate, pair) = Certificate::from_files(&files, Timestamp::now().as_second())?;
    let certificate = Arc::new(certificate);
    let interval = Duration::from_secs(args.tls_poll_seconds);
    tokio::spawn(follow(Arc::clone(&certificate), files, pair, interval, Arc::clone(metrics)));
    Ok(certificate)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

/// The address to put into a URL for a socket that listens everywhere.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::from(([127, 0, 0, 1], address.port()))
    } else {
        address
    }
}

/// SIGTERM: leave in good order. A second one, or Ctrl-C: take no new connection any more.
fn listen_for_signals(phases: Phases) -> Result<(), ServeError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Start)?;
    tokio::spawn(async move {
        loop {
            let at_once = tokio::select! {
                _ = terminate.recv() => phases.leaving.is_cancelled(),
                _ = interrupt.recv() => true,
            };
            tracing::info!(at_once, "leaving");
            phases.leaving.cancel();
            if at_once {
                phases.closing.cancel();
            }
        }
    });
    Ok(())
}

/// JSON lines on standard output; on standard error where standard output holds the printed
/// configuration, so that either can be read by a program.
///
/// What is returned writes out the last lines when it is dropped.
fn start_log(args: &Args, origin: &Origin) -> Result<(LogStream, Finish), ServeError> {
    let filter =
        EnvFilter::try_new(&args.log).map_err(|_| ServeError::LogFilter(args.log.clone()))?;
    let target: Box<dyn io::Write + Send> = match origin {
        Origin::SelfSigned(_) => Box::new(io::stderr()),
        Origin::Files(_) => Box::new(io::stdout()),
    };
    let (stream, finish) = LogStream::start(target).map_err(ServeError::Start)?;
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter);
    let writer = stream.clone();
    log.with_writer(move || writer.clone()).init();
    std::panic::set_hook(Box::new(|panic| {
        // Where it happened and nothing else: the payload may quote an object.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok((stream, finish))
}

fn print_configuration(
    url: &str,
    authority: Option<&str>,
    snapshot: &Snapshot,
) -> Result<(), ServeError> {
    let object = configuration(url, authority, snapshot);
    let yaml =
        serde_saphyr::to_string(&object).map_err(|error| ServeError::Yaml(error.to_string()))?;
    let comment = authority.map_or_else(String::new, |pem| {
        let lines = pem.trim_end().replace('\n', "\n# ");
        format!("# The certificate authority, as in caBundle:\n# {lines}\n")
    });
    print(&format!("{comment}{yaml}")).map_err(ServeError::Print)
}

impl Args {
    fn origin(&self) -> Result<Option<Origin>, ServeError> {
        if self.self_signed {
            let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
            names.push("plimsoll.plimsoll.svc".to_owned());
            if !self.listen.ip().is_unspecified() {
                names.push(self.listen.ip().to_string());
            }
            if let Some(host) = self.print_webhook_configuration.as_deref().and_then(host_of) {
                names.push(host.to_owned());
            }
            names.sort();
            names.dedup();
            return Ok(Some(Origin::SelfSigned(self_signed::make(&names)?)));
        }
        let files = self.tls_cert.clone().zip(self.tls_key.clone());
        Ok(files.map(|(certificate, key)| Origin::Files(PairFiles { certificate, key })))
    }

    fn authority(&self) -> Result<Option<String>, ServeError> {
        let Some(path) = self.tls_ca.as_ref().or(self.tls_cert.as_ref()) else { return Ok(None) };
        let fail = |source| ServeError::Authority { path: path.clone(), source };
        std::fs::read_to_string(path).map(Some).map_err(fail)
    }
}

/// A URL that the API server takes, with the path at which the webhook answers.
fn webhook_url(text: &str) -> Result<String, String> {
    let url: axum::http::Uri = text.parse().map_err(|_| "not a URL".to_owned())?;
    if url.scheme_str() != Some("https") || url.host().is_none_or(str::is_empty) {
        return Err("the API server calls only https; write https://HOST:PORT/validate".to_owned());
    }
    match (url.path(), url.query()) {
        ("/validate", None) => Ok(text.to_owned()),
        ("/" | "", None) => Ok(format!("{}/validate", text.trim_end_matches('/'))),
        _ => Err("the webhook answers at /validate; write https://HOST:PORT/validate".to_owned()),
    }
}

/// The host of a URL, without port, path or brackets.
fn host_of(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, _)| host),
        None => authority.split(':').next(),
    }
}
