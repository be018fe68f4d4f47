//! The user's own lines as they may be shown.
//!
//! Shown are the keys and values that the view of the object reads, but for those that may be
//! secrets ([`crate::subject::Secretive`]). Everything else becomes asterisks: what nobody reads,
//! comments, other objects on the same lines. Characters that would act on the terminal become
//! question marks. Byte for byte as long as the original.

use std::ops::Range;

use crate::text::{printable, userinfo};
use crate::yaml::{FieldsRead, Node, Place, Value};

/// The lines that an object is written on, as they may be shown.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Where in the text of the file they begin.
    start: usize,
    text: String,
}

/// What may be shown of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Byte {
    /// Nothing: it is another object's, or part of a value that is not shown.
    Hidden,
    /// Punctuation, which shows the shape of what is hidden around it.
    Shape,
    /// Anything.
    Open,
}

impl Lines {
    /// The lines of an object in the text of its file.
    ///
    /// `taken` is what was read of it.
    pub(super) fn of(source: &str, node: &Node, taken: &FieldsRead) -> Self {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let extent = node.extent.clone();
        let (Some(before), Some(after)) = (source.get(..extent.start), source.get(extent.end..))
        else {
            return Self::default();
        };
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = extent.end + after.find('\n').unwrap_or(after.len());
        let mut bytes = Bytes { start, kinds: vec![Byte::Hidden; end - start] };
        // An item's dash is nobody's, and shows what it is.
        let margin = source.get(start..extent.start).unwrap_or_default();
        if margin.bytes().all(|byte| matches!(byte, b' ' | b'-')) {
            bytes.set(start..extent.start, Byte::Shape);
        }
        bytes.set(extent, Byte::Shape);
        bytes.hide(node);
        for open in &taken.open {
            bytes.set(open.clone(), Byte::Open);
        }
        for secret in &taken.secret {
            bytes.set(secret.clone(), Byte::Hidden);
        }
        for open in &taken.open {
            let hidden = source.get(open.clone()).and_then(userinfo);
            if let Some(hidden) = hidden {
                bytes.set(open.start + hidden.start..open.start + hidden.end, Byte::Hidden);
            }
        }
        Self { start, text: bytes.shown(source.get(start..end).unwrap_or_default()) }
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of a place in it; none where the place is elsewhere.
    pub(super) fn span(&self, place: &Place) -> Option<Range<usize>> {
        let span = place.span.start.checked_sub(self.start)?..place.span.end - self.start;
        (span.end <= self.text.len()).then_some(span)
    }
}

/// What may be shown of each byte from `start` on.
struct Bytes {
    start: usize,
    kinds: Vec<Byte>,
}

impl Bytes {
    /// Says of a range what may be shown of it, as far as it is here.
    fn set(&mut self, range: Range<usize>, kind: Byte) {
        let begin = range.start.max(self.start) - self.start;
        let end = range.end.saturating_sub(self.start).min(self.kinds.len());
        if let Some(kinds) = self.kinds.get_mut(begin..end) {
            kinds.fill(kind);
        }
    }

