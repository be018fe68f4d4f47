//! What a command says and how it ends: standard output, standard error, the exit status.

use std::io::{self, Write};
use std::process::{ExitCode, Termination};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing to complain about: exit status 0.
    Clean,
    /// Something would be refused: exit status 1.
    Violations,
    /// Something could not be done, and it says what: exit status 2.
    Failed,
}

impl Termination for ExitStatus {
    fn report(self) -> ExitCode {
        match self {
            Self::Clean => ExitCode::SUCCESS,
            Self::Violations => ExitCode::from(1),
            Self::Failed => ExitCode::from(2),
        }
    }
}

/// One line to standard error.
pub(super) fn complain(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "plimsoll: {text}");
}

/// Writes to standard output, with colours where it is a terminal.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut stdout = WhileRead::new(anstream::AutoStream::auto(io::stdout().lock()));
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// A stream whose reader may go away (`| head`): that is no error, and the rest is nobody's.
pub(super) struct WhileRead<W> {
    out: W,
    is_read: bool,
}

impl<W: Write> WhileRead<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, is_read: true }
    }

    fn heard<T>(&mut self, written: io::Result<T>, otherwise: T) -> io::Result<T> {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_read = false;
                Ok(otherwise)
            }
            written => written,
        }
    }
}

impl<W: Write> Write for WhileRead<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_read {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        self.heard(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.is_read {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.heard(flushed, ())
    }
}
