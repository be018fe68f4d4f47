//! What one writer can cost: whatever is sent is answered in bounded memory and time (F-128 to
//! F-130).

mod meter;
mod table;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use plimsoll::rules::catalog::CATALOG;
use plimsoll::subject::{BUILT_IN, Kind};
use support::https::get;
use support::scratch::Scratch;

use crate::program;
use meter::Meter;
use table::{Shape, every, review};

const MIB: u64 = 1 << 10;

/// What an object of the API server's largest may take beside what an idle process holds, and all
/// in all, in KiB.
const GROWTH: u64 = 96 * MIB;
const PEAK: u64 = 160 * MIB;

/// What eight of them at once may take, in KiB.
const EIGHT: u64 = 256 * MIB;

/// What a process may hold, whatever is sent and by whom, in KiB.
const ANYTHING: u64 = 300 * MIB;

/// What one request may take of the processor.
const TIME: Duration = Duration::from_secs(1);

/// How large a review may be, as the API server takes no object over 3 MiB in any form.
const LARGEST: usize = 2_900_000;

/// What there may be much of, and each of which some rule has something to say about.
const MANY: [(&str, &str); 13] = [
    (".spec.containers[].securityContext.capabilities.add[]", "\"#\""),
    (".spec.containers[].env[].value", "\"eyJ://a:b@c\""),
    (".spec.containers[].env[].name", "\"A_PASSWORD\""),
    (".spec.containers[].args[]", "\"--password=#\""),
    (".spec.containers[].ports[].hostPort", "1"),
    (".spec.containers[].volumeMounts[].name", "\"v\""),
    (".spec.containers[].volumeMounts[].subPath", "\"\""),
    (".spec.containers[].image", "\"nginx\""),
    (".spec.containers[].envFrom[].secretRef.name", "\"#\""),
    (".spec.volumes[].hostPath.path", "\"/#\""),
    (".spec.securityContext.sysctls[].name", "\"#\""),
    (".spec.containers[]", "{}"),
    (".metadata.annotations{}", "\"unconfined\""),
];

fn worst() -> Vec<Shape> {
    let of = |(path, leaf): (&str, &str)| [true, false].map(|bare| Shape::of(path, leaf, bare));
    MANY.into_iter().flat_map(of).collect()
}

/// The worst of other kinds: what a role allows is each of its verbs on each resource of each group
/// of each name, and each address is a fact of its own.
fn worst_of_other_kinds() -> Vec<Shape> {
    let many = |count: usize| vec!["\"a#\""; count].join(",");
    let rule = |[verbs, groups, resources, names]: [usize; 4]| {
        let [verbs, groups, resources, names] = [verbs, groups, resources, names].map(many);
        format!(
            r#"{{"verbs":["*",{verbs}],"apiGroups":[{groups}],"resources":[{resources}],"resourceNames":[{names}]}}"#
        )
    };
    let urls = format!(r#"{{"verbs":["*"],"nonResourceURLs":[{}]}}"#, many(3_000));
    let roles = [[14, 15, 15, 0], [6, 7, 7, 7], [1, 1, 1, 3_000]].map(rule);
    let mut found: Vec<Shape> = roles
        .iter()
        .chain([&urls, &r#"{"verbs":["*"],"resources":["a#"]}"#.to_owned()])
        .map(|rule| Shape::of_kind(kind("ClusterRole"), ".rules[]", rule, true))
        .collect();
    for (of, path, leaf) in [
        ("Service", ".spec.externalIPs[]", "\"10.#\""),
        ("Service", ".spec.ports[].name", "\"#\""),
        ("Service", ".spec.loadBalancerSourceRanges[]", "\"0.0.0.0/0#\""),
        ("Ingress", ".spec.rules[].host", "\"*.#\""),
        ("Ingress", ".spec.rules[].http.paths[].path", "\"/#\""),
        ("Ingress", ".spec.tls[].hosts[]", "\"#\""),
        ("StatefulSet", ".spec.volumeClaimTemplates[].spec.accessModes[]", "\"\""),
        ("StatefulSet", ".spec.selector.matchExpressions[].values[]", "\"#\""),
        ("RoleBinding", ".subjects[].name", "\"#\""),
        ("ControllerRevision", ".data", r##"{"spec":[{},{},{"a":"#"}]}"##),
    ] {
        found.push(Shape::of_kind(kind(of), path, leaf, true));
    }
    found
}

fn kind(name: &str) -> &'static Kind {
    BUILT_IN.iter().find(|kind| kind.kind == name).unwrap()
}

/// Every rule in two hundred policies, half of which refuse and half of which only take note.
fn two_hundred_policies() -> String {
    let rules = support::rules::all(CATALOG.iter().map(|meta| &*meta.id));
    let policy = |n: usize| {
        let mode = if n.is_multiple_of(2) { "deny" } else { "audit" };
        format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p{n}}}\n\
             spec: {{mode: {mode}, rules: {rules}}}\n"
        )
    };
    (0..200).map(policy).collect::<Vec<_>>().join("---\n")
}

