//! The user's own lines as they may be shown: without the values that may be secrets, and without
//! characters that would act on the terminal. Byte for byte as long as the original.

use std::ops::Range;

use crate::text::printable;
use crate::yaml::{self, Node, Value};

/// Keys whose values, at any depth below, are never shown.
const HIDDEN_BELOW: [&str; 7] =
    ["data", "stringData", "binaryData", "annotations", "command", "args", "env"];

/// Keys below the hidden ones whose values are names and may be shown.
const SHOWN_IN_ENV: [&str; 3] = ["name", "key", "fieldPath"];

/// `text` with the values of environment variables, arguments, annotations, Secrets and
/// `ConfigMaps` as dots, and every unprintable character as a question mark.
pub fn redacted(text: &str) -> String {
    let shift = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let mut hidden = Vec::new();
    for node in yaml::documents(text).into_iter().flatten() {
        collect(&node, None, &mut hidden);
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in hidden {
        if let Some(bytes) = bytes.get_mut(range.start + shift..range.end + shift) {
            bytes.iter_mut().filter(|b| !matches!(**b, b'\n' | b'\r')).for_each(|b| *b = b'*');
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let mut buffer = [0; 4];
        let is_plain =
            matches!(c, '\n' | '\t') || printable(c.encode_utf8(&mut buffer)).len() == c.len_utf8();
        if is_plain {
            shown.push(c);
        } else {
            shown.extend(std::iter::repeat_n('?', c.len_utf8()));
        }
    }
    shown
}

fn collect(node: &Node, hidden_by: Option<&str>, hidden: &mut Vec<Range<usize>>) {
    match &node.value {
        Value::Mapping(entries) => {
            for entry in entries {
                let key = entry.key.as_str();
                let below = match hidden_by {
                    Some("env") if SHOWN_IN_ENV.contains(&key) => None,
                    Some(by) => Some(by),
                    None => HIDDEN_BELOW.contains(&key).then_some(key),
                };
                collect(&entry.value, below, hidden);
            }
        }
        Value::Sequence(nodes) => nodes.iter().for_each(|node| collect(node, hidden_by, hidden)),
        _ if hidden_by.is_some() => hidden.push(node.extent.clone()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_may_be_secrets_are_hidden_and_the_rest_keeps_its_place() {
        let text = "spec:\n  env:\n  - {name: A, value: hunter2}\n  - name: B\n    value: |\n      hunter3\n      x\n  image: nginx\ndata: {k: aHVudGVy}\n";
        let shown = redacted(text);
        assert_eq!(shown.len(), text.len());
        assert!(shown.contains("{name: A, value: *******}") && shown.contains("image: nginx"));
        for secret in ["hunter2", "hunter3", "aHVudGVy"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(shown.lines().count(), text.lines().count());
    }

    #[test]
    fn characters_that_act_on_a_terminal_become_question_marks() {
        let shown = redacted("name: \"a\u{1b}[31m\u{202e}b\"\n");
        assert_eq!(shown, "name: \"a?[31m???b\"\n");
    }
}
