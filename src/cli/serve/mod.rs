//! `plimsoll serve`: the admission webhook.

mod args;
mod bind;
mod cluster_args;
mod error;
mod impact;
mod joined;
mod neighbours;
mod origin;
mod telemetry;

pub(super) use args::Args;
pub(super) use cluster_args::{PlaceArgs, namespaces};

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::policies::{PoliciesError, PolicyFiles, loaded};
use crate::cli::registration::{configuration_text, namespace_of_pod};
use crate::cli::{ExitStatus, print};
use crate::cluster::certificates::authority;
use crate::cluster::registration::{Extra, Registration, Target};
use crate::files::SourceText;
use crate::policy::{Documents, Enforcement, Snapshot, Unknown};
use crate::serve::log_stream::{Finish, LogStream};
use crate::serve::open_files::{connections_within, raise_limit};
use crate::serve::{
    ADMIN_CONNECTIONS, Bounds, DecisionLog, InForce, Metrics, ServerOptions, Shutdown, Sockets,
    Timeouts, WebhookState, follow_policies, loss_kinds, tell_of_unknown,
};
use bind::bind;
use cluster_args::FailurePolicyArg;
use error::ServeError;
use joined::{AWAITED, Joined, RunningServer};
use origin::Origin;

/// How long open connections get to finish after the last one was taken.
const GRACE: Duration = Duration::from_secs(12);

/// How long the last spans, and twice what else is under way, then may take, and the last lines of
/// the log once: it all ends within 15 seconds.
const LAST: Duration = Duration::from_millis(500);

pub(in crate::cli) fn run(args: &Args) -> Result<ExitStatus, ServeError> {
    let sources = if args.policies.can_change() { Some(args.policies.read_aloud()?) } else { None };
    let policies = match &sources {
        Some(sources) => loaded(sources, Unknown::IsLeftOut)?,
        // In a cluster policies are objects.
        None if args.policies.is_built_in() && args.cluster.cluster => Documents::default(),
        None => args.policies.load()?,
    };
    if policies.policies.is_empty() && !args.cluster.cluster {
        return Err(PoliciesError::None.into());
    }
    let enforcement = Enforcement::upto(args.enforcement);
    let terms = args.cluster.terms(args.policies.exception_max_days);
    let snapshot = Arc::new(Snapshot::of(policies, terms).with_enforcement(enforcement));
    if args.memory_budget < args.body_limit {
        return Err(ServeError::Budget);
    }
    let origin = Origin::of(args)?;
    if let Some(target) = &args.print_webhook_configuration
        && !origin.as_ref().is_some_and(Origin::is_throw_away)
    {
        let authority = args.authority()?;
        let registration = args.registration_at(target.clone())?;
        let text = configuration_text(&registration, authority.as_deref(), &snapshot)?;
        print(&text).map_err(ServeError::Print)?;
        return Ok(ExitStatus::Clean);
    }
    let origin = origin.ok_or(ServeError::NoCertificate)?;
    let (log, _finish) = args.start_log(&origin).map_err(ServeError::Start)?;
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
    let connections = args.connections();
    let metrics = Arc::new(Metrics::default());
    metrics.watch_log(log.clone());
    let sockets =
        Sockets { webhook: bind(args.listen).await?, admin: bind(args.admin_listen).await? };
    let address = sockets.webhook.local_addr().map_err(ServeError::Start)?;
    let shutdown = Shutdown::default();
    listen_for_signals(shutdown.clone())?;
    let is_joining = args.cluster.cluster;
    let awaited = if is_joining { &AWAITED[..] } else { &[] };
    let in_force = InForce::awaiting(Arc::clone(&snapshot), awaited.iter().copied());
    let in_force = Arc::new(in_force);
    metrics.watch_policies(Arc::clone(&in_force));
    let joined = if is_joining {
        Some(Joined::join(args, &in_force, &metrics, &shutdown).await?)
    } else {
        None
    };
    let surroundings = (joined.as_ref(), &metrics, &shutdown);
    let established = origin.establish(args, address, &snapshot, surroundings).await?;
    let Some(established) = established else { return Ok(()) };
    let certificate = established.certificate;
    if let Some(joined) = &joined {
        let server = RunningServer {
            in_force: Arc::clone(&in_force),
            certificate: Arc::clone(&certificate),
            shutdown: shutdown.clone(),
            hosts: args.cluster.register.as_ref().map(Target::hosts).unwrap_or_default(),
        };
        look_after(args, joined, server, established.authorities)?;
    }
    args.telemetry.profiles(&metrics).await?;
    let (traces, sending) = args.telemetry.traces(&metrics)?.unzip();
    args.announce(&sockets, &snapshot)?;
    let bounds = Bounds { body: args.body_limit, memory: args.memory_budget, ..Bounds::default() };
    let shared = WebhookState::new(snapshot, Arc::clone(&metrics), bounds)
        .with_in_force(Arc::clone(&in_force))
        .with_log(DecisionLog::new(log, args.log_format))
        .with_traces(traces)
        .with_impacts(joined.as_ref().map(Joined::impacts));
    if let Some(sources) = sources {
        follow_files(args, sources, &in_force, metrics);
    }
    let options = args.server_options(connections);
    let serving =
        crate::serve::run(sockets, Arc::new(shared), certificate, options, shutdown, workers);
    serving.await.map_err(ServeError::Start)?;
    if let Some(sending) = sending {
        sending.finish(LAST).await;
    }
    if let Some(joined) = joined {
        joined.leave().await;
    }
    tracing::info!("ended");
    Ok(())
}

