//! An exception in force: what it excuses, and when it does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, Unit};
use serde_json::Value;

use super::digest::Digest;
use super::exception::ExceptionSpec;
use super::field_pattern::FieldPattern;
use crate::rules::Finding;
use crate::subject::Subject;
use crate::text::Wildcard;
use crate::text::printable;

/// How long before its end an exception is said to end soon.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many days ahead the end of an exception may lie, where nobody says otherwise.
pub const MAX_DAYS: u32 = 90;

/// A value that a finding must be about.
#[derive(Debug, Clone)]
pub(super) struct Bond {
    pub(super) field: FieldPattern,
    pub(super) values: Vec<String>,
}

/// An exception, ready to be asked.
#[derive(Debug)]
pub struct Exception {
    /// Its name.
    pub name: Arc<str>,
    /// The namespace in which it excuses.
    pub namespace: Arc<str>,
    /// What tells this edit of it from another.
    pub digest: Digest,
    /// As it is written.
    pub spec: ExceptionSpec,
    /// Which of its rules this version does not know.
    pub unknown: Vec<String>,
    /// Its namespace and name, as messages show them.
    pub(super) title: Arc<str>,
    pub(super) object: Wildcard,
    pub(super) bonds: Vec<Bond>,
}

/// Whether an exception excuses anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    InForce,
    /// Its time is over.
    Ended,
    /// Its end lies further ahead than it may.
    TooFar,
}

/// An exception that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Namespace and name of the exception.
    pub by: Arc<str>,
    /// When it ends, or ended.
    pub expires: Timestamp,
    /// Whether it excuses, or why not.
    pub standing: Standing,
}

/// In one line: whom it is about, and until when it excuses or why it does not.
impl fmt::Display for Excuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = printable(&self.by);
        let expires = self.expires.round(Unit::Second).unwrap_or(self.expires);
        match self.standing {
            Standing::InForce => write!(f, "the exception {by} ends at {expires}"),
            Standing::Ended => write!(f, "the exception {by} ended at {expires}"),
            Standing::TooFar => {
                write!(
                    f,
                    "the exception {by} excuses nothing: its end, {expires}, is too far ahead"
                )
            }
        }
    }
}

impl Excuse {
    /// Whether it is one.
    pub fn holds(&self) -> bool {
        self.standing == Standing::InForce
    }

    /// Whether it ends before long.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        self.holds() && ends_soon(self.expires, now)
    }
}

fn ends_soon(expires: Timestamp, now: Timestamp) -> bool {
    expires.duration_since(now) <= SOON
}

impl Exception {
    /// Namespace and name, as messages show them.
    pub fn title(&self) -> &Arc<str> {
        &self.title
    }

    /// Whether it excuses anything at `now`, where no end may lie more than `max_days` ahead: no
    /// excuse ever reaches further, and a renewal is an edit.
    pub fn standing(&self, now: Timestamp, max_days: u32) -> Standing {
        let left = self.spec.expires.duration_since(now);
        if left <= SignedDuration::ZERO {
            Standing::Ended
        } else if left > SignedDuration::from_hours(24 * i64::from(max_days)) {
            Standing::TooFar
        } else {
            Standing::InForce
        }
    }

    /// Whether it ends before long.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        ends_soon(self.spec.expires, now)
    }

    /// Whether it is about this object.
    fn selects(&self, subject: &Subject<'_>) -> bool {
        let select = &self.spec.select;
        select.kind == subject.kind.kind
            && select.group.as_deref().is_none_or(|group| group == subject.kind.group)
            && self.object.fits(&subject.name)
    }

    /// Whether it is about this finding of a rule, in an object that it is about.
    fn covers(&self, rule: &str, finding: &Finding, tree: Option<&Value>) -> bool {
        let containers = &self.spec.select.containers;
        let is_of_these = |name: &String| containers.contains(name);
        self.spec.rules.iter().any(|known| known == rule)
            && (containers.is_empty() || finding.container.as_ref().is_some_and(is_of_these))
            && self.bonds.iter().all(|bond| tree.is_some_and(|tree| bond.holds(finding, tree)))
    }
}

