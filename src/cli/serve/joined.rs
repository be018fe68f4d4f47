//! The cluster that a server belongs to: what is followed there, and what is looked after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::args::Args;
use super::error::ServeError;
use super::impact::{Looking, tell_at_start};
use super::neighbours::{self, NEIGHBOURS};
use crate::cluster::certificates::keeper::{Current, Keeper, Options as KeeperOptions};
use crate::cluster::certificates::trust::{Registered, Trust, is_trusted};
use crate::cluster::certificates::{Leaf, expiry};
use crate::cluster::client::{connect, connect_to_read, identity};
use crate::cluster::events::Events;
use crate::cluster::lease::{Contender, Held};
use crate::cluster::namespaces::{Known, WarnUntil, follow as follow_namespaces};
use crate::cluster::objects::{self, Objects, OwnObjects};
use crate::cluster::registration::registrar::Registrar;
use crate::cluster::registration::{
    Covered, Inputs, Options as RegistrarOptions, Registration, Server, Target,
};
use crate::cluster::{Observer, definition, emergency, following, status};
use crate::policy::Snapshot;
use crate::serve::tls::Certificate;
use crate::serve::{Impacts, InForce, Metrics, Shutdown};

/// A server's part in its cluster.
pub(super) struct Joined {
    client: Client,
    /// The namespace of the Lease.
    namespace: String,
    held: watch::Receiver<Held>,
    /// Whether this replica is ready; taken for so until it is known.
    ready: watch::Sender<bool>,
    events: Events,
    observer: Arc<dyn Observer>,
    registered: watch::Sender<Registered>,
    covered: watch::Sender<Covered>,
    is_ending: Arc<AtomicBool>,
    holding: JoinHandle<()>,
    looking: Arc<Looking>,
}

/// How often readiness is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How long letting the Lease go may take.
const RELEASE: Duration = Duration::from_secs(2);

impl Joined {
    /// Joins the cluster of `args`: from now on its namespaces are followed into `in_force`, and the
    /// Lease is held or waited for until `shutdown`.
    pub(super) async fn join(
        args: &Args,
        in_force: &Arc<InForce>,
        metrics: &Arc<Metrics>,
        shutdown: &Shutdown,
    ) -> Result<Self, ServeError> {
        let place = args.cluster.place.place();
        let client = connect(&place, Some(args.cluster.pace())).await?;
        // Renewing the Lease must not wait behind other requests, or it would be lost.
        let of_lease = connect(&place, None).await?;
        let namespace =
            args.namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
        let observer: Arc<dyn Observer> = metrics.operations();
        let identity = identity();
        let events = Events::new(client.clone(), &identity, &namespace);
        let (ready, is_ready) = watch::channel(true);
        let counts = Arc::clone(&observer);
        let contender = Contender::new(of_lease, &namespace, identity, counts, is_ready);
        let held = contender.held();
        let holding = tokio::spawn(contender.run(shutdown.draining.clone().cancelled_owned()));
        let is_ending = Arc::new(AtomicBool::new(false));
        let (until, warn_until) = watch::channel(WarnUntil::Never);
        let publish = publisher(Arc::clone(in_force), Arc::clone(&is_ending), until);
        let following =
            follow_namespaces(client.clone(), namespace.clone(), publish, Arc::clone(&observer));
        tokio::spawn(following);
        let objects = follow_objects(&client, in_force, &observer);
        let secret_keys = args.cluster.secret_keys;
        neighbours::follow(&client, secret_keys, in_force, objects.clone(), &observer)
            .map_err(ServeError::Start)?;
        let covered = watch::Sender::default();
        let registers = args.cluster.register.is_some();
        let around = Arc::clone(in_force);
        let inputs = status::Inputs {
            objects,
            held: held.clone(),
            covered: registers.then(|| covered.subscribe()),
            terms: in_force.current().exceptions().terms().clone(),
            around: Arc::new(move || {
                let is_known = around.is_complete();
                is_known.then(|| around.current().inventory().clone())
            }),
        };
        tokio::spawn(status::Writer::new(client.clone(), inputs).run());
        tokio::spawn(emergency::tell(warn_until, held.clone(), events.clone()));
        let (to_look, _) = connect_to_read(&place).await?;
        let looking = Arc::new(Looking::new(to_look, namespace.clone()));
        let at_start = tell_at_start(Arc::clone(&looking), Arc::clone(in_force), held.clone());
        tokio::spawn(at_start);
        let registered = watch::Sender::default();
        Ok(Self {
            client,
            namespace,
            held,
            ready,
            events,
            observer,
            registered,
            covered,
            is_ending,
            holding,
            looking,
        })
    }

    /// Who finds out what a policy would refuse of what runs.
    pub(super) fn impacts(&self) -> Arc<dyn Impacts> {
        Arc::<Looking>::clone(&self.looking)
    }

    /// Waits until the Lease is let go, so that another replica need not wait for it to run out.
    pub(super) async fn leave(self) {
        let _ = tokio::time::timeout(RELEASE, self.holding).await;
    }

    /// What is registered, for whoever serves a new certificate.
    pub(super) fn trust(&self, args: &Args) -> Trust {
        Trust::new(self.registered.subscribe(), args.cluster.settle())
    }

