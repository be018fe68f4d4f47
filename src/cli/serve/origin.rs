//! Where the certificate comes from, and how it comes to be served.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::args::Args;
use super::error::ServeError;
use super::joined::Joined;
use crate::cli::print;
use crate::cli::registration::{configuration_text, reachable};
use crate::cluster::certificates::authority;
use crate::cluster::certificates::trust::{certificates, is_trusted};
use crate::cluster::registration::{Registration, Target};
use crate::policy::Snapshot;
use crate::serve::renewal::{Renewal, follow_authorities};
use crate::serve::self_signed::{self, SelfSigned};
use crate::serve::tls::{Certificate, PairFiles, Served};
use crate::serve::{Metrics, Shutdown};

/// The certificate and where it comes from.
pub(super) enum Origin {
    Files(PairFiles),
    SelfSigned(SelfSigned),
    /// The Secret of this name, for this target.
    Secret(String, Target),
}

/// A certificate that is served, and the authorities that clients must trust for it.
pub(super) struct Established {
    pub(super) certificate: Arc<Certificate>,
    pub(super) authorities: watch::Receiver<Vec<String>>,
}

impl Origin {
    pub(super) fn of(args: &Args) -> Result<Option<Self>, ServeError> {
        if args.self_signed {
            return Ok(Some(Self::SelfSigned(args.throw_away()?)));
        }
        if let (Some(name), Some(target)) = (&args.cluster.tls_secret, &args.cluster.register) {
            return Ok(Some(Self::Secret(name.clone(), target.clone())));
        }
        let files = args.tls_cert.clone().zip(args.tls_key.clone());
        Ok(files.map(|(certificate, key)| Self::Files(PairFiles { certificate, key })))
    }

    /// Where the log goes: standard output, or standard error where standard output holds the
    /// printed configuration, so that either can be read by a program.
    pub(super) fn log_target(&self) -> Box<dyn io::Write + Send> {
        match self {
            Self::SelfSigned(_) => Box::new(io::stderr()),
            Self::Files(_) | Self::Secret(..) => Box::new(io::stdout()),
        }
    }

    /// Whether the configuration is printed for what only this run knows.
    pub(super) fn is_throw_away(&self) -> bool {
        matches!(self, Self::SelfSigned(_))
    }

    /// Serves it, and follows it as it changes; none where the end came first.
    pub(super) async fn establish(
        self,
        args: &Args,
        address: SocketAddr,
        snapshot: &Snapshot,
        (joined, metrics, shutdown): (Option<&Joined>, &Arc<Metrics>, &Shutdown),
    ) -> Result<Option<Established>, ServeError> {
        let established = match self {
            Self::Files(files) => from_files(args, files, joined, metrics)?,
            Self::SelfSigned(made) => {
                let registration = args.registration(address)?;
                let text = configuration_text(&registration, Some(&made.authority), snapshot)?;
                // Where nobody reads it, printing lasts for ever.
                let printing = tokio::task::spawn_blocking(move || print(&text));
                tokio::select! {
                    printed = printing => printed.unwrap_or_else(|e| Err(io::Error::other(e))),
                    () = shutdown.draining.cancelled() => return Ok(None),
                }
                .map_err(ServeError::Print)?;
                let name = "the throw-away certificate";
                let served = Served::new(&made.pair, name, Timestamp::now())?;
                metrics.certificate_expires(served.not_after());
                let (_, authorities) = watch::channel(certificates(&made.authority));
                Established { certificate: Arc::new(Certificate::new(served)), authorities }
            }
            Self::Secret(name, target) => {
                let Some(joined) = joined else { return Err(ServeError::NoCertificate) };
                from_secret(joined, args, &name, &target, metrics)
            }
        };
        Ok(Some(established))
    }
}

/// The certificate in the files, followed as they change.
fn from_files(
    args: &Args,
    files: PairFiles,
    joined: Option<&Joined>,
    metrics: &Arc<Metrics>,
) -> Result<Established, ServeError> {
    let (certificate, pair) = Certificate::from_files(&files, Timestamp::now())?;
    let certificate = Arc::new(certificate);
    if let Some(served) = certificate.current() {
        metrics.certificate_expires(served.not_after());
    }
    let interval = Duration::from_secs(args.tls_poll_seconds);
    let (sender, authorities) = watch::channel(Vec::new());
    let registers = joined.filter(|_| args.cluster.register.is_some());
    if registers.is_some()
        && let Some(path) = args.tls_ca.clone().or_else(|| args.tls_cert.clone())
    {
        let found = certificates(&authority(&path)?);
        let hosts = args.cluster.register.as_ref().map(Target::hosts).unwrap_or_default();
        if !is_trusted(&pair, &found, &hosts, Timestamp::now()) {
            return Err(ServeError::NotTrusted(hosts.join(", ")));
        }
        sender.send_replace(found);
        tokio::spawn(follow_authorities(path, sender, interval));
    }
    let trust = registers.map(|joined| joined.trust(args));
    let (in_use, metrics) = (Arc::clone(&certificate), Arc::clone(metrics));
    let renewal = Renewal { certificate: in_use, metrics, interval };
    tokio::spawn(renewal.from_files(files, pair, trust));
    Ok(Established { certificate, authorities })
}

/// The certificate in the Secret, once there is one, followed as it changes.
fn from_secret(
    joined: &Joined,
    args: &Args,
    name: &str,
    target: &Target,
    metrics: &Arc<Metrics>,
) -> Established {
    let certificate = Arc::new(Certificate::none_yet());
    let current = joined.keep_certificate(args, name, target);
    let (sender, authorities) = watch::channel(Vec::new());
    let mut of_keeper = current.clone();
    tokio::spawn(async move {
        while of_keeper.changed().await.is_ok() {
            let authorities = of_keeper.borrow_and_update().authorities.clone();
            sender.send_if_modified(|known| {
                let is_new = *known != authorities;
                *known = authorities;
                is_new
            });
        }
    });
    let (in_use, metrics) = (Arc::clone(&certificate), Arc::clone(metrics));
    let renewal = Renewal { certificate: in_use, metrics, interval: Duration::from_secs(1) };
    tokio::spawn(renewal.from_keeper(current));
    Established { certificate, authorities }
}

impl Args {
    /// A certificate for all that this server may be called.
    fn throw_away(&self) -> Result<SelfSigned, ServeError> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        names.extend(self.own_namespace().map(|own| format!("plimsoll.{own}.svc")));
        if !self.listen.ip().is_unspecified() {
            names.push(self.listen.ip().to_string());
        }
        let targets = self.print_webhook_configuration.iter().chain(&self.cluster.register);
        names.extend(targets.flat_map(Target::hosts));
        names.sort();
        names.dedup();
        Ok(self_signed::make(&names)?)
    }

    /// What is registered or printed, for a server that listens there.
    pub(super) fn registration(&self, address: SocketAddr) -> Result<Registration, ServeError> {
        let target =
            self.print_webhook_configuration.clone().or_else(|| self.cluster.register.clone());
        let target = match target {
            Some(target) => target,
            None => Target::url(&format!("https://{}/validate", reachable(address)))?,
        };
        self.registration_at(target)
    }
}
