//! How much one review may find and do: counted here, without a clock.

use super::{Evidence, Finding, Undetermined};

/// What a review may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most findings that are kept: of rules that refuse, and again of those that do not.
    pub findings: usize,
    /// The most steps: bytes looked at, and as many more as what is done takes in place of that.
    pub steps: u64,
    /// The most fingerprints that the evidence of all findings holds; what is found beyond them is
    /// new, whatever stood before.
    pub fingerprints: usize,
}

impl Limits {
    /// What a first look at an update may take. Most say nothing that is to be held against the
    /// old object; where that is not known by then, both are reviewed in full.
    pub fn of_first_look() -> Self {
        let Self { steps, .. } = Self::default();
        Self { steps: steps / 8, ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { findings: 1_000, steps: 250_000_000, fingerprints: 100_000 }
    }
}

/// What is left of the limits of one review.
#[derive(Debug, Clone)]
pub struct Budget {
    limits: Limits,
    compares: bool,
    denials: usize,
    notes: usize,
    fingerprints: usize,
    steps: u64,
}

/// How many steps it takes to come to an element, whatever is in it.
const VISIT: usize = 8;

/// How many steps it takes to write a finding down.
const WRITE: usize = 1_000;

/// Why a rule did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// It needs to know what is not known.
    Undetermined(Undetermined),
    /// It found more than is kept.
    Full,
    /// The review took more steps than it may.
    Spent,
}

/// How a rule came to its end.
pub type Checked = Result<(), Halt>;

impl<U: Into<Undetermined>> From<U> for Halt {
    fn from(why: U) -> Self {
        Self::Undetermined(why.into())
    }
}

impl Budget {
    /// A budget of these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, compares: false, denials: 0, notes: 0, fingerprints: 0, steps: 0 }
    }

    /// As much again, for another object: each is bounded by itself.
    #[must_use]
    pub fn for_another(&self) -> Self {
        Self::new(self.limits)
    }

    /// Counts the steps that were taken for another object, which this does not bound.
    pub fn count(&mut self, other: &Self) {
        self.steps = self.steps.saturating_add(other.steps);
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Begins with another object of the same review, whose findings are counted by themselves and
    /// held against others: so they get evidence.
    pub fn compare_next(&mut self) {
        let Self { limits, steps, .. } = *self;
        *self = Self { compares: true, steps, ..Self::new(limits) };
    }

    /// Counts steps: bytes that are looked at, or as much as other work takes.
    ///
    /// # Errors
    /// [`Halt::Spent`] where the review has taken as many as it may.
    pub fn spend(&mut self, steps: usize) -> Checked {
        self.steps = self.steps.saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if self.steps > self.limits.steps { Err(Halt::Spent) } else { Ok(()) }
    }

    /// Where a rule puts what it finds; `refuses` says whether a finding refuses the object.
    pub fn findings(&mut self, refuses: bool) -> Findings<'_> {
        Findings { list: Vec::new(), open: Vec::new(), refuses, budget: self }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// What one rule found, as far as the budget goes.
#[derive(Debug)]
pub struct Findings<'b> {
    list: Vec<Finding>,
    open: Vec<Box<str>>,
    refuses: bool,
    budget: &'b mut Budget,
}

impl Findings<'_> {
    /// Keeps a finding, and what its harm depends on where that will be asked for.
    ///
    /// # Errors
    /// [`Halt::Full`] where there are as many as are kept; [`Halt::Spent`].
    pub fn add(&mut self, finding: Finding, evidence: impl FnOnce() -> Evidence) -> Checked {
        let Budget { limits, denials, notes, .. } = &mut *self.budget;
        let kept = if self.refuses { denials } else { notes };
        if *kept >= limits.findings {
            return Err(Halt::Full);
        }
        *kept += 1;
        self.spend(WRITE)?;
        let evidence =
            if self.budget.compares { self.weighed(evidence())? } else { Evidence::incomparable() };
        self.list.push(Finding { evidence, ..finding });
        Ok(())
    }

    /// Notes that of one of its [parts](super::Rule::parts) the rule could not say whether it is met.
    ///
    /// # Errors
    /// [`Halt::Spent`].
    pub fn leave_open(&mut self, part: &str) -> Checked {
        self.spend(part.len())?;
        self.visit(self.open.len())?;
        if !self.open.iter().any(|known| **known == *part) {
            self.spend(WRITE)?;
            self.open.push(part.into());
        }
        Ok(())
    }

    /// Keeps once more what was found for another policy, and what was left open.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn repeat(&mut self, findings: &[Finding], open: &[Box<str>]) -> Checked {
        open.iter().try_for_each(|part| self.leave_open(part))?;
        findings.iter().try_for_each(|f| self.add(f.clone(), || f.evidence.clone()))
    }

    /// Counts what it took to find the evidence, and keeps it as far as there is room.
    fn weighed(&mut self, evidence: Evidence) -> Result<Evidence, Halt> {
        self.spend(evidence.steps())?;
        let held = self.budget.fingerprints.saturating_add(evidence.held());
        if held > self.budget.limits.fingerprints {
            return Ok(Evidence::incomparable());
        }
        self.budget.fingerprints = held;
        Ok(evidence)
    }

    /// Counts steps: bytes that are looked at, or as much as other work takes.
    ///
    /// # Errors
    /// [`Halt::Spent`] where the review has taken as many as it may.
    pub fn spend(&mut self, steps: usize) -> Checked {
        self.budget.spend(steps)
    }

    /// Counts elements that are come to, whatever is looked at in them.
    ///
    /// # Errors
    /// As [`Self::spend`].
    pub fn visit(&mut self, elements: usize) -> Checked {
        self.spend(elements.saturating_mul(VISIT))
    }

    /// What was kept so far.
    pub fn so_far(&self) -> &[Finding] {
        &self.list
    }

    /// The parts of the rule that were left open so far.
    pub fn left_open(&self) -> &[Box<str>] {
        &self.open
    }

    /// All that was kept, and the parts that were left open.
    pub fn into_vecs(self) -> (Vec<Finding>, Vec<Box<str>>) {
        (self.list, self.open)
    }
}
