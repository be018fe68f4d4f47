//! What a policy that is written would refuse of what runs, told whoever writes it: found out beside
//! the review, within bounds, one policy at a time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::timeout_at;

use crate::policy::{BoundPolicy, Documents, Snapshot};
use crate::rules::Mode;
use crate::text::{clipped, plural, printable};

/// How long finding out may take.
const LIMIT: Duration = Duration::from_secs(2);

/// What is left of the time of the request for the way back.
const WAY_BACK: Duration = Duration::from_millis(200);

/// The longest warning, in characters; the API server may cut one of more than 256.
const WARNING_LIMIT: usize = 250;

/// The longest name of a policy in a warning, in characters.
const NAME_LIMIT: usize = 60;

/// What is being found out.
pub type Search<'f> = Pin<Box<dyn Future<Output = Impact> + Send + 'f>>;

/// Who looks at what runs.
pub trait Impacts: Send + Sync + 'static {
    /// What the policies of `snapshot` would refuse of what runs, if it were created today. What is
    /// known by `until` is told then.
    fn find<'f>(&'f self, snapshot: &'f Snapshot, until: Instant) -> Search<'f>;
}

/// Some workloads, of which only the first few are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Several {
    /// How many there are.
    pub count: usize,
    /// The first of them, as `shop/api`.
    pub names: Vec<String>,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// All there is.
    #[default]
    All,
    /// No more than so many objects.
    First(usize),
    /// So many objects, and then there was no time left.
    InTime(usize),
}

/// What policies would refuse of what runs, if it were created today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact {
    /// How many workloads there are, of all that was looked at.
    pub workloads: usize,
    /// How much was looked at.
    pub extent: Extent,
    /// What would be refused.
    pub refused: Several,
    /// That of `kube-system` among it.
    pub of_system: Several,
    /// That of the namespace in which this program runs.
    pub of_own: Several,
    /// What controllers that are no workloads of Kubernetes' own could not make anew.
    pub made_anew: Several,
    /// What was not looked at, and why.
    pub not_looked_at: Vec<String>,
}

/// The policy that a request writes, where it refuses something.
#[derive(Clone)]
pub struct Written(pub(super) Arc<BoundPolicy>);

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Written").field(&self.0.name).finish()
    }
}

/// Who tells of it.
pub(super) struct Teller {
    impacts: Arc<dyn Impacts>,
    /// Held by whoever looks.
    looking: Mutex<()>,
}

impl Teller {
    pub(super) fn new(impacts: Arc<dyn Impacts>) -> Self {
        Self { impacts, looking: Mutex::new(()) }
    }

    /// The warnings about a policy that is written, in time for an answer by `deadline`.
    pub(super) async fn warnings(
        &self,
        Written(policy): &Written,
        current: &Snapshot,
        deadline: Instant,
    ) -> Vec<String> {
        let name = shown(&clipped(&policy.name, NAME_LIMIT));
        let Ok(_alone) = self.looking.try_lock() else {
            return vec![format!(
                "what policy \"{name}\" would refuse of what runs was not looked at, as another was being \
                 looked at; see `plimsoll preview`"
            )];
        };
        let now = Instant::now();
        let until = (now + LIMIT).min(deadline.checked_sub(WAY_BACK).unwrap_or(now));
        let snapshot = alone_in(current, policy);
        let found = timeout_at((until + WAY_BACK / 2).into(), self.impacts.find(&snapshot, until));
        match found.await {
            Ok(impact) => worded(&name, &impact, current.enforcement().at(Timestamp::now())),
            Err(_) => vec![format!(
                "what policy \"{name}\" would refuse of what runs could not be looked at in time; see \
                 `plimsoll preview`"
            )],
        }
    }
}

/// The same surroundings, in which this policy is in force and no other.
fn alone_in(current: &Snapshot, policy: &Arc<BoundPolicy>) -> Snapshot {
    let exceptions = current.exceptions();
    let terms = exceptions.terms().clone();
    let exceptions = exceptions.shared().cloned().collect();
    let documents = Documents { policies: vec![Arc::clone(policy)], exceptions };
    Snapshot::of(documents, terms).with_inventory(current.inventory().clone())
}

/// What is said of it; `name` is that of the policy.
fn worded(name: &str, impact: &Impact, ceiling: Mode) -> Vec<String> {
    let Impact { workloads, extent, of_system, of_own, made_anew, not_looked_at, .. } = impact;
    let mut lines = Vec::new();
    let is_whole = *extent == Extent::All && not_looked_at.is_empty();
    if *workloads > 0 {
        lines.extend(figure(name, impact, ceiling));
    } else if !is_whole {
        lines.push(format!("what policy \"{name}\" would refuse of what runs is not known"));
    }
    let parts = [
        (of_own, "it would refuse Plimsoll itself, or what runs beside it"),
        (of_system, "it would refuse kube-system's own workloads"),
        (
            made_anew,
            "refused when made anew, unless the policy leaves out the account of what makes them",
        ),
    ];
    let parts = parts.into_iter().filter(|(several, _)| several.count > 0);
    lines.extend(parts.map(|(several, what)| listed(what, several)));
    if !not_looked_at.is_empty() {
        lines.push(cut(&format!("not looked at: {}", not_looked_at.join(", "))));
    }
    lines
}

