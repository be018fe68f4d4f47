//! From parser events to trees.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::node::{Entry, Node, Place, Value};
use super::{ALIAS_LIMIT, DEPTH_LIMIT, Error, Problem, scalar};

/// How much of a node is pointed at, in bytes.
const SHOWN: usize = 160;

/// Every document of `text`, in order; one that cannot be read is an error and hides no other.
///
/// Empty documents (nothing, or only comments, between two `---`) are left out.
pub fn documents(text: &str) -> Vec<Result<Node, Error>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(at) = text.find(['\u{85}', '\u{2028}', '\u{2029}']) {
        return vec![Err(Error { problem: Problem::LineSeparator, place: place_of(text, at) })];
    }
    let mut builder = Builder { parser: Parser::new_from_str(text), text };
    let mut found = Vec::new();
    loop {
        match builder.next_document() {
            Ok(None) => return found,
            Ok(Some(Node { value: Value::Null, .. })) => {}
            Ok(Some(node)) => found.push(Ok(node)),
            Err(error) => {
                found.push(Err(error));
                if !matches!(builder.parser.proceed_next_document(), Ok(true)) {
                    return found;
                }
            }
        }
    }
}

/// Line and column of a byte.
fn place_of(text: &str, at: usize) -> Place {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    Place { line, column, span: at..at }
}

struct Builder<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
}

/// What the nodes of one document share.
#[derive(Default)]
struct Document {
    anchors: HashMap<usize, Node>,
    unfolded: usize,
}

impl<'t> Builder<'t> {
    fn next_document(&mut self) -> Result<Option<Node>, Error> {
        loop {
            let Some((event, span)) = self.next_event()? else { return Ok(None) };
            match event {
                Event::StreamEnd => return Ok(None),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => return self.node(event, span, 0, &mut Document::default()).map(Some),
            }
        }
    }

    fn next_event(&mut self) -> Result<Option<(Event<'t>, Span)>, Error> {
        self.parser.next_event().transpose().map_err(|error| self.syntax(&error))
    }

    fn syntax(&self, error: &ScanError) -> Error {
        let marker = error.marker();
        let at = self.boundary(marker.byte_offset().unwrap_or(self.text.len()));
        Error {
            problem: Problem::Syntax(error.info()),
            place: Place { line: marker.line(), column: marker.col() + 1, span: at..at },
        }
    }

    /// The nearest place at or before `at` that does not split a character.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The place of a scalar, or the start of a collection, no further than its first line and
    /// [`SHOWN`] bytes.
    fn place(&self, span: &Span, whole: bool) -> Place {
        let extent = self.extent(span);
        let furthest = self.boundary(extent.start + SHOWN);
        let end = if whole { extent.end.min(furthest) } else { furthest };
        let shown = self.text.get(extent.start..end).unwrap_or_default();
        let length = shown.find(['\n', '\r']).unwrap_or(shown.len());
        let span_shown = extent.start..extent.start + length;
        Place { line: span.start.line(), column: span.start.col() + 1, span: span_shown }
    }

    fn extent(&self, span: &Span) -> std::ops::Range<usize> {
        let start = self.boundary(span.start.byte_offset().unwrap_or(0));
        start..self.boundary(span.end.byte_offset().unwrap_or(start)).max(start)
    }

