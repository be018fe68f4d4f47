//! Everything that a cluster does to a webhook, while clients write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::scenario::load::{Counts, Load};
use crate::scenario::release::{self, Pod};
use crate::scenario::report::{self, Report};
use crate::settings::node_name;
use crate::wait;

/// How long the clients write before something is done, and after it is over.
const BESIDE: Duration = Duration::from_secs(2);
/// The node that is cut off. The control plane is on the other.
const VICTIM: usize = 1;

/// What may go wrong.
#[derive(Clone, Copy, PartialEq)]
enum Allowed {
    Nothing,
    /// What is written in the moment until the Service stops leading to a container that is gone, or the
    /// container is back.
    AMoment,
    /// One write for each connection that the API server keeps: nobody tells it that they are dead.
    Connections(usize),
}

/// How long such a moment may be.
const MOMENT: f64 = 2.0;

impl Allowed {
    fn allows(self, wrong: usize, counts: &Counts) -> bool {
        match self {
            Self::Nothing => wrong == 0,
            Self::AMoment => counts.seconds_of_trouble() <= MOMENT,
            Self::Connections(kept) => wrong <= kept,
        }
    }
}

/// Sets the failure policy, and does it all once.
pub fn under(report: &mut Report, cluster: &mut Cluster, policy: &str) {
    let value = format!("failurePolicy={policy}");
    ensure(cluster, &["enforcement=deny", &value]);
    let taken_up = wait::within(Duration::from_mins(1), || {
        (release::failure_policy(cluster)? == policy).then_some(())
    });
    report.claim(&format!("the configuration has failurePolicy {policy}"), taken_up.is_some(), "");
    assert!(taken_up.is_some(), "nothing below would mean anything");
    release::wait_until_enforced(cluster);
    let mut trial = Trial { report, cluster, policy };
    trial.orderly();
    trial.without_a_word();
    let kept = release::failure_policy(trial.cluster).unwrap_or_default();
    trial.report.claim(&format!("and still {policy} at the end"), kept == policy, &kept);
}

/// Installs the chart, or upgrades it, to these values.
pub fn ensure(cluster: &Cluster, values: &[&str]) {
    let is_there = cluster.helm(&["status", "plimsoll", "--namespace", release::NAMESPACE]).success;
    let verb = if is_there { "upgrade" } else { "install" };
    release::helm(cluster, verb, values).expect();
    release::wait_until_settled(cluster);
}

struct Trial<'a> {
    report: &'a mut Report,
    cluster: &'a mut Cluster,
    policy: &'a str,
}