/// How many would be refused, which, and what that means for them.
fn figure(name: &str, impact: &Impact, ceiling: Mode) -> impl Iterator<Item = String> + use<> {
    let Impact { workloads, extent, refused, .. } = impact;
    let of = plural(*workloads, "workload");
    let held_back = match ceiling {
        Mode::Deny => String::new(),
        ceiling => format!(" (enforcement is `{}`)", ceiling.as_str()),
    };
    let extent = match extent {
        Extent::All => String::new(),
        Extent::First(objects) => format!(", of the first {objects} objects looked at"),
        Extent::InTime(objects) => {
            format!(", of {} looked at in time", plural(*objects, "object"))
        }
    };
    let count = if refused.count == 0 { "none".to_owned() } else { refused.count.to_string() };
    let first = format!(
        "policy \"{name}\" would refuse {count} of {of} if created today{held_back}{extent}"
    );
    let ratchet = "what runs is only warned about at its next edit, as long as that adds nothing that is \
                   refused; `plimsoll preview` shows each with its rules";
    let ratchet = (refused.count > 0).then(|| ratchet.to_owned());
    std::iter::once(listed(&first, refused)).chain(ratchet)
}

/// `what: a, b and 7 more`, with as many names as there is room for.
fn listed(what: &str, some: &Several) -> String {
    let (mut line, mut more) = (what.to_owned(), String::new());
    for (number, name) in some.names.iter().enumerate() {
        let gap = if number == 0 { ": " } else { ", " };
        let longer = format!("{line}{gap}{}", shown(&clipped(name, 2 * NAME_LIMIT)));
        let left = some.count.saturating_sub(number + 1);
        let of_rest = if left > 0 { format!(" and {left} more") } else { String::new() };
        if longer.chars().count() + of_rest.chars().count() > WARNING_LIMIT {
            break;
        }
        (line, more) = (longer, of_rest);
    }
    cut(&format!("{line}{more}"))
}

fn cut(line: &str) -> String {
    clipped(&shown(line), WARNING_LIMIT).into_owned()
}

fn shown(text: &str) -> String {
    printable(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn several(count: usize, names: &[&str]) -> Several {
        Several { count, names: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn what_would_be_refused_is_said_with_the_first_names_and_what_becomes_of_what_runs() {
        let refused = several(3, &["shop/api", "shop/web", "kube-system/proxy"]);
        let of_system = several(1, &["kube-system/proxy"]);
        let impact = Impact { workloads: 212, refused, of_system, ..Impact::default() };
        let lines = worded("p", &impact, Mode::Deny);
        assert_eq!(
            lines,
            [
                "policy \"p\" would refuse 3 of 212 workloads if created today: shop/api, shop/web, \
                 kube-system/proxy",
                "what runs is only warned about at its next edit, as long as that adds nothing that is \
                 refused; `plimsoll preview` shows each with its rules",
                "it would refuse kube-system's own workloads: kube-system/proxy",
            ]
        );
        let held_back = worded("p", &impact, Mode::Warn);
        assert!(held_back[0].contains("if created today (enforcement is `warn`): shop/api"));
    }

    #[test]
    fn what_was_not_looked_at_is_no_part_of_the_figure_and_is_said() {
        let not_looked_at = vec!["pods (no right to list them)".to_owned()];
        let some = Impact { workloads: 7, not_looked_at, ..Impact::default() };
        assert_eq!(
            worded("p", &some, Mode::Deny),
            [
                "policy \"p\" would refuse none of 7 workloads if created today",
                "not looked at: pods (no right to list them)"
            ]
        );
        let none = Impact { workloads: 0, ..some };
        assert_eq!(
            worded("p", &none, Mode::Deny)[0],
            "what policy \"p\" would refuse of what runs is not known"
        );
        let first = Impact { extent: Extent::First(5_000), workloads: 9, ..Impact::default() };
        assert!(
            worded("p", &first, Mode::Deny)[0].ends_with("of the first 5000 objects looked at")
        );
        assert_eq!(worded("p", &Impact::default(), Mode::Deny), Vec::<String>::new());
    }

    #[test]
    fn no_line_is_longer_than_the_api_server_passes_on_and_none_writes_to_the_terminal() {
        let long = format!("{}\u{1b}[31m/{}", "n".repeat(63), "a".repeat(253));
        let names = vec![long; 10];
        let all = Several { count: 1_000, names };
        let impact = Impact {
            workloads: 100_000,
            extent: Extent::InTime(4_999),
            refused: all.clone(),
            of_system: all.clone(),
            of_own: all.clone(),
            made_anew: all,
            not_looked_at: vec!["x".repeat(100); 10],
        };
        let lines = worded(&"p".repeat(NAME_LIMIT), &impact, Mode::Audit);
        assert_eq!(lines.len(), 6);
        for line in &lines {
            assert!(line.chars().count() <= WARNING_LIMIT, "{line}");
            assert!(!line.contains('\u{1b}'), "{line}");
        }
        assert!(lines[2].ends_with(" and 999 more"), "{}", lines[2]);
    }
}
