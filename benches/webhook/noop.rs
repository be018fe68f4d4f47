//! The limit: the same accept loop and the same HTTP, a body that is read and an answer that is
//! always the same.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use http_body_util::BodyExt;
use jiff::Timestamp;
use plimsoll::serve::tls::{Certificate, PairFiles};
use plimsoll::serve::{Listener, Metrics, Shutdown, Timeouts};
use support::review::UID;
use tokio::net::TcpListener;

/// Serves until it is killed.
pub fn serve(certificate: &Path, key: &Path) {
    let files = PairFiles { certificate: certificate.to_owned(), key: key.to_owned() };
    let (certificate, _) = Certificate::from_files(&files, Timestamp::now()).unwrap();
    let answer = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{{"uid":"{UID}","allowed":true}}}}"#
    );
    let handler = move |body: Body| {
        let answer = answer.clone();
        async move {
            let read = body.collect().await.map(http_body_util::Collected::to_bytes);
            assert!(read.is_ok_and(|body| !body.is_empty()), "a body");
            ([(CONTENT_TYPE, "application/json")], answer)
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{{\"listen\":\"{}\"}}", socket.local_addr().unwrap());
        let listener = Listener {
            router: Router::new().route("/validate", post(handler)),
            certificate: Some(Arc::new(certificate)),
            metrics: Arc::new(Metrics::default()),
            timeouts: Timeouts::default(),
            connections: 512,
        };
        listener.run(socket, Shutdown::default(), Duration::ZERO).await;
    });
}
