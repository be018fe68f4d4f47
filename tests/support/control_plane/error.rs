//! Why a control plane did not start.

use std::process::ExitStatus;
use std::{fmt, io};

/// Why a control plane did not start, with the log that tells more.
pub enum Error {
    /// No binaries were found, and none could be built.
    NotObtained(ExitStatus),
    /// The machine refused something.
    Machine {
        /// What was being done.
        doing: &'static str,
        /// How the machine refused.
        source: io::Error,
    },
    /// A component ended instead of serving.
    Ended {
        /// Its name.
        name: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },
    /// The components run, but the API server does not answer as it should.
    Late {
        /// What it was asked for.
        path: String,
        /// What it said.
        answer: String,
        /// The end of the log of the component that was started last.
        log: String,
    },
}

impl Error {
    /// Whether another process was faster to bind a port: worth another attempt.
    pub(super) fn is_port_taken(&self) -> bool {
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
