//! Divisions in an expression of Prometheus whose divisor may be nothing.
//!
//! It is no parser: it finds what stands behind a `/` or `%`, and whether that says that it is no zero.
//! Whether an expression is one at all Prometheus' operator tells.

/// What says of a divisor that it is no zero.
const GUARDS: [&str; 4] = [">0", "!=0", ">=1", "clamp_min("];

/// What is never zero: where there is nothing to count, there is no result.
const NEVER_ZERO: [&str; 4] = ["count", "count_values", "group", "time"];

/// Words between an operator and what it is for, each with labels in brackets.
const MATCHING: [&str; 4] = ["on", "ignoring", "group_left", "group_right"];

/// Whether some division has a divisor that may be zero.
pub(super) fn may_divide_by_zero(expression: &str) -> bool {
    let plain = plain(expression);
    let at = plain.char_indices().filter(|(_, char)| matches!(char, '/' | '%'));
    at.filter_map(|(at, _)| plain.get(at + 1..)).any(|rest| may_be_zero(without_matching(rest)))
}

/// The expression without blanks, comments, and what stands in quotes, braces and square brackets. Words stay
/// apart by what stands between them: a blank is kept between two.
fn plain(expression: &str) -> String {
    let mut plain = String::with_capacity(expression.len());
    let mut chars = expression.chars().peekable();
    let mut depth = 0_usize;
    while let Some(char) = chars.next() {
        match char {
            '"' | '\'' | '`' => {
                while let Some(inner) = chars.next() {
                    if inner == '\\' && char != '`' {
                        chars.next();
                    } else if inner == char {
                        break;
                    }
                }
            }
            '#' => while chars.next_if(|char| *char != '\n').is_some() {},
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            char if char.is_whitespace() => {
                let is_word = |char: char| char.is_alphanumeric() || char == '_';
                let next = chars.peek().copied();
                if plain.chars().next_back().is_some_and(is_word) && next.is_some_and(is_word) {
                    plain.push(' ');
                }
            }
            char => plain.push(char),
        }
    }
    plain
}

/// What follows the labels by which both sides are matched.
fn without_matching(mut rest: &str) -> &str {
    loop {
        let (word, after) = word(rest);
        if !MATCHING.contains(&word) {
            return rest;
        }
        rest = match in_brackets(after) {
            Some((_, after)) => after,
            None => after.trim_start(),
        };
    }
}

/// Whether the operand at the beginning may be zero.
fn may_be_zero(operand: &str) -> bool {
    let operand = operand.trim_start_matches([' ', '+', '-']);
    if let Some((inner, _)) = in_brackets(operand) {
        return !is_guarded(inner);
    }
    let (name, mut after) = word(operand);
    if name.starts_with(|char: char| char.is_ascii_digit() || char == '.') {
        return name.chars().all(|char| matches!(char, '0' | '.' | '_'));
    }
    if name == "clamp_min" || NEVER_ZERO.contains(&name) {
        return false;
    }
    // `sum by (job) (...)`
    let (modifier, behind) = word(after.trim_start());
    if matches!(modifier, "by" | "without")
        && let Some((_, behind)) = in_brackets(behind)
    {
        after = behind;
    }
    in_brackets(after).is_none_or(|(arguments, _)| !is_guarded(arguments))
}

fn is_guarded(text: &str) -> bool {
    GUARDS.iter().any(|guard| text.contains(guard))
}

/// The word at the beginning, and the rest.
fn word(text: &str) -> (&str, &str) {
    let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':' | '.');
    text.split_at(text.find(|char| !is_word(char)).unwrap_or(text.len()))
}

/// What stands in round brackets at the beginning, and the rest.
fn in_brackets(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('(')?;
    let mut depth = 1_usize;
    for (at, char) in inner.char_indices() {
        match char {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((inner.get(..at)?, inner.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divisor_may_be_zero_unless_it_says_otherwise() {
        for expression in [
            "a / b",
            "a/b > 0",
            "sum(rate(a[5m])) / sum(rate(b[5m]))",
            "sum by (job) (a) / sum by (job) (b)",
            "a / on (job) group_left (pod) b",
            "a % b",
            "1 / 0",
            "a / (b or vector(0))",
            "(a > 0) / b",
            "a / 2 / b",
            "a / -b",
            "a / count_over_time(b[1h])",
        ] {
            assert!(may_divide_by_zero(expression), "{expression}");
        }
        for expression in [
            "a",
            "a / 1000",
            "a / 0.5",
            "a / (b > 0)",
            "a / (b != 0)",
            "a / clamp_min(b, 1)",
            "sum(a) / count(b)",
            "sum by (job) (a) / count by (job) (b)",
            "a / on (job) (b > 0)",
            "sum(a) / sum(b > 0)",
            "a{path=\"/x/y\", other='/'}",
            "rate(a[5m]) * 100 # a / b",
            "label_replace(a, \"x\", \"$1\", \"y\", \"(.*)/(.*)\")",
        ] {
            assert!(!may_divide_by_zero(expression), "{expression}");
        }
    }

    #[test]
    fn what_is_no_expression_ends_as_well() {
        for text in
            ["", "/", "a /", "a / (", "a / sum by", "'", "{", "]", "a / on", "a / on (", "/ )"]
        {
            let _ = may_divide_by_zero(text);
        }
    }
}
