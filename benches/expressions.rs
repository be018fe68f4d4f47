//! `make bench`: what an expression of a custom rule costs, over Deployments of 2 to 256 containers, and
//! what a policy of 50 expressions adds to a review.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and fails by panicking"
)]

use std::cell::Cell;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use jiff::Timestamp;
use plimsoll::cel::{Environment, Failure, Inputs, Limits, Meter, Program, Type, Value};
use plimsoll::policy::{Snapshot, load};
use plimsoll::serve::answer;
use plimsoll::subject::{BUILT_IN, Tree, TreeSeed};
use serde::de::DeserializeSeed;
use serde_json::{Value as Json, json};
use support::review;
use support::workloads::{good, pod_spec};

/// What rules of this sort ask.
const EXPRESSIONS: [&str; 10] = [
    "object.spec.template.spec.containers.all(c, has(c.securityContext) && c.securityContext.readOnlyRootFilesystem == true)",
    "object.spec.template.metadata.?labels[?'app'].orValue('') != ''",
    "object.spec.template.spec.containers.all(c, c.image.startsWith('registry.example/'))",
    "object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))",
    "object.spec.replicas >= 1 && object.spec.replicas < 100",
    "object.spec.template.spec.containers.all(c, has(c.resources) && 'memory' in c.resources.limits)",
    "object.metadata.name.matches('^[a-z0-9-]+$')",
    "!has(object.spec.template.spec.hostNetwork) || !object.spec.template.spec.hostNetwork",
    "object.spec.template.spec.containers.exists(c, has(c.readinessProbe))",
    "object.spec.template.spec.containers.all(c, quantity(c.resources.limits.memory).isLessThan(quantity('8Gi')))",
];

/// How long each turn takes at least, in milliseconds; the best of several counts.
const TURN: u128 = 40;
const TURNS: usize = 7;

struct Given<'t>(&'t Tree<'t>);

impl<'t> Inputs<'t> for Given<'t> {
    fn get(&self, _: usize, _: &mut Meter) -> Result<Value<'t>, Failure> {
        Ok(self.0.into())
    }
}

/// The best time of one call, in microseconds.
fn best(mut call: impl FnMut()) -> f64 {
    let mut turn = || {
        let (begun, mut times) = (Instant::now(), 0_u32);
        while begun.elapsed().as_millis() < TURN {
            for _ in 0..20 {
                call();
            }
            times += 20;
        }
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
    };
    (0..TURNS).map(|_| turn()).fold(f64::INFINITY, f64::min)
}

/// A good Deployment with so many containers.
fn deployment(containers: usize) -> Json {
    let kind = &BUILT_IN[1];
    let mut object = good(kind);
    let spec = pod_spec(&mut object, kind);
    spec.as_object_mut().unwrap().remove("initContainers");
    let one = spec["containers"][0].clone();
    let all = (0..containers).map(|n| {
        let mut one = one.clone();
        one["name"] = format!("c{n}").into();
        one
    });
    spec["containers"] = all.collect();
    object["spec"]["replicas"] = json!(2);
    // What the API server notes besides: with two containers it makes 6 KB.
    let variables = (0..12)
        .map(|n| json!({"name": format!("SETTING_{n}"), "value": format!("value number {n}")}));
    let noted = json!({"f:spec": object["spec"], "f:env": variables.clone().collect::<Vec<_>>()});
    let first = &mut pod_spec(&mut object, kind)["containers"][0]["env"];
    first.as_array_mut().unwrap().extend(variables);
    object["metadata"]["managedFields"] = json!([{"manager": "kubectl", "fieldsV1": noted}]);
    object
}

fn tree(text: &str) -> Tree<'_> {
    let room = Cell::new(64 << 20);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    TreeSeed::within(&room).deserialize(&mut deserializer).unwrap()
}

fn policy(expressions: usize) -> Snapshot {
    let mut text = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: bench}\nspec:\n  rules: {privileged: {}}\n".to_owned();
    if expressions > 0 {
        text.push_str("  custom:\n");
    }
    for number in 0..expressions {
        let expression = EXPRESSIONS[number % EXPRESSIONS.len()];
        let _ = writeln!(text, "    - {{id: rule-{number}, expression: {expression:?}}}");
    }
    Snapshot::new(load("bench", &text).unwrap_or_else(|errors| panic!("{errors:?}")))
}

fn main() {
    let environment = Environment::default().with("object", Type::Dyn);
    let programs: Vec<Program> =
        EXPRESSIONS.iter().map(|source| Program::compile(source, &environment).unwrap()).collect();
    println!("\nan expression, in microseconds, over a Deployment with so many containers");
    println!("{:>10} {:>9} {:>10} {:>10} {:>10}", "containers", "bytes", "tree", "mean", "dearest");
    for containers in [1, 2, 8, 32, 256] {
        let text = deployment(containers).to_string();
        let object = tree(&text);
        let building = best(|| drop(black_box(tree(&text))));
        let each: Vec<f64> = programs
            .iter()
            .zip(EXPRESSIONS)
            .map(|(program, source)| {
                best(|| {
                    let mut meter = Meter::new(Limits::default());
                    let value = program.evaluate(&Given(&object), &mut meter);
                    assert!(matches!(black_box(value), Ok(Value::Bool(true))), "{source}");
                })
            })
            .collect();
        let mean = each.iter().sum::<f64>() / each.len() as f64;
        let dearest = each.iter().copied().fold(0.0, f64::max);
        println!(
            "{containers:>10} {:>9} {building:>10.2} {mean:>10.3} {dearest:>10.3}",
            text.len()
        );
    }
    println!(
        "\na review of a Deployment with two containers under a policy of so many expressions, in microseconds"
    );
    let body = review::create(&deployment(2));
    for expressions in [0, 1, 10, 50] {
        let snapshot = policy(expressions);
        let took = best(|| {
            let answer =
                answer(black_box(body.as_bytes()), &snapshot, Timestamp::UNIX_EPOCH).unwrap();
            assert!(black_box(answer).response.allowed);
        });
        println!("{expressions:>10} {took:>10.2}");
    }
}
