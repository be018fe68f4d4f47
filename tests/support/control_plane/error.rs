//! Why a control plane did not start.

use std::process::ExitStatus;
use std::{fmt, io};

/// Why a control plane did not start, with the log that tells more.
pub(crate) enum Error {
    /// No binaries were found, and none could be built.
    NotObtained(ExitStatus),
    /// The machine refused something.
    Machine { doing: &'static str, source: io::Error },
    /// A component ended instead of serving.
    Ended { name: &'static str, status: ExitStatus, log: String },
    /// The components run, but the API server does not answer as it should.
    Late { path: String, answer: String, log: String },
}

impl Error {
    /// Whether another process was faster to bind a port: worth another attempt.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, Self::Ended { log, .. } if log.contains("address already in use"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotObtained(status) => write!(out, "tests/control-plane/obtain failed: {status}"),
            Self::Machine { doing, source } => write!(out, "{doing}: {source}"),
            Self::Ended { name, status, log } => {
                write!(out, "{name} ended early: {status}; the end of its log:\n{log}")
            }
            Self::Late { path, answer, log } => write!(
                out,
                "the API server does not answer {path} in time: {}\nThe end of the last log:\n{log}",
                answer.trim_end()
            ),
        }
    }
}

impl fmt::Debug for Error {
    /// What `unwrap` prints in a test: readable, with the log line by line.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::error::Error for Error {}
