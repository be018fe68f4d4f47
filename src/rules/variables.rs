//! The environment of a container, as far as paths are made from it (`subPathExpr`): what
//! `k8s.io/kubernetes/third_party/forked/golang/expansion` makes of `$(NAME)`.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt::Write as _;

use super::digest::{Digest, digest};
use crate::subject::{ContainerRef, EnvVarSource};

/// The most variables that are looked up for one path, and the most bytes that they come to.
const LIMITS: (usize, usize) = (64, 16 << 10);

/// What a text with variables in it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expansion {
    /// This text.
    Text(String),
    /// Something that is told when the container starts, and all that it is made from.
    MadeFrom(Digest),
    /// More than is followed.
    Endless,
}

/// The places of a container's variables in its list, by their names.
type Index<'s> = HashMap<&'s str, Vec<usize>>;

/// The variables of a container.
#[derive(Debug)]
pub(super) struct Variables<'s, 'a> {
    container: ContainerRef<'s, 'a>,
    /// Made when the first path asks for it.
    index: OnceCell<Index<'s>>,
}

/// An expansion under way.
#[derive(Default)]
struct Work {
    text: String,
    /// Whether the text holds a definition in place of a value.
    is_open: bool,
    lookups: usize,
}

/// There is more to look at than is looked at.
struct TooMuch;

impl<'s, 'a> Variables<'s, 'a> {
    /// The variables of `container`.
    pub(super) fn of(container: ContainerRef<'s, 'a>) -> Self {
        Self { container, index: OnceCell::new() }
    }

    fn index(&self) -> &Index<'s> {
        self.index.get_or_init(|| {
            let mut index = Index::new();
            for (at, variable) in self.container.spec.0.env.iter().enumerate() {
                index.entry(variable.0.name.as_deref().unwrap_or_default()).or_default().push(at);
            }
            index
        })
    }

    /// What `expression` comes to when the container starts.
    pub(super) fn expand(&self, expression: &str) -> Expansion {
        let mut work = Work::default();
        match self.expand_into(expression, self.container.spec.env.len(), true, &mut work) {
            Err(TooMuch) => Expansion::Endless,
            Ok(()) if work.is_open => Expansion::MadeFrom(digest([&*work.text])),
            Ok(()) => Expansion::Text(work.text),
        }
    }

    /// Adds what `text` comes to, which sees the first `seen` variables; `is_path` where it is the
    /// path itself, of which no variable may be empty.
    fn expand_into(
        &self,
        text: &str,
        seen: usize,
        is_path: bool,
        work: &mut Work,
    ) -> Result<(), TooMuch> {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            work.add(before)?;
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                work.add("$")?;
                rest = after;
            } else if let Some((name, after)) =
                rest.strip_prefix('(').and_then(|rest| rest.split_once(')'))
            {
                self.look_up(name, seen, is_path, work)?;
                rest = after;
            } else {
                work.add("$")?;
            }
        }
        work.add(rest)
    }

    /// Adds the value of the variable `name`, or what it is made from.
    fn look_up(
        &self,
        name: &str,
        seen: usize,
        is_path: bool,
        work: &mut Work,
    ) -> Result<(), TooMuch> {
        work.lookups += 1;
        if work.lookups > LIMITS.0 {
            return Err(TooMuch);
        }
        let places = self.index().get(name).map_or(&[][..], Vec::as_slice);
        let last = places.partition_point(|&at| at < seen).checked_sub(1);
        let at = last.and_then(|last| places.get(last).copied());
        let variable = at.and_then(|at| Some((at, self.container.spec.0.env.get(at)?)));
        let before = work.text.len();
        match variable {
            None => work.open(&self.unnamed(name))?,
            Some((at, variable)) => match (&variable.value, &variable.value_from) {
                (Some(value), _) if !value.is_empty() => {
                    self.expand_into(value, at, false, work)?;
                }
                (_, Some(from)) => self.from(from, work)?,
                (_, None) => {}
            },
        }
        // The kubelet starts no container whose path is made from a variable of nothing.
        if is_path && work.text.len() == before {
            work.open(name)?;
        }
        Ok(())
    }

    /// A variable that is not in the list comes from whole objects, or is the cluster's.
    fn unnamed(&self, name: &str) -> String {
        let mut definition = format!("{name:?}");
        for from in &self.container.spec.0.env_from {
            let of = |object: Option<&str>| object.unwrap_or_default().to_owned();
            let config_map = of(from.config_map_ref.as_ref().and_then(|r| r.name.as_deref()));
            let secret = of(from.secret_ref.as_ref().and_then(|r| r.name.as_deref()));
            let prefix = from.prefix.as_deref().unwrap_or_default();
            let _ = write!(definition, " {prefix:?} {config_map:?} {secret:?}");
        }
        definition
    }

    fn from(&self, from: &EnvVarSource<'_>, work: &mut Work) -> Result<(), TooMuch> {
        if let Some(field) = &from.field_ref {
            let path = field.field_path.as_deref().unwrap_or_default();
            return match self.container.pod().field(path) {
                Some(text) => work.add(text),
                None => work.open(&format!("field {path:?}")),
            };
        }
        let (kind, selector) = match (&from.secret_key_ref, &from.config_map_key_ref) {
            (Some(selector), _) => ("Secret", selector),
            (None, Some(selector)) => ("ConfigMap", selector),
            // A source that is not read is not known to be the same.
            (None, None) => return Err(TooMuch),
        };
        let (name, key) = (selector.name.as_deref(), selector.key.as_deref());
        work.open(&format!("{kind} {:?} {:?}", name.unwrap_or_default(), key.unwrap_or_default()))
    }
}

