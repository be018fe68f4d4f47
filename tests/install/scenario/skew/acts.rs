//! What is done to an installation again and again, and what is claimed of it each time.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::objects::{self, KNOWN};
use super::older::NEW_RULE;
use super::replica;
use crate::api::{Answer, Api};
use crate::cluster::Cluster;
use crate::scenario::load::{self, Load};
use crate::scenario::release::{self, Pod};
use crate::scenario::report::{self, Report};
use crate::scenario::workloads;
use crate::wait;

/// How long the clients write before something is done, and after it is over.
const BESIDE: Duration = Duration::from_secs(1);
/// The rules of the policy once somebody uses the new version.
pub const WITH_NEW: &[&str] = &["run-as-non-root", NEW_RULE];

/// An installation, and the definitions of both versions.
pub struct Story<'a> {
    pub report: &'a mut Report,
    pub cluster: &'a Cluster,
    pub api: Api,
    /// The definitions of the older version.
    pub before: String,
    /// Those of this one.
    pub now: String,
}

/// Whose definitions.
#[derive(Clone, Copy, PartialEq)]
pub enum Definitions {
    Old,
    New,
}

impl Story<'_> {
    /// Does something while clients write, of whose bad writes none may go in, and of whose good ones
    /// none may be lost.
    pub fn step(&mut self, what: &str, act: impl FnOnce(&mut Self)) {
        report::say(what);
        let load = Load::start(self.cluster);
        sleep(BESIDE);
        let done = catch_unwind(AssertUnwindSafe(|| act(self)));
        sleep(BESIDE);
        let counts = load.stop();
        let enough = counts.good_in > 100 && counts.bad_refused > 100;
        let holds = counts.bad_in == 0 && counts.lost() == 0 && enough;
        let claim = format!("{what}: what both know never gives way");
        self.report.claim(&claim, holds, &counts.to_string());
        if let Some(complaint) = &counts.complaint {
            report::say(&format!("such as {complaint}"));
        }
        if let Err(panic) = done {
            resume_unwind(panic);
        }
    }

    /// Has the API server define both kinds as one of the versions does, and waits until it goes by
    /// that.
    pub fn define(&mut self, whose: Definitions) {
        let text = if whose == Definitions::New { &self.now } else { &self.before };
        let words = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        self.cluster.kubectl_reading(text, &words).expect();
        wait::until("the API server knows the definitions", Duration::from_secs(30), || {
            let tried = objects::try_out(self.cluster, WITH_NEW);
            // Whether the replicas take it is another question.
            let lacks_rule = tried.stderr.contains(&unknown_field());
            (lacks_rule == (whose == Definitions::Old)).then_some(())
        });
    }

    /// Upgrades the chart to this version's image.
    pub fn upgrade(&mut self) {
        let image = format!("image.tag={}", release::TAG);
        release::helm(self.cluster, "upgrade", &[&image]).expect();
        release::wait_until_settled(self.cluster);
    }

    /// Rolls the chart back to what was before the last upgrade.
    pub fn roll_back(&mut self) {
        let words = ["rollback", "plimsoll", "--namespace", release::NAMESPACE, "--wait"];
        self.cluster.helm(&words).expect();
        release::wait_until_settled(self.cluster);
    }

    /// Changes the Deployment past the chart.
    pub fn change(&mut self, spec: &Value) {
        let change = json!({"spec": spec}).to_string();
        let words = ["-n", release::NAMESPACE, "patch", "deployment", "plimsoll", "-p", &change];
        self.cluster.kubectl(&words).expect();
    }

    /// Claims that the status comes to say this; the whole of it.
    pub fn stands(&mut self, reason: &str, in_force: usize) -> String {
        let status = objects::stand(self.cluster, reason, in_force);
        let claim = format!("the policy is {reason}, with {in_force} rules in force");
        let (holds, status) = match status {
            Ok(status) => (true, status.to_string()),
            Err(last) => (false, last),
        };
        self.report.claim(&claim, holds, if holds { "" } else { &status });
        status
    }

    /// Claims that the API server refuses the new rule by itself.
    pub fn refused_by_the_definition(&mut self) {
        let applied = objects::apply(self.cluster, WITH_NEW);
        let holds = !applied.success && applied.stderr.contains(&unknown_field());
        let claim = "the API server refuses a policy with the new rule, and names the field";
        // The API server says all of the object before it.
        let seen = if holds { unknown_field() } else { applied.stderr };
        self.report.claim(claim, holds, &seen);
    }

    /// Claims that the new rule is taken, and enforced.
    pub fn takes_the_new_rule(&mut self) {
        let applied = objects::apply(self.cluster, WITH_NEW);
        self.report.claim("a policy with the new rule is taken", applied.success, &applied.stderr);
        self.stands("InForce", 2);
        let refused = wait::within(Duration::from_secs(20), || {
            let answer = self.write_with_host_port();
            (load::is_refusal(&answer) && answer.message().contains(NEW_RULE)).then_some(())
        });
        self.report.claim("and what it is about is refused", refused.is_some(), "");
    }

    /// Claims that the policy lacks the new rule, as the API server has it.
    pub fn lacks_the_new_rule(&mut self, claim: &str) {
        let rules = objects::rules_of(self.cluster);
        self.report.claim(claim, rules == KNOWN, &rules.join(", "));
    }

    /// Claims that each replica says what the definitions lack.
    pub fn says_that_definitions_are_old(&mut self) {
        let name = "plimsoll_definition_fields_lacking{kind=\"deploypolicies\"}";
        // They look twice a minute.
        let said = wait::within(Duration::from_secs(40), || {
            let pods = release::pods(self.cluster);
            let mut all = pods.iter().map(|pod| replica::metric(&mut self.api, pod, name));
            all.all(|value| value == Some(1.0)).then_some(())
        });
        let claim = "every replica says that the definitions lack a field";
        self.report.claim(claim, said.is_some(), name);
    }

    /// Writes, without meaning it, what the new rule is about.
    pub fn write_with_host_port(&mut self) -> Answer {
        let path = format!("{}?dryRun=All", workloads::PATH);
        self.api.create(&path, &objects::with_host_port()).expect("an answer")
    }

    /// Claims that a replica enforces what both versions know, and nothing else.
    pub fn knows(&mut self, pod: &Pod, who: &str) {
        let bad = replica::judge(&mut self.api, pod, &workloads::bad());
        let holds = !bad.allowed && KNOWN.iter().all(|rule| bad.message.contains(rule));
        self.report.claim(&format!("{who} refuses what both know"), holds, "");
        let good = replica::judge(&mut self.api, pod, &workloads::good());
        self.report.claim(&format!("{who} lets in what is good"), good.allowed, &good.message);
    }

    /// Claims how many rules a replica says that it lacks.
    pub fn misses(&mut self, pod: &Pod, count: f64, who: &str) {
        let name = "plimsoll_rules_not_in_force";
        let seen = replica::metric(&mut self.api, pod, name);
        let holds = seen.is_some_and(|seen| (seen - count).abs() < f64::EPSILON);
        let claim = format!("{who} counts {count} rules that it does not know");
        self.report.claim(&claim, holds, &format!("{name} is {seen:?}"));
    }
}

/// What the API server says of a field that its definition lacks.
fn unknown_field() -> String {
    format!("unknown field \"spec.rules.{NEW_RULE}\"")
}
