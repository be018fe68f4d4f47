//! `plimsoll serve`: the admission webhook.

mod args;

pub(super) use args::Args;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::policies::{PoliciesError, PolicyFiles, loaded};
use crate::cli::registration::{NoYaml, configuration_text, host_of, namespace_of_pod, reachable};
use crate::cli::{ExitStatus, print};
use crate::files::SourceText;
use crate::policy::Snapshot;
use crate::serve::authority::{AuthorityError, authority};
use crate::serve::log_stream::LogStream;
use crate::serve::open_files::{connections_within, raise_limit};
use crate::serve::self_signed::{self, SelfSigned};
use crate::serve::tls::{Certificate, PairFiles, Served, TlsError, follow};
use crate::serve::{
    ADMIN_CONNECTIONS, Bounds, DecisionLog, InForce, Metrics, ServerOptions, Shutdown, Sockets,
    Timeouts, WebhookState, follow_policies,
};

/// How long open connections get to finish after the last one was taken.
const GRACE: Duration = Duration::from_secs(12);

/// How long what else is under way then may take, twice, and the last lines of the log once: it
/// all ends within 15 seconds.
const LAST: Duration = Duration::from_millis(500);

#[derive(Debug, Error)]
pub(in crate::cli) enum ServeError {
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
    #[error("cannot start")]
    Start(#[source] io::Error),
    #[error("cannot print the configuration")]
    Print(#[source] io::Error),
    #[error(transparent)]
    Yaml(#[from] NoYaml),
    #[error("no authority for the printed configuration")]
    Authority(#[from] AuthorityError),
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

pub(in crate::cli) fn run(args: &Args) -> Result<ExitStatus, ServeError> {
    let sources = if args.policies.can_change() { Some(args.policies.read_aloud()?) } else { None };
    let policies = match &sources {
        Some(sources) => loaded(sources)?,
        None => args.policies.load()?,
    };
    let snapshot = Arc::new(Snapshot::new(policies).with_ceiling(args.enforcement));
    if args.memory_budget < args.body_limit {
        return Err(ServeError::Budget);
    }
    let origin = args.origin()?;
    if let Some(url) = &args.print_webhook_configuration
        && !matches!(origin, Some(Origin::SelfSigned(_)))
    {
        let authority = args.authority()?;
        let own = args.own_namespace();
        let text = configuration_text(url, authority.as_deref(), &snapshot, own.as_deref())?;
        print(&text).map_err(ServeError::Print)?;
        return Ok(ExitStatus::Clean);
    }
    let origin = origin.ok_or(ServeError::NoCertificate)?;
    let (log, _finish) = args.log.start(origin.log_target()).map_err(ServeError::Start)?;
    // The platform's questions, the signals and the end are up to this thread; reviews cannot keep
    // it from any of them.
    let control = Builder::new_current_thread().enable_all().build().map_err(ServeError::Start)?;
    let workers = Builder::new_multi_thread().enable_all().build().map_err(ServeError::Start)?;
    let served = control.block_on(serve(args, origin, (snapshot, sources), log, workers.handle()));
    workers.shutdown_timeout(LAST);
    control.shutdown_timeout(LAST);
    served?;
    Ok(ExitStatus::Clean)
}

async fn serve(
    args: &Args,
    origin: Origin,
    (snapshot, sources): (Arc<Snapshot>, Option<Vec<SourceText>>),
    log: LogStream,
    workers: &Handle,
) -> Result<(), ServeError> {
    let files = raise_limit();
    let connections = connections_within(files, args.max_connections, ADMIN_CONNECTIONS);
    if connections < args.max_connections {
        tracing::warn!(connections, "so few files may be open that fewer connections are taken");
    }
    let metrics = Arc::new(Metrics::default());
    metrics.watch_log(log.clone());
    let sockets =
        Sockets { webhook: bind(args.listen).await?, admin: bind(args.admin_listen).await? };
    let shutdown = Shutdown::default();
    listen_for_signals(shutdown.clone())?;
    let certificate = match origin {
        Origin::Files(files) => from_files(args, files, &metrics)?,
        Origin::SelfSigned(made) => {
            let address = sockets.webhook.local_addr().map_err(ServeError::Start)?;
            let text = args.own_configuration(address, &made, &snapshot)?;
            // Where nobody reads it, printing lasts for ever.
            let printing = tokio::task::spawn_blocking(move || print(&text));
            tokio::select! {
                printed = printing => printed.unwrap_or_else(|e| Err(io::Error::other(e))),
                () = shutdown.draining.cancelled() => return Ok(()),
            }
            .map_err(ServeError::Print)?;
            let name = "the throw-away certificate";
            Arc::new(Certificate::new(Served::new(&made.pair, name, Timestamp::now())?))
        }
    };
    metrics.certificate_expires(certificate.current().not_after());
    args.announce(&sockets, &snapshot)?;
    let bounds = Bounds { body: args.body_limit, memory: args.memory_budget, ..Bounds::default() };
    let shared =
        WebhookState::new(snapshot, Arc::clone(&metrics), bounds).with_log(DecisionLog::new(log));
    if let Some(sources) = sources {
        follow_files(args, sources, &shared.in_force, metrics);
    }
    let options = ServerOptions {
        timeouts: Timeouts::default(),
        connections,
        drain: Duration::from_secs(args.leave_seconds),
        grace: GRACE,
    };
    let serving =
        crate::serve::run(sockets, Arc::new(shared), certificate, options, shutdown, workers);
    serving.await.map_err(ServeError::Start)?;
    tracing::info!("ended");
    Ok(())
}

/// Follows the policy files as they change; `sources` is what those in force were read from.
fn follow_files(
    args: &Args,
    sources: Vec<SourceText>,
    in_force: &Arc<InForce>,
    metrics: Arc<Metrics>,
) {
    let interval = Duration::from_secs(args.policy_poll_seconds);
    let files = PolicyFiles { args: args.policies.clone(), ceiling: args.enforcement };
    let (in_force, files) = (Arc::clone(in_force), Arc::new(files));
    tokio::spawn(follow_policies(in_force, files, sources, interval, metrics));
}

/// The certificate in the files, followed as they change.
fn from_files(
    args: &Args,
    files: PairFiles,
    metrics: &Arc<Metrics>,
) -> Result<Arc<Certificate>, ServeError> {
    let (certificate, pair) = Certificate::from_files(&files, Timestamp::now())?;
    let certificate = Arc::new(certificate);
    let interval = Duration::from_secs(args.tls_poll_seconds);
    tokio::spawn(follow(Arc::clone(&certificate), files, pair, interval, Arc::clone(metrics)));
    Ok(certificate)
}

async fn bind(address: SocketAddr) -> Result<std::net::TcpListener, ServeError> {
    let bound = TcpListener::bind(address).await.and_then(TcpListener::into_std);
    bound.map_err(|source| ServeError::Listen { address, source })
}

/// SIGTERM or SIGHUP: leave in good order. A second one, or Ctrl-C: take no new connection any
/// more.
fn listen_for_signals(shutdown: Shutdown) -> Result<(), ServeError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Start)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(ServeError::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Start)?;
    tokio::spawn(async move {
        loop {
            let at_once = tokio::select! {
                _ = terminate.recv() => shutdown.draining.is_cancelled(),
                _ = hang_up.recv() => shutdown.draining.is_cancelled(),
                _ = interrupt.recv() => true,
            };
            tracing::info!(at_once, "leaving");
            shutdown.draining.cancel();
            if at_once {
                shutdown.closing.cancel();
            }
        }
    });
    Ok(())
}

impl Origin {
    /// Where the log goes: standard output, or standard error where standard output holds the
    /// printed configuration, so that either can be read by a program.
    fn log_target(&self) -> Box<dyn io::Write + Send> {
        match self {
            Self::SelfSigned(_) => Box::new(io::stderr()),
            Self::Files(_) => Box::new(io::stdout()),
        }
    }
}

impl Args {
    /// The configuration that trusts the throw-away authority.
    fn own_configuration(
        &self,
        address: SocketAddr,
        made: &SelfSigned,
        snapshot: &Snapshot,
    ) -> Result<String, ServeError> {
        let url = self.print_webhook_configuration.clone();
        let url = url.unwrap_or_else(|| format!("https://{}/validate", reachable(address)));
        let own = self.own_namespace();
        Ok(configuration_text(&url, Some(&made.authority), snapshot, own.as_deref())?)
    }

    fn own_namespace(&self) -> Option<String> {
        self.namespace.clone().or_else(namespace_of_pod)
    }

    /// Says what is served where.
    fn announce(&self, sockets: &Sockets, snapshot: &Snapshot) -> Result<(), ServeError> {
        let policies: Vec<&str> = snapshot.policies().iter().map(|p| p.name.as_ref()).collect();
        tracing::info!(
            listen = %sockets.webhook.local_addr().map_err(ServeError::Start)?,
            admin = %sockets.admin.local_addr().map_err(ServeError::Start)?,
            policies = policies.join(","),
            built_in = self.policies.is_built_in(),
            enforcement = self.enforcement.as_str(),
            version = env!("CARGO_PKG_VERSION"),
            "{}",
            if self.policies.is_built_in() {
                "serving; no --policy was given, so the built-in policy `production` is in force"
            } else {
                "serving"
            }
        );
        Ok(())
    }

    fn origin(&self) -> Result<Option<Origin>, ServeError> {
        if self.self_signed {
            let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
            names.extend(self.own_namespace().map(|own| format!("plimsoll.{own}.svc")));
            if !self.listen.ip().is_unspecified() {
                names.push(self.listen.ip().to_string());
            }
            if let Some(host) = self.print_webhook_configuration.as_deref().and_then(host_of) {
                names.push(host);
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
        Ok(Some(authority(path)?))
    }
}
