//! Policies and exceptions as objects: edited live, on every replica, and what of them is not so.

use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use support::control_plane::Output;
use support::https::{Connection, get};
use support::plimsoll_process::Plimsoll;
use support::review::create;

use super::{QUICK, World};
use crate::kubectl::wait_until;

/// How soon an edit is in force.
const SOON: Duration = Duration::from_secs(2);

pub fn policy(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    )
}

fn exception(expires: Timestamp, containers: &str) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyException\n\
         metadata: {{name: legacy, namespace: shop}}\nspec:\n  rules: [privileged]\n  \
         select: {{kind: Pod, name: 'cache-*', containers: [{containers}]}}\n  reason: it has to be\n  \
         expires: '{expires}'\n"
    )
}

/// A Pod whose containers `api` and `redis` are privileged where the flags say so.
pub fn pod(api: bool, redis: bool) -> Value {
    let container = |name: &str, privileged: bool| json!({"name": name, "image": "registry.example/a:1", "securityContext": {"privileged": privileged}});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "cache-0", "namespace": "shop"},
           "spec": {"containers": [container("api", api), container("redis", redis)]}})
}

impl World {
    /// With replicas that have no file, and are registered.
    pub fn with_objects(flags: &[&str], replicas: usize) -> Self {
        let mut world = Self::new();
        world.has_file = false;
        for _ in 0..replicas {
            world.start(&[&QUICK, flags].concat());
        }
        world.wait_for_registration();
        world.wait_until_ready();
        world
    }

    /// Waits until every replica answers: one of them registers, and the others may still be reading.
    pub fn wait_until_ready(&self) {
        let is_ready =
            |replica: &Plimsoll| get(replica.admin, "/readyz").is_ok_and(|page| page.0 == 200);
        wait_until("all are ready", || self.replicas.iter().all(is_ready));
    }

    pub fn apply(&self, text: &str) -> Output {
        self.cluster.kubectl_stdin(&["apply", "-f", "-"], text)
    }

    /// Whether each replica would let the object in.
    pub fn decisions(&self, object: &Value) -> Vec<bool> {
        let trust = self.client().expect("a registration");
        let decide = |address| {
            let mut client = Connection::open(address, &trust).unwrap();
            let reply = client.post("/validate", create(object).as_bytes()).unwrap();
            reply.json()["response"]["allowed"]
                .as_bool()
                .unwrap_or_else(|| panic!("{:?}", reply.status))
        };
        self.replicas.iter().map(|replica| decide(replica.webhook)).collect()
    }

    /// Waits until all replicas decide so, and not for long.
    pub fn soon(&self, object: &Value, allowed: bool) {
        let since = Instant::now();
        wait_until(&format!("all decide {allowed}"), || {
            self.decisions(object).iter().all(|is| *is == allowed)
        });
        let took = since.elapsed();
        assert!(took < SOON, "{took:?}\n{}", self.output());
    }

    /// Status and reason of what an object says about itself.
    fn ready(&self, what: &[&str]) -> String {
        let columns = "jsonpath={.status.conditions[0].status} {.status.conditions[0].reason} \
                       {.status.observedGeneration}";
        self.kubectl(&[&["get"], what, &["-o", columns]].concat()).stdout
    }

    pub fn wait_for_ready(&self, what: &[&str], wanted: &str) {
        wait_until(&format!("{what:?} is {wanted}"), || self.ready(what) == wanted);
    }
}

const POLICY: [&str; 2] = ["deploypolicy", "p"];
const EXCEPTION: [&str; 4] = ["policyexception", "legacy", "-n", "shop"];

#[test]
fn a_policy_that_is_made_edited_and_deleted_is_in_force_on_every_replica_within_two_seconds() {
    let world = World::with_objects(&[], 2);
    let (bad, good) = (pod(true, false), pod(false, false));
    assert_eq!(world.decisions(&bad), [true, true], "there is no policy");
    let page = get(world.replicas[0].admin, "/readyz").unwrap();
    assert_eq!(page, (200, "ready; no policy is in force\n".to_owned()));
    assert!(world.output().contains("no policy is in force"), "{}", world.output());

    assert!(world.apply(&policy("p", "{rules: {privileged: {}}}")).success());
    world.soon(&bad, false);
    assert_eq!(world.decisions(&good), [true, true]);
    world.wait_for_ready(&POLICY, "True InForce 1");

    assert!(world.apply(&policy("p", "{mode: warn, rules: {privileged: {}}}")).success());
    world.soon(&bad, true);
    world.wait_for_ready(&POLICY, "True InForce 2");

    // What is registered follows: services are sent, and one is refused by the API server.
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\n\
                   spec: {externalIPs: [192.0.2.1], ports: [{port: 80}], selector: {a: b}}\n";
    assert!(world.apply(&policy("q", "{rules: {external-ips: {}}}")).success());
    wait_until("a service is refused", || {
        world.try_out(service).stderr.contains("denied the request")
    });
    world.wait_for_ready(&["deploypolicy", "q"], "True InForce 1");

    world.kubectl(&["delete", "deploypolicy", "p", "q"]);
    world.soon(&bad, true);
    wait_until("the service passes", || world.try_out(service).success());
}

