//! Numbers of different types, held against each other as what they are.

use std::cmp::Ordering;

/// A number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    /// Whole.
    Int(i64),
    /// Whole and without a sign.
    Uint(u64),
    /// Any other.
    Double(f64),
}

impl Number {
    /// How it stands to another; none where one is none (`NaN`).
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(&b),
            (Self::Double(a), _) => a.partial_cmp(&other.double()),
            (_, Self::Double(b)) => self.double().partial_cmp(&b),
            _ => Some(self.whole().cmp(&other.whole())),
        }
    }

    /// What cel-go makes of a whole number that it holds against another one.
    #[expect(clippy::cast_precision_loss, reason = "as cel-go does")]
    fn double(self) -> f64 {
        self.whole() as f64
    }

    fn whole(self) -> i128 {
        match self {
            Self::Int(number) => number.into(),
            Self::Uint(number) => number.into(),
            Self::Double(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_what_they_are_whatever_their_types() {
        use Number::{Double, Int, Uint};
        for (one, other, order) in [
            (Int(1), Uint(1), Some(Ordering::Equal)),
            (Int(-1), Uint(u64::MAX), Some(Ordering::Less)),
            (Int(1), Double(1.5), Some(Ordering::Less)),
            (Int(-1), Double(-1.5), Some(Ordering::Greater)),
            (Uint(u64::MAX), Double(18_446_744_073_709_551_616.0), Some(Ordering::Equal)),
            (Int(0), Double(f64::NEG_INFINITY), Some(Ordering::Greater)),
            (Double(f64::NAN), Int(0), None),
        ] {
            assert_eq!(one.compare(other), order, "{one:?} {other:?}");
            assert_eq!(other.compare(one), order.map(Ordering::reverse), "{other:?} {one:?}");
        }
    }
}
