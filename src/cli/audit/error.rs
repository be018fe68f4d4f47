//! Why there is no audit.

use std::path::PathBuf;

use thiserror::Error;

use crate::audit::EarlierError;
use crate::cli::policies::PoliciesError;
use crate::cluster::client::ClientError;
use crate::cluster::listing::Unanswered;

/// Why there is no audit.
#[derive(Debug, Error)]
pub(in crate::cli) enum AuditError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error("cannot start")]
    Start(#[source] std::io::Error),
    #[error("cannot audit `{cluster}`: {why}")]
    Unanswered { cluster: String, why: Unanswered },
    #[error("cannot read the policies of the cluster: {why}; {advice}")]
    OwnObjects { why: Unanswered, advice: &'static str },
    #[error(
        "the cluster has no policy that is in force; name files with `--policy`, or apply a \
         `DeployPolicy`{}", problems(.0)
    )]
    NoPolicy(Vec<String>),
    #[error("no policy is called `{name}`; there are {known}")]
    NoSuchPolicy { name: String, known: String },
    #[error("there is no namespace `{0}`; `kubectl get namespaces` lists them all")]
    NoNamespace(String),
    #[error("nothing may be looked at; ask for the right to list\n{}", .0.join("\n"))]
    Nothing(Vec<String>),
    #[error("cannot read the report `{}`", .path.display())]
    NoReport { path: PathBuf, source: std::io::Error },
    #[error("cannot compare with `{}`: {error}", .path.display())]
    NotCompared { path: PathBuf, error: EarlierError },
    #[error("cannot look into the history `{}`", .path.display())]
    NoHistory { path: PathBuf, source: std::io::Error },
    #[error("cannot keep the report as `{}`", .path.display())]
    NotKept { path: PathBuf, source: std::io::Error },
    #[error("cannot delete the old report `{}`", .path.display())]
    NotDeleted { path: PathBuf, source: std::io::Error },
    #[error("cannot write the report")]
    Write(#[from] std::io::Error),
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
}

fn problems(all: &[String]) -> String {
    let lines: Vec<&str> = std::iter::once("").chain(all.iter().map(String::as_str)).collect();
    lines.join("\n  ")
}