    /// Keeps certificate and authority in the Secret `name`.
    pub(super) fn keep_certificate(
        &self,
        args: &Args,
        name: &str,
        target: &Target,
    ) -> watch::Receiver<Current> {
        let options = KeeperOptions {
            namespace: self.namespace.clone(),
            name: name.to_owned(),
            hosts: target.hosts(),
            lives: args.cluster.lives(),
        };
        let (trust, held) = (self.trust(args), self.held.clone());
        let (events, observer) = (self.events.clone(), Arc::clone(&self.observer));
        let keeper = Keeper::new(self.client.clone(), options, trust, held, events, observer);
        let current = keeper.current();
        tokio::spawn(keeper.run());
        current
    }

    /// Looks after the registration.
    pub(super) fn register(
        &self,
        args: &Args,
        registration: Registration,
        authorities: watch::Receiver<Vec<String>>,
        server: RunningServer,
    ) {
        let options = RegistrarOptions {
            registration,
            failure_policy: args.cluster.failure_policy(),
            namespace: self.namespace.clone(),
            overlap: args.cluster.overlap(),
        };
        server.in_force.await_introduction();
        let changes = server.in_force.changes();
        let inputs =
            Inputs { held: self.held.clone(), authorities, changes, covered: self.covered.clone() };
        let server = Arc::new(Joining { server, is_ending: Arc::clone(&self.is_ending) });
        tokio::spawn(tell_readiness(Arc::clone(&server), self.ready.clone()));
        let registrar = Registrar::new(
            self.client.clone(),
            options,
            inputs,
            server,
            self.events.clone(),
            Arc::clone(&self.observer),
            self.registered.clone(),
        );
        tokio::spawn(registrar.run());
    }

    /// Tells of a certificate that is about to run out.
    pub(super) fn watch_expiry(&self, certificate: Arc<Certificate>) {
        let leaf = move || -> Option<Leaf> { Some(certificate.current()?.leaf()) };
        tokio::spawn(expiry::tell(leaf, self.held.clone(), self.events.clone()));
    }
}

/// What is followed, and known before the first review.
pub(super) const AWAITED: [&str; 4] =
    ["namespaces", objects::POLICIES.plural, objects::EXCEPTIONS.plural, NEIGHBOURS];

/// Follows policies and exceptions, and puts them in force together; what is known of them comes
/// out.
fn follow_objects(
    client: &Client,
    in_force: &Arc<InForce>,
    observer: &Arc<dyn Observer>,
) -> watch::Receiver<OwnObjects> {
    let terms = in_force.current().exceptions().terms().clone();
    let (known, objects) = watch::channel(OwnObjects::honoured_on(&terms));
    for kind in [objects::POLICIES, objects::EXCEPTIONS] {
        let (known, in_force) = (known.clone(), Arc::clone(in_force));
        let publish = move |all: Objects| {
            // Held until it is in force, so that nobody puts older ones in force after newer ones.
            known.send_modify(|known| {
                known.learn(kind, all);
                in_force.replace_objects(known.in_force(), known.invalid());
                in_force.is_known(kind.plural);
            });
        };
        tokio::spawn(definition::watch(client.clone(), kind, Arc::clone(observer)));
        let (client, terms, observer) = (client.clone(), terms.clone(), Arc::clone(observer));
        tokio::spawn(
            async move { following::follow(client, kind, &terms, publish, observer).await },
        );
    }
    objects
}

/// Tells whether the server is ready, for as long as anybody wants to know.
async fn tell_readiness(server: Arc<Joining>, ready: watch::Sender<bool>) {
    let mut looks = tokio::time::interval(LOOK);
    while !ready.is_closed() {
        looks.tick().await;
        ready.send_replace(server.is_ready());
    }
}

/// Puts what is known of the namespaces in force.
fn publisher(
    in_force: Arc<InForce>,
    is_ending: Arc<AtomicBool>,
    until: watch::Sender<WarnUntil>,
) -> impl Fn(Known) + Send {
    move |known| {
        in_force.update(|snapshot| {
            let mut inventory = snapshot.inventory().clone();
            inventory.replace_namespaces(known.namespaces.clone());
            let enforcement = snapshot.enforcement().with_warn_until(known.warn_until.moment());
            snapshot.clone().with_inventory(inventory).with_enforcement(enforcement)
        });
        in_force.is_known("namespaces");
        is_ending.store(known.own_is_ending, Ordering::Relaxed);
        until.send_replace(known.warn_until);
    }
}

/// The server as others see it.
pub(super) struct RunningServer {
    pub(super) in_force: Arc<InForce>,
    pub(super) certificate: Arc<Certificate>,
    pub(super) shutdown: Shutdown,
    /// The host names by which the API server calls.
    pub(super) hosts: Vec<String>,
}

/// The same, in a namespace that may be about to go.
struct Joining {
    server: RunningServer,
    is_ending: Arc<AtomicBool>,
}

impl Server for Joining {
    fn policies(&self) -> Arc<Snapshot> {
        self.server.in_force.current()
    }

    fn is_ready(&self) -> bool {
        let usable =
            |served: Arc<crate::serve::tls::Served>| served.usable(Timestamp::now()).is_ok();
        self.server.in_force.is_complete()
            && !self.server.shutdown.draining.is_cancelled()
            && self.server.certificate.current().is_some_and(usable)
    }

    fn is_trusted_by(&self, authorities: &[String]) -> bool {
        let served = self.server.certificate.current();
        let hosts = &self.server.hosts;
        served.is_none_or(|served| is_trusted(served.pair(), authorities, hosts, Timestamp::now()))
    }

    fn introduced(&self) {
        self.server.in_force.introduced();
    }

    fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }
}