impl Work {
    fn add(&mut self, text: &str) -> Result<(), TooMuch> {
        if self.text.len() + text.len() > LIMITS.1 {
            return Err(TooMuch);
        }
        self.text.push_str(text);
        Ok(())
    }

    /// Adds what stands for a value that is not known: nothing that a path could be.
    fn open(&mut self, definition: &str) -> Result<(), TooMuch> {
        self.is_open = true;
        self.add("\0")?;
        self.add(definition)?;
        self.add("\0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::{BUILT_IN, Subject};

    fn expanded(expression: &str) -> Expansion {
        let env = r#"[{"name":"A","value":"a"},{"name":"B","value":"$(A)/$(LATER)$$(A)"},
            {"name":"LATER","value":"x"},{"name":"NONE","value":""},{"name":"A","value":"$(A)a"},
            {"name":"KEY","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},
            {"name":"SIZE","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}}]"#;
        let pod = format!(r#"{{"spec":{{"containers":[{{"name":"c","env":{env}}}]}}}}"#);
        let subject = Subject::read(&BUILT_IN[0], pod.as_bytes()).expect("readable");
        let pod = subject.pods().next().expect("a pod");
        let container = pod.containers().next().expect("a container");
        Variables::of(container).expand(expression)
    }

    #[test]
    fn a_path_comes_to_what_the_kubelet_makes_of_it() {
        let text = |text: &str| Expansion::Text(text.to_owned());
        for (expression, path) in [
            ("a/b", "a/b"),
            ("$(A)", "aa"),
            ("x$(A)y$(LATER)", "xaayx"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$aa"),
            ("$(A", "$(A"),
            ("$A$", "$A$"),
        ] {
            assert_eq!(expanded(expression), text(path), "{expression}");
        }
    }

    #[test]
    fn what_only_the_cluster_knows_is_told_by_what_it_is_made_from() {
        let made_from = |text: &str| matches!(expanded(text), Expansion::MadeFrom(_));
        // A variable sees those before it alone.
        assert!(made_from("$(B)") && made_from("$(KEY)") && made_from("$(UNKNOWN)"));
        assert!(made_from("$(NONE)"), "the kubelet takes no variable of nothing");
        let different = ["$(KEY)", "$(UNKNOWN)", "$(NONE)", "$(B)", "$(KEY)/a", "$(OTHER)"];
        for (at, one) in different.iter().enumerate() {
            for other in &different[at + 1..] {
                assert_ne!(expanded(one), expanded(other), "{one} {other}");
            }
        }
        assert_eq!(expanded("$(SIZE)"), Expansion::Endless, "a source that is not read");
    }
}
