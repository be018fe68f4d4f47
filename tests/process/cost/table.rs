//! Objects that are all of one thing: every list, text and key that is read, full of every token
//! that some rule looks for.

use plimsoll::subject::{BUILT_IN, Kind};
use serde_json::Value;

use crate::shapes::{
    Fill, KEYS, Step, TOKENS, full, full_of, lists, own_fields, read_fields, run_of, shown, steps,
};

/// What an object is full of.
pub struct Shape {
    /// What is written many times, and where.
    pub what: String,
    kind: &'static Kind,
    steps: Vec<Step>,
    leaf: Leaf,
    key: &'static str,
    text: &'static str,
    is_bare: bool,
    widths: (usize, usize),
}

/// The value that is written.
enum Leaf {
    Json(String),
    /// Runs of a token, so long; as long as the object where that is none.
    Run(&'static str, Option<usize>),
    /// One that matters little, under a key that is a run of a token.
    LongKey(&'static str),
}

/// The texts that all fields have beside the one that is filled.
const TEXTS: [&str; 2] = ["text", "x_PASSWORD"];

/// The length of text of which there is much.
const MEDIUM: usize = 170;

/// Every list and mapping with as many elements as fit, every text in as many elements as fit and
/// by itself, and every key.
pub fn every() -> Vec<Shape> {
    let fields = read_fields();
    let mut all = Vec::new();
    for (steps, leaf) in lists(&fields) {
        let is_annotation = steps.contains(&Step::Key("annotations".to_owned()));
        for key in KEYS.into_iter().filter(|key| *key == "k#" || is_annotation) {
            let (few, many) = widths(&steps);
            for (text, is_bare, widths) in
                [(0, true, few), (0, true, many), (0, false, few), (1, true, few), (1, false, many)]
            {
                let text = TEXTS[text];
                let what =
                    format!("{} of {leaf}, {key}, {text}, {is_bare}, {widths:?}", shown(&steps));
                let (kind, steps, leaf) = (POD, steps.clone(), Leaf::Json(leaf.clone()));
                all.push(Shape { what, kind, steps, leaf, key, text, is_bare, widths });
            }
        }
    }
    let is_text = |kind: &str| matches!(kind, "string" | "quantity");
    for (at, (path, _)) in fields.iter().filter(|(_, kind)| is_text(kind)).enumerate() {
        for token in TOKENS {
            for length in [None, Some(MEDIUM)] {
                let what = format!("{path} of runs of {token}, {length:?}");
                let (leaf, text, steps) = (Leaf::Run(token, length), TEXTS[at % 2], steps(path));
                let (few, many) = widths(&steps);
                let widths = if token.len() % 2 == 0 { few } else { many };
                let (kind, key) = (POD, "k#");
                all.push(Shape { what, kind, steps, leaf, key, text, is_bare: true, widths });
            }
        }
    }
    for (path, _) in fields.iter().filter(|(path, _)| path.ends_with("{}")) {
        for (token, key) in TOKENS.into_iter().flat_map(|token| KEYS.map(|key| (token, key))) {
            let what = format!("{path} with a key {key} of {token}");
            let (leaf, text) = (Leaf::LongKey(token), TEXTS[1]);
            let (kind, steps, widths) = (POD, steps(path), (1, 1));
            all.push(Shape { what, kind, steps, leaf, key, text, is_bare: true, widths });
        }
    }
    all.extend(BUILT_IN.iter().flat_map(of_kind));
    all
}

const POD: &Kind = &BUILT_IN[0];

/// What most rules about other kinds look for.
const WORDS: [&str; 2] = ["*", "text"];

/// The same for what a kind has beside pod templates.
fn of_kind(kind: &'static Kind) -> Vec<Shape> {
    let fields = own_fields(kind);
    let mut all = Vec::new();
    let lists = lists(&fields);
    for (text, (steps, leaf)) in WORDS.iter().flat_map(|word| lists.iter().map(move |l| (word, l)))
    {
        let (few, many) = widths(steps);
        for (is_bare, widths) in [(true, few), (true, many), (false, few)] {
            let what = format!("{}{} of {leaf}, {text}, {is_bare}", kind.kind, shown(steps));
            let (steps, leaf) = (steps.clone(), Leaf::Json(leaf.clone()));
            all.push(Shape { what, kind, steps, leaf, key: "k#", text, is_bare, widths });
        }
    }
    let is_text = |kind: &str| matches!(kind, "string" | "quantity" | "as written");
    for (path, _) in fields.iter().filter(|(_, kind)| is_text(kind)) {
        for token in TOKENS {
            let what = format!("{}{path} of runs of {token}", kind.kind);
            let (leaf, steps) = (Leaf::Run(token, None), steps(path));
            let (key, text, widths) = ("k#", WORDS[0], (1, 1));
            all.push(Shape { what, kind, steps, leaf, key, text, is_bare: true, widths });
        }
    }
    all
}

/// How many elements stand around others, and how many in each of them: as few as hold as many as
/// fit, and as many as are read.
fn widths(steps: &[Step]) -> ((usize, usize), (usize, usize)) {
    let lists = steps.iter().filter(|step| !matches!(step, Step::Key(_))).count();
    let is_of_containers =
        matches!(steps.get(1), Some(Step::Key(list)) if list.ends_with("ontainers"));
    if lists == 1 && is_of_containers { ((46, 46), (512, 512)) } else { ((46, 16_000), (512, 500)) }
}

impl Shape {
    /// What there is much of in a Pod, with a value of its own.
    pub fn of(path: &str, leaf: &str, is_bare: bool) -> Self {
        Self::of_kind(POD, path, leaf, is_bare)
    }

    /// What there is much of in an object of some kind.
    pub fn of_kind(kind: &'static Kind, path: &str, leaf: &str, is_bare: bool) -> Self {
        let shown = leaf.get(..100).unwrap_or(leaf);
        Self {
            what: format!("{}{path} of {shown}, {is_bare}", kind.kind),
            kind,
            steps: steps(path),
            leaf: Leaf::Json(leaf.to_owned()),
            key: KEYS[1],
            text: TEXTS[1],
            is_bare,
            widths: widths(&steps(path)).0,
        }
    }

    /// An object of about so many bytes; `first` is the first of the numbers that are written in it.
    pub fn object(&self, size: usize, first: usize) -> String {
        let base = base(self.kind, self.text);
        // What is all of the object, and what stands beside it.
        let rest = size - 100_000;
        let (leaf, key, is_single) = match &self.leaf {
            Leaf::Json(leaf) => (leaf.clone(), self.key.to_owned(), false),
            Leaf::Run(token, Some(length)) => (run_of(token, *length), "k#".to_owned(), false),
            Leaf::Run(token, None) => (run_of(token, rest), "k#".to_owned(), true),
            Leaf::LongKey(token) => {
                let key = format!("{}{}", self.key, token.repeat(rest / token.len()));
                ("\"1\"".to_owned(), key, true)
            }
        };
        let fill = Fill {
            steps: &self.steps,
            leaf: &leaf,
            key: &key,
            first,
            is_bare: self.is_bare,
            widths: self.widths,
        };
        if is_single { fill.with(&base, 1) } else { fill.of_size(&base, size) }
    }

    /// A new object of about so many bytes.
    pub fn create(&self, size: usize) -> String {
        review_of(self.kind, "CREATE", &self.object(size, 1), "null")
    }

    /// An update of an object to another of the same shape, both of about so many bytes together.
    pub fn update(&self, size: usize) -> String {
        let [new, old] = [100_000, 500_000].map(|first| self.object(size / 2, first));
        review_of(self.kind, "UPDATE", &new, &old)
    }
}

fn base(kind: &Kind, text: &str) -> Value {
    if kind == POD { full(&read_fields(), text) } else { full_of(kind, &own_fields(kind), text) }
}

/// What the API server sends of a write of a Pod.
pub fn review(operation: &str, object: &str, old: &str) -> String {
    review_of(POD, operation, object, old)
}

/// What the API server sends of a write.
fn review_of(kind: &Kind, operation: &str, object: &str, old: &str) -> String {
    let Kind { group, kind, resource, .. } = kind;
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u","kind":{{"group":"{group}","version":"v1","kind":"{kind}"}},"resource":{{"group":"{group}","version":"v1","resource":"{resource}"}},"name":"api","namespace":"shop","operation":"{operation}","userInfo":{{"username":"developer"}},"object":{object},"oldObject":{old}}}}}"#
    )
}
