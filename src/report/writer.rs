//! A report written file by file: what one file comes to can be made anywhere, and all of it is
//! written in the order in which the files were given.

use std::io::{self, Write};

use super::record::{Report, Sums};
use super::records::SEPARATOR;
use super::{json, short, text};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people, with colours or without.
    Text {
        /// Whether colours are written, as escape codes.
        is_coloured: bool,
    },
    /// For programs: one record a violation, one a workload.
    Json,
    /// For editors and `grep`: one finding a line.
    Short,
}

/// What some files come to, ready to be written.
#[derive(Debug)]
pub struct Piece {
    /// What stands in the three sections of the report, in the order of the form.
    pub(super) sections: [String; 3],
    sums: Sums,
}

impl Form {
    /// Writes what one file came to; `source` is its text.
    ///
    /// # Errors
    /// None in practice: every part of a report has a form in JSON.
    pub fn piece(self, report: &Report, source: &str) -> Result<Piece, serde_json::Error> {
        let sections = match self {
            Self::Text { is_coloured } => text::sections(report, source, is_coloured),
            Self::Json => json::sections(report)?,
            Self::Short => short::sections(report),
        };
        Ok(Piece { sections, sums: report.sums() })
    }
}

/// Puts the pieces of a report together, in the order in which it gets them.
///
/// The first section is written at once; the others, which are small, are kept until its end.
#[derive(Debug)]
pub struct Writer<W> {
    form: Form,
    out: W,
    written: usize,
    ends_blank: bool,
    later: [String; 2],
    sums: Sums,
}

impl<W: Write> Writer<W> {
    /// Writes a report in this form to `out`.
    pub fn new(form: Form, out: W) -> Self {
        let later = [String::new(), String::new()];
        Self { form, out, written: 0, ends_blank: false, later, sums: Sums::default() }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// What `out` says.
    pub fn take(&mut self, piece: Piece) -> io::Result<()> {
        self.sums.add(piece.sums);
        let [first, second, third] = piece.sections;
        let separator = self.form.separator();
        if !first.is_empty() {
            let before = if self.written == 0 { self.form.beginning() } else { separator };
            self.out.write_all(before.as_bytes())?;
            self.out.write_all(first.as_bytes())?;
            self.written += first.len();
            self.ends_blank = first.ends_with("\n\n");
        }
        for (kept, new) in self.later.iter_mut().zip([second, third]) {
            if !kept.is_empty() && !new.is_empty() {
                kept.push_str(separator);
            }
            kept.push_str(&new);
        }
        Ok(())
    }

    /// What all pieces so far come to.
    pub fn sums(&self) -> Sums {
        self.sums
    }

    /// Writes what is left, and gives back where it was written to.
    ///
    /// # Errors
    /// What `out` says.
    pub fn end(mut self) -> io::Result<W> {
        let [second, third] = &self.later;
        let end = match self.form {
            Form::Text { .. } => {
                let is_written = self.written > 0;
                text::closing(second, third, self.sums, is_written, self.ends_blank)
            }
            Form::Json => json::closing(self.written > 0, second, third, self.sums),
            Form::Short => second.clone(),
        };
        self.out.write_all(end.as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl Form {
    fn beginning(self) -> &'static str {
        if self == Self::Json { json::BEGINNING } else { "" }
    }

    fn separator(self) -> &'static str {
        if self == Self::Json { SEPARATOR } else { "" }
    }
}
