//! How much of the policies acts: a ceiling for the whole server, lowered for a time in an emergency.

use jiff::Timestamp;

use crate::rules::Mode;

/// The most that any rule does, whatever its policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enforcement {
    ceiling: Mode,
    /// Until when nothing is refused, in an emergency; none where there is none.
    warn_until: Option<Timestamp>,
}

/// Why a rule that refuses only warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBack {
    /// The server does not refuse at all.
    Ceiling,
    /// There is an emergency, until this moment.
    Until(Timestamp),
}

impl Default for Enforcement {
    fn default() -> Self {
        Self::upto(Mode::Deny)
    }
}

impl Enforcement {
    /// No rule does more than this.
    pub fn upto(ceiling: Mode) -> Self {
        Self { ceiling, warn_until: None }
    }

    /// The same, with nothing refused until then.
    #[must_use]
    pub fn with_warn_until(self, warn_until: Option<Timestamp>) -> Self {
        Self { warn_until, ..self }
    }

    /// What no rule goes beyond once there is no emergency.
    pub fn ceiling(self) -> Mode {
        self.ceiling
    }

    /// Until when nothing is refused, where that is still so at `now`.
    pub fn warn_until(self, now: Timestamp) -> Option<Timestamp> {
        self.warn_until.filter(|&until| now < until)
    }

    /// The most that a rule does at `now`.
    pub fn at(self, now: Timestamp) -> Mode {
        match self.warn_until(now) {
            Some(_) => self.ceiling.min(Mode::Warn),
            None => self.ceiling,
        }
    }

    /// Why a rule of mode `deny` refuses nothing at `now`; none where it does.
    pub fn held_back(self, now: Timestamp) -> Option<HeldBack> {
        match (self.at(now), self.warn_until(now)) {
            (Mode::Deny, _) => None,
            (_, Some(until)) if self.ceiling == Mode::Deny => Some(HeldBack::Until(until)),
            _ => Some(HeldBack::Ceiling),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emergency_lowers_the_ceiling_and_ends_by_itself() {
        let moment = |second| Timestamp::from_second(second).expect("a moment");
        let enforcement = Enforcement::default().with_warn_until(Some(moment(100)));
        assert_eq!(enforcement.at(moment(99)), Mode::Warn);
        assert_eq!(enforcement.held_back(moment(99)), Some(HeldBack::Until(moment(100))));
        assert_eq!(enforcement.at(moment(100)), Mode::Deny);
        assert_eq!(enforcement.held_back(moment(100)), None);
    }

    #[test]
    fn an_emergency_never_raises_the_ceiling() {
        let until = Some(Timestamp::MAX);
        let enforcement = Enforcement::upto(Mode::Audit).with_warn_until(until);
        assert_eq!(enforcement.at(Timestamp::MIN), Mode::Audit);
        let enforcement = Enforcement::upto(Mode::Warn).with_warn_until(until);
        assert_eq!(enforcement.held_back(Timestamp::MIN), Some(HeldBack::Ceiling));
    }
}