/// Looks after what the server has in its cluster, from now on.
fn look_after(
    args: &Args,
    joined: &Joined,
    server: RunningServer,
    authorities: watch::Receiver<Vec<String>>,
) -> Result<(), ServeError> {
    joined.watch_expiry(Arc::clone(&server.certificate));
    if let Some(target) = &args.cluster.register {
        let registration = args.registration_at(target.clone())?;
        joined.register(args, registration, authorities, server);
    }
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
    let may_lack_policies = args.cluster.cluster;
    let files = PolicyFiles { args: args.policies.clone(), may_lack_policies };
    let (in_force, files) = (Arc::clone(in_force), Arc::new(files));
    let registers = args.cluster.register.is_some();
    tokio::spawn(follow_policies(in_force, files, sources, interval, metrics, registers));
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

impl Args {
    /// The most connections that may be taken, with as many files open as can be.
    fn connections(&self) -> usize {
        let files = raise_limit();
        let connections = connections_within(files, self.max_connections, ADMIN_CONNECTIONS);
        if connections < self.max_connections {
            tracing::warn!(
                connections,
                "so few files may be open that fewer connections are taken"
            );
        }
        connections
    }

    fn start_log(&self, origin: &Origin) -> io::Result<(LogStream, Finish)> {
        self.log.start(self.log_format, origin.log_target())
    }

    fn server_options(&self, connections: usize) -> ServerOptions {
        ServerOptions {
            timeouts: Timeouts::default(),
            connections,
            drain: Duration::from_secs(self.leave_seconds),
            grace: GRACE,
        }
    }

    /// What is registered or printed, for a server that is called there.
    fn registration_at(&self, target: Target) -> Result<Registration, ServeError> {
        let of_service = match &target {
            Target::Service { namespace, .. } => Some(namespace.clone()),
            Target::Url(_) => None,
        };
        let excluded = self.own_namespace().into_iter().chain(of_service);
        let excluded = excluded.chain(self.cluster.exclude_namespaces.iter().cloned());
        let extra = self.cluster.registration.as_deref().map(Extra::read).transpose()?;
        let registration = Registration::at(target).without(excluded);
        Ok(Registration {
            fails_closed: self.cluster.failure_policy != Some(FailurePolicyArg::Ignore),
            timeout_seconds: self.cluster.webhook_timeout_seconds,
            own_objects: self.cluster.cluster,
            losses: loss_kinds().filter(|_| self.cluster.cluster).collect(),
            extra: extra.unwrap_or_default(),
            ..registration
        })
    }

    fn own_namespace(&self) -> Option<String> {
        self.namespace.clone().or_else(namespace_of_pod)
    }

    /// Says what is served where.
    fn announce(&self, sockets: &Sockets, snapshot: &Snapshot) -> Result<(), ServeError> {
        tell_of_unknown(snapshot.policies());
        let is_built_in = self.policies.is_built_in() && !self.cluster.cluster;
        if !self.cluster.cluster && snapshot.asks_for_owners() {
            tracing::info!(
                "what Kubernetes' own controllers make is not judged by policies with `controllers: \
                 Owner`, which is the default: without --cluster no owner is known"
            );
        }
        let policies: Vec<&str> = snapshot.policies().iter().map(|p| p.name.as_ref()).collect();
        tracing::info!(
            listen = %sockets.webhook.local_addr().map_err(ServeError::Start)?,
            admin = %sockets.admin.local_addr().map_err(ServeError::Start)?,
            policies = policies.join(","),
            built_in = is_built_in,
            enforcement = self.enforcement.as_str(),
            version = env!("CARGO_PKG_VERSION"),
            "{}",
            if is_built_in {
                "serving; no --policy was given, so the built-in policy `production` is in force"
            } else {
                "serving"
            }
        );
        Ok(())
    }

    fn authority(&self) -> Result<Option<String>, ServeError> {
        let Some(path) = self.tls_ca.as_ref().or(self.tls_cert.as_ref()) else { return Ok(None) };
        Ok(Some(authority(path)?))
    }
}
