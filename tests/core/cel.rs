//! Expressions, held against the conformance tests of CEL: what is read is right, and what is not
//! supported is an error when it is read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use plimsoll::cel::{Environment, Failure, Inputs, Limits, Meter, Program, Type, Value};
use serde_json::Value as Json;
use support::committed::repository;
use support::corpora::{corpus, say};

/// Variables that were evaluated before.
struct Bound<'t>(Vec<Value<'t>>);

impl<'t> Inputs<'t> for Bound<'t> {
    fn get(&self, input: usize, _: &mut Meter) -> Result<Value<'t>, Failure> {
        self.0.get(input).cloned().ok_or(Failure::Unknown("variable"))
    }
}

/// How a case came out.
#[derive(Debug, PartialEq)]
enum Outcome {
    Right,
    /// What is read wrong, or evaluated wrong.
    Wrong(String),
    /// It is an error when it is read, and why.
    Unsupported(String),
}

/// A whole number, of which one that is too long for others stands as text.
fn whole(of: &Json) -> Option<String> {
    let long = of.as_object().and_then(|of| of.values().next()).and_then(Json::as_str);
    long.map(str::to_owned).or_else(|| of.is_number().then(|| of.to_string()))
}

/// A value as an expression would write it; none of what no expression can write here.
fn written(value: &Json) -> Option<String> {
    let (kind, of) = value.as_object()?.iter().find(|(kind, _)| kind.ends_with("_value"))?;
    Some(match kind.as_str() {
        "null_value" => "null".to_owned(),
        "bool_value" | "string_value" => of.to_string(),
        "int64_value" => whole(of)?,
        "uint64_value" => format!("{}u", whole(of)?),
        "double_value" => match of.as_str() {
            Some(text) => format!("double('{text}')"),
            None => match of.get("$float").or_else(|| of.get("$double")) {
                Some(text) => format!("double({text})"),
                None => format!("double('{of}')"),
            },
        },
        "bytes_value" => {
            let hex = match of.get("$bytes_hex").and_then(Json::as_str) {
                Some(hex) => hex.to_owned(),
                None => of.as_str()?.bytes().map(|b| format!("{b:02x}")).collect(),
            };
            let pairs = (0..hex.len() / 2).map(|at| format!("\\x{}", &hex[2 * at..2 * at + 2]));
            format!("b'{}'", pairs.collect::<String>())
        }
        "type_value" => of.as_str()?.to_owned(),
        "list_value" => {
            let items = of.get("values").and_then(Json::as_array).cloned().unwrap_or_default();
            let items: Option<Vec<String>> =
                items.iter().map(|item| written(item).map(|item| format!("dyn({item})"))).collect();
            format!("[{}]", items?.join(", "))
        }
        "map_value" => {
            let entries = of.get("entries").and_then(Json::as_array).cloned().unwrap_or_default();
            let entries: Option<Vec<String>> = entries
                .iter()
                .map(|e| {
                    Some(format!("dyn({}): dyn({})", written(&e["key"])?, written(&e["value"])?))
                })
                .collect();
            format!("{{{}}}", entries?.join(", "))
        }
        "object_value" => {
            let (name, of) = of.as_object()?.iter().next()?;
            let number = |key: &str| of.get(key).and_then(Json::as_i64).unwrap_or(0);
            let (seconds, nanos) = (number("seconds"), number("nanos"));
            if name.ends_with("google.protobuf.Timestamp]") {
                format!("(timestamp({seconds}) + duration('{nanos}ns'))")
            } else if name.ends_with("google.protobuf.Duration]") {
                format!("(duration('{seconds}s') + duration('{nanos}ns'))")
            } else {
                return None;
            }
        }
        _ => return None,
    })
}

