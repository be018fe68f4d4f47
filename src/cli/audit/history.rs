//! The history: a folder in which the last reports are kept, and what the next audit is held
//! against.
//!
//! Each report is a file of its own, whose name has its time, so that names sort as reports do. It
//! comes there whole or not at all. What else is in the folder is left alone.

use std::fs::{self, DirEntry, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::error::AuditError;
use crate::audit::{Audit, Earlier, EarlierError, Form, Scope, write};
use crate::cli::output::complain;
use crate::text::printable;

/// How the name of a report begins.
const BEGINNING: &str = "audit-";

/// The time in it, as `strftime` has it.
const TIME: &str = "%Y-%m-%dT%H-%M-%S.%3fZ";

/// The same, with `0` for each digit.
const SHAPE: &[u8] = b"0000-00-00T00-00-00.000Z";

/// How the name of a report ends.
const WHOLE: &str = ".json";

/// How it ends where something could not be done.
const PARTIAL: &str = ".partial.json";

/// How the name of one ends that is being written; it begins with a dot.
const UNFINISHED: &str = ".unfinished";

/// After so long nobody is writing any more.
const ABANDONED: Duration = Duration::from_hours(1);

/// A folder of reports.
#[derive(Debug, Clone, Copy)]
pub(super) struct History<'h> {
    /// The folder.
    pub(super) folder: &'h Path,
    /// How many reports are kept.
    pub(super) limit: usize,
}

/// What an audit is held against.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// The report, where there is one.
    pub(super) report: Option<Earlier>,
    /// What was passed over for it.
    pub(super) notes: Vec<String>,
}

