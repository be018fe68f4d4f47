//! What is limited or requested, held against what a policy wants of it.

use super::amounts::{Amounts, Bound};
use super::{Amount, Kind, amount, article};
use crate::rules::{Checked, Evidence, Fact, Finding, Findings, Reach, Remedy};
use crate::subject::{ContainerRef, ContainerRole, Pod};
use crate::text::Quoted;

/// Which side of a bound something is on.
#[derive(Clone, Copy)]
enum Side {
    Above,
    Below,
}

/// What is limited, or requested, above `max` or below `min`. What the pod sets as a whole is for all
/// of its containers, and bounded by none of them.
pub(super) fn bounded(
    pod: &Pod<'_, '_>,
    [min, max]: [&Amounts; 2],
    kind: Kind,
    found: &mut Findings<'_>,
) -> Checked {
    let sides = [(Side::Below, min), (Side::Above, max)];
    if sides.iter().all(|(_, amounts)| amounts.is_empty()) {
        return Ok(());
    }
    for c in pod.containers().filter(|c| c.role != ContainerRole::Ephemeral) {
        let own = c.spec.resources.as_deref();
        for (side, amounts) in sides {
            for (resource, bound) in amounts.iter() {
                let written = amount(own, resource, kind, found)?;
                side.check(&c, resource, written, bound, kind, found)?;
            }
        }
    }
    Ok(())
}

impl Side {
    fn check(
        self,
        c: &ContainerRef<'_, '_>,
        resource: &str,
        written: Amount<'_>,
        bound: &Bound,
        kind: Kind,
        found: &mut Findings<'_>,
    ) -> Checked {
        let (Some((text, Ok(quantity))), Ok(limit)) = (written, bound.quantity) else {
            return Ok(());
        };
        let (is_beyond, word, end, times) = match self {
            Self::Above => (quantity > limit, "above", "most", quantity.times(limit)),
            // One of nothing is none, which is said elsewhere.
            Self::Below if !quantity.is_positive() => return Ok(()),
            Self::Below => (quantity < limit, "below", "least", limit.times(quantity)),
        };
        if !is_beyond {
            return Ok(());
        }
        let at = c.at(&["resources", kind.key]).key(resource.to_owned());
        let a = article(resource);
        let message = format!(
            "{c} has {a} {resource} {} of {}, {word} {}",
            kind.word,
            Quoted(text),
            bound.text
        );
        let remedy = Remedy::Advice(format!("set {at} to {} at {end}", bound.text));
        let evidence = || {
            let fact = Fact::new(Reach::one(c), [resource, word]);
            Evidence::new([fact.degree(times.unwrap_or(u64::MAX))])
        };
        found.add(Finding::of(c, at, message, remedy), evidence)
    }
}
