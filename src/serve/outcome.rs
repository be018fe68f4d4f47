//! How a request ended, in the words of metrics and log.

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestOutcome {
    /// Let in.
    Allowed,
    /// Refused by a policy.
    Denied,
    /// Refused for a fault of the request or of Plimsoll.
    Fault,
    /// Answered with an HTTP error, which the API server takes for a failed call.
    HttpError,
    /// Sent away for want of memory, to be tried again.
    Shed,
}

impl RequestOutcome {
    /// Every way a request may end.
    pub const ALL: [Self; 5] =
        [Self::Allowed, Self::Denied, Self::Fault, Self::HttpError, Self::Shed];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Fault => "fault",
            Self::HttpError => "http_error",
            Self::Shed => "shed",
        }
    }
}
