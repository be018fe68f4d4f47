//! What a plain scalar means: the YAML 1.1 rules of `sigs.k8s.io/yaml` (its `goyaml.v2`
//! `resolve.go`), which `kubectl` reads manifests with.

#![expect(clippy::disallowed_methods, reason = "what is no number is text")]

use serde_json::Number;

use super::{DocumentProblem, Value};

/// The value of an unquoted scalar.
pub(super) fn resolve(text: &str) -> Result<Value, DocumentProblem> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF"
        | ".nan" | ".NaN" | ".NAN" => return Err(DocumentProblem::NotJson(text.to_owned())),
        _ => match number(text) {
            Some(number) => Value::Number(number),
            None => Value::String(text.to_owned()),
        },
    })
}

/// A number by Go's `ParseInt(s, 0, 64)`, `ParseUint` and the float pattern, in that order.
fn number(text: &str) -> Option<Number> {
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    if first == b'.' && !underscores_stand_between_digits(text) {
        return None;
    }
    let plain: String = text.chars().filter(|&c| c != '_').collect();
    if first != b'.'
        && let Some(integer) = integer(&plain)
    {
        return Some(integer);
    }
    is_float(&plain).then(|| plain.parse::<f64>().ok()).flatten().and_then(Number::from_f64)
}

/// Where a float begins with its point, Go itself reads it, and is strict about underscores.
fn underscores_stand_between_digits(text: &str) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.match_indices('_').all(|(at, _)| {
        is_digit(text.get(..at).and_then(|before| before.chars().next_back()))
            && is_digit(text.get(at + 1..).and_then(|after| after.chars().next()))
    })
}

/// The text of a number that is a key, as `sigs.k8s.io/yaml` writes it; none where it refuses.
///
/// That is Go's `FormatFloat(f, 'g', -1, 32)`: the shortest digits that tell the number from every
/// other of 32 bits, with an exponent from a million on.
pub(super) fn key(number: &Number) -> Option<String> {
    if let Some(integer) = number.as_i64() {
        return Some(integer.to_string());
    }
    #[expect(clippy::cast_possible_truncation, reason = "as upstream does it")]
    let short = number.as_f64().filter(|_| number.is_f64())? as f32;
    if !short.is_finite() {
        return None;
    }
    let scientific = format!("{short:e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let power: i32 = exponent.parse().ok()?;
    if (-4..6).contains(&power) {
        return Some(format!("{short}"));
    }
    let sign = if power < 0 { '-' } else { '+' };
    Some(format!("{mantissa}e{sign}{:02}", power.abs()))
}

fn integer(plain: &str) -> Option<Number> {
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain.strip_prefix('+').unwrap_or(plain)),
    };
    let magnitude = magnitude(digits)?;
    if negative {
        i64::try_from(-i128::from(magnitude)).ok().map(Number::from)
    } else {
        Some(Number::from(magnitude))
    }
}

fn magnitude(digits: &str) -> Option<u64> {
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(hex) = lower.strip_prefix("0x") {
        (16, hex)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (8, octal)
    } else if let Some(octal) = lower.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        (8, octal)
    } else {
        (10, lower.as_str())
    };
    let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    all_digits.then(|| u64::from_str_radix(digits, radix).ok()).flatten()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(plain: &str) -> bool {
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The right column is what `kubectl patch --local -o json` prints for the left one, but for the
    /// `.0` that tells a float until it is written as JSON.
    #[test]
    fn plain_scalars_mean_what_kubectl_takes_them_for() {
        let table = [
            ("0777", "511"),
            ("0644", "420"),
            ("010", "8"),
            ("-010", "-8"),
            ("0o17", "15"),
            ("0x1F", "31"),
            ("0b101", "5"),
            ("1_000", "1000"),
            ("0_7", "7"),
            ("08", "8.0"),
            ("+1", "1"),
            ("-0", "0"),
            ("1.", "1.0"),
            (".5", "0.5"),
            (".5_5", "0.55"),
            ("._5", "\"._5\""),
            (".5_", "\".5_\""),
            ("1e3", "1000.0"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("yes", "true"),
            ("Off", "false"),
            ("n", "false"),
            ("tRue", "\"tRue\""),
            ("~", "null"),
            ("", "null"),
            ("1.2.3", "\"1.2.3\""),
            ("100m", "\"100m\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("12:30", "\"12:30\""),
            ("0x", "\"0x\""),
            (".", "\".\""),
            ("-", "\"-\""),
        ];
        for (text, json) in table {
            let value = match resolve(text).expect(text) {
                Value::Null => "null".to_owned(),
                Value::Bool(value) => value.to_string(),
                Value::Number(value) => value.to_string(),
                Value::String(value) => format!("{value:?}"),
                other => panic!("{other:?}"),
            };
            assert_eq!(value, json, "{text}");
        }
    }

    #[test]
    fn a_number_that_is_a_key_is_written_as_go_writes_it() {
        let table = [
            ("1", "1"),
            ("-010", "-8"),
            ("1.0", "1"),
            ("1.5", "1.5"),
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("1e6", "1e+06"),
            ("-1e-7", "-1e-07"),
            ("16777217.0", "1.6777216e+07"),
            ("1234567.5", "1.2345675e+06"),
        ];
        for (text, written) in table {
            let Ok(Value::Number(number)) = resolve(text) else { panic!("{text}") };
            assert_eq!(key(&number).as_deref(), Some(written), "{text}");
        }
        for refused in ["18446744073709551615", "1e300"] {
            let Ok(Value::Number(number)) = resolve(refused) else { panic!("{refused}") };
            assert_eq!(key(&number), None, "{refused}");
        }
    }

    #[test]
    fn a_number_without_a_json_form_is_refused() {
        assert_eq!(resolve(".nan"), Err(DocumentProblem::NotJson(".nan".to_owned())));
    }
}
