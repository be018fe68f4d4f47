//! Expressions that are made up at random, from every name that there is: none panics, none goes on, and
//! none takes more than it may.
//!
//! In CI a share of them; `make test-expressions` makes a million.

use std::time::{Duration, Instant};
use std::{env, fs};

use plimsoll::cel::{Environment, Failure, Inputs, Limits, Meter, Program, Type, Value};
use plimsoll::subject::{Tree, TreeSeed};
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde::de::DeserializeSeed;
use support::corpora::say;

/// What is evaluated over.
const OBJECT: &str = r#"{"kind": "Deployment", "metadata": {"name": "api", "labels": {"app": "api", "a.b/c": ""}},
    "spec": {"replicas": 3, "ratio": 1.5, "paused": false, "nothing": null,
             "containers": [{"name": "a", "image": "registry.example/a:1", "ports": [1, 2, 3]},
                            {"name": "b", "image": "nginx", "limits": {"memory": "1Gi", "cpu": "500m"}}]}}"#;

const ATOMS: [&str; 41] = [
    "object",
    "object.metadata.labels",
    "object.spec.containers",
    "object.spec.replicas",
    "x",
    "y",
    "object.spec.containers[0].image",
    "object.metadata.name",
    "object.spec.ratio",
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "2u",
    "1.5",
    "''",
    "'a'",
    "'registry.example/a:1'",
    "'^a+$'",
    "'1Gi'",
    "'10.0.0.0/8'",
    "'1.2.3'",
    "'1h'",
    "'2026-01-01T00:00:00Z'",
    "'%s %d'",
    "b'a'",
    "[]",
    "[1, 2, 3]",
    "['a', 'b']",
    "{}",
    "{'a': 1}",
    "int",
    "list",
    "'https://a.example/b?c=d'",
    "optional.none()",
    "google.protobuf.Int32Value{value: 7}",
    "lists.range(200)",
    "\"\\u00e9\\n\"",
];

const OPERATORS: [&str; 14] =
    ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", " in "];

const FOLDS: [&str; 12] = [
    "all",
    "exists",
    "exists_one",
    "map",
    "filter",
    "sortBy",
    "transformList",
    "transformMap",
    "transformMapEntry",
    "optMap",
    "optFlatMap",
    "existsOne",
];

const CALLS: [&str; 96] = [
    "size",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "bytes",
    "type",
    "dyn",
    "duration",
    "timestamp",
    "has",
    "quantity",
    "isQuantity",
    "url",
    "isURL",
    "ip",
    "isIP",
    "cidr",
    "isCIDR",
    "semver",
    "isSemver",
    "optional.of",
    "optional.ofNonZeroValue",
    "optional.none",
    "sets.contains",
    "sets.equivalent",
    "sets.intersects",
    "strings.quote",
    "lists.range",
    "format.named",
    "format.uuid",
    "format.uri",
    "ip.isCanonical",
    ".startsWith",
    ".endsWith",
    ".contains",
    ".matches",
    ".charAt",
    ".indexOf",
    ".lastIndexOf",
    ".lowerAscii",
    ".upperAscii",
    ".trim",
    ".replace",
    ".split",
    ".substring",
    ".join",
    ".format",
    ".find",
    ".findAll",
    ".size",
    ".isSorted",
    ".sum",
    ".min",
    ".max",
    ".slice",
    ".flatten",
    ".sort",
    ".reverse",
    ".distinct",
    ".hasValue",
    ".value",
    ".or",
    ".orValue",
    ".unwrapOpt",
    ".getHost",
    ".getQuery",
    ".getScheme",
    ".family",
    ".isLoopback",
    ".isGlobalUnicast",
    ".containsIP",
    ".containsCIDR",
    ".masked",
    ".prefixLength",
    ".major",
    ".minor",
    ".patch",
    ".isGreaterThan",
    ".isLessThan",
    ".compareTo",
    ".add",
    ".sub",
    ".sign",
    ".asInteger",
    ".asApproximateFloat",
    ".isInteger",
    ".validate",
    ".getFullYear",
    ".getHours",
    ".getMilliseconds",
    ".getDayOfWeek",
    ".ip",
    ".allowed",
    "nothing.like",
];

/// One of several.
fn one<'a>(rng: &mut TestRng, of: &[&'a str]) -> &'a str {
    of[rng.random_range(0..of.len())]
}

