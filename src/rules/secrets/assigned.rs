//! Credentials that text gives a name: `--password …`, `PASSWORD=…`.

use std::cell::LazyCell;

use memchr::{memchr_iter, memmem};

use super::forms::{SHORTEST, has_credential_form};
use super::names::{is_credential_name, may_name_credential, names_an_object};
use super::values::{QUOTES, is_filled_in_by_a_shell, is_literal, may_be_literal};
use crate::rules::{Findings, Halt};
use crate::text::{Characters, Letters};

/// How many steps a byte of a name takes, every word of which is held against many others.
pub(super) const NAME: usize = 4;

/// What is in every name of a credential, or of a header that carries one, one or the other.
const NAMES: [Letters; 7] = [
    Letters::of("pas"),
    Letters::of("sec"),
    Letters::of("tok"),
    Letters::of("cre"),
    Letters::of("key"),
    Letters::of("pw"),
    Letters::of("auth"),
];

/// What is in every header that carries a credential.
const HEADERS: [Letters; 3] = [Letters::of("bear"), Letters::of("basi"), Letters::of("auth")];

/// Whether a variable with these characters in its name and value, which is so long, may hold a
/// credential: most need not be gone through.
pub(super) fn may_hold_credential(name: Characters, value: Characters, length: usize) -> bool {
    length >= SHORTEST
        || value.may_hold_sign(b':')
        || value.may_hold_sign(b'=')
        || name.letters.may_hold_any(&NAMES)
        || value.letters.may_hold_any(&HEADERS)
}

/// Whether `value` under `name` is a credential written down; `has_form` as for [`is_literal`].
pub(super) fn is_credential(name: &str, value: &str, has_form: bool) -> bool {
    is_credential_name(name) && is_literal(value, has_form) && !names_an_object(name, value)
}

/// The name under which an argument holds a credential: `--password=…`, `--password …`, or
/// either of them, or `PASSWORD=…`, in a line of shell.
pub(super) fn named_credential<'s>(
    argument: &'s str,
    flag_before: Option<&'s str>,
    has_form: bool,
    found: &mut Findings<'_>,
) -> Result<Option<&'s str>, Halt> {
    if let Some(flag) = flag_before
        && !argument.starts_with('-')
        && is_credential(flag, argument, has_form)
    {
        return Ok(Some(flag));
    }
    // What is one word holds no flag with something behind it.
    let may_have_words = argument.bytes().any(|b| b <= b' ' || !b.is_ascii());
    // What begins with a flag is read by the program itself.
    let is_shell = may_have_words && !argument.starts_with('-');
    let dashes = may_have_words.then(|| memchr_iter(b'-', argument.as_bytes()));
    for at in dashes.into_iter().flatten() {
        let Some((before, rest)) = argument.split_at_checked(at) else { break };
        if !rest.starts_with("--") {
            continue;
        }
        if before.chars().next_back().is_some_and(|c| !c.is_whitespace()) {
            continue;
        }
        let mut words = rest.split_whitespace();
        let (Some(word), Some(next)) = (words.next(), words.next()) else { break };
        found.spend(NAME * (4 + word.len()) + next.len())?;
        let is_filled_in = is_shell && is_filled_in_by_a_shell(next);
        let is_flag = !word.contains('=') && !next.starts_with('-');
        if is_flag && !is_filled_in && is_credential(word, next, has_form) {
            return Ok(Some(word));
        }
    }
    assigned_credential(argument, is_shell, found)
}

/// The name in front of a `=` with a credential behind it, as in `-Ddb.password=…`.
///
/// In a line of shell, what the shell fills in is none.
pub(super) fn assigned_credential<'t>(
    text: &'t str,
    is_shell: bool,
    found: &mut Findings<'_>,
) -> Result<Option<&'t str>, Halt> {
    if !text.as_bytes().contains(&b'=') {
        return Ok(None);
    }
    found.spend(2 * text.len())?;
    // Most texts name no credential anywhere.
    if !may_name_credential(text) {
        return Ok(None);
    }
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '?' | ','));
    for word in words.filter(|word| word.as_bytes().contains(&b'=')) {
        let name = assigned_in_word(word, is_shell, found)?;
        if name.is_some() {
            return Ok(name);
        }
    }
    Ok(None)
}

/// The same in one word. What follows a `=` reaches to the end of the word, so all that takes a
/// look at the whole of it is found out once.
fn assigned_in_word<'w>(
    word: &'w str,
    is_shell: bool,
    found: &mut Findings<'_>,
) -> Result<Option<&'w str>, Halt> {
    // Most words give nothing the name of a credential.
    let whole = LazyCell::new(|| Whole::of(word));
    let mut start = 0;
    for equals in memchr_iter(b'=', word.as_bytes()) {
        let name = word.get(start..equals).unwrap_or_default();
        found.spend(NAME * (3 + name.len()))?;
        let value_start = equals + 1;
        let is_first = start == 0;
        start = value_start;
        if !is_credential_name(name) {
            continue;
        }
        // Only what holds no further `=` can be a time, and that is looked at once.
        let Whole { has_form, last_address, last_value, end } = *whole;
        let is_last = Some(value_start) == last_value;
        let value = word.get(value_start..end.max(value_start)).unwrap_or_default();
        if is_shell && is_filled_in_by_a_shell(value) {
            continue;
        }
        let value = value.trim_start_matches(QUOTES);
        let has_address = last_address.is_some_and(|at| at >= value_start);
        let is_literal = if is_last {
            is_literal(value, has_form)
        } else {
            may_be_literal(value) && (has_form || !has_address)
        };
        if is_literal && !names_an_object(name, value) {
            // Behind an earlier `=` it may be part of a value as well.
            return Ok(Some(if is_first { name } else { "" }));
        }
    }
    Ok(None)
}

/// What takes a look at the whole of a word.
#[derive(Clone, Copy)]
struct Whole {
    has_form: bool,
    /// Where the last address in it begins behind its scheme.
    last_address: Option<usize>,
    /// What follows the last `=`.
    last_value: Option<usize>,
    /// Where it ends, but for quotes.
    end: usize,
}

impl Whole {
    fn of(word: &str) -> Self {
        Self {
            has_form: has_credential_form(word),
            last_address: memmem::rfind(word.as_bytes(), b"://"),
            last_value: word.rfind('=').map(|at| at + 1),
            end: word.trim_end_matches(QUOTES).len(),
        }
    }
}
