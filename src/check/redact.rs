//! The user's own lines as they may be shown: keys, names, numbers and the like stay; every other
//! value, and every comment, may be a secret and becomes asterisks. Characters that would act on the
//! terminal become question marks. Byte for byte as long as the original, but for a byte order mark.

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

/// Keys below which nothing but switches is shown, whatever it is called.
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

/// `text`, without a byte order mark, as it may be shown.
pub fn redacted(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut ranges = Ranges::default();
    for node in yaml::documents(text).into_iter().flatten() {
        ranges.collect(&node, false, false);
    }
    let hidden = covered(text.len(), &ranges.hidden);
    let named = covered(text.len(), &ranges.shown);
    let is_set = |flags: &[bool], at: usize| flags.get(at).copied().unwrap_or(false);
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let mut buffer = [0; 4];
        // Punctuation shows the shape of what is hidden around it, but for that of values.
        let may_show =
            !is_set(&hidden, at) && (is_set(&named, at) || "-:,{}[]|>&*?!\"'#".contains(c));
        if matches!(c, '\n' | '\r' | '\t' | ' ') {
            shown.push(if c == '\r' { ' ' } else { c });
        } else if printable(c.encode_utf8(&mut buffer)).len() != c.len_utf8() {
            shown.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else if may_show {
            shown.push(c);
        } else {
            shown.extend(std::iter::repeat_n('*', c.len_utf8()));
        }
    }
    shown
}

/// For each byte, whether one of the ranges covers it.
fn covered(length: usize, ranges: &[Range<usize>]) -> Vec<bool> {
    let mut covered = vec![false; length];
    for range in ranges {
        if let Some(part) = covered.get_mut(range.clone()) {
            part.fill(true);
        }
    }
    covered
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
    fn what_probes_and_hooks_run_and_send_is_hidden() {
        for handler in ["livenessProbe", "startupProbe", "postStart"] {
            let text = format!(
                "{handler}:\n  exec:\n    command: [a, --password, hunter2]\n  httpGet:\n    path: /\n    httpHeaders:\n    - {{name: Cookie, value: hunter3}}\n    - name: X\n      value: hunter4\n"
            );
            let shown = redacted(&text);
            assert!(shown.contains("path: /\n") && !shown.contains("hunter"), "{shown}");
            assert_eq!(shown.len(), text.len());
        }
    }

    #[test]
    fn a_byte_order_mark_moves_nothing() {
        assert_eq!(redacted("\u{feff}name: a\nvalue: b\n"), "name: a\nvalue: *\n");
    }

    #[test]
    fn characters_that_act_on_a_terminal_become_question_marks() {
        assert_eq!(redacted("name: a\u{202e}b\n"), "name: a???b\n");
        // What is no YAML has no names, so nothing of it is shown.
        assert_eq!(redacted("name: \"a\u{1b}[31m\"\n"), "****: \"*?[***\"\n");
    }
}
