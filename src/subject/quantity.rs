//! Resource quantities, read exactly as the API server reads them
//! (`k8s.io/apimachinery/pkg/api/resource/quantity.go`).

use thiserror::Error;

/// A quantity in billionths, rounded up and capped as `resource.Quantity` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

/// Text that is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a quantity such as `100m`, `1.5` or `128Mi`")]
pub struct InvalidQuantity;

/// The largest quantity: 2^63 - 1; beyond it the API server caps.
const CAP: i128 = (i64::MAX as i128) * Quantity::NANO;

impl Quantity {
    /// So many billionths are one.
    pub const NANO: i128 = 1_000_000_000;

    /// So many billionths.
    pub fn of_nano(nano: i128) -> Self {
        Self(nano.clamp(-CAP, CAP))
    }

    /// How many billionths it is.
    pub fn nano(self) -> i128 {
        self.0
    }

    /// About what it is.
    #[expect(clippy::cast_precision_loss, reason = "that is what is asked for")]
    pub fn approximately(self) -> f64 {
        self.0 as f64 / Self::NANO as f64
    }

    /// Reads a quantity.
    ///
    /// # Errors
    /// Text that `resource.ParseQuantity` refuses.
    pub fn parse(text: &str) -> Result<Self, InvalidQuantity> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let whole_len = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, rest) = rest.split_at(whole_len);
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
            None => ("", rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(InvalidQuantity);
        }
        let magnitude = scaled(whole, fraction, Scale::parse(suffix).ok_or(InvalidQuantity)?);
        Ok(Self(if negative { -magnitude } else { magnitude }))
    }

    /// Whether it is a whole number.
    pub fn is_whole(self) -> bool {
        self.0 % Quantity::NANO == 0
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// How many times as much it is as `other`, in millionths, rounded up; none where that is
    /// nothing, of which there is no number of times.
    pub fn times(self, other: Self) -> Option<u64> {
        const MILLIONTHS: i128 = 1_000_000;
        if other.0 <= 0 {
            return None;
        }
        let whole = (self.0.max(0) * MILLIONTHS + other.0 - 1) / other.0;
        Some(u64::try_from(whole).unwrap_or(u64::MAX))
    }
}

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Scale {
    /// A power of 1024.
    Binary(u32),
    /// A power of 10.
    Decimal(i64),
}

impl Scale {
    fn parse(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "" => Self::Decimal(0),
            "n" => Self::Decimal(-9),
            "u" => Self::Decimal(-6),
            "m" => Self::Decimal(-3),
            "k" => Self::Decimal(3),
            "M" => Self::Decimal(6),
            "G" => Self::Decimal(9),
            "T" => Self::Decimal(12),
            "P" => Self::Decimal(15),
            "E" => Self::Decimal(18),
            "Ki" => Self::Binary(1),
            "Mi" => Self::Binary(2),
            "Gi" => Self::Binary(3),
            "Ti" => Self::Binary(4),
            "Pi" => Self::Binary(5),
            "Ei" => Self::Binary(6),
            _ => {
                let exponent = suffix.strip_prefix(['e', 'E'])?;
                let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
                let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                // `strconv.ParseInt(suffix[1:], 10, 64)`: beyond 64 bits is an error there too.
                match exponent.parse() {
                    Ok(power) if is_number => Self::Decimal(power),
                    _ => return None,
                }
            }
        })
    }
}

/// `whole.fraction × scale` in billionths, rounded up, capped.
fn scaled(whole: &str, fraction: &str, scale: Scale) -> i128 {
    let digits = || whole.bytes().chain(fraction.bytes()).map(|b| i128::from(b - b'0'));
    if digits().all(|d| d == 0) {
        return 0;
    }
    let fraction_len = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let (exponent, factor) = match scale {
        Scale::Binary(power) => (9_i64.saturating_sub(fraction_len), 1_i128 << (10 * power)),
        Scale::Decimal(power) => (9_i64.saturating_add(power).saturating_sub(fraction_len), 1),
    };
    // The value is `digits × factor × 10^exponent`. Read digit by digit; digits that fall below
    // one billionth only decide whether to round up.
    let count = whole.len() + fraction.len();
    let dropped = usize::try_from(exponent.saturating_neg()).unwrap_or(0);
    if let Scale::Binary(_) = scale
        && dropped > 0
    {
        return scaled_binary(digits(), count, dropped, factor);
    }
    let kept = count.saturating_sub(dropped);
    let mut value: i128 = 0;
    let mut rest = false;
    for (position, digit) in digits().enumerate() {
        if position < kept {
            value = value.saturating_mul(10).saturating_add(digit).min(CAP);
        } else {
            rest |= digit != 0;
        }
    }
    let shift = u32::try_from(exponent.max(0)).unwrap_or(u32::MAX);
    let power = 10_i128.checked_pow(shift.min(38)).unwrap_or(i128::MAX);
    let value = value.saturating_mul(power).saturating_mul(factor).saturating_add(rest.into());
    value.min(CAP)
}

