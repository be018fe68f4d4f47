//! Why nothing is served.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::cli::policies::PoliciesError;
use crate::cli::registration::NoYaml;
use crate::cluster::certificates::{AuthorityError, CannotIssue};
use crate::cluster::client::ClientError;
use crate::cluster::registration::{ExtraError, NotATarget};
use crate::serve::tls::TlsError;

#[derive(Debug, Error)]
pub(in crate::cli) enum ServeError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(
        "no certificate; give `--tls-cert` and `--tls-key`, or `--self-signed` to try things out"
    )]
    NoCertificate,
    #[error("the certificate cannot be served")]
    Tls(#[from] TlsError),
    #[error("cannot make a throw-away certificate")]
    SelfSigned(#[from] CannotIssue),
    #[error("cannot listen on `{address}`")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot start")]
    Start(#[source] io::Error),
    #[error("cannot print the configuration")]
    Print(#[source] io::Error),
    #[error(transparent)]
    Yaml(#[from] NoYaml),
    #[error("no authority for the configuration")]
    Authority(#[from] AuthorityError),
    #[error(
        "the API server would not take the certificate: it must be for `{0}`, and signed by an authority in `--tls-ca`"
    )]
    NotTrusted(String),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Extra(#[from] ExtraError),
    #[error("no traces can be sent")]
    Traces(#[from] opentelemetry_otlp::ExporterBuildError),
    #[error("no such URL: {0}")]
    Target(#[from] NotATarget),
    #[error(
        "`--memory-budget` is smaller than `--body-limit`; no review of that size would ever be read"
    )]
    Budget,
}