    fn node(
        &mut self,
        event: Event<'t>,
        span: Span,
        depth: usize,
        document: &mut Document,
    ) -> Result<Node, Error> {
        let place = self.place(&span, matches!(event, Event::Scalar(..) | Event::Alias(_)));
        let extent = self.extent(&span);
        let fail = |problem| Error { problem, place: place.clone() };
        if depth > DEPTH_LIMIT {
            return Err(fail(Problem::TooDeep));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (scalar_value(&text, style, tag.as_deref()).map_err(fail)?, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                (Value::Sequence(self.sequence(depth, document)?), anchor)
            }
            Event::MappingStart(_, anchor, _) => {
                (Value::Mapping(self.mapping(depth, document)?), anchor)
            }
            Event::Alias(anchor) => {
                let Some(target) = document.anchors.get(&anchor) else {
                    return Err(fail(Problem::Recursive));
                };
                document.unfolded += target.weight();
                if document.unfolded > ALIAS_LIMIT {
                    return Err(fail(Problem::TooManyAliases));
                }
                return Ok(Node { value: target.value.clone(), place, extent });
            }
            other => return Err(fail(Problem::Syntax(format!("unexpected {other:?}")))),
        };
        let node = Node { value, place, extent };
        if anchor != 0 {
            document.unfolded += node.weight();
            if document.unfolded > ALIAS_LIMIT {
                return Err(Error { problem: Problem::TooManyAliases, place: node.place });
            }
            document.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self, depth: usize, document: &mut Document) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        while let Some((event, span)) = self.next_event()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            nodes.push(self.node(event, span, depth + 1, document)?);
        }
        Ok(nodes)
    }

    /// Entries and merge keys in the order written: what comes later counts, as `goyaml.v2` has it.
    fn mapping(&mut self, depth: usize, document: &mut Document) -> Result<Vec<Entry>, Error> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut written = HashSet::new();
        while let Some((event, span)) = self.next_event()? {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let is_merge = is_merge_key(&event);
            let key_node = self.node(event, span, depth + 1, document)?;
            let key_place = key_node.place;
            let fail = |problem| Error { problem, place: key_place.clone() };
            let key = key_text(&key_node.value).ok_or_else(|| fail(Problem::KeyNotText))?;
            let Some((event, span)) = self.next_event()? else { break };
            let value = self.node(event, span, depth + 1, document)?;
            let mut brought = Vec::new();
            if is_merge {
                merge_sources(value, &mut brought).map_err(fail)?;
            } else if written.insert(key.clone()) {
                brought.push(Entry { key, key_place, value });
            } else {
                return Err(fail(Problem::DuplicateKey(key)));
            }
            for entry in brought {
                let known = places.get(&entry.key).and_then(|&at| entries.get_mut(at));
                if let Some(known) = known {
                    *known = entry;
                } else {
                    places.insert(entry.key.clone(), entries.len());
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }
}

/// `<<`, plain or tagged as what it is.
fn is_merge_key(event: &Event<'_>) -> bool {
    let Event::Scalar(text, style, _, tag) = event else { return false };
    text == "<<"
        && match tag.as_deref() {
            Some(tag) => yaml_tag(tag).as_deref() == Some("merge"),
            None => *style == ScalarStyle::Plain,
        }
}

/// The entries that a merge key brings; of several sources the first one counts, so it is last.
fn merge_sources(value: Node, brought: &mut Vec<Entry>) -> Result<(), Problem> {
    match value.value {
        Value::Mapping(entries) => brought.extend(entries),
        Value::Sequence(nodes) => {
            for node in nodes.into_iter().rev() {
                let Value::Mapping(entries) = node.value else { return Err(Problem::BadMerge) };
                brought.extend(entries);
            }
        }
        _ => return Err(Problem::BadMerge),
    }
    Ok(())
}

/// What a tag such as `!!int` says.
fn yaml_tag(tag: &Tag) -> Option<Cow<'_, str>> {
    tag.suffix_in_namespace("tag:yaml.org,2002:")
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, Problem> {
    let is_plain = match tag.and_then(yaml_tag).as_deref() {
        Some("binary") => return Err(Problem::Binary),
        Some(kind) => matches!(kind, "int" | "float" | "bool" | "null"),
        None => style == ScalarStyle::Plain && tag.is_none(),
    };
    if is_plain { scalar::resolve(text) } else { Ok(Value::String(text.to_owned())) }
}

/// A key as JSON writes it; `sigs.k8s.io/yaml` turns numbers and booleans into text.
fn key_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::FieldPath;

    fn only(text: &str) -> Node {
        let mut all = documents(text);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0).expect("readable")
    }

    #[test]
    fn a_document_becomes_the_json_that_kubectl_would_send() {
        let node = only("a: {b: [1, yes, '1', ~]}\nc: |\n  x\n  y\n");
        assert_eq!(node.to_json(), r#"{"a":{"b":[1,true,"1",null]},"c":"x\ny\n"}"#);
    }

    #[test]
    fn json_is_read_as_the_yaml_it_is() {
        assert_eq!(
            only("{\"a\": \"\\u0041\\/\", \"b\": -1.5e2}").to_json(),
            r#"{"a":"A/","b":-150.0}"#
        );
    }

    #[test]
    fn a_field_is_found_at_its_line_and_column_and_an_absent_one_at_its_parent() {
        let node = only("# top\nspec:\n  containers:\n  - name: a\n    image: nginx\n");
        let image = FieldPath::root().keys(&["spec", "containers"]).index(0).key("image");
        assert_eq!((node.locate(&image).line, node.locate(&image).column), (5, 5));
        let absent = FieldPath::root().keys(&["spec", "containers"]).index(0).key("resources");
        assert_eq!((node.locate(&absent).line, node.locate(&absent).column), (4, 5));
    }

    #[test]
    fn one_broken_document_hides_no_other() {
        let all = documents("a: 1\n---\nb: [1, 2\n---\nc: 3\n");
        let kinds: Vec<bool> = all.iter().map(Result::is_ok).collect();
        assert_eq!(kinds, [true, false, true]);
    }

    #[test]
    fn a_duplicate_key_is_an_error_that_names_key_and_line() {
        let error = documents("a: 1\nb: 2\na: 3\n").remove(0).unwrap_err();
        assert_eq!(error.problem, Problem::DuplicateKey("a".to_owned()));
        assert_eq!(error.place.line, 3);
    }

    #[test]
    fn merge_keys_count_in_the_order_in_which_they_stand_as_for_kubectl() {
        let node = only("base: &b {p: 1, q: 2}\nuse: {q: 3, <<: *b}\n");
        assert_eq!(node.get("use").map(Node::to_json), Some(r#"{"q":2,"p":1}"#.to_owned()));
        let node = only("{a: &a {p: 1}, b: &b {p: 2, r: 3}, use: {<<: [*a, *b]}}\n");
        assert_eq!(node.get("use").map(Node::to_json), Some(r#"{"p":1,"r":3}"#.to_owned()));
        let node = only("use: {q: 1, !!merge \"<<\": {q: 2}}\n");
        assert_eq!(node.get("use").map(Node::to_json), Some(r#"{"q":2}"#.to_owned()));
        let node = only("base: &b {p: 1, q: 2}\nuse: {<<: *b, q: 3}\n");
        assert_eq!(node.get("use").map(Node::to_json), Some(r#"{"p":1,"q":3}"#.to_owned()));
    }

    #[test]
    fn an_alias_bomb_and_a_deep_nest_are_refused_in_bounded_space() {
        let mut bomb = String::from("a0: &a0 [x]\n");
        for level in 1..40 {
            let before = level - 1;
            bomb = format!("{bomb}a{level}: &a{level} [*a{before}, *a{before}]\n");
        }
        let error = documents(&bomb).remove(0).unwrap_err();
        assert_eq!(error.problem, Problem::TooManyAliases);
        let deep = "[".repeat(5_000);
        assert!(documents(&deep).remove(0).is_err());
    }

    #[test]
    fn what_two_readers_read_differently_is_refused() {
        for text in
            ["# c\u{2028}a: 1\n", "# c\u{85}a: 1\n", "a: !!binary aGk=\n", "? !!binary aGk=\n: 1\n"]
        {
            assert!(documents(text).remove(0).is_err(), "{text:?}");
        }
    }

    #[test]
    fn aliases_of_long_text_count_by_their_length() {
        let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(4_000));
        let error = documents(&text).remove(0).unwrap_err();
        assert_eq!(error.problem, Problem::TooManyAliases);
    }

    #[test]
    fn an_alias_to_itself_is_refused() {
        assert!(documents("&x [*x]\n").remove(0).is_err());
    }
}