fn expression(rng: &mut TestRng, depth: usize) -> String {
    if depth == 0 || rng.random_range(0..8) == 0 {
        return one(rng, &ATOMS).to_owned();
    }
    let part = |rng: &mut TestRng| expression(rng, depth - 1);
    match rng.random_range(0..12) {
        0 | 1 => format!("({} {} {})", part(rng), one(rng, &OPERATORS), part(rng)),
        2 => format!("({} ? {} : {})", part(rng), part(rng), part(rng)),
        3 => format!("{}{}", one(rng, &["!", "-"]), part(rng)),
        4 => format!("{}.{}", part(rng), one(rng, &["name", "?labels", "spec", "`a.b/c`", "b"])),
        5 => format!("{}[{}{}]", part(rng), one(rng, &["", "?"]), part(rng)),
        6 => format!("[{}, {}]", part(rng), part(rng)),
        7 => format!("{{{}: {}}}", part(rng), part(rng)),
        8 | 9 => {
            let (range, fold, body) = (part(rng), one(rng, &FOLDS), part(rng));
            let variables = one(rng, &["x", "x, y", "x, x", "y"]);
            let filter = if rng.random_range(0..4) == 0 {
                format!("{}, ", part(rng))
            } else {
                String::new()
            };
            format!("{range}.{fold}({variables}, {filter}{body})")
        }
        _ => {
            let count = rng.random_range(0..4);
            let arguments: Vec<String> = (0..count).map(|_| part(rng)).collect();
            let (call, arguments) = (one(rng, &CALLS), arguments.join(", "));
            if call.starts_with('.') {
                format!("{}{call}({arguments})", part(rng))
            } else {
                format!("{call}({arguments})")
            }
        }
    }
}

/// A text that may be none: bytes are taken out, put in or said twice.
fn damaged(rng: &mut TestRng, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=chars.len());
        match rng.random_range(0..3) {
            0 if at < chars.len() => drop(chars.remove(at)),
            1 => chars
                .insert(at, ['(', ')', '\'', '"', '.', '?', '`', '\0', 'é', '\u{202e}'][at % 10]),
            _ => chars.truncate(at),
        }
    }
    chars.into_iter().collect()
}

struct Given<'t>(&'t Tree<'t>);

impl<'t> Inputs<'t> for Given<'t> {
    fn get(&self, _: usize, _: &mut Meter) -> Result<Value<'t>, Failure> {
        Ok(self.0.into())
    }
}

/// The most memory that this process ever took, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the state of the process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
    line.split_whitespace().next().expect("a number").parse().expect("a number")
}

#[test]
fn no_expression_panics_goes_on_or_takes_more_than_it_may() {
    let named = env::var("PLIMSOLL_TEST_EXPRESSIONS").ok();
    let count: u32 = named.as_deref().map_or(20_000, |count| count.parse().expect("a number"));
    let mut seed = [0_u8; 32];
    let moment = jiff::Timestamp::now().as_nanosecond().to_le_bytes();
    let text = env::var("PLIMSOLL_TEST_SEED").unwrap_or_default();
    let source = if text.is_empty() { moment.to_vec() } else { text.into_bytes() };
    seed.iter_mut().zip(source.iter().cycle()).for_each(|(to, from)| *to = *from);
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let room = std::cell::Cell::new(1 << 20);
    let mut deserializer = serde_json::Deserializer::from_str(OBJECT);
    let object = TreeSeed::within(&room).deserialize(&mut deserializer).expect("an object");
    let environment = Environment::default().with("object", Type::Dyn).with("x", Type::Dyn);
    let environment = environment.with("y", Type::Dyn);
    let limits = Limits::default();
    let before = peak();
    let (mut read, mut told) = (0_u32, 0_u32);
    for number in 0..count {
        let depth = rng.random_range(1..5);
        let mut source = expression(&mut rng, depth);
        if rng.random_range(0..10) == 0 {
            source = damaged(&mut rng, &source);
        }
        let begun = Instant::now();
        if let Ok(program) = Program::compile(&source, &environment) {
            read += 1;
            let mut meter = Meter::new(limits);
            let value = program.evaluate(&Given(&object), &mut meter);
            told += u32::from(value.is_ok());
            if let Ok(value) = value {
                assert!(program.gives().may_be(value.of_type()), "{source}: {:?}", value.of_type());
            }
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(20), "{seed:?} {number}, {took:?}: {source}");
    }
    say(&format!("{count} expressions, {read} could be read, {told} came to a value"));
    assert!(read > count / 20 && told > count / 50, "{read} {told}");
    if named.is_some() {
        let grown = peak() - before;
        assert!(grown < 64 << 10, "{grown} KiB");
    }
}
