//! Two versions at once, and definitions of one with the program of the other (F-81): upgraded and
//! rolled back in either order, while clients write. What both versions know never gives way, and
//! what one does not know is said.

mod acts;
mod objects;
mod older;
mod replica;

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cluster::Cluster;
use crate::scenario::load::Load;
use crate::scenario::release::{self, Pod};
use crate::scenario::report::{self, Report, last_line};
use crate::settings::NODES;
use crate::wait;
use acts::{Definitions, Story, WITH_NEW};
use objects::KNOWN;
pub use older::Older;
use older::{NEW_RULE, definitions};

/// What both kinds are defined by.
const DEFINITIONS: [&str; 2] = ["deploypolicies.plimsoll.dev", "policyexceptions.plimsoll.dev"];

/// The whole story.
pub fn f81_what_both_versions_know_never_gives_way(
    report: &mut Report,
    cluster: &Cluster,
    older: &Older,
    program: &Path,
) {
    older.is_one(report, program);
    let (before, now) = (definitions(&older.program), definitions(program));
    let mut story = Story { report, cluster, api: cluster.api(), before, now };
    story.begin();
    story.definitions_then_program();
    story.program_then_definitions_back();
    story.program_then_definitions();
    story.definitions_then_program_back();
    story.without_definitions();
}

