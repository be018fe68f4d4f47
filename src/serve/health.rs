//! The address for the platform: alive, ready, counted. Never the webhook's own port (F-112).

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use jiff::Timestamp;

use super::accept::Shutdown;
use super::in_force::InForce;
use super::metrics::Metrics;
use super::tls::Certificate;

/// `/livez`, `/readyz` and `/metrics`.
pub(super) fn router(
    certificate: Arc<Certificate>,
    in_force: Arc<InForce>,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
) -> Router {
    let readiness = move || {
        let answer = readiness(&certificate, &in_force, &shutdown);
        async move { answer }
    };
    Router::new()
        .route("/livez", get(async || plain(StatusCode::OK, "alive\n".to_owned())))
        .route("/readyz", get(readiness))
        .route(
            "/metrics",
            get(move || {
                let text = metrics.render();
                async move { metrics_page(text) }
            }),
        )
}

/// Not ready: leaving, not all there yet, or a certificate that clients would refuse, so that the Service sends
/// requests elsewhere (F-56, F-77). With old policies it is ready: whoever is asked instead has no
/// newer ones.
fn readiness(
    certificate: &Certificate,
    in_force: &InForce,
    shutdown: &Shutdown,
) -> axum::response::Response {
    if shutdown.draining.is_cancelled() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "leaving\n".to_owned());
    }
    let not_ready = |text: &str| plain(StatusCode::SERVICE_UNAVAILABLE, text.to_owned());
    let Some(served) = certificate.current() else {
        return not_ready("there is no certificate yet\n");
    };
    if !in_force.is_complete() {
        let awaited = in_force.awaited().join(", ");
        return not_ready(&format!("not known yet of the cluster: {awaited}\n"));
    }
    if !in_force.is_introduced() {
        return not_ready("what is registered does not trust the certificate yet\n");
    }
    match served.usable(Timestamp::now()) {
        Ok(()) => match in_force.problem() {
            None if in_force.current().policies().is_empty() => {
                plain(StatusCode::OK, "ready; no policy is in force\n".to_owned())
            }
            None => plain(StatusCode::OK, "ready\n".to_owned()),
            Some(problem) => {
                let text =
                    format!("ready, with the old policies; new ones are not taken:\n{problem}\n");
                plain(StatusCode::OK, text)
            }
        },
        Err(reason) => {
            let text = format!("the certificate in use cannot be used: {reason}\n");
            plain(StatusCode::SERVICE_UNAVAILABLE, text)
        }
    }
}

/// Headers for every page, whoever looks at it.
pub(super) const GUARDS: [(HeaderName, &str); 3] = [
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("cache-control"), "no-store"),
    (
        HeaderName::from_static("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// A page of plain text.
pub(super) fn plain(status: StatusCode, text: String) -> axum::response::Response {
    (status, GUARDS, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn metrics_page(text: String) -> axum::response::Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    (StatusCode::OK, GUARDS, [(CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_forbids_caching_framing_and_guessing() {
        let pages = [plain(StatusCode::OK, "ready\n".to_owned()), metrics_page(String::new())];
        for page in pages {
            for (name, value) in [
                ("cache-control", "no-store"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
                ("x-content-type-options", "nosniff"),
            ] {
                let found = page.headers().get(name).map(axum::http::HeaderValue::as_bytes);
                assert_eq!(found, Some(value.as_bytes()), "{name}");
            }
        }
    }
}
