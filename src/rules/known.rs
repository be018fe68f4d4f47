//! What stood before an update, made ready to be asked.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::evidence::{Fact, Group, Hardness, Whom};
use super::{Budget, Checked, Evidence, Halt};
use crate::subject::Fingerprint;

/// All facts that one rule found in the old object, each kept once.
#[derive(Debug, Default)]
pub struct Known<'e> {
    single: HashMap<(&'e Fingerprint, Option<&'e Fingerprint>), BTreeSet<&'e Hardness>>,
    shared: HashMap<&'e Fingerprint, BTreeMap<(&'e Fingerprint, &'e Hardness), &'e Group>>,
}

/// How many steps it takes to look a fact up, or to begin to hold one against another.
const LOOK: usize = 64;

impl<'e> Known<'e> {
    /// Takes note of what a finding about the old object rested on.
    ///
    /// # Errors
    /// [`Halt::Spent`], as [`Budget::spend`].
    pub fn learn(&mut self, evidence: &'e Evidence, budget: &mut Budget) -> Checked {
        for Fact { what, reach, hardness, .. } in evidence.facts().into_iter().flatten() {
            budget.spend(LOOK * (1 + hardness.len()))?;
            let who = match &reach.0 {
                Whom::Object => None,
                Whom::One(who) => Some(who),
                Whom::These(group) => {
                    let groups = self.shared.entry(what).or_default();
                    groups.insert((&group.identity, hardness), group);
                    continue;
                }
            };
            self.single.entry((what, who)).or_default().insert(hardness);
        }
        Ok(())
    }

    /// Whether each fact of `evidence` stood before, as hard or harder.
    ///
    /// # Errors
    /// [`Halt::Spent`], as [`Budget::spend`].
    pub fn holds(&self, evidence: &Evidence, budget: &mut Budget) -> Result<bool, Halt> {
        let Some(facts) = evidence.facts() else { return Ok(false) };
        for Fact { what, reach, hardness, .. } in facts {
            let stood = match &reach.0 {
                Whom::Object => self.knows(what, None, hardness, budget)?,
                Whom::One(who) => self.knows(what, Some(who), hardness, budget)?,
                Whom::These(group) => self.knows_all(what, group, hardness, budget)?,
            };
            if !stood {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn knows(
        &self,
        what: &Fingerprint,
        who: Option<&Fingerprint>,
        hardness: &Hardness,
        budget: &mut Budget,
    ) -> Result<bool, Halt> {
        budget.spend(LOOK * (1 + hardness.len()))?;
        if let Some(single) = self.single.get(&(what, who)) {
            // Most of what is held against the past is just as it was.
            if single.contains(hardness) && hardness.covers(hardness) {
                return Ok(true);
            }
            for old in single {
                budget.spend(LOOK + 8 * (1 + old.len()))?;
                if old.covers(hardness) {
                    return Ok(true);
                }
            }
        }
        let Some(who) = who else { return Ok(false) };
        for ((_, old), group) in self.shared.get(what).into_iter().flatten() {
            budget.spend(LOOK + 8 * (1 + old.len()))?;
            if group.members.binary_search(who).is_ok() && old.covers(hardness) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn knows_all(
        &self,
        what: &Fingerprint,
        group: &Group,
        hardness: &Hardness,
        budget: &mut Budget,
    ) -> Result<bool, Halt> {
        budget.spend(LOOK * (1 + hardness.len()))?;
        if let Some(shared) = self.shared.get(what) {
            if shared.contains_key(&(&group.identity, hardness)) && hardness.covers(hardness) {
                return Ok(true);
            }
            for ((_, before), old) in shared {
                budget.spend(
                    LOOK + 8 * (1 + before.len() + old.members.len() + group.members.len()),
                )?;
                if includes(&old.members, &group.members) && before.covers(hardness) {
                    return Ok(true);
                }
            }
        }
        for who in &group.members {
            if !self.knows(what, Some(who), hardness, budget)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether the sorted list `some` is part of the sorted list `all`.
fn includes(all: &[Fingerprint], some: &[Fingerprint]) -> bool {
    let mut rest = all.iter();
    some.iter()
        .all(|wanted| rest.find(|found| found.cmp(&wanted) != Ordering::Less) == Some(wanted))
}
