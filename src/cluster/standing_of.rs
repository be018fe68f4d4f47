//! How an object stands at a moment: no clock, no API server.

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::objects::{Compiled, OwnKind, POLICIES};
use super::registration::Covered;
use super::serving::Serving;
use crate::inventory::{Inventory, Neighbour, Sight};
use crate::policy::{BoundPolicy, Exception, Standing, Terms};
use crate::rules::Mode;
use crate::subject::{Kind, Kinds};
use crate::text::{clipped, printable};

/// The longest message of a condition, in characters.
const MESSAGE_LIMIT: usize = 2_000;

/// The most entries of a list.
const LIST_LIMIT: usize = 200;

/// What the standing of an object depends on beside the object.
pub(super) struct Around<'a> {
    pub(super) now: Timestamp,
    pub(super) terms: &'a Terms,
    /// What is registered; none where the server was not told to register.
    pub(super) covered: Option<&'a Covered>,
    /// Which resources there are.
    pub(super) serving: &'a Serving,
    /// What is known of what stands around.
    pub(super) inventory: &'a Inventory,
}

/// How an object stands.
#[derive(Debug, PartialEq)]
pub(super) struct Stand {
    is_ready: bool,
    reason: &'static str,
    message: String,
    /// What a status says besides.
    more: Value,
}

impl Stand {
    fn new(is_ready: bool, reason: &'static str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let message = printable(&clipped(&message, MESSAGE_LIMIT)).into_owned();
        Self { is_ready, reason, message, more: json!({}) }
    }

    /// The whole status of an object that stands so, which it came to do at `now` where it did not
    /// before.
    pub(super) fn status(&self, object: &Compiled, now: Timestamp) -> Value {
        let is_ready = if self.is_ready { "True" } else { "False" };
        let before = object.status.pointer("/conditions/0");
        let text = |key: &str| before.and_then(|before| before.get(key)).and_then(Value::as_str);
        let since = match text("lastTransitionTime") {
            Some(since) if text("status") == Some(is_ready) => since.to_owned(),
            _ => now.round(Unit::Second).unwrap_or(now).to_string(),
        };
        let mut status = json!({"conditions": [{
            "type": "Ready", "status": is_ready, "reason": self.reason, "message": self.message,
            "lastTransitionTime": since, "observedGeneration": object.generation.unwrap_or_default(),
        }], "observedGeneration": object.generation.unwrap_or_default()});
        if let (Some(status), Some(more)) = (status.as_object_mut(), self.more.as_object()) {
            status.extend(more.clone());
        }
        status
    }
}

/// How an object stands.
pub(super) fn stand_of(object: &Compiled, kind: OwnKind, around: &Around<'_>) -> Stand {
    // Nothing is kept of what such a one says.
    if let Some(namespace) = object.namespace.as_ref().filter(|name| !around.terms.honour(name)) {
        let namespace = shown(namespace);
        let text = format!(
            "exceptions from the namespace {namespace} are not honoured (`--exception-namespaces`)"
        );
        return Stand::new(false, "NotHonoured", text);
    }
    let made = match &object.made {
        Ok(made) => made,
        Err(problems) => {
            let stand = Stand::new(false, "Invalid", problems.join("; "));
            let problems: Vec<String> =
                problems.iter().take(LIST_LIMIT).map(|text| shown(text)).collect();
            return if kind == POLICIES {
                let more =
                    json!({"mode": null, "rules": [], "rulesInForce": 0, "notInForce": problems});
                Stand { more, ..stand }
            } else {
                stand
            };
        }
    };
    let policies = made.policies.iter().map(|policy| of_policy(policy, around));
    let exceptions = made.exceptions.iter().map(|exception| of_exception(exception, around));
    let stand = policies.chain(exceptions).next();
    stand.unwrap_or_else(|| Stand::new(false, "Invalid", "it holds nothing"))
}

fn shown(text: &str) -> String {
    printable(&clipped(text, 500)).into_owned()
}

fn of_policy(policy: &BoundPolicy, around: &Around<'_>) -> Stand {
    let missing = around.covered.map(|covered| not_covered(policy, covered)).unwrap_or_default();
    let unserved: Vec<String> = match around.covered {
        Some(_) => {
            policy.kinds.iter().filter(|kind| around.serving.lacks(kind)).map(named).collect()
        }
        None => Vec::new(),
    };
    let stand = if !policy.unknown.is_empty() {
        Stand::new(false, "PartlyInForce", policy.unknown.join("; "))
    } else if !unserved.is_empty() {
        let text = format!(
            "the API server has no such resource: {}; where it is called otherwise, say so with `plural`",
            unserved.join(", ")
        );
        Stand::new(false, "NotRegistered", text)
    } else if !missing.is_empty() {
        let text = format!("the API server does not send these here yet: {}", missing.join(", "));
        Stand::new(false, "NotRegistered", text)
    } else {
        Stand::new(true, "InForce", in_force(policy, around.inventory))
    };
    let rules: Vec<String> =
        policy.rules.iter().take(LIST_LIMIT).map(|rule| rule.rule().id.to_string()).collect();
    let not_in_force: Vec<String> =
        policy.unknown.iter().take(LIST_LIMIT).map(|text| shown(text)).collect();
    let more = json!({"mode": policy.mode.as_str(), "rulesInForce": policy.rules.len(),
                      "rules": rules, "notInForce": not_in_force});
    Stand { more, ..stand }
}

/// That all is in force, and what of that cannot be told as nobody looks at it.
fn in_force(policy: &BoundPolicy, inventory: &Inventory) -> String {
    let unseen =
        policy.needs().into_iter().filter(|kind| inventory.sight(*kind) == Sight::NotLookedAt);
    let unseen: Vec<&str> = unseen.map(Neighbour::plural).collect();
    match unseen.as_slice() {
        [] => "all of it is in force".to_owned(),
        unseen => format!(
            "all of it is in force; not looked at, so that what rests on it is undetermined: {}",
            unseen.join(", ")
        ),
    }
}

/// The resources that some rule of the policy reads and that the API server does not send, or does
/// not send where it would have to wait for an answer.
fn not_covered(policy: &BoundPolicy, covered: &Covered) -> Vec<String> {
    let kinds = Kinds::with(&policy.kinds);
    let read = kinds.iter().filter_map(|kind| {
        let rules = policy.rules.iter().filter(|rule| rule.covers(kind));
        let may_deny = rules.clone().any(|rule| {
            rule.deny_from().is_some() || rule.mode(policy.mode, Timestamp::MIN) == Mode::Deny
        });
        rules.clone().next()?;
        Some((kind, may_deny))
    });
    let missing = read.filter(|(kind, may_deny)| !covered.sends(kind, *may_deny));
    missing.map(|(kind, _)| shown(kind.resource.as_ref())).collect()
}

fn named(kind: &Kind) -> String {
    shown(&format!("{}.{}", kind.resource, kind.group))
}

fn of_exception(exception: &Exception, around: &Around<'_>) -> Stand {
    let end = exception.spec.expires;
    let end = end.round(Unit::Second).unwrap_or(end);
    match exception.standing(around.now, around.terms.max_days) {
        Standing::Ended => Stand::new(false, "Ended", format!("it ended at {end}")),
        Standing::TooFar => {
            let days = around.terms.max_days;
            let text = format!("its end, {end}, lies more than {days} days ahead");
            Stand::new(false, "TooFar", text)
        }
        Standing::InForce if !exception.unknown.is_empty() => {
            Stand::new(true, "PartlyInForce", exception.unknown.join("; "))
        }
        Standing::InForce => Stand::new(true, "InForce", format!("it ends at {end}")),
    }
}
