//! How much one review may find and do: counted here, without a clock.

use super::{Finding, Undetermined};

/// What a review may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most findings that are kept: of rules that refuse, and again of those that do not.
    pub findings: usize,
    /// The most steps: elements visited, bytes looked at.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { findings: 1_000, steps: 200_000_000 }
    }
}

/// What is left of the limits of one review.
#[derive(Debug, Clone)]
pub struct Budget {
    limits: Limits,
    denials: usize,
    notes: usize,
    steps: u64,
}

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

impl From<Undetermined> for Halt {
    fn from(why: Undetermined) -> Self {
        Self::Undetermined(why)
    }
}

impl Budget {
    /// A budget of these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, denials: 0, notes: 0, steps: 0 }
    }

    /// As much again, for another object: each is bounded by itself.
    #[must_use]
    pub fn for_another(&self) -> Self {
        Self::new(self.limits)
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Where a rule puts what it finds; `refuses` says whether a finding refuses the object.
    pub fn findings(&mut self, refuses: bool) -> Findings<'_> {
        let Self { limits, denials, notes, steps } = self;
        let kept = if refuses { denials } else { notes };
        Findings { list: Vec::new(), limits: *limits, kept, steps }
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
    limits: Limits,
    kept: &'b mut usize,
    steps: &'b mut u64,
}

impl Findings<'_> {
    /// Keeps a finding.
    ///
    /// # Errors
    /// [`Halt::Full`] where there are as many as are kept.
    pub fn add(&mut self, finding: Finding) -> Checked {
        if *self.kept >= self.limits.findings {
            return Err(Halt::Full);
        }
        *self.kept += 1;
        self.list.push(finding);
        Ok(())
    }

    /// Counts steps: elements that are visited, bytes that are looked at.
    ///
    /// # Errors
    /// [`Halt::Spent`] where the review has taken as many as it may.
    pub fn spend(&mut self, steps: usize) -> Checked {
        *self.steps = self.steps.saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if *self.steps > self.limits.steps { Err(Halt::Spent) } else { Ok(()) }
    }

    /// All that was kept.
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }
}
