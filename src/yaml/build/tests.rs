use super::*;
use crate::path::FieldPath;
use crate::yaml::Place;

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
    assert_eq!(only("{\"a\": \"\\u0041\\/\", \"b\": -1.5e2}").to_json(), r#"{"a":"A/","b":-150}"#);
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

/// F-96.
#[test]
fn a_duplicate_key_is_an_error_that_names_key_and_line() {
    let error = documents("a: 1\nb: 2\na: 3\n").remove(0).unwrap_err();
    assert_eq!(error.problem, DocumentProblem::DuplicateKey("a".to_owned()));
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

/// F-96.
#[test]
fn an_alias_bomb_and_a_deep_nest_are_refused_in_bounded_space() {
    let mut bomb = String::from("a0: &a0 [x]\n");
    for level in 1..40 {
        let before = level - 1;
        bomb = format!("{bomb}a{level}: &a{level} [*a{before}, *a{before}]\n");
    }
    let error = documents(&bomb).remove(0).unwrap_err();
    assert_eq!(error.problem, DocumentProblem::TooManyAliases);
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
fn a_tag_that_says_nothing_leaves_a_merge_key_what_it_is() {
    for key in ["! <<", "! '<<'", "!<!> <<", "&k <<", "!!merge <<"] {
        let node = only(&format!("base: &b {{p: 1, q: 2}}\nuse: {{q: 3, {key}: *b}}\n"));
        let used = node.get("use").map(Node::to_json);
        assert_eq!(used, Some(r#"{"q":2,"p":1}"#.to_owned()), "{key}");
    }
    let text = "base: &b [{p: 1}]\nuse: {<<: *b}\n";
    assert_eq!(documents(text).remove(0).unwrap_err().problem, DocumentProblem::BadMerge);
    for key in ["'<<'", "!!str <<", "!own <<", "!!merge k"] {
        let node = only(&format!("base: &b {{p: 1}}\nuse: {{{key}: *b}}\n"));
        assert_eq!(node.get("use").and_then(|node| node.get("p")), None, "{key}");
    }
}

#[test]
fn a_tag_that_is_not_true_is_refused_as_kubectl_refuses_it() {
    for (text, json) in [
        ("!!int '7'", "7"),
        ("!!float 2", "2"),
        ("!!bool yes", "true"),
        ("!!null ''", "null"),
        ("!!str 1", "\"1\""),
        ("! 1", "\"1\""),
        ("!own true", "\"true\""),
    ] {
        let node = only(&format!("a: {text}\n"));
        assert_eq!(node.get("a").map(Node::to_json).as_deref(), Some(json), "{text}");
    }
    for text in ["!!int x", "!!int 1.5", "!!float x", "!!bool 1", "!!null x", "!!timestamp x"] {
        assert!(documents(&format!("a: {text}\n")).remove(0).is_err(), "{text}");
    }
}

#[test]
fn a_document_begins_behind_a_separator_and_nowhere_else() {
    for text in [
        "a: 1\n...\nb: 2\n",
        "{a: 1}\n{b: 2}\n",
        "a: 1\r---\rb: 2\r",
        "# c\n{\"a\": 1}{\"b\": 2}",
        "--- {a: 1}\n",
        "%YAML 1.1\n---\na: 1\n",
        "a: 1\n---x\n",
        "--- # c\ra: 1\n",
        "---\ra: 1\n",
        "{\"a\": 1}\r---\r{b: 1}",
    ] {
        assert!(documents(text).iter().any(Result::is_err), "{text:?}");
    }
    for text in [
        "a: 1\n---\nb: 2",
        "a: 1\r\n--- # c\r\nb: 2\r\n",
        "{\"a\": 1}{\"b\": 2}",
        "{\"a\": 1}\nb: 2",
    ] {
        let all = documents(text);
        assert_eq!(all.len(), 2, "{text:?}");
        assert!(all.iter().all(Result::is_ok), "{text:?}: {all:?}");
    }
}

#[test]
fn places_are_those_of_the_whole_text_in_whichever_document() {
    for text in ["a: 1\n---\né: [x, {k: v}]\n", "{\"a\": 1}{\"é\": [\"x\",\n {\"k\": \"v\"}]}"] {
        let node = documents(text).remove(1).expect("readable");
        let value = node.get("é").and_then(Node::as_sequence).and_then(|s| s[1].get("k"));
        let Place { line, column, span } = &value.expect("there").place;
        let at = text.find('v').expect("there");
        let shown = if text.contains('"') { "\"v\"" } else { "v" };
        assert_eq!(text.get(span.clone()), Some(shown));
        let start = if text.contains('"') { at - 1 } else { at };
        assert_eq!(
            place_of(text, start),
            Place { line: *line, column: *column, span: start..start }
        );
    }
}

#[test]
fn no_text_holds_a_nul() {
    for text in [
        "a: \"x\\0\"",
        "a: \"x\\x00\"",
        "\"x\\u0000\": 1",
        "a: x\0y",
        "a: 1 # x\0\nb: 2",
        "{\"a\": \"\\u0000\"}",
    ] {
        let all = documents(text);
        assert!(all.len() == 1 && all[0].is_err(), "{text:?}: {all:?}");
    }
}

#[test]
fn what_json_has_and_yaml_has_not_is_read_in_json_only() {
    let json = r#"{"a": "\/\ud83d\ude00", "b": 1e3}"#;
    assert_eq!(only(json).to_json(), r#"{"a":"/😀","b":1000}"#);
    for text in [
        r#"a: "\/""#,
        r#"a: "\ud83d\ude00""#,
        "a: [b?c]",
        "a: {b:}",
        "a: [b:, c]",
        "a: {b: :c}",
        "a: [!, b]",
        "...\na: 1",
        r#"{"a": 1e400}"#,
    ] {
        assert!(documents(text).remove(0).is_err(), "{text}");
    }
}

#[test]
fn aliases_do_not_get_around_the_limit_of_nesting() {
    let level = |n: usize, inner: &str| {
        format!("a{n}: &a{n} {}{inner}{}\n", "[".repeat(100), "]".repeat(100))
    };
    let text = format!("{}{}{}", level(0, "x"), level(1, "*a0"), level(2, "*a1"));
    let error = documents(&text).remove(0).unwrap_err();
    assert_eq!(error.problem, DocumentProblem::TooDeep);
}

#[test]
fn aliases_of_long_text_count_by_their_length() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(4_000));
    let error = documents(&text).remove(0).unwrap_err();
    assert_eq!(error.problem, DocumentProblem::TooManyAliases);
}

#[test]
fn an_alias_to_itself_is_refused() {
    assert!(documents("&x [*x]\n").remove(0).is_err());
}