impl History<'_> {
    /// The newest report that tells of all that it was to look at and can be held against an audit
    /// of these objects.
    pub(super) fn newest(&self, scope: &Scope) -> Result<Before, AuditError> {
        let names = self.names()?;
        let (mut before, mut partial) = (Before::default(), Vec::new());
        for name in names.iter().rev() {
            if name.ends_with(PARTIAL) {
                partial.push(name);
                continue;
            }
            match self.read(name, scope) {
                Ok(report) => {
                    before.report = Some(report);
                    break;
                }
                Err(why) => before.notes.push(format!("not compared with `{name}`: {why}")),
            }
        }
        if let Some(newest) = partial.first() {
            let more = match partial.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            before.notes.push(format!(
                "not compared with `{newest}`{more}: something could not be done then"
            ));
        }
        Ok(before)
    }

    fn read(&self, name: &str, scope: &Scope) -> Result<Earlier, String> {
        let text = fs::read_to_string(self.folder.join(name)).map_err(|error| error.to_string())?;
        let report = Earlier::read(&text).map_err(why)?;
        report.is_about(scope).map_err(why)?;
        Ok(report)
    }

    /// Keeps a report, and of the older ones no more than there may be.
    pub(super) fn keep(&self, audit: &Audit) -> Result<(), AuditError> {
        let is_whole = audit.failures().is_empty();
        let name = name(audit.time, is_whole);
        let path = self.folder.join(&name);
        self.write(&name, audit).map_err(|source| AuditError::NotKept { path, source })?;
        if !is_whole {
            complain(&format!(
                "the report is kept as `{}`, and no audit is compared with it, as something could \
                 not be done",
                printable(&self.folder.join(&name).to_string_lossy())
            ));
        }
        self.prune()
    }

    fn write(&self, name: &str, audit: &Audit) -> io::Result<()> {
        let unfinished = self.folder.join(format!(".{name}{UNFINISHED}"));
        let file = File::create_new(&unfinished)?;
        let renamed = || fs::rename(&unfinished, self.folder.join(name));
        let written = fill(file, audit).and_then(|()| renamed());
        if written.is_err() {
            // It takes room, and is nothing that anybody could read.
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    /// Deletes all but the newest. Those of audits that could not do all are counted by themselves,
    /// so that however many follow each other, what an audit is compared with stays.
    fn prune(&self) -> Result<(), AuditError> {
        let names = self.names()?;
        let (partial, whole): (Vec<String>, Vec<String>) =
            names.into_iter().partition(|name| name.ends_with(PARTIAL));
        let old = |names: Vec<String>| {
            let count = names.len().saturating_sub(self.limit);
            names.into_iter().take(count)
        };
        let abandoned = self.entries(is_abandoned)?;
        for name in old(whole).chain(old(partial)).chain(abandoned) {
            let path = self.folder.join(name);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(AuditError::NotDeleted { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The names of all reports, the newest last.
    fn names(&self) -> Result<Vec<String>, AuditError> {
        self.entries(|_, name| is_report(name))
    }

    /// The names of the files for which something holds, in their order.
    fn entries(&self, holds: fn(&DirEntry, &str) -> bool) -> Result<Vec<String>, AuditError> {
        let fail = |source| AuditError::NoHistory { path: self.folder.to_owned(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            // A link may lead anywhere, and a pipe be read for ever.
            let is_file = entry.file_type().map_err(fail)?.is_file();
            let Ok(name) = entry.file_name().into_string() else { continue };
            if is_file && holds(&entry, &name) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

fn fill(file: File, audit: &Audit) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    write(audit, Form::Json, |piece| out.write_all(piece.as_bytes()))?;
    // Some volumes say only here that there is no room.
    out.into_inner()?.sync_all()
}

fn name(time: Timestamp, is_whole: bool) -> String {
    let end = if is_whole { WHOLE } else { PARTIAL };
    format!("{BEGINNING}{}{end}", time.strftime(TIME))
}

fn is_report(name: &str) -> bool {
    let time = name.strip_prefix(BEGINNING).and_then(|rest| {
        rest.strip_suffix(PARTIAL).or_else(|| rest.strip_suffix(WHOLE)).map(str::as_bytes)
    });
    let is_like = |(byte, shape): (&u8, &u8)| {
        if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape }
    };
    time.is_some_and(|time| time.len() == SHAPE.len() && time.iter().zip(SHAPE).all(is_like))
}

/// Whether it is a report that somebody left behind unfinished.
fn is_abandoned(entry: &DirEntry, name: &str) -> bool {
    let of = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(UNFINISHED));
    let age = || entry.metadata().and_then(|found| found.modified()).map(|time| time.elapsed());
    of.is_some_and(is_report) && matches!(age(), Ok(Ok(age)) if age > ABANDONED)
}

/// Why a report is not compared with; what it should be its name says already.
fn why(error: EarlierError) -> String {
    match error {
        EarlierError::Unreadable { line, field, problem } => {
            format!("line {line}, {field}: {problem}")
        }
        EarlierError::OtherObjects { there, here } => {
            format!("it looked at {there}, and this audit looks at {here}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_time_goes_and_are_told_from_others() {
        let at = |text: &str| name(text.parse().unwrap(), true);
        let names = [
            at("2026-09-30T23:59:59.999Z"),
            at("2026-12-01T02:24:12.0401Z"),
            at("2026-12-01T02:24:12.5Z"),
        ];
        assert_eq!(names[1], "audit-2026-12-01T02-24-12.040Z.json");
        assert!(names.is_sorted() && names.iter().all(|name| is_report(name)), "{names:?}");
        assert!(is_report(&name(Timestamp::UNIX_EPOCH, false)));
        for other in [
            "audit-before.json",
            "audit-2026-12-01T02-24-12.040Z.json.bak",
            ".audit-2026-12-01T02-24-12.040Z.json.unfinished",
            "audit-2026-12-01T02-24-12Z.json",
            "audit-٢٠26-12-01T02-24-12.040Z.json",
            "x-audit-2026-12-01T02-24-12.040Z.json",
        ] {
            assert!(!is_report(other), "{other}");
        }
    }
}
