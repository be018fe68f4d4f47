//! What a Secret holds, under which keys and where; never shown.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::path::FieldPath;
use crate::rules::{Findings, Halt};
use crate::subject::{Secret, Secretive};

/// A value of a Secret.
#[derive(Clone, Copy)]
pub(super) struct Entry<'s> {
    /// Its key.
    pub(super) key: &'s str,
    field: &'static str,
    written: &'s str,
}

/// All values of a Secret; those of `stringData` in place of those that they replace.
pub(super) fn entries<'s>(secret: &'s Secret<'_>) -> impl Iterator<Item = Entry<'s>> {
    let plain = secret.string_data.iter().map(|(key, value)| (key, "stringData", value));
    let packed = secret.data.iter().filter(|(key, _)| secret.string_data.get(key).is_none());
    plain.chain(packed.map(|(key, value)| (key, "data", value))).map(|(key, field, value)| {
        let written = value.as_ref().map_or("", Secretive::as_str);
        Entry { key, field, written }
    })
}

impl<'s> Entry<'s> {
    /// Where it stands.
    pub(super) fn at(&self) -> FieldPath {
        FieldPath::root().key(self.field).found_key(self.key)
    }

    /// The value as whoever reads the Secret gets it; none where it is no Base64, which the API
    /// server does not take.
    pub(super) fn value(&self, found: &mut Findings<'_>) -> Result<Option<Cow<'s, [u8]>>, Halt> {
        found.spend(self.written.len())?;
        if self.field == "stringData" {
            return Ok(Some(Cow::Borrowed(self.written.as_bytes())));
        }
        // As Go's decoder does, which passes over ends of lines.
        let is_end = |c: char| matches!(c, '\r' | '\n');
        let text: Cow<'_, str> = if self.written.contains(is_end) {
            Cow::Owned(self.written.replace(is_end, ""))
        } else {
            Cow::Borrowed(self.written)
        };
        Ok(match STANDARD.decode(text.as_bytes()) {
            Ok(value) => Some(Cow::Owned(value)),
            Err(_) => None,
        })
    }
}
