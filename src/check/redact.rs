//! The user's own lines as they may be shown: keys, names, numbers and the like stay; every other
//! value, and every comment, may be a secret and becomes asterisks. Characters that would act on the
//! terminal become question marks. Byte for byte as long as the original.

use std::ops::Range;

use crate::text::printable;
use crate::yaml::{self, Node, Value};

/// Keys whose text is shown: what names and classifies things.
const SHOWN: [&str; 42] = [
    "add",
    "apiVersion",
    "claimName",
    "cpu",
    "drop",
    "effect",
    "ephemeral-storage",
    "host",
    "hostIP",
    "image",
    "imagePullPolicy",
    "key",
    "kind",
    "level",
    "medium",
    "memory",
    "mountPath",
    "name",
    "namespace",
    "nodeName",
    "operator",
    "path",
    "pathType",
    "port",
    "priorityClassName",
    "procMount",
    "protocol",
    "restartPolicy",
    "role",
    "runtimeClassName",
    "schedule",
    "scheme",
    "secretName",
    "server",
    "serviceAccount",
    "serviceAccountName",
    "sizeLimit",
    "storage",
    "storageClassName",
    "targetPort",
    "type",
    "user",
];

/// Keys below which nothing but numbers and switches is shown, whatever it is called.
const HIDDEN_BELOW: [&str; 8] = [
    "annotations",
    "args",
    "binaryData",
    "command",
    "data",
    "httpHeaders",
    "options",
    "stringData",
];

/// `text` as it may be shown.
pub fn redacted(text: &str) -> String {
    let shift = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let mut ranges = Ranges::default();
    for node in yaml::documents(text).into_iter().flatten() {
        ranges.collect(&node, false, false);
    }
    let mut kept = vec![false; text.len()];
    let mut mark = |range: &Range<usize>, keep: bool| {
        if let Some(part) = kept.get_mut(range.start + shift..range.end + shift) {
            part.fill(keep);
        }
    };
    ranges.shown.iter().for_each(|range| mark(range, true));
    ranges.hidden.iter().for_each(|range| mark(range, false));
    let hidden = flags(text.len(), shift, &ranges.hidden);
    let is_frame = |at: usize, c: char| !flag(&hidden, at) && "-:,{}[]|>&*?!\"'#".contains(c);
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let mut buffer = [0; 4];
        if matches!(c, '\n' | '\r' | '\t' | ' ') {
            shown.push(if c == '\r' { ' ' } else { c });
        } else if printable(c.encode_utf8(&mut buffer)).len() != c.len_utf8() {
            shown.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else if flag(&kept, at) || is_frame(at, c) {
            shown.push(c);
        } else {
            shown.extend(std::iter::repeat_n('*', c.len_utf8()));
        }
    }
    shown
}

fn flags(length: usize, shift: usize, ranges: &[Range<usize>]) -> Vec<bool> {
    let mut flags = vec![false; length];
    for range in ranges {
        if let Some(part) = flags.get_mut(range.start + shift..range.end + shift) {
            part.fill(true);
        }
    }
    flags
}

fn flag(flags: &[bool], at: usize) -> bool {
    flags.get(at).copied().unwrap_or(false)
}

#[derive(Default)]
struct Ranges {
    shown: Vec<Range<usize>>,
    hidden: Vec<Range<usize>>,
}

impl Ranges {
    /// `named`: the node's key is one whose text is shown. `hidden`: it stands below one of which
    /// nothing is.
    fn collect(&mut self, node: &Node, named: bool, hidden: bool) {
        match &node.value {
            Value::Mapping(entries) => {
                for entry in entries {
                    let key = entry.key.as_str();
                    self.shown.push(entry.key_place.span.clone());
                    let below = hidden || HIDDEN_BELOW.contains(&key);
                    self.collect(&entry.value, !below && SHOWN.contains(&key), below);
                }
            }
            Value::Sequence(nodes) => nodes.iter().for_each(|n| self.collect(n, named, hidden)),
            Value::String(_) if !named => self.hidden.push(node.extent.clone()),
            Value::Number(_) if hidden => self.hidden.push(node.extent.clone()),
            _ => self.shown.push(node.extent.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_may_be_secrets_are_hidden_and_the_rest_keeps_its_place() {
        let text = "spec: # hunter0\n  env:\n  - {name: A, value: hunter2}\n  - name: B\n    value: |\n      hunter3\n      x\n  image: nginx\n  port: 80\n  host: true\n  httpHeaders: [{name: hunter4, value: hunter5}]\n  other: hunter6\ndata: {k: aHVudGVy, n: 7777}\n";
        let shown = redacted(text);
        assert_eq!(shown.len(), text.len());
        assert!(shown.contains("{name: A, value: *******}"), "{shown}");
        assert!(shown.contains("  image: nginx\n  port: 80\n  host: true\n"), "{shown}");
        for secret in ["hunter", "aHVudGVy", "7777"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(shown.lines().count(), text.lines().count());
    }

    #[test]
    fn characters_that_act_on_a_terminal_become_question_marks() {
        assert_eq!(redacted("name: a\u{202e}b\n"), "name: a???b\n");
        // What is no YAML has no names, so nothing of it is shown.
        assert_eq!(redacted("name: \"a\u{1b}[31m\"\n"), "****: \"*?[***\"\n");
    }
}
