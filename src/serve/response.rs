//! The `AdmissionReview` that goes back, as `admission.k8s.io/v1` has it.

use std::collections::BTreeMap;

use serde::Serialize;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewResponse {
    api_version: &'static str,
    kind: &'static str,
    /// The answer to the request.
    pub response: Response,
}

/// The answer to one request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The request's uid, byte for byte.
    pub uid: String,
    /// Whether the object may go in.
    pub allowed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What `kubectl` prints as warnings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What the audit log keeps.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub audit_annotations: BTreeMap<&'static str, String>,
}

/// `metav1.Status`, which the API server passes on to the user.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Status {
    pub status: &'static str,
    pub message: String,
    pub reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    pub code: u16,
}

/// `metav1.StatusDetails`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Details {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    pub kind: String,
    pub causes: Vec<Cause>,
}

/// `metav1.StatusCause`: one violation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// The rule's id.
    pub reason: String,
    /// What is the case.
    pub message: String,
    /// The field's path.
    pub field: String,
}

/// Why a request is refused that no policy refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request cannot be read as what it says it is.
    BadRequest,
    /// The request is larger than what is read.
    TooLarge,
    /// Time ran out.
    Timeout,
    /// Plimsoll itself failed.
    Internal,
}

impl Fault {
    fn code_and_reason(self) -> (u16, &'static str) {
        match self {
            Self::BadRequest => (400, "BadRequest"),
            Self::TooLarge => (413, "RequestEntityTooLarge"),
            Self::Timeout => (500, "Timeout"),
            Self::Internal => (500, "InternalError"),
        }
    }
}

impl Response {
    /// Lets the object in.
    pub fn allow(uid: &str) -> Self {
        Self { uid: uid.to_owned(), allowed: true, ..Self::default() }
    }

    /// Refuses what cannot be decided: nothing slips past a fault (fail closed).
    pub fn fault(uid: &str, fault: Fault, message: String) -> Self {
        let (code, reason) = fault.code_and_reason();
        let status = Status { status: "Failure", message, reason, details: None, code };
        Self { uid: uid.to_owned(), status: Some(status), ..Self::default() }
    }

    /// The whole answer.
    pub fn into_review(self) -> ReviewResponse {
        ReviewResponse {
            api_version: "admission.k8s.io/v1",
            kind: "AdmissionReview",
            response: self,
        }
    }
}
