//! Certificates over years of simulated time: at every instant a client that knows what has been
//! registered for a while trusts what every replica serves (F-57).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use plimsoll::cluster::certificates::Stored;
use plimsoll::cluster::certificates::rotation::{Because, Lives, Seen, step};
use plimsoll::cluster::certificates::trust::{Registered, Trust, certificates};
use tokio::sync::watch;
use tokio::time::Instant;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// How long an API server may go on with what was registered before.
const LAG: Duration = Duration::from_secs(20);

const LIVES: Lives = Lives {
    authority: Duration::from_hours(90 * 24),
    leaf: Duration::from_hours(30 * 24),
    settle: Duration::from_secs(30),
};

/// What is registered at each moment, and the replicas.
struct Simulation {
    now: Timestamp,
    instant: Instant,
    stored: Option<Stored>,
    /// What each of two replicas serves; the second sees every change an hour later.
    served: [Option<Stored>; 2],
    registered: watch::Sender<Registered>,
    /// What was registered, and since when.
    bundles: Vec<(Instant, Vec<String>)>,
    happened: Vec<Because>,
}

impl Simulation {
    fn new() -> Self {
        let registered = watch::Sender::new(Registered::default());
        registered.send_modify(|known| known.see(None, Instant::now()));
        Self {
            now: "2027-01-01T00:00:00Z".parse().unwrap(),
            instant: Instant::now(),
            stored: None,
            served: [None, None],
            registered,
            bundles: Vec::new(),
            happened: Vec::new(),
        }
    }

    fn advance(&mut self, by: Duration) {
        self.now += SignedDuration::try_from(by).unwrap();
        self.instant += by;
    }

    /// The replica that leads looks at the Secret and at what is registered.
    fn lead(&mut self) {
        let names = ["webhook.plimsoll.svc".to_owned()];
        let (now, instant) = (self.now, self.instant);
        let decided = {
            let registered = self.registered.borrow();
            let (stored, served) = (self.stored.as_ref(), self.served[0].as_ref());
            let seen =
                Seen { stored, served, registered: &registered, names: &names, now, instant };
            step(&seen, LIVES).unwrap()
        };
        if let Some((stored, because)) = decided {
            self.stored = Some(stored);
            self.happened.push(because);
        }
        self.served[0].clone_from(&self.stored);
        let Some(stored) = &self.stored else { return };
        // What is registered: those to trust, and for an hour those that were.
        let mut bundle: Vec<String> =
            stored.authorities().iter().flat_map(|pem| certificates(pem)).collect();
        let recent = self.bundles.iter().rev().take_while(|(at, _)| instant - *at <= 2 * HOUR);
        for authority in recent.flat_map(|(_, bundle)| bundle) {
            if !bundle.contains(authority) {
                bundle.push(authority.clone());
            }
        }
        if self.bundles.last().is_none_or(|(_, last)| *last != bundle) {
            self.bundles.push((instant, stored.authorities()));
            self.registered.send_modify(|known| known.see(Some(bundle.clone()), instant));
        }
    }

    /// Whether an API server that heard of what is registered `LAG` ago takes what is served.
    fn is_trusted(&self) -> bool {
        let known = Registered::clone(&self.registered.borrow());
        let (_sender, receiver) = watch::channel(known);
        let trust = Trust::new(receiver, LAG);
        self.served.iter().flatten().all(|served| trust.takes_at(&served.leaf, self.instant))
    }
}

/// F-57.
#[test]
fn f57_through_three_years_every_replica_is_trusted_at_every_instant() {
    let mut simulation = Simulation::new();
    simulation.lead();
    simulation.served[1] = simulation.stored.clone();
    simulation.advance(Duration::from_mins(1));
    let mut looks = 0;
    for hour in 0..3 * 365 * 24 {
        let before = simulation.happened.len();
        simulation.lead();
        // Where something happens, it is looked at closely.
        if simulation.happened.len() > before
            || simulation.stored.as_ref().is_some_and(|s| s.next.is_some())
        {
            for _ in 0..120 {
                simulation.advance(Duration::from_secs(1));
                simulation.lead();
                assert!(simulation.is_trusted(), "after {:?}", simulation.happened);
                looks += 1;
            }
        }
        if hour % 500 == 0 {
            assert!(simulation.is_trusted(), "hour {hour} after {:?}", simulation.happened);
        }
        simulation.served[1] = simulation.stored.clone();
        simulation.advance(HOUR);
    }
    let count = |because| simulation.happened.iter().filter(|b| **b == because).count();
    assert_eq!(count(Because::Made), 1);
    assert!((15..=20).contains(&count(Because::AuthorityTakenIn)), "{:?}", simulation.happened);
    assert!(count(Because::LeafRenewed) >= 36, "{:?}", simulation.happened);
    assert!(looks > 5_000);
}

/// F-57, F-56.
#[test]
fn f57_what_is_lost_or_has_run_out_is_made_anew_and_what_is_still_held_goes_on() {
    let mut simulation = Simulation::new();
    simulation.lead();
    simulation.advance(DAY);
    simulation.lead();
    let first = simulation.stored.clone().unwrap();
    // Deleted: what this replica still has goes on, and a new authority comes in beside it.
    simulation.stored = None;
    simulation.lead();
    let restored = simulation.stored.clone().unwrap();
    assert!(restored.leaf == first.leaf && restored.next.is_some());
    simulation.advance(Duration::from_secs(31));
    simulation.lead();
    assert!(simulation.stored.as_ref().unwrap().current != first.current);
    // Nobody was there for years: the authority has run out, and there is nothing to go on with.
    simulation.advance(1_000 * DAY);
    simulation.served = [None, None];
    simulation.lead();
    assert_eq!(simulation.happened.last(), Some(&Because::Made));
    assert_eq!(simulation.happened.len(), 4, "{:?}", simulation.happened);
}
