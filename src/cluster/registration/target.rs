//! Where the API server calls.

use std::fmt;
use std::str::FromStr;

use axum::http::Uri;
use k8s_openapi::api::admissionregistration::v1::{ServiceReference, WebhookClientConfig};
use thiserror::Error;

use crate::subject::is_dns_label;

/// The path at which the webhook answers.
const PATH: &str = "/validate";

/// Where the API server calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A URL.
    Url(String),
    /// A Service of the cluster.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

/// Nothing that the API server could call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotATarget(String);

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        if text.contains("://") {
            return Self::url(text);
        }
        match text.split_once('/') {
            Some((namespace, name)) if is_dns_label(namespace) && is_dns_label(name) => {
                Ok(Self::Service { namespace: namespace.to_owned(), name: name.to_owned() })
            }
            _ => Err(NotATarget(
                "neither a Service nor a URL; write NAMESPACE/SERVICE or https://HOST:PORT/validate"
                    .to_owned(),
            )),
        }
    }
}

impl Target {
    /// A URL that the API server takes, with the path at which the webhook answers.
    ///
    /// # Errors
    /// What the API server would say against it.
    pub fn url(text: &str) -> Result<Self, NotATarget> {
        let wrong = |text: &str| Err(NotATarget(text.to_owned()));
        let Ok(url) = text.parse::<Uri>() else { return wrong("not a URL") };
        if url.scheme_str() != Some("https") || url.host().is_none_or(str::is_empty) {
            return wrong("the API server calls only https; write https://HOST:PORT/validate");
        }
        let authority = url.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') || text.contains('#') {
            let text =
                "the API server takes no user and no fragment; write https://HOST:PORT/validate";
            return wrong(text);
        }
        let has_port = authority.rsplit(':').next().is_some_and(|port| port != authority)
            && !authority.ends_with(']');
        if has_port && url.port_u16().is_none_or(|port| port == 0) {
            return wrong("a port is a number from 1 to 65535");
        }
        match (url.path(), url.query()) {
            (PATH, None) => Ok(Self::Url(text.to_owned())),
            ("/" | "", None) => Ok(Self::Url(format!("{}{PATH}", text.trim_end_matches('/')))),
            _ => wrong("the webhook answers at /validate; write https://HOST:PORT/validate"),
        }
    }

    /// The host names by which the API server checks the certificate.
    pub fn hosts(&self) -> Vec<String> {
        match self {
            Self::Url(url) => {
                let url: Option<Uri> = url.parse().ok();
                let host = url.as_ref().and_then(Uri::host);
                host.map(|host| host.trim_matches(['[', ']']).to_owned()).into_iter().collect()
            }
            Self::Service { namespace, name } => vec![format!("{name}.{namespace}.svc")],
        }
    }

    /// As in the object.
    pub(super) fn client_config(&self) -> WebhookClientConfig {
        match self {
            Self::Url(url) => {
                WebhookClientConfig { url: Some(url.clone()), ..WebhookClientConfig::default() }
            }
            Self::Service { namespace, name } => {
                let service = ServiceReference {
                    namespace: namespace.clone(),
                    name: name.clone(),
                    path: Some(PATH.to_owned()),
                    port: Some(443),
                };
                WebhookClientConfig { service: Some(service), ..WebhookClientConfig::default() }
            }
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::Service { namespace, name } => write!(f, "{namespace}/{name}"),
        }
    }
}