/// The same for a binary suffix with more than nine digits of fraction, in which the digits
/// beyond the ninth still count once multiplied.
fn scaled_binary(
    digits: impl Iterator<Item = i128>,
    count: usize,
    dropped: usize,
    factor: i128,
) -> i128 {
    // 18 further digits keep what 1024^6 (under 10^19) can lift above one billionth.
    let guard = dropped.min(18);
    let kept = count.saturating_sub(dropped - guard);
    let mut value: i128 = 0;
    let mut rest = false;
    for (position, digit) in digits.enumerate() {
        if position < kept {
            value = value.saturating_mul(10).saturating_add(digit).min(CAP);
        } else {
            rest |= digit != 0;
        }
    }
    let divisor = 10_i128.pow(u32::try_from(guard).unwrap_or(18));
    let product = value.saturating_mul(factor).saturating_add(rest.into());
    (product / divisor + i128::from(product % divisor != 0)).min(CAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nano(text: &str) -> i128 {
        Quantity::parse(text).expect(text).0
    }

    #[test]
    fn quantities_have_the_value_the_api_server_gives_them() {
        let table = [
            ("0", 0),
            ("1", Quantity::NANO),
            ("100m", Quantity::NANO / 10),
            ("1.5", Quantity::NANO * 3 / 2),
            (".5", Quantity::NANO / 2),
            ("5.", Quantity::NANO * 5),
            ("+1", Quantity::NANO),
            ("-1", -Quantity::NANO),
            ("1n", 1),
            ("1u", 1_000),
            ("0.1n", 1),
            ("1e3", Quantity::NANO * 1_000),
            ("1E3", Quantity::NANO * 1_000),
            ("1e-3", Quantity::NANO / 1_000),
            ("1E", Quantity::NANO * 1_000_000_000_000_000_000),
            ("1Ki", Quantity::NANO * 1024),
            ("1Ei", Quantity::NANO * (1 << 60)),
            ("1.5Gi", Quantity::NANO * 1536 * 1024 * 1024),
            ("0.0000000001Ki", 103),
            ("16Ei", CAP),
            ("99999999999999999999999999", CAP),
            ("1e400", CAP),
            ("1e-400", 1),
            ("0e999999", 0),
        ];
        for (text, value) in table {
            assert_eq!(nano(text), value, "{text}");
        }
    }

    #[test]
    fn what_the_api_server_refuses_is_refused() {
        for text in [
            "", " 1", "1 ", "m", ".", "-", "--1", "1e", "1ee3", "1e3Ki", "1K", "1ki", "0x1", "1_0",
            "1.2.3", "NaN", "1MB", "é",
        ] {
            assert_eq!(Quantity::parse(text), Err(InvalidQuantity), "{text}");
        }
    }

    #[test]
    fn a_quantity_is_some_number_of_times_another_one() {
        let times = |a, b| {
            let [a, b] = [a, b].map(|text| Quantity::parse(text).expect(text));
            a.times(b)
        };
        assert_eq!(times("1Gi", "512Mi"), Some(2_000_000));
        assert_eq!(times("1", "3"), Some(333_334));
        assert_eq!(times("-1", "3"), Some(0));
        assert_eq!(times("16Ei", "1n"), Some(u64::MAX));
        assert_eq!(times("1", "0"), None);
    }

    #[test]
    fn units_do_not_matter_when_quantities_are_compared() {
        assert_eq!(nano("1024Mi"), nano("1Gi"));
        assert!(nano("1G") < nano("1Gi"));
    }
}