#[test]
fn a_wrong_policy_and_a_wrong_exception_are_refused_where_they_are_written() {
    let world = World::with_objects(&["--exception-namespaces", "shop"], 1);
    let wrong =
        "{match: {excludeUsers: [system:masters]}, rules: {image-registry: {allowed: [team]}}}";
    wait_until("the webhook is asked", || !world.apply(&policy("p", wrong)).success());
    let refused = world.apply(&policy("p", wrong));
    for text in [
        "The DeployPolicy \"p\" is invalid:",
        "* spec.match.excludeUsers[0]: `system:masters` is a group",
        "* spec.rules.image-registry.allowed[0]: `team` is no registry",
    ] {
        assert!(refused.stderr.contains(text), "{text}: {refused}");
    }
    let too_far = world.apply(&exception(Timestamp::now() + (24 * 91).hours(), ""));
    assert!(too_far.stderr.contains("lies more than 90 days ahead"), "{too_far}");
    let soon = world.apply(&exception(Timestamp::now() + 30.hours(), ""));
    assert!(soon.success() && soon.stderr.contains("the exception shop/legacy ends at"), "{soon}");
}

#[test]
fn an_exception_excuses_one_rule_of_one_container_until_it_ends() {
    let world = World::with_objects(&["--exception-namespaces", "sh*"], 2);
    assert!(world.apply(&policy("p", "{rules: {privileged: {}}}")).success());
    world.soon(&pod(false, true), false);
    let end = Timestamp::now() + 12.seconds();
    assert!(world.apply(&exception(end, "redis")).success());
    world.soon(&pod(false, true), true);
    assert_eq!(world.decisions(&pod(true, true)), [false, false], "another container");
    world.wait_for_ready(&EXCEPTION, "True InForce 1");
    let warned = world.try_out(&pod(false, true).to_string());
    assert!(warned.stderr.contains("the exception shop/legacy ends at"), "{warned}");
    // It ends by itself, on both, and also on one that started since.
    wait_until("it has ended", || Timestamp::now() > end);
    assert_eq!(world.decisions(&pod(false, true)), [false, false]);
    let refused = world.try_out(&pod(false, true).to_string());
    assert!(refused.stderr.contains("the exception shop/legacy ended at"), "{refused}");
    world.wait_for_ready(&EXCEPTION, "False Ended 1");
}

/// F-98.
#[test]
fn f98_an_exception_from_a_namespace_that_is_not_named_excuses_nothing_and_says_so() {
    let world = World::with_objects(&[], 1);
    assert!(world.apply(&policy("p", "{rules: {privileged: {}}}")).success());
    world.soon(&pod(true, true), false);
    let applied = world.apply(&exception(Timestamp::now() + 30.hours(), ""));
    assert!(applied.stderr.contains("excuses nothing"), "{applied}");
    world.wait_for_ready(&EXCEPTION, "False NotHonoured 1");
    assert_eq!(world.decisions(&pod(true, true)), [false]);
}

#[test]
fn a_replica_that_starts_in_any_state_decides_as_the_others_and_status_writing_is_handed_over() {
    let mut world = World::with_objects(&["--exception-namespaces", "shop"], 2);
    assert!(world.apply(&policy("p", "{rules: {privileged: {}}}")).success());
    assert!(world.apply(&exception(Timestamp::now() + 30.hours(), "redis")).success());
    world.soon(&pod(false, true), true);
    world.wait_for_ready(&POLICY, "True InForce 1");
    let leader = (0..2).find(|replica| world.leads(*replica)).unwrap();
    // Killed, not stopped: the Lease runs out.
    drop(world.replicas.remove(leader));
    world.start(&[&QUICK[..], &["--exception-namespaces", "shop"]].concat());
    world.wait_until_ready();
    for object in [pod(false, true), pod(true, false), pod(false, false)] {
        let decisions = world.decisions(&object);
        assert_eq!(decisions[0], decisions[1], "{object}");
    }
    assert!(world.apply(&policy("p", "{rules: {privileged: {}, host-ports: {}}}")).success());
    world.wait_for_ready(&POLICY, "True InForce 2");
}

