//! The environment of a container, as far as paths are made from it (`subPathExpr`): what
//! `k8s.io/kubernetes/third_party/forked/golang/expansion` makes of `$(NAME)`.

use crate::subject::{ContainerRef, EnvVarSource, Fingerprint, fingerprint};

/// The most variables that are looked up for one path, and the most bytes that they come to.
const LIMITS: (usize, usize) = (64, 16 << 10);

/// How many steps it takes to look a variable up.
const LOOK_UP: usize = 512;

/// What a text with variables in it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expansion {
    /// This text.
    Text(String),
    /// Something that is told when the container starts, and all that it is made from.
    MadeFrom(Fingerprint),
    /// More than is followed.
    Endless,
}

/// An expansion under way.
struct Work<'s, 'a> {
    container: ContainerRef<'s, 'a>,
    text: String,
    /// Whether the text holds a definition in place of a value.
    is_open: bool,
    lookups: usize,
}

/// There is more to look at than is looked at.
struct TooMuch;

/// What `expression` comes to when the container starts, and how many bytes it took to tell.
pub(super) fn expand(container: ContainerRef<'_, '_>, expression: &str) -> (Expansion, usize) {
    let mut work = Work { container, text: String::new(), is_open: false, lookups: 0 };
    let end = work.expand(expression, container.spec.env.len(), true);
    let steps = expression.len() + work.text.len() + work.lookups * LOOK_UP;
    let expansion = match end {
        Err(TooMuch) => Expansion::Endless,
        Ok(()) if work.is_open => Expansion::MadeFrom(fingerprint([&work.text])),
        Ok(()) => Expansion::Text(work.text),
    };
    (expansion, steps)
}

/// What the value of the variable at `index` comes to, which sees those before it.
pub(super) fn expanded(container: ContainerRef<'_, '_>, value: &str, index: usize) -> Expansion {
    let mut work = Work { container, text: String::new(), is_open: false, lookups: 0 };
    match work.expand(value, index, false) {
        Err(TooMuch) => Expansion::Endless,
        Ok(()) if work.is_open => Expansion::MadeFrom(fingerprint([&work.text])),
        Ok(()) => Expansion::Text(work.text),
    }
}

impl Work<'_, '_> {
    /// Adds what `text` comes to, which sees the first `seen` variables; `is_path` where it is the
    /// path itself, of which no variable may be empty.
    fn expand(&mut self, text: &str, seen: usize, is_path: bool) -> Result<(), TooMuch> {
        if text.len() > LIMITS.1 {
            return Err(TooMuch);
        }
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            self.add(before)?;
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                self.add("$")?;
                rest = after;
            } else if let Some((name, after)) =
                rest.strip_prefix('(').and_then(|rest| rest.split_once(')'))
            {
                self.look_up(name, seen, is_path)?;
                rest = after;
            } else {
                self.add("$")?;
            }
        }
        self.add(rest)
    }

    /// Adds the value of the variable `name`, or what it is made from.
    fn look_up(&mut self, name: &str, seen: usize, is_path: bool) -> Result<(), TooMuch> {
        self.lookups += 1;
        if self.lookups > LIMITS.0 {
            return Err(TooMuch);
        }
        let before = self.text.len();
        match self.container.variable(name, seen) {
            None => self.unnamed(name)?,
            Some((at, variable)) => match (&variable.value, &variable.value_from) {
                (Some(value), _) if !value.is_empty() => self.expand(value, at, false)?,
                (_, Some(from)) => self.from(from)?,
                (_, None) => {}
            },
        }
        // The kubelet starts no container whose path is made from a variable of nothing.
        if is_path && self.text.len() == before {
            self.open(&[name])?;
        }
        Ok(())
    }

    /// A variable that is not in the list comes from whole objects, or is the cluster's.
    fn unnamed(&mut self, name: &str) -> Result<(), TooMuch> {
        self.open(&["unnamed", name])?;
        for from in &self.container.spec.env_from {
            let config_map = from.config_map_ref.as_ref().and_then(|r| r.name.as_deref());
            let secret = from.secret_ref.as_ref().and_then(|r| r.name.as_deref());
            let prefix = from.prefix.as_ref().map_or("", |prefix| prefix.as_str());
            self.open(&[prefix, config_map.unwrap_or_default(), secret.unwrap_or_default()])?;
        }
        Ok(())
    }

    fn from(&mut self, from: &EnvVarSource<'_>) -> Result<(), TooMuch> {
        if let Some(field) = &from.field_ref {
            let path = field.field_path.as_deref().unwrap_or_default();
            return match self.container.pod().field(path) {
                Some(text) => self.add(text),
                None => self.open(&["field", path]),
            };
        }
        let (kind, selector) = match (&from.secret_key_ref, &from.config_map_key_ref) {
            (Some(selector), _) => ("Secret", selector),
            (None, Some(selector)) => ("ConfigMap", selector),
            // A source that is not read is not known to be the same.
            (None, None) => return Err(TooMuch),
        };
        let (name, key) = (selector.name.as_deref(), selector.key.as_deref());
        self.open(&[kind, name.unwrap_or_default(), key.unwrap_or_default()])
    }

    fn add(&mut self, text: &str) -> Result<(), TooMuch> {
        if self.text.len() + text.len() > LIMITS.1 {
            return Err(TooMuch);
        }
        self.text.push_str(text);
        Ok(())
    }

    /// Adds what stands for a value that is not known: nothing that a path could be.
    fn open(&mut self, definition: &[&str]) -> Result<(), TooMuch> {
        self.is_open = true;
        for part in definition {
            self.add(&format!("\0{}\0", part.len()))?;
            self.add(part)?;
        }
        self.add("\0\0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::{Subject, built_in_kind};

    fn expanded(expression: &str) -> Expansion {
        let env = r#"[{"name":"A","value":"a"},{"name":"B","value":"$(A)/$(LATER)$$(A)"},
            {"name":"LATER","value":"x"},{"name":"NONE","value":""},{"name":"A","value":"$(A)a"},
            {"name":"KEY","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},
            {"name":"SIZE","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}}]"#;
        let pod = format!(r#"{{"spec":{{"containers":[{{"name":"c","env":{env}}}]}}}}"#);
        let subject = Subject::read(built_in_kind("", "Pod").expect("built in"), pod.as_bytes())
            .expect("readable");
        let pod = subject.pods().next().expect("a pod");
        let container = pod.containers().next().expect("a container");
        expand(container, expression).0
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
