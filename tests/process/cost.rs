//! What one writer can cost: whatever is sent is answered in bounded memory and time (F-129, F-134).

mod meter;
mod table;

use std::path::Path;
use std::time::{Duration, Instant};

use plimsoll::rules::catalog::CATALOG;

use crate::https::get;
use crate::program;
use crate::scratch::Scratch;
use meter::Meter;
use table::{Shape, every, review};

const MIB: u64 = 1 << 10;

/// What an object of the API server's largest may take beside what an idle process holds, and all
/// in all, in KiB.
const GROWTH: u64 = 96 * MIB;
const PEAK: u64 = 160 * MIB;

/// How large a review may be, as the API server takes no object over 3 MiB in any form.
const LARGEST: usize = 2_900_000;

/// What there may be much of, and each of which some rule has something to say about.
const MANY: [(&str, &str); 12] = [
    (".spec.containers[].securityContext.capabilities.add[]", "\"#\""),
    (".spec.containers[].env[].value", "\"eyJ://a:b@c\""),
    (".spec.containers[].env[].name", "\"A_PASSWORD\""),
    (".spec.containers[].args[]", "\"--password=#\""),
    (".spec.containers[].ports[].hostPort", "1"),
    (".spec.containers[].volumeMounts[].name", "\"v\""),
    (".spec.containers[].image", "\"nginx\""),
    (".spec.containers[].envFrom[].secretRef.name", "\"#\""),
    (".spec.volumes[].hostPath.path", "\"/#\""),
    (".spec.securityContext.sysctls[].name", "\"#\""),
    (".spec.containers[]", "{}"),
    (".metadata.annotations{}", "\"unconfined\""),
];

#[test]
fn f134_whatever_three_megabytes_hold_takes_bounded_memory() {
    let mut ended = 0;
    let of_all = Meter::start(program(), None);
    for (path, leaf) in MANY {
        for is_bare in [true, false] {
            let shape = Shape::of(path, leaf, is_bare);
            for body in [shape.create(LARGEST), shape.update(LARGEST)] {
                let fresh = Meter::start(program(), None);
                for meter in [&fresh, &of_all] {
                    let reply = meter.ask(body.as_bytes());
                    let message = reply["status"]["message"].as_str().unwrap_or_default();
                    ended += usize::from(message.contains("the review ended at 1000 failures"));
                }
                let (grown, peak) = (fresh.growth(), fresh.peak());
                let what = &shape.what;
                assert!(grown < GROWTH && peak < PEAK, "{what}: {grown} of {peak} KiB");
            }
        }
    }
    assert!(ended > 10, "{ended}");
    assert!(of_all.peak() < PEAK, "{} KiB", of_all.peak());
}

/// Every rule in two hundred policies, half of which refuse and half of which only take note.
fn two_hundred_policies() -> String {
    let settings = CATALOG.iter().map(|meta| match meta.id {
        "image-registry" => "image-registry: {allowed: [registry.example]}".to_owned(),
        id => format!("{id}: {{}}"),
    });
    let rules = settings.collect::<Vec<_>>().join(", ");
    let policy = |n: usize| {
        let mode = if n.is_multiple_of(2) { "deny" } else { "audit" };
        format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p{n}}}\n\
             spec: {{mode: {mode}, rules: {{{rules}}}}}\n"
        )
    };
    (0..200).map(policy).collect::<Vec<_>>().join("---\n")
}

/// What one request may take of the processor.
const TIME: Duration = Duration::from_secs(1);

/// Holds every shape in `table` against the bounds of memory, each in a fresh process and all in
/// one, and against those of time where that means something.
fn hold(program: &Path, policy: Option<&str>, table: &[Shape], is_timed: bool) {
    let of_all = Meter::start(program, policy);
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
            let what = format!("{operation} of {}", shape.what);
            let (grown, peak) = (fresh.growth(), fresh.peak());
            if std::env::var_os("LIST").is_some() { println!("{took:?} {} {what} {}", grown>>10, of_all.peak()>>10); }
            slowest = slowest.max((took, what.clone()));
            largest = largest.max((grown, what.clone()));
            assert!(grown < GROWTH && peak < PEAK, "{grown} KiB, {peak} in all, for the {what}");
            assert!(!is_timed || took < TIME, "{took:?} for the {what}");
        }
    }
    println!("{policy:?}: {slowest:?}, {largest:?}, {} KiB for all", of_all.peak());
    assert!(of_all.peak() < PEAK, "{} KiB for all", of_all.peak());
}

#[test]
fn f134_every_list_text_and_key_of_three_megabytes_is_answered_within_bounds() {
    let scratch = Scratch::new();
    let policies = scratch.write("policies.yaml", &two_hundred_policies());
    let mut table = every();
    // All of it takes half an hour, and time means something only in a release build.
    let release = std::env::var_os("PLIMSOLL_TEST_COST");
    let step: usize = std::env::var("STEP")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(if release.is_some() { 1 } else { 97 });
    println!("{} shapes", table.len());
    let only = std::env::var("ONLY").unwrap_or_default();
    table = table.into_iter().filter(|s| s.what.contains(&only)).step_by(step).collect();
    let program = release.as_deref().map_or(program(), Path::new);
    for policy in [None, policies.to_str()] {
        hold(program, policy, &table, release.is_some());
    }
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

#[test]
fn f133_millions_of_mappings_are_refused_before_anything_is_built_of_them() {
    let good = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"api"},"spec":{"containers":[{"name":"b"}]}}"#;
    for size in [15_900_000, 31_900_000] {
        for at in BULKS {
            let object = bulk(at, size - 1_000);
            for (what, text) in [
                ("object", review("CREATE", &object, "null")),
                ("oldObject", review("UPDATE", good, &object)),
            ] {
                for is_utf8 in [true, false] {
                    let mut body = text.clone().into_bytes();
                    if !is_utf8 {
                        // In what nobody reads.
                        let end = text.find(r#""object":{"#).unwrap() + r#""object":{"#.len();
                        body.splice(end..end, b"\"x\":\"\xff\",".iter().copied());
                    }
                    let meter = Meter::start(
                        std::env::var_os("PLIMSOLL_TEST_COST")
                            .as_deref()
                            .map_or(program(), Path::new),
                        None,
                    );
                    let before = meter.cpu();
                    let reply = meter.ask(&body);
                    let cpu = meter.cpu() - before;
                    let grown = meter.growth();
                    println!(
                        "{what} {is_utf8} {at} {size}: {} MiB of {}, {cpu:?}: {}",
                        grown >> 10,
                        meter.peak() >> 10,
                        reply["status"]
                    );
                    assert_eq!(reply["allowed"], false);
                    let code = if what == "object" { 400 } else { 403 };
                    assert_eq!(reply["status"]["code"], code, "{what} {at}: {reply}");
                }
            }
        }
    }
}