/// F-91: what slips by is in force as far as it goes, and says what is not.
#[test]
fn f91_a_policy_with_a_wrong_rule_that_slipped_by_is_in_force_but_for_that() {
    let mut world = World::new();
    world.has_file = false;
    let spec = "{rules: {privileged: {}, image-registry: {allowed: [team]}}}";
    assert!(world.apply(&policy("p", spec)).success(), "nobody is there to refuse it");
    let partly = "{match: {excludeUsers: [system:masters]}, rules: {privileged: {}}}";
    assert!(world.apply(&policy("partly", partly)).success());
    let never = "{key: kubernetes.io/metadata.name, operator: DoesNotExist}";
    let none = format!(
        "{{match: {{namespaceSelector: {{matchExpressions: [{never}]}}}}, rules: {{privileged: {{}}}}}}"
    );
    assert!(world.apply(&policy("none", &none)).success());
    world.start(&QUICK);
    world.wait_for_registration();
    world.soon(&pod(true, false), false);
    world.wait_for_ready(&POLICY, "False PartlyInForce 1");
    world.wait_for_ready(&["deploypolicy", "partly"], "False PartlyInForce 1");
    world.wait_for_ready(&["deploypolicy", "none"], "False Invalid 1");
    assert_eq!(world.metric(0, "plimsoll_objects_invalid"), Some(1.0));
    let stored = world.kubectl(&["get", "deploypolicy", "p", "-o", "json"]).json();
    assert_eq!(stored["status"]["rules"], json!(["privileged"]));
    let not_in_force = stored["status"]["notInForce"][0].as_str().unwrap();
    assert!(not_in_force.contains("`team` is no registry"), "{not_in_force}");
}

/// F-95: a definition that is missing at the start, and one that is deleted.
#[test]
fn f95_without_its_definition_nothing_is_answered_and_what_was_known_stays_when_it_goes() {
    let mut world = World::without_definitions();
    world.has_file = false;
    world.start(&QUICK);
    std::thread::sleep(Duration::from_secs(3));
    let page = get(world.replicas[0].admin, "/readyz").unwrap();
    assert_eq!(page.0, 503);
    assert!(page.1.contains("certificate") || page.1.contains("deploypolicies"), "{}", page.1);
    world.define();
    wait_until("it is ready", || get(world.replicas[0].admin, "/readyz").unwrap().0 == 200);
    world.wait_for_registration();
    assert!(world.apply(&policy("p", "{rules: {privileged: {}}}")).success());
    world.soon(&pod(true, false), false);

    world.kubectl(&["delete", "crd", "deploypolicies.plimsoll.dev"]);
    wait_until("it is known to be old", || {
        world.metric(0, "plimsoll_watch_stale{kind=\"deploypolicies\"}") == Some(1.0)
    });
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(world.decisions(&pod(true, false)), [false], "nobody deleted the policy");
    // Once there are policies again, those that exist count.
    world.define();
    assert!(world.apply(&policy("p", "{mode: warn, rules: {privileged: {}}}")).success());
    wait_until("the new one is in force", || world.decisions(&pod(true, false)) == [true]);
}

/// F-81: the definition of an older version beside this program.
#[test]
fn f81_a_definition_that_lacks_a_rule_is_told_of_and_what_it_knows_holds() {
    let mut world = World::without_definitions();
    world.has_file = false;
    let rule = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/rules/properties/host-ports";
    world.define();
    let change = json!([{"op": "remove", "path": rule}]).to_string();
    let words = ["patch", "crd", "deploypolicies.plimsoll.dev", "--type=json", "-p", &change];
    world.kubectl(&words);
    world.start(&QUICK);
    world.wait_for_registration();
    world.wait_until_ready();
    let name = "plimsoll_definition_fields_lacking{kind=\"deploypolicies\"}";
    wait_until("it is told of", || world.metric(0, name) == Some(1.0));
    let said = "\"fields\":\"spec.rules.host-ports\"";
    wait_until("the field is named", || world.output().contains(said));
    let exceptions = "plimsoll_definition_fields_lacking{kind=\"policyexceptions\"}";
    assert_eq!(world.metric(0, exceptions), Some(0.0));
    let spec = "{rules: {privileged: {}, host-ports: {}}}";
    wait_until("the API server goes by it", || {
        world.apply(&policy("p", spec)).stderr.contains("unknown field \"spec.rules.host-ports\"")
    });
    let words = ["apply", "--validate=ignore", "-f", "-"];
    assert!(world.cluster.kubectl_stdin(&words, &policy("p", spec)).success());
    world.soon(&pod(true, false), false);
    world.wait_for_ready(&POLICY, "True InForce 1");
}
