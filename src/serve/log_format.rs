//! The forms that log lines have: JSON for programs, text for people.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::log_stream::LogStream;
use crate::text::printable;

/// The form of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// Moment, level, part of the program and message, and then `key=value` for all else.
    Text,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("there are `json` and `text`".to_owned()),
        }
    }
}

/// Takes one line of text with each write, and holds it to that: what is not printable in it is
/// written out, line breaks among it.
#[derive(Debug, Clone)]
pub struct TextLines(pub LogStream);

impl Write for TextLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        self.0.push(format!("{}\n", printable(text)).as_bytes());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The members of an object, in their order.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A line of JSON as one of text: what the log's own formatter would have made of it.
///
/// Strings stay in quotes and escaped, so that no value can pass for another member.
pub(super) fn as_text(json: &[u8]) -> serde_json::Result<String> {
    let Members(mut members) = serde_json::from_slice(json)?;
    let mut take = |name: &str| {
        let at = members.iter().position(|(member, _)| member == name);
        let value = at.map(|at| members.remove(at).1);
        value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let [moment, level, target, message] =
        ["timestamp", "level", "target", "message"].map(&mut take);
    let mut text = format!("{moment} {level:>5} {target}: {message}");
    for (name, value) in members {
        // Writing into a `String` cannot fail.
        let _ = write!(text, " {name}={value}");
    }
    Ok(printable(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_json_keeps_its_order_and_its_quotes() {
        let json = br#"{"timestamp":"2026-01-02T03:04:05Z","level":"INFO","message":"reviewed",
            "uid":"1","name":"a\" decision=\"allowed","dry_run":false,"micros":7,"target":"t"}"#;
        assert_eq!(
            as_text(json).expect("JSON"),
            "2026-01-02T03:04:05Z  INFO t: reviewed uid=\"1\" name=\"a\\\" decision=\\\"allowed\" \
             dry_run=false micros=7"
        );
    }
}