impl Story<'_> {
    /// The older version, and a policy that is an object.
    fn begin(&mut self) {
        let space = release::NAMESPACE;
        let words = ["uninstall", "plimsoll", "--namespace", space, "--ignore-not-found", "--wait"];
        self.cluster.helm(&words).expect();
        release::make_namespaces(self.cluster);
        let words = ["delete", "crd", "--ignore-not-found"];
        self.cluster.kubectl(&[&words[..], &DEFINITIONS].concat()).expect();
        self.define(Definitions::Old);
        // The file refuses nothing: what does is an object.
        let file = "policies[0].apiVersion=plimsoll.dev/v1alpha1,policies[0].kind=DeployPolicy,\
                    policies[0].metadata.name=file,policies[0].spec.rules.rbac-wildcard.mode=warn";
        let image = format!("image.tag={}", older::TAG);
        let values = ["enforcement=deny", "failurePolicy=Fail", "crds.install=false", &image, file];
        release::helm(self.cluster, "install", &values).expect();
        release::wait_until_settled(self.cluster);
        let before = release::try_bad(&mut self.api).expect("an answer");
        let claim = "without the policy the bad Deployment is let in";
        self.report.claim(claim, before.success(), before.message());
        objects::apply(self.cluster, KNOWN).expect();
        release::wait_until_fail_closed(self.cluster);
        self.stands("InForce", 1);
        self.refused_by_the_definition();
    }

    fn definitions_then_program(&mut self) {
        self.step("new definitions, old program", |story| {
            story.define(Definitions::New);
            let applied = objects::apply(story.cluster, WITH_NEW);
            let said = format!("no rule is called `{NEW_RULE}`");
            let holds = !applied.success && applied.stderr.contains(&said);
            let claim = "a policy with the new rule is refused by the replicas, which name it";
            story.report.claim(claim, holds, last_line(&applied.stderr));
        });
        self.step("new definitions, new program", |story| {
            story.upgrade();
            story.takes_the_new_rule();
        });
    }

    fn program_then_definitions_back(&mut self) {
        self.step("new definitions, both programs", Self::mixed);
        self.step("new definitions, old program again", |story| {
            story.roll_back();
            let written = story.write_with_host_port();
            let warning =
                written.warnings.iter().find(|text| replica::is_of_missing(text, NEW_RULE));
            let claim =
                "what the new rule is about is let in, with a warning that the rule is missing";
            let seen = warning.map_or(written.message(), String::as_str).to_owned();
            story.report.claim(claim, written.success() && warning.is_some(), &seen);
            let status = story.stands("PartlyInForce", 1);
            let claim = "and the status names it";
            story.report.claim(
                claim,
                status.contains(&format!("no rule is called `{NEW_RULE}`")),
                "",
            );
        });
        self.step("old definitions again, old program", |story| {
            story.define(Definitions::Old);
            story.stands("InForce", 1);
            story.lacks_the_new_rule("the API server hands out the policy without the new rule");
        });
    }

    fn program_then_definitions(&mut self) {
        self.step("old definitions, new program", |story| {
            story.upgrade();
            story.refused_by_the_definition();
            let applied = objects::apply_unvalidated(story.cluster, WITH_NEW);
            story.report.claim(
                "with --validate=ignore it is taken",
                applied.success,
                &applied.stderr,
            );
            story.lacks_the_new_rule("but for the new rule");
            story.stands("InForce", 1);
            story.says_that_definitions_are_old();
        });
        self.step("then new definitions, new program", |story| {
            story.define(Definitions::New);
            story.lacks_the_new_rule("what was dropped does not come back by itself");
            story.takes_the_new_rule();
        });
    }

    fn definitions_then_program_back(&mut self) {
        self.step("back to old definitions, new program", |story| {
            story.define(Definitions::Old);
            story.stands("InForce", 1);
            story.lacks_the_new_rule("the API server hands out the policy without the new rule");
            let written = story.write_with_host_port();
            let claim = "which so is in force nowhere";
            story.report.claim(claim, written.success(), written.message());
            story.says_that_definitions_are_old();
        });
        self.step("and to the old program", |story| {
            story.roll_back();
            story.stands("InForce", 1);
        });
    }

    fn without_definitions(&mut self) {
        self.step("no definitions", |story| {
            story.cluster.kubectl(&[&["delete", "crd"][..], &DEFINITIONS].concat()).expect();
            let name = "plimsoll_watch_stale{kind=\"deploypolicies\"}";
            let stale = wait::within(Duration::from_secs(30), || {
                let pods = release::pods(story.cluster);
                let mut all = pods.iter().map(|pod| replica::metric(&mut story.api, pod, name));
                all.all(|value| value == Some(1.0)).then_some(())
            });
            story.report.claim(
                "every replica says that its policies are old",
                stale.is_some(),
                name,
            );
            sleep(Duration::from_secs(10));
        });
        // From the moment the definitions are there, what exists is what is in force: nothing, until
        // the policy is there again.
        let (load, begun) = (Load::start(self.cluster), Instant::now());
        self.define(Definitions::Old);
        objects::apply(self.cluster, KNOWN).expect();
        release::wait_until_enforced(self.cluster);
        let (took, counts) = (begun.elapsed().as_secs_f64(), load.stop());
        let claim =
            "definitions and policy are made again, it enforces, and no good write was lost";
        let seen = format!("{took:.1} s later; {counts}");
        self.report.claim(claim, counts.good_lost == 0, &seen);
        self.stands("InForce", 1);
    }

    /// Both versions answer at once: the rolling update goes on only when the new Pod has been ready
    /// for five minutes.
    fn mixed(&mut self) {
        let image = format!("{}:{}", release::REPOSITORY, older::TAG);
        let containers = json!([{"name": "plimsoll", "image": image}]);
        self.change(
            &json!({"minReadySeconds": 300, "template": {"spec": {"containers": containers}}}),
        );
        let pods =
            wait::until("replicas of both versions are ready", Duration::from_mins(1), || {
                let pods = release::pods(self.cluster);
                let is_old = |pod: &&Pod| pod.image == image;
                let settled = pods.len() == NODES + 1 && pods.iter().all(|pod| pod.is_ready);
                (settled && pods.iter().filter(is_old).count() == 1).then_some(pods)
            });
        for pod in &pods {
            if pod.image == image { self.old_one(pod) } else { self.new_one(pod) }
        }
        let leader = release::lease_holder(self.cluster).unwrap_or_default();
        let leads =
            pods.iter().find(|pod| pod.name == leader).map_or("nobody", |pod| pod.image.as_str());
        report::say(&format!("{leads} writes the status"));
        if leads == image {
            self.stands("PartlyInForce", 1)
        } else {
            self.stands("InForce", 2)
        };
        self.change(&json!({"minReadySeconds": 0}));
    }

    /// What a replica of the older version does, beside those of the new one.
    fn old_one(&mut self, pod: &Pod) {
        self.knows(pod, "the old replica");
        let verdict = replica::judge(&mut self.api, pod, &objects::with_host_port());
        let holds = verdict.allowed && verdict.misses(NEW_RULE);
        let claim =
            "the old replica lets in what the new rule is about, and says that it lacks the rule";
        self.report.claim(claim, holds, &verdict.warnings.join("; "));
        self.misses(pod, 1.0, "it");
    }

    /// What one of the new version does, beside the old one.
    fn new_one(&mut self, pod: &Pod) {
        self.knows(pod, "a new replica");
        let verdict = replica::judge(&mut self.api, pod, &objects::with_host_port());
        let holds = !verdict.allowed && verdict.message.contains(NEW_RULE);
        let claim = "a new replica refuses what the new rule is about";
        self.report.claim(claim, holds, last_line(&verdict.message));
        self.misses(pod, 0.0, "it");
    }
}