/// A value in words that tell it from every other.
fn shown(value: &Value<'_>) -> String {
    match value {
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(|item| shown(&item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entries = (0..map.len()).filter_map(|at| map.entry(at));
            let entries: Vec<String> =
                entries.map(|(key, value)| format!("{}: {}", shown(&key), shown(&value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::String(text) => format!("{:?}", &**text),
        // What JSON says of the last digit is not read exactly.
        Value::Double(number) if number.is_finite() => format!("{number:.14e}"),
        Value::Optional(Some(value)) => format!("optional {}", shown(value)),
        other => format!("{other:?}"),
    }
}

fn evaluated(source: &str) -> Option<String> {
    let program = Program::compile(source, &Environment::default()).ok()?;
    let mut meter = Meter::new(Limits::default());
    program.evaluate(&Bound(Vec::new()), &mut meter).ok().map(|value| shown(&value))
}

/// What becomes of a case.
fn outcome(case: &Json) -> Outcome {
    let source = case["expr"].as_str().expect("an expression");
    let list = |name: &str| case[name].as_array().cloned().unwrap_or_default();
    let bindings: Vec<(String, Option<String>)> = list("bindings")
        .iter()
        .map(|b| (b["key"].as_str().expect("a name").to_owned(), written(&b["value"]["value"])))
        .collect();
    if bindings.iter().any(|(_, value)| value.is_none()) {
        return Outcome::Unsupported("messages as variables".to_owned());
    }
    let names: Vec<String> = match bindings.as_slice() {
        [] => {
            list("type_env").iter().filter_map(|v| v["name"].as_str().map(str::to_owned)).collect()
        }
        bindings => bindings.iter().map(|(name, _)| name.clone()).collect(),
    };
    let container = case["container"].as_str().unwrap_or_default();
    if names.contains(&format!("{container}.{source}")) {
        return Outcome::Unsupported("names in containers".to_owned());
    }
    let environment =
        names.iter().fold(Environment::default(), |all, name| all.with(name, Type::Dyn));
    let wants_error = !case["eval_error"].is_null();
    let program = match Program::compile(source, &environment) {
        Ok(program) => program,
        Err(_) if wants_error => return Outcome::Right,
        Err(mistakes) => return Outcome::Unsupported(mistakes[0].message.clone()),
    };
    let values: Vec<Program> = bindings
        .iter()
        .map(|(_, value)| {
            Program::compile(value.as_deref().unwrap_or("null"), &Environment::default())
                .expect("a binding is an expression")
        })
        .collect();
    let mut meter = Meter::new(Limits::default());
    let bound = values
        .iter()
        .map(|value| value.evaluate(&Bound(Vec::new()), &mut meter).expect("a binding has a value"))
        .collect();
    judged(case, program.evaluate(&Bound(bound), &mut meter))
}

/// What was found, held against what a case says.
fn judged(case: &Json, found: Result<Value<'_>, Failure>) -> Outcome {
    let wants_error = !case["eval_error"].is_null();
    let expected =
        [&case["value"], &case["typed_result"]["result"]].into_iter().find(|v| !v.is_null());
    match (found, expected) {
        (Err(_), _) if wants_error => Outcome::Right,
        (Ok(value), _) if wants_error => Outcome::Wrong(format!("no error but {}", shown(&value))),
        // What is only to be read has no variables.
        (_, _) if case["check_only"] == true => Outcome::Right,
        (Ok(Value::Bool(true)), None) => Outcome::Right,
        (found, None) => Outcome::Wrong(format!("not true but {found:?}")),
        (Err(failure), Some(_)) => Outcome::Wrong(format!("fails: {failure}")),
        (Ok(value), Some(expected)) => {
            let value = shown(&value);
            match written(expected).and_then(|source| evaluated(&source)) {
                Some(expected) if value == expected => Outcome::Right,
                Some(expected) => Outcome::Wrong(format!("{value} and not {expected}")),
                None => Outcome::Wrong(format!("{value}, and what is expected is no value here")),
            }
        }
    }
}

/// What is not supported, by how it is told of when it is read, and by what the page says of it.
const UNSUPPORTED: [(&str, &str); 12] = [
    ("messages ", "messages but for those of `google.protobuf`"),
    ("there is no variable `TestAllTypes`", "messages but for those of"),
    ("there is no variable `GlobalEnum`", "messages but for those of"),
    ("there is no function `TestAllTypes", "messages but for those of"),
    ("there is no function `math.", "`math.greatest`, `math.least`"),
    ("there is no function `cel.b", "`cel.bind`, `cel.block`"),
    ("there is no function `base64.", "`base64.encode`, `base64.decode`"),
    ("`reverse` takes no string", "`reverse` of text"),
    ("values of one list or map are of one type", "lists and maps that are written down"),
    ("` takes ", "operators on values of types that cannot be right"),
    ("comes to ", "operators on values of types that cannot be right"),
    ("addresses of IPv4 in IPv6", "An address of IPv4 that is written as one of IPv6"),
];

/// The same of what nobody declares.
const UNDECLARED: [&str; 6] = [
    "there is no function",
    "there is no variable",
    "names in containers",
    "is called on a value",
    "is to be the name of a variable",
    "is called on nothing",
];

fn each_case(folder: &Path, mut each: impl FnMut(&str, &Json)) {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension().is_some_and(|e| e == "json") && !path.ends_with("SOURCE.json")
        })
        .collect();
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).expect("a file of cases");
        let tests: Json = serde_json::from_str(&text).expect("JSON");
        let name = tests["name"].as_str().expect("a name").to_owned();
        for section in tests["section"].as_array().expect("sections") {
            for case in section["test"].as_array().expect("cases") {
                each(&name, case);
            }
        }
    }
}

#[test]
fn what_is_read_comes_to_what_the_conformance_tests_of_cel_say() {
    let Some(folder) = corpus("cel") else { return };
    let (mut right, mut wrong, mut unsupported) =
        (0, String::new(), BTreeMap::<String, usize>::new());
    each_case(&folder, |file, case| match outcome(case) {
        Outcome::Right => right += 1,
        // Kubernetes takes no address of IPv4 that is written as one of IPv6 (library/ip.go).
        Outcome::Wrong(_) if case["expr"].as_str().is_some_and(|e| e.contains("::ffff:")) => {
            *unsupported.entry("addresses of IPv4 in IPv6".to_owned()).or_default() += 1;
        }
        Outcome::Wrong(why) => {
            let _ = writeln!(wrong, "{file}: {}: {why}", case["expr"]);
        }
        Outcome::Unsupported(why) => *unsupported.entry(why).or_default() += 1,
    });
    let mut reasons: Vec<(usize, String)> =
        unsupported.into_iter().map(|(why, n)| (n, why)).collect();
    reasons.sort_by(|a, b| b.cmp(a));
    let page = fs::read_to_string(repository().join("docs/custom-rules.md")).expect("the page");
    assert!(page.contains("functions and names that nobody declares, and containers of names"));
    for (count, why) in &reasons {
        let told = UNSUPPORTED.iter().find(|(sign, _)| why.contains(sign));
        let is_told = told.is_some_and(|(_, words)| page.contains(words))
            || UNDECLARED.iter().any(|sign| why.contains(sign));
        assert!(is_told, "{count} cases are not supported, and the page does not say so: {why}");
    }
    say(&format!(
        "{right} right, {} unsupported, {} wrong",
        reasons.iter().map(|(n, _)| n).sum::<usize>(),
        wrong.lines().count()
    ));
    assert!(wrong.is_empty(), "{wrong}");
}

/// Texts that are deep in one way or another, as long as an expression may be.
fn deep_texts() -> Vec<String> {
    let repeated = |text: &str| text.repeat(plimsoll::cel::SOURCE_LIMIT / text.len() - 1);
    let mut texts: Vec<String> =
        ["1+", "a.", "!", "-", "(", "[", "{1:", "a?b:", "true&&", "a.b(", "a[", "f("]
            .iter()
            .map(|text| repeated(text) + "a")
            .collect();
    let nested = |open: &str, close: &str| {
        let times = plimsoll::cel::SOURCE_LIMIT / (open.len() + close.len()) - 1;
        format!("{}a{}", open.repeat(times), close.repeat(times))
    };
    let pairs =
        [("(", ")"), ("[", "]"), ("{1:", "}"), ("a[", "]"), ("f(", ")"), ("[a].all(x,", ")")];
    texts.extend(pairs.map(|(open, close)| nested(open, close)));
    texts.push("'".repeat(8_000));
    texts.push(format!("'{}'.matches('{}')", "a".repeat(100), "(a*)*".repeat(300)));
    texts
}

/// F-69: on a stack as small as that of a server's threads.
#[test]
fn f69_no_text_is_too_deep_to_be_read_or_refused() {
    let read = || {
        for text in deep_texts() {
            let begun = std::time::Instant::now();
            let _ = Program::compile(&text, &Environment::default().with("a", Type::Dyn));
            let took = begun.elapsed();
            assert!(took.as_secs() < 20, "{took:?}: {}", &text[..40]);
        }
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(read).expect("a thread");
    thread.join().expect("no panic");
}