/// Holds every shape in `table` against the bounds of memory, each in a fresh process and all in
/// one, and against those of time where that means something; how many reviews ended early.
#[expect(clippy::print_stdout, reason = "who holds the whole table against it wants the figures")]
fn hold(program: &Path, policy: Option<&str>, table: &[Shape], is_timed: bool) -> usize {
    let of_all = Meter::start(program, policy);
    let mut ended = 0;
    let (mut slowest, mut largest) = ((Duration::ZERO, String::new()), (0, String::new()));
    for shape in table {
        for (operation, body) in
            [("create", shape.create(LARGEST)), ("update", shape.update(LARGEST))]
        {
            let fresh = Meter::start(program, policy);
            let before = fresh.cpu();
            let reply = fresh.ask(body.as_bytes());
            let took = fresh.cpu().saturating_sub(before);
            assert_eq!(of_all.ask(body.as_bytes())["allowed"], reply["allowed"]);
            let message = reply["status"]["message"].as_str().unwrap_or_default();
            ended += usize::from(message.contains("the review ended at 1000 failures"));
            let what = format!("{operation} of {}", shape.what);
            let (grown, peak) = (fresh.growth(), fresh.peak());
            slowest = slowest.max((took, what.clone()));
            largest = largest.max((grown, what.clone()));
            assert!(grown < GROWTH && peak < PEAK, "{grown} KiB, {peak} in all, for the {what}");
            assert!(!is_timed || took < TIME, "{took:?} for the {what}");
        }
    }
    let (shapes, peak) = (table.len(), of_all.peak());
    println!(
        "{shapes} shapes: {slowest:?}; {largest:?} KiB more; {peak} KiB for all in one process"
    );
    assert!(peak < PEAK, "{peak} KiB for all");
    ended
}

#[test]
fn f129_whatever_three_megabytes_hold_takes_bounded_memory() {
    let ended = hold(program(), None, &worst(), false);
    assert!(ended > 10, "{ended}");
}

#[test]
fn f129_whatever_three_megabytes_of_another_kind_hold_takes_bounded_memory() {
    let scratch = Scratch::new();
    let policies = scratch.write("policies.yaml", &two_hundred_policies());
    let given = under_cost();
    let program = given.as_deref().map_or(program(), Path::new);
    let ended: Vec<usize> = [None, policies.to_str()]
        .into_iter()
        .map(|policy| hold(program, policy, &worst_of_other_kinds(), given.is_some()))
        .collect();
    assert!(ended[1] > 5, "{ended:?}");
}

/// The program to hold against the whole table: `make test-cost` names a release build, in which
/// alone time means something.
fn under_cost() -> Option<std::ffi::OsString> {
    std::env::var_os("PLIMSOLL_TEST_COST").filter(|program| !program.is_empty())
}

#[test]
fn f128_every_list_text_and_key_of_three_megabytes_is_answered_within_bounds() {
    let scratch = Scratch::new();
    let policies = scratch.write("policies.yaml", &two_hundred_policies());
    let given = under_cost();
    let program = given.as_deref().map_or(program(), Path::new);
    // The whole table takes an hour, so that a part of it has to do otherwise: another one whenever
    // a field is added.
    let step = std::env::var("PLIMSOLL_TEST_COST_STEP").ok().and_then(|step| step.parse().ok());
    let step = step.unwrap_or(if given.is_some() { 1 } else { 997 });
    let table: Vec<Shape> = every().into_iter().step_by(step).collect();
    assert!(table.len() > 20, "{}", table.len());
    for policy in [None, policies.to_str()] {
        hold(program, policy, &table, given.is_some());
    }
}