impl Trial<'_> {
    /// What an operator does, and what the cluster does in good order.
    fn orderly(&mut self) {
        let space = release::NAMESPACE;
        self.try_out("rolling update", Allowed::Nothing, |cluster| {
            cluster.kubectl(&["-n", space, "rollout", "restart", "deployment/plimsoll"]).expect();
        });
        self.try_out("certificate authority deleted", Allowed::Nothing, |cluster| {
            let before = bundle(cluster);
            cluster.kubectl(&["-n", space, "delete", "secret", "plimsoll-tls"]).expect();
            wait::until(
                "another authority is in the configuration",
                Duration::from_mins(1),
                || {
                    let now = bundle(cluster)?;
                    (Some(now) != before).then_some(())
                },
            );
            // What trusts the old one only must not be asked any more by then.
            sleep(Duration::from_secs(5));
        });
        self.try_out("chart upgrade", Allowed::Nothing, |cluster| {
            release::helm(cluster, "upgrade", &["leaveSeconds=9"]).expect();
        });
        self.try_out("roll-back", Allowed::Nothing, |cluster| {
            cluster.helm(&["rollback", "plimsoll", "--namespace", space, "--wait"]).expect();
        });
        self.try_out("Lease holder killed", Allowed::Nothing, |cluster| {
            let holder = release::lease_holder(cluster).expect("a holder");
            let words = ["-n", space, "delete", "pod", &holder, "--force", "--grace-period=0"];
            cluster.kubectl(&words).expect();
            wait::until("another replica holds the Lease", Duration::from_mins(1), || {
                release::lease_holder(cluster).filter(|now| *now != holder)
            });
        });
        self.try_out("one Pod deleted", Allowed::Nothing, |cluster| {
            let pod = busiest(cluster).name;
            cluster.kubectl(&["-n", space, "delete", "pod", &pod, "--wait=false"]).expect();
            // It is gone only after it has left.
            wait::until("the Pod is gone", Duration::from_mins(1), || {
                release::pods(cluster).iter().all(|one| one.name != pod).then_some(())
            });
        });
    }

    /// What nobody is told of.
    fn without_a_word(&mut self) {
        self.try_out("one Pod killed with SIGKILL", Allowed::AMoment, |cluster| {
            let pod = busiest(cluster);
            cluster.node(&pod.node).kill_container(&pod.container);
            sleep(Duration::from_secs(5));
        });
        let load = self.begin();
        let steered = lead_to_the_victim(self.cluster);
        let counts = load.stop();
        self.judge("its Pod is made the one that answers", Allowed::Nothing, &counts);
        let claim = "the node that will be cut off is the one that answers";
        self.report.claim(claim, steered, "");
        let load = self.begin();
        let kept = self.cluster.connections_to(release::service_address(self.cluster));
        self.cluster.cut_off(VICTIM);
        // Until the cluster has noticed, which takes it twenty seconds, and then some.
        sleep(Duration::from_secs(35));
        let counts = load.stop();
        let what = format!("one node cut off without a FIN, {kept} connections kept");
        self.judge(&what, Allowed::Connections(kept), &counts);
        // As an administrator does with a machine that is gone, before another has its name.
        self.cluster.kubectl(&["delete", "node", &node_name(VICTIM)]).expect();
        self.cluster.bring_back(VICTIM);
        release::wait_until_settled(self.cluster);
    }

    fn begin(&self) -> Load {
        let load = Load::start(self.cluster);
        sleep(BESIDE);
        load
    }

    fn try_out(&mut self, what: &str, allowed: Allowed, disturb: impl FnOnce(&Cluster)) {
        let load = self.begin();
        let begun = Instant::now();
        // What goes wrong here says nothing about what comes next.
        let done = catch_unwind(AssertUnwindSafe(|| {
            disturb(self.cluster);
            release::wait_until_settled(self.cluster);
        }));
        let took = begun.elapsed();
        sleep(BESIDE);
        let counts = load.stop();
        self.judge(&format!("{what}, {} s", took.as_secs()), allowed, &counts);
        if done.is_err() {
            self.report.claim(&format!("{what}: it comes to its end"), false, "see above");
        }
    }

    fn judge(&mut self, what: &str, allowed: Allowed, counts: &Counts) {
        // Under `Ignore` nothing is lost, and what comes while nobody answers slips in.
        let holds = if self.policy == "Ignore" {
            counts.lost() == 0 && allowed.allows(counts.bad_in, counts)
        } else {
            counts.bad_in == 0 && allowed.allows(counts.lost(), counts)
        };
        let enough = counts.good_in > 100 && counts.bad_refused > 100;
        self.report.claim(what, holds && enough, &counts.to_string());
        if let Some(complaint) = &counts.complaint {
            let seconds = counts.seconds_of_trouble();
            report::say(&format!("trouble for {seconds:.2} s, such as {complaint}"));
        }
    }
}

/// The replica that answers most: the API server keeps its connections, and they may all lead to one.
fn busiest(cluster: &Cluster) -> Pod {
    let reviews = |pod: &Pod| {
        let words = ["-n", release::NAMESPACE, "logs", &pod.name, "--since=2s"];
        cluster.kubectl(&words).stdout.matches(r#""message":"reviewed""#).count()
    };
    release::pods(cluster).into_iter().max_by_key(reviews).expect("a replica")
}

/// Has the connections of the API server lead to the node that will be cut off.
fn lead_to_the_victim(cluster: &Cluster) -> bool {
    for _ in 0..3 {
        let pod = busiest(cluster);
        if pod.node == node_name(VICTIM) {
            return true;
        }
        cluster.kubectl(&["-n", release::NAMESPACE, "delete", "pod", &pod.name]).expect();
        release::wait_until_settled(cluster);
    }
    false
}

/// What the API server trusts.
fn bundle(cluster: &Cluster) -> Option<String> {
    let configuration = release::configuration(cluster)?;
    let bundle = configuration["webhooks"][0]["clientConfig"]["caBundle"].as_str();
    bundle.map(str::to_owned)
}
