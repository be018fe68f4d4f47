//! What stood before an update, made ready to be asked.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::evidence::{Fact, Group, Hardness, Whom};
use super::{Budget, Checked, Evidence, Halt};
use crate::subject::Fingerprint;

/// All facts that one rule found in the old object, each kept once.
#[derive(Debug, Default)]
pub struct PriorFacts<'e> {
    /// By what it is and whom it strikes: what strikes several containers strikes each of them.
    facts: HashMap<(&'e Fingerprint, Option<&'e Fingerprint>), BTreeSet<&'e Hardness>>,
    /// What strikes the same containers as before needs no look at each.
    groups: HashSet<(&'e Fingerprint, &'e Fingerprint, &'e Hardness)>,
}

/// How many steps it takes to look a fact up, or to begin to hold one against another.
const LOOK: usize = 64;

/// Against how many forms of the same fact another one is held, beside its own; a container that
/// runs anywhere has the same thing in one form or two.
const FORMS: usize = 64;

impl<'e> PriorFacts<'e> {
    /// Takes note of what a finding about the old object rested on.
    ///
    /// # Errors
    /// [`Halt::Spent`], as [`Budget::spend`].
    pub fn learn(&mut self, evidence: &'e Evidence, budget: &mut Budget) -> Checked {
        for Fact { what, reach, hardness, .. } in evidence.facts().into_iter().flatten() {
            budget.spend(LOOK * (1 + hardness.len()))?;
            match &reach.0 {
                Whom::Object => self.keep(what, None, hardness),
                Whom::One(who) => self.keep(what, Some(who), hardness),
                Whom::These(group) => {
                    if self.groups.insert((what, &group.identity, hardness)) {
                        budget.spend(LOOK * group.members.len())?;
                        group.members.iter().for_each(|who| self.keep(what, Some(who), hardness));
                    }
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, what: &'e Fingerprint, who: Option<&'e Fingerprint>, how: &'e Hardness) {
        self.facts.entry((what, who)).or_default().insert(how);
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
        let Some(forms) = self.facts.get(&(what, who)) else { return Ok(false) };
        if let Hardness::Grant(parts) = hardness {
            budget.spend(LOOK * (1 << parts.len()))?;
            return Ok(wider(parts).any(|wider| forms.contains(&wider)));
        }
        // Most of what is held against the past is just as it was.
        if forms.contains(hardness) && hardness.covers(hardness) {
            return Ok(true);
        }
        for old in forms.iter().take(FORMS) {
            budget.spend(LOOK + 8 * (1 + old.len()))?;
            if old.covers(hardness) {
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
        if self.groups.contains(&(what, &group.identity, hardness)) && hardness.covers(hardness) {
            return Ok(true);
        }
        for who in &group.members {
            if !self.knows(what, Some(who), hardness, budget)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// All grants that hold this one: each of its parts as it is, or all that there are of it.
fn wider(parts: &[Option<Fingerprint>; 4]) -> impl Iterator<Item = Hardness> {
    (0..1_u8 << parts.len()).map(|all| {
        let mut wider = *parts;
        for (at, part) in wider.iter_mut().enumerate() {
            if all >> at & 1 == 1 {
                *part = None;
            }
        }
        Hardness::Grant(Box::new(wider))
    })
}
