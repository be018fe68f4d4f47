//! Why an object could not be read: the field and what is wrong with it, never its value.

use serde::de::DeserializeSeed;
use thiserror::Error;

use super::kind::Kind;
use super::object::ObjectSeed;
use crate::path::FieldPath;
use crate::yaml::{FieldError, words};

/// An object that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {problem}", if path.segments().is_empty() { "the object".to_owned() } else { format!("`{path}`") })]
pub struct ReadError {
    /// The field.
    pub path: FieldPath,
    /// What is wrong with it, such as `expected a string, found a number`.
    pub problem: String,
}

impl ReadError {
    /// Reads `json` once more, with an eye on the path, to say what is wrong with it.
    pub(super) fn explain(kind: &Kind, json: &[u8]) -> Self {
        let problem = ObjectSeed::passes(kind).find_map(|seed| Self::of_pass(seed, json));
        problem.unwrap_or(Self { path: FieldPath::root(), problem: "cannot be read".to_owned() })
    }

    fn of_pass(seed: ObjectSeed<'_>, json: &[u8]) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
        let result = seed.deserialize(tracked);
        match result.map(drop).and_then(|()| deserializer.end()) {
            Ok(()) => None,
            Err(error) => {
                let problem = problem_of(&error.to_string());
                Some(Self { path: (&track.path()).into(), problem })
            }
        }
    }
}

impl From<FieldError> for ReadError {
    fn from(fault: FieldError) -> Self {
        Self { path: fault.path, problem: fault.mismatch.to_string() }
    }
}

/// serde's own text without the value that it quotes and without the position in the JSON.
pub fn problem_of(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(text, _)| text);
    let kinds = [
        ("string", "text"),
        ("integer", "a number"),
        ("floating point", "a number"),
        ("boolean", "a boolean"),
        ("null", "null"),
        ("map", "a mapping"),
        ("sequence", "a list"),
        ("unit", "null"),
    ];
    for lead in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = message.strip_prefix(lead) {
            let found = kinds.iter().find(|(word, _)| rest.starts_with(word)).map(|(_, name)| name);
            let expected = rest.rsplit_once(", expected ").map_or("another type", |(_, e)| e);
            let expected = words(expected);
            return match found {
                Some(found) => format!("expected {expected}, found {found}"),
                None => format!("expected {expected}"),
            };
        }
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use crate::subject::{Kind, Subject, built_in_kind};

    fn deployment() -> &'static Kind {
        built_in_kind("apps", "Deployment").expect("built in")
    }

    fn error(json: &str) -> String {
        Subject::read(deployment(), json.as_bytes()).expect_err(json).to_string()
    }

    #[test]
    fn a_wrong_type_is_named_with_its_field_and_without_its_value() {
        let json = r#"{"spec":{"template":{"spec":{"containers":[{"env":[{"name":"A","value":31337}]}]}}}}"#;
        let text = error(json);
        assert_eq!(
            text,
            "`spec.template.spec.containers[0].env[0].value`: expected a string, found a number"
        );
        let json = r#"{"spec":{"template":{"spec":{"hostPID":"hunter2, expected x"}}}}"#;
        assert_eq!(error(json), "`spec.template.spec.hostPID`: expected a boolean, found text");
        assert_eq!(
            error(r#"{"spec":{"template":{"spec":{"containers":{}}}}}"#),
            "`spec.template.spec.containers`: expected a list, found a mapping"
        );
        assert_eq!(
            error(r#"{"spec":{"template":{"spec":{"securityContext":7}}}}"#),
            "`spec.template.spec.securityContext`: expected a mapping, found a number"
        );
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused() {
        for json in [
            r#"{"spec":{},"spec":{}}"#,
            r#"{"spec":{"template":{},"template":{}}}"#,
            r#"{"spec":{"template":{"spec":{"hostPID":true,"hostPID":false}}}}"#,
            r#"{"metadata":{"labels":{"a":"1","b":"2","a":"3"}}}"#,
            r#"{"spec":{"template":{"spec":{"volumes":[{"emptyDir":{},"hostPath":{}}]}}}}"#,
        ] {
            assert!(Subject::read(deployment(), json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn no_text_that_is_read_holds_a_nul() {
        for text in [
            r#""containers":[{"image":"a\u0000b"}]"#,
            r#""containers":[{"resources":{"limits":{"cpu":"1\u0000"}}}]"#,
            r#""containers":[{"resources":{"limits":{"cpu\u0000":"1"}}}]"#,
            r#""volumes":[{"host\u0000Path":{}}]"#,
        ] {
            let json = format!(r#"{{"spec":{{"template":{{"spec":{{{text}}}}}}}}}"#);
            assert!(error(&json).ends_with("a NUL character"), "{json}");
        }
    }

    #[test]
    fn null_is_absent_wherever_go_reads_it_so() {
        for json in [
            r#"{"metadata":null,"spec":null}"#,
            r#"{"spec":{"template":null}}"#,
            r#"{"spec":{"template":{"spec":{"containers":null,"volumes":[{"name":"a","hostPath":null}]}}}}"#,
            r#"{"metadata":{"labels":null},"spec":{"template":{"metadata":null,"spec":null}}}"#,
        ] {
            Subject::read(deployment(), json.as_bytes()).expect(json);
        }
    }
}