impl Bond {
    /// Whether all that stands at the field is among the values.
    fn holds(&self, finding: &Finding, object: &Value) -> bool {
        let Some(found) = self.field.values_below(&finding.at, object) else { return false };
        found.into_iter().all(|value| match value {
            // A list of nothing is none of the values: of what is dropped or demanded it is the worst.
            Value::Array(list) => !list.is_empty() && list.iter().all(|value| self.names(value)),
            value => self.names(value),
        })
    }

    fn names(&self, value: &Value) -> bool {
        let named = |text: &str| self.values.iter().any(|known| known == text);
        match value {
            Value::String(text) => named(text),
            Value::Bool(_) | Value::Number(_) => named(&value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        }
    }
}

/// On what terms exceptions are honoured.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// How many days ahead an end may lie.
    pub max_days: u32,
    /// From which namespaces objects are honoured. What an operator gives as a file always is.
    pub namespaces: Vec<Wildcard>,
}

impl Default for Terms {
    /// No object is honoured: whoever may write everything in a namespace must not excuse himself.
    fn default() -> Self {
        Self { max_days: MAX_DAYS, namespaces: Vec::new() }
    }
}

impl Terms {
    /// Whether objects of a namespace are honoured.
    pub fn honour(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|pattern| pattern.fits(namespace))
    }
}

/// All exceptions that are honoured, by their namespace.
#[derive(Debug, Default)]
pub struct Exceptions {
    by_namespace: BTreeMap<Arc<str>, Vec<Arc<Exception>>>,
    terms: Terms,
}

/// The exceptions that are about one object.
#[derive(Debug, Default)]
pub struct Excusing<'e> {
    exceptions: Vec<&'e Exception>,
    max_days: u32,
}

impl Exceptions {
    /// These, on these terms.
    pub fn new(exceptions: impl IntoIterator<Item = Arc<Exception>>, terms: Terms) -> Self {
        let mut by_namespace: BTreeMap<Arc<str>, Vec<Arc<Exception>>> = BTreeMap::new();
        for exception in exceptions {
            by_namespace.entry(Arc::clone(&exception.namespace)).or_default().push(exception);
        }
        for of_namespace in by_namespace.values_mut() {
            // Which of two is named does not depend on the order in which they came.
            of_namespace.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Self { by_namespace, terms }
    }

    /// On what terms they are honoured.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// All of them.
    pub fn shared(&self) -> impl Iterator<Item = &Arc<Exception>> {
        self.by_namespace.values().flatten()
    }

    /// Those that are about this object; none are about one whose namespace is not known.
    pub fn about(&self, subject: &Subject<'_>) -> Excusing<'_> {
        let namespace = subject.namespace.as_deref();
        let there = namespace.and_then(|namespace| self.by_namespace.get(namespace));
        let exceptions = there.into_iter().flatten().map(AsRef::as_ref);
        let exceptions = exceptions.filter(|exception: &&Exception| exception.selects(subject));
        Excusing { exceptions: exceptions.collect(), max_days: self.terms.max_days }
    }
}

impl Excusing<'_> {
    /// Whether one of them is bound to what stands in the object, so that its tree is needed.
    pub fn needs_tree(&self) -> bool {
        self.exceptions.iter().any(|exception| !exception.bonds.is_empty())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.exceptions.is_empty()
    }

    /// What excuses a finding of a rule; else one that would, were its time not over or too long.
    ///
    /// Each exception is asked by itself: several together never excuse more (F-98).
    pub fn of(
        &self,
        rule: &str,
        finding: &Finding,
        tree: Option<&Value>,
        now: Timestamp,
    ) -> Option<Excuse> {
        let covering = self.exceptions.iter().filter(|e| e.covers(rule, finding, tree));
        let all = covering.map(|exception| Excuse {
            by: Arc::clone(exception.title()),
            expires: exception.spec.expires,
            standing: exception.standing(now, self.max_days),
        });
        // Of several, the one that lasts.
        all.max_by_key(|excuse| (excuse.holds(), excuse.expires))
    }
}
