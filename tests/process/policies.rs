//! Policy files come, go and break while requests keep being answered (F-96, F-97).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review::create;
use support::scratch::Scratch;
use support::self_signed::authority;

use crate::{deployment, program};

fn policy(name: &str, rules: &str) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {name}}}\nspec:\n  rules: {rules}\n"
    )
}

struct World {
    folder: Scratch,
    server: Plimsoll,
    connection: Connection,
}

impl World {
    fn of(fill: impl Fn(&Path)) -> Self {
        let folder = Scratch::new();
        fill(folder.path());
        let policies = folder.path().join("policies");
        let flags =
            ["--self-signed", "--leave-seconds", "0", "--policy", policies.to_str().unwrap()];
        let server = Plimsoll::serve(program(), &flags);
        let client = trusting(&authority(&server));
        let connection = Connection::open(server.webhook, &client).unwrap();
        Self { folder, server, connection }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Whether the bad Deployment is let in; that there is an answer is asserted.
    fn lets_in(&mut self) -> bool {
        let body = create(&deployment("bad.yaml"));
        let reply = self.connection.post("/validate", body.as_bytes()).unwrap().json();
        reply["response"]["allowed"].as_bool().expect("an answer")
    }

    fn wait_until(&mut self, what: &str, is_so: impl Fn(&mut Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !is_so(self) {
            assert!(Instant::now() < end, "in vain: {what}\n{}", self.server.output());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn readiness(&self) -> (u16, String) {
        get(self.server.admin, "/readyz").unwrap()
    }

    fn is_stale(&self) -> bool {
        let (_, metrics) = get(self.server.admin, "/metrics").unwrap();
        let stale = metrics.lines().find_map(|line| line.strip_prefix("plimsoll_policies_stale "));
        stale.expect("the metric") == "1"
    }

    /// The bad Deployment is refused for as long as this takes to show.
    fn stays_refused_until_stale(&mut self, why: &str) {
        self.wait_until("the policies are stale", |world| {
            assert!(!world.lets_in(), "{why}: from policies to none");
            world.is_stale()
        });
        let (status, text) = self.readiness();
        assert_eq!(status, 200, "the old policies are in force: {text}");
        assert!(text.contains("ready, with the old policies") && text.contains(why), "{text}");
    }

    fn recovers(&mut self) {
        self.wait_until("all is well again", |world| !world.lets_in() && !world.is_stale());
        assert_eq!(self.readiness(), (200, "ready\n".to_owned()));
    }
}

const DEMANDS: &str = "{run-as-non-root: {}, image-tag: {}}";

#[test]
fn f96_whatever_happens_to_the_files_the_policies_stay_until_there_are_better_ones() {
    let mut world = World::of(|folder| {
        fs::create_dir(folder.join("policies")).unwrap();
        fs::write(folder.join("policies/a.yaml"), policy("a", DEMANDS)).unwrap();
    });
    let file = world.path("policies/a.yaml");
    assert!(!world.lets_in() && !world.is_stale());
    let whole = policy("a", DEMANDS);
    for (broken, why) in [
        (&b"rules: [1"[..], "a.yaml:"),
        (&b"\xff\xfe"[..], "a.yaml"),
        (&b""[..], "holds no policy"),
        (b"apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: a}\nspec: {rules: {}}\n", "names no rule"),
        (b"apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: a}\nspec: {rules: {image-tga: {}}}\n", "did you mean `image-tag`?"),
    ] {
        fs::write(&file, broken).unwrap();
        world.stays_refused_until_stale(why);
        fs::write(&file, &whole).unwrap();
        world.recovers();
    }
    fs::write(&file, "a".repeat(12 << 20)).unwrap();
    world.stays_refused_until_stale("larger than");
    fs::remove_file(&file).unwrap();
    world.stays_refused_until_stale("policies");
    fs::remove_dir(world.path("policies")).unwrap();
    world.stays_refused_until_stale("policies");
    // What is wrong is said once, and not at every look.
    std::thread::sleep(Duration::from_secs(3));
    let output = world.server.output();
    let said = output.matches("the new policies are not taken").count();
    assert!((7..=10).contains(&said), "{said}:\n{output}");
    fs::create_dir(world.path("policies")).unwrap();
    fs::write(&file, policy("a", "{privileged: {}}")).unwrap();
    world.wait_until("the new policy is in force", World::lets_in);
    // The log comes in beside the metrics.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !world.server.output().contains("new policies are in force") {
        assert!(std::time::Instant::now() < end, "{}", world.server.output());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A mounted `ConfigMap`, as the kubelet writes one.
fn mount(folder: &Path, generation: u32, text: &str) {
    let data = folder.join(format!("policies/..{generation}"));
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("a.yaml"), text).unwrap();
    let link = folder.join("policies/..data_tmp");
    symlink(format!("..{generation}"), &link).unwrap();
    fs::rename(&link, folder.join("policies/..data")).unwrap();
    let visible = folder.join("policies/a.yaml");
    if !visible.exists() {
        symlink("..data/a.yaml", visible).unwrap();
    }
}

#[test]
fn f96_policies_are_taken_up_when_the_kubelet_swaps_its_link() {
    let mut world = World::of(|folder| mount(folder, 0, &policy("a", "{privileged: {}}")));
    assert!(world.lets_in());
    mount(world.folder.path(), 1, &policy("a", DEMANDS));
    world.wait_until("the second generation", |world| !world.lets_in());
    mount(world.folder.path(), 2, "half a pol");
    world.stays_refused_until_stale("a.yaml");
    mount(world.folder.path(), 3, &policy("a", "{privileged: {}}"));
    world.wait_until("the last generation", World::lets_in);
    assert!(!world.is_stale());
}

#[test]
fn f97_a_link_that_begins_to_lead_out_of_the_folder_changes_nothing() {
    let mut world = World::of(|folder| {
        fs::create_dir(folder.join("policies")).unwrap();
        fs::write(folder.join("policies/a.yaml"), policy("a", DEMANDS)).unwrap();
        fs::write(folder.join("outside.yaml"), policy("outside", "{privileged: {}}")).unwrap();
    });
    let file = world.path("policies/a.yaml");
    fs::remove_file(&file).unwrap();
    symlink(world.path("outside.yaml"), &file).unwrap();
    world.stays_refused_until_stale("a.yaml");
    assert!(!world.readiness().1.contains("privileged"));
}

#[test]
fn a_file_that_is_still_being_written_is_not_taken_for_a_policy_that_demands_less() {
    let mut world = World::of(|folder| {
        fs::create_dir(folder.join("policies")).unwrap();
        fs::write(folder.join("policies/a.yaml"), policy("a", DEMANDS)).unwrap();
    });
    let file = world.path("policies/a.yaml");
    let long = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: a}\nspec:\n  rules:\n    privileged: {}\n    run-as-non-root: {}\n";
    // Its beginning is a policy by itself, and one that would let the Deployment in.
    let writes = Instant::now();
    while writes.elapsed() < Duration::from_secs(4) {
        let half = long.find("    run-as-non-root").unwrap();
        let comment = format!("# {}\n", writes.elapsed().as_micros());
        fs::write(&file, format!("{comment}{}", &long[..half])).unwrap();
        assert!(!world.lets_in(), "half a policy is in force");
        std::thread::sleep(Duration::from_millis(50));
    }
    fs::write(&file, long).unwrap();
    world.wait_until("the whole policy is in force", |world| !world.lets_in() && !world.is_stale());
}

#[test]
fn policies_that_ask_for_more_kinds_say_that_they_must_be_registered() {
    let mut world = World::of(|folder| {
        fs::create_dir(folder.join("policies")).unwrap();
        fs::write(folder.join("policies/a.yaml"), policy("a", "{privileged: {mode: warn}}"))
            .unwrap();
    });
    let is_short = |world: &World| {
        let (_, metrics) = get(world.server.admin, "/metrics").unwrap();
        metrics.lines().any(|line| line == "plimsoll_registration_short 1")
    };
    let file = world.path("policies/a.yaml");
    // The same kinds, and no more of them than a warning.
    fs::write(&file, policy("a", "{image-tag: {mode: warn}}")).unwrap();
    let says = |text: &'static str| move |world: &mut World| world.server.output().contains(text);
    world.wait_until("the new policy is in force", says("new policies are in force"));
    assert!(!is_short(&world));
    fs::write(&file, policy("a", "{image-tag: {mode: warn}, rbac-wildcard: {mode: warn}}"))
        .unwrap();
    world.wait_until("it is told", says("print the webhook configuration"));
    assert!(is_short(&world) && world.server.output().contains("\"kinds\":\"Role,ClusterRole\""));
    fs::write(&file, policy("a", "{image-tag: {mode: warn}}")).unwrap();
    world.wait_until("it is as it was", |world| !is_short(world));
}

#[test]
fn files_that_never_rest_are_told_of() {
    let mut world = World::of(|folder| {
        fs::create_dir(folder.join("policies")).unwrap();
        fs::write(folder.join("policies/a.yaml"), policy("a", DEMANDS)).unwrap();
    });
    let file = world.path("policies/a.yaml");
    let end = Instant::now() + Duration::from_secs(20);
    let mut number = 0;
    while !world.is_stale() {
        assert!(Instant::now() < end, "{}", world.server.output());
        number += 1;
        fs::write(&file, format!("# {number}\n{}", policy("a", DEMANDS))).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(world.readiness().1.contains("the files were others at each of 10 looks"));
    world.recovers();
}

/// F-81: what a roll-out looks like from the old version.
#[test]
fn f81_a_rule_that_only_a_newer_version_knows_is_said_to_be_missing_and_the_others_refuse() {
    let newer = policy(
        "newer",
        "{run-as-non-root: {}, rule-of-tomorrow: {}, resource-limits: {resources: [cpu], unit: x}}",
    );
    let mut world = World::of(|folder| {
        fs::create_dir(folder.join("policies")).unwrap();
        fs::write(folder.join("policies/newer.yaml"), &newer).unwrap();
    });
    let body = create(&deployment("bad.yaml"));
    let reply = world.connection.post("/validate", body.as_bytes()).unwrap().json();
    let response = &reply["response"];
    assert_eq!(response["allowed"], false);
    assert!(response["status"]["message"].as_str().unwrap().contains("run-as-non-root"));
    let warnings = response["warnings"].to_string();
    let missing = "policy \\\"newer\\\" is not wholly in force with this version of plimsoll: ";
    assert!(
        warnings.contains(&format!("{missing}no rule is called `rule-of-tomorrow`")),
        "{warnings}"
    );
    assert!(warnings.contains(&format!("{missing}`spec.rules.resource-limits`")), "{warnings}");
    let (_, metrics) = get(world.server.admin, "/metrics").unwrap();
    assert!(metrics.contains("plimsoll_rules_not_in_force 2"), "{metrics}");
    // A policy of which nothing is known demands nothing: it is no policy, and the old ones stay.
    fs::write(world.path("policies/newer.yaml"), policy("newer", "{rule-of-tomorrow: {}}"))
        .unwrap();
    world.wait_until("it is not taken", |world| world.is_stale());
    assert!(!world.lets_in());
    let output = std::process::Command::new(program())
        .args(["serve", "--self-signed", "--policy"])
        .arg(world.path("policies"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no rule is called `rule-of-tomorrow`"), "{said}");
}