#[test]
fn f128_eight_of_the_worst_at_once_are_answered_and_so_is_livez() {
    let scratch = Scratch::new();
    let policies = scratch.write("policies.yaml", &two_hundred_policies());
    let meter = Meter::start(program(), policies.to_str());
    let bodies: Vec<String> =
        worst().iter().step_by(3).take(8).map(|shape| shape.update(LARGEST)).collect();
    let slowest = thread::scope(|scope| {
        let asked: Vec<_> =
            bodies.iter().map(|body| scope.spawn(|| meter.ask(body.as_bytes()))).collect();
        let mut slowest = Duration::ZERO;
        while asked.iter().any(|asked| !asked.is_finished()) {
            let start = Instant::now();
            assert_eq!(get(meter.admin(), "/livez").unwrap().0, 200);
            slowest = slowest.max(start.elapsed());
            thread::sleep(Duration::from_millis(5));
        }
        slowest
    });
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    assert!(meter.peak() < EIGHT, "{} KiB", meter.peak());
}

/// Nobody but the API server need send what it would: anybody who reaches the port may send bodies
/// as large as they are read.
#[test]
fn f129_the_largest_bodies_at_once_take_bounded_memory() {
    let shape = Shape::of(".spec.containers[].securityContext.capabilities.add[]", "\"A\"", true);
    let body = shape.update(14_000_000);
    let meter = Meter::start(program(), None);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| meter.send(body.as_bytes()));
        }
    });
    assert!(meter.peak() < ANYTHING, "{} KiB", meter.peak());
}

/// A Pod that is well-formed but for the many mappings in `at`, about so many bytes.
fn bulk(at: &str, size: usize) -> String {
    let many = vec!["{}"; size / 3].join(",");
    let (head, tail) = at.split_once('#').unwrap();
    format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"api"}},{head}{many}{tail}}}"#)
}

/// Where there may be millions of mappings; the last two are read by nobody.
const BULKS: [&str; 6] = [
    r#""spec":{"containers":[#]}"#,
    r#""spec":{"containers":[{"name":"a","env":[#]}]}"#,
    r#""spec":{"containers":[{"name":"a","volumeMounts":[#]}]}"#,
    r#""spec":{"volumes":[#],"containers":[{"name":"a"}]}"#,
    r#""spec":{"tolerations":[#],"containers":[{"name":"a"}]}"#,
    r#""status":{"conditions":[#]},"spec":{"containers":[{"name":"a"}]}"#,
];

/// What it takes to receive a body and to put it together, beside three times its bytes, in KiB.
const RECEIVING: u64 = 16 * MIB;

#[test]
fn f130_millions_of_mappings_are_refused_before_anything_is_built_of_them() {
    let good = r#"{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"b"}]}}"#;
    let given = under_cost();
    let program = given.as_deref().map_or(program(), Path::new);
    // The larger ones take long to go over where nothing is optimised.
    let large = if given.is_some() { &BULKS[..] } else { &BULKS[1..2] };
    let small = BULKS.iter().map(|at| (15_900_000, at));
    for (size, at) in small.chain(large.iter().map(|at| (31_900_000, at))) {
        let object = bulk(at, size - 1_000);
        for (code, text) in [
            (400, review("CREATE", &object, "null")),
            // An old object that is not read excuses nothing, so this one is judged by itself.
            (403, review("UPDATE", good, &object)),
        ] {
            for unread in [&b""[..], b"\"x\":\"\xff\","] {
                let mut body = text.clone().into_bytes();
                let inside = text.find("\"object\":{").unwrap() + "\"object\":{".len();
                body.splice(inside..inside, unread.iter().copied());
                let meter = Meter::start(program, None);
                let reply = meter.ask(&body);
                assert_eq!(reply["allowed"], false, "{at}: {reply}");
                // A build that is not optimised may come to the end of the time.
                let status = &reply["status"];
                assert!(status["code"] == code || status["reason"] == "Timeout", "{at}: {reply}");
                let (grown, most) = (meter.growth(), 3 * (size as u64 >> 10) + RECEIVING);
                assert!(grown < most, "{grown} KiB and not {most} for {at}, {code}, {unread:?}");
            }
        }
    }
}