    /// Hides all keys and values of a tree, with their punctuation.
    fn hide(&mut self, node: &Node) {
        match &node.value {
            Value::Sequence(nodes) => nodes.iter().for_each(|node| self.hide(node)),
            Value::Mapping(entries) => {
                for entry in entries {
                    self.set(entry.key_place.span.clone(), Byte::Hidden);
                    self.hide(&entry.value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.set(node.extent.clone(), Byte::Hidden);
            }
        }
    }

    fn shown(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            let kind = self.kinds.get(at).copied().unwrap_or(Byte::Hidden);
            let may_show = match kind {
                Byte::Open => true,
                Byte::Shape => "-:,{}[]|>&*?!\"'#".contains(c),
                Byte::Hidden => false,
            };
            let instead = match c {
                '\n' | '\t' | ' ' => c,
                '\r' => ' ',
                ' '..='~' if may_show => c,
                ' '..='~' => '*',
                _ if !is_printable(c) => '?',
                _ if may_show => c,
                _ => '*',
            };
            shown.extend(std::iter::repeat_n(instead, c.len_utf8() / instead.len_utf8()));
        }
        shown
    }
}

fn is_printable(c: char) -> bool {
    let mut buffer = [0; 4];
    printable(c.encode_utf8(&mut buffer)).len() == c.len_utf8()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::subject::{BUILT_IN, Subject};
    use crate::yaml::documents;

    fn lines(source: &str, node: &Node) -> String {
        let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
        let kind = BUILT_IN.iter().find(|known| known.kind == kind).expect("a workload");
        let taken = RefCell::default();
        Subject::read_watched(kind, node, &taken).expect("readable");
        Lines::of(source, node, &taken.into_inner()).text
    }

    /// The lines of the only object of a text.
    fn shown(source: &str) -> String {
        let shown = lines(source, &documents(source).remove(0).expect("YAML"));
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(shown.len() <= source.len(), "{shown}");
        shown
    }

    #[test]
    fn what_a_rule_reads_is_shown_and_what_none_reads_is_not_wherever_its_key_is_known() {
        let text = "\
apiVersion: v1
kind: Pod
metadata:
  name: api
  labels: {app: api}
  annotations: {image: hunter1, name: \"hunter2: {}\", kind: hunter3}
  finalizers: [hunter4]
image: hunter5
spec:
  terminationGracePeriodSeconds: 77
  hostPID: true
  name: {image: [hunter6, 8]}
  containers:
  - name: a # hunter7
    image: nginx:1
    ports: [{containerPort: 80, image: hunter8}]
    resources: {limits: {cpu: 100m}}
    securityContext: {runAsUser: 0, capabilities: {add: [SYS_ADMIN, \"NET_RAW\"]}}
";
        assert_eq!(
            shown(text),
            "\
apiVersion: v1
kind: Pod
metadata:
  name: api
  labels: {app: api}
  annotations: {image: *******, name: ********* ***, kind: *******}
  finalizers: [*******]
image: *******
spec:
  terminationGracePeriodSeconds: **
  hostPID: true
  name: {*****: [*******, *]}
  containers:
  - name: a # *******
    image: nginx:1
    ports: [{containerPort: 80, image: *******}]
    resources: {limits: {cpu: 100m}}
    securityContext: {runAsUser: 0, capabilities: {add: [SYS_ADMIN, \"NET_RAW\"]}}"
        );
    }

    #[test]
    fn values_that_may_be_secrets_are_hidden_in_every_style() {
        let text = "\
apiVersion: v1
kind: Pod
spec:
  containers:
  - image: a
    command: [sh, '-c', \"hunter1 --x=hunter2\"]
    args:
    - --password
    - |
      hunter3: - x
        hunter4
    - >-
      hunter5
    env:
    - {name: A, value: hunter6}
    - name: B
      value: \"hunter7
        hunter8\"
    - name: C
      value: hunter9
        hunter10
    livenessProbe: {httpGet: {path: '/?t=hunter11', port: 80, httpHeaders: [{name: X, value: hunter12}]}}
  volumes: [{name: v, iscsi: {chapAuth: hunter13}}, {name: s, secret: {secretName: s}}]
";
        let lines = shown(text);
        for line in [
            "    command: [**, ****, ******** ************]",
            "    - **********",
            "    - |",
            "    - {name: A, value: *******}",
            "    - name: B",
            "    livenessProbe: {httpGet: {path: **************, port: 80, httpHeaders: [{name: X, value: ********}]}}",
            "  volumes: [{name: v, iscsi: {********: ********}}, {name: s, secret: {secretName: s}}]",
        ] {
            assert!(lines.lines().any(|shown| shown == line), "{line}\n{lines}");
        }
        assert!(!lines.contains(": - x") && !lines.contains("--x="), "{lines}");
    }

    #[test]
    fn what_is_a_secret_at_one_place_is_hidden_at_all() {
        let text = "\
apiVersion: v1
kind: Pod
metadata: {annotations: &a {image: hunter1}}
x-common: &common
  image: nginx
  other: hunter2
spec:
  containers:
  - {name: a, args: &args [hunter3]}
  - {name: b, securityContext: {capabilities: {add: *args}}}
  - {<<: *a, name: c}
  - {<<: *common, name: d}
";
        let lines = shown(text);
        assert!(lines.contains("annotations: &* {image: *******}"), "{lines}");
        assert!(lines.contains("args: &**** [*******]"), "{lines}");
        // What is kept elsewhere for a container to read is the container's.
        assert!(lines.contains("x-common: &******\n  image: nginx\n  other: *******"), "{lines}");
    }

    #[test]
    fn of_other_objects_on_the_same_lines_nothing_is_shown() {
        let text = "{apiVersion: v1, kind: List, items: [{kind: Secret, data: {image: hunter2==}}, \
                    {apiVersion: v1, kind: Pod, spec: {hostPID: true}}, {kind: hunter3}]}\n";
        let list = documents(text).remove(0).expect("YAML");
        let pod = &list.get("items").and_then(Node::as_sequence).expect("items")[1];
        let lines = lines(text, pod);
        let own = "{apiVersion: v1, kind: Pod, spec: {hostPID: true}}";
        let (before, after) = lines.split_once(own).expect(&lines);
        assert!(format!("{before}{after}").chars().all(|c| matches!(c, '*' | ' ')), "{lines}");
    }

    #[test]
    fn an_item_keeps_its_dash_and_a_stream_its_other_documents_to_itself() {
        let text = "\u{feff}# hunter1\nkind: List\nitems:\n- kind: Pod # hunter2\n  spec: {hostPID: true}\n- kind: hunter3\n---\na: hunter4\n";
        let list = documents(text).remove(0).expect("YAML");
        let pod = &list.get("items").and_then(Node::as_sequence).expect("items")[0];
        assert_eq!(lines(text, pod), "- kind: Pod # *******\n  spec: {hostPID: true}");
    }

    #[test]
    fn characters_that_act_on_a_terminal_become_question_marks() {
        let text = "kind: Pod\nmetadata: {name: \"a\u{202e}b\", labels: {é: \"é\", x: a\u{85}b}}\n";
        let text = text.replace('\u{85}', "\u{200b}");
        let want = "kind: Pod\nmetadata: {name: \"a???b\", labels: {é: \"é\", x: a???b}}";
        assert_eq!(shown(&text), want);
    }
}
