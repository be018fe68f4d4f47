//! How much an expression may take, and why it may come to nothing.

use thiserror::Error;

/// How much evaluation may take, together for whoever shares a [`Meter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most steps: nodes that are evaluated, and as many more as what they go through is long.
    pub steps: u64,
    /// The most bytes that are made on the way, whether or not they are kept.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 1_000_000, bytes: 4 << 20 }
    }
}

/// What was taken so far.
#[derive(Debug, Clone)]
pub struct Meter {
    limits: Limits,
    steps: u64,
    bytes: usize,
}

/// Why an expression has no value. Nothing here says what values it met.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// A map has no such key, an object no such field.
    #[error("it asks for a field or key that is not there")]
    NoSuchKey,
    /// A list is not that long.
    #[error("it asks for an element that is not there")]
    OutOfRange,
    /// As the name says.
    #[error("it divides by zero")]
    DivisionByZero,
    /// A number, a time or a range that cannot be told.
    #[error("it comes to a number that is too large")]
    Overflow,
    /// A function or an operator that takes no such values.
    #[error("it uses `{0}` on values that it does not take")]
    NoSuchOverload(&'static str),
    /// Text or a number that cannot be read as what it should be.
    #[error("it takes for {0} what is none")]
    Malformed(&'static str),
    /// A key that is there twice.
    #[error("it makes a map of which a key is there twice")]
    RepeatedKey,
    /// It would take more steps than it may.
    #[error("it takes more steps than an expression may")]
    Spent,
    /// It would take more memory than it may.
    #[error("it takes more memory than an expression may")]
    Full,
    /// What nobody knows here.
    #[error("it asks for `{0}`, which is not known here")]
    Unknown(&'static str),
}

impl Failure {
    /// Whether nothing that comes later makes up for it.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Spent | Self::Full)
    }

    /// What two failures come to: what may be known elsewhere is no fault of the expression.
    pub(super) fn and(self, other: Self) -> Self {
        if matches!(other, Self::Unknown(_)) && !self.is_final() { other } else { self }
    }
}

impl Meter {
    /// One that nothing was taken from.
    pub fn new(limits: Limits) -> Self {
        Self { limits, steps: 0, bytes: 0 }
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Counts steps.
    ///
    /// # Errors
    /// [`Failure::Spent`] where that is more than may be taken.
    pub fn step(&mut self, steps: usize) -> Result<(), Failure> {
        self.steps = self.steps.saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if self.steps > self.limits.steps { Err(Failure::Spent) } else { Ok(()) }
    }

    /// Counts bytes before they are made, and the steps that this takes.
    ///
    /// # Errors
    /// [`Failure::Full`] or [`Failure::Spent`] where that is more than may be taken.
    pub fn allocate(&mut self, bytes: usize) -> Result<(), Failure> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.limits.bytes { Err(Failure::Full) } else { self.step(bytes / 16) }
    }
}
