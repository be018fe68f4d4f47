//! A mutating webhook of the test, as service meshes have one: it puts a container into every Pod.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use support::pki::Authority;

/// The container that it puts in.
pub const CONTAINER: &str = "proxy";

/// The webhook; it answers for as long as the test runs.
pub struct Injector {
    address: SocketAddr,
    authority: Authority,
}

impl Injector {
    pub fn start() -> Self {
        let authority = Authority::new();
        let pair = authority.sign(1, Duration::from_hours(1));
        let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                thread::spawn(move || answer_all(socket, config));
            }
        });
        Self { address, authority }
    }

    /// What registers it.
    pub fn configuration(&self) -> Value {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "injector"},
            "webhooks": [{
                "name": "injector.example.test", "admissionReviewVersions": ["v1"],
                "sideEffects": "None", "failurePolicy": "Fail",
                "clientConfig": {
                    "url": format!("https://{}/", self.address),
                    "caBundle": STANDARD.encode(self.authority.pem()),
                },
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
            }],
        })
    }
}

fn answer_all(socket: TcpStream, config: Arc<ServerConfig>) -> Option<()> {
    let connection = ServerConnection::new(config).ok()?;
    let mut stream = BufReader::new(StreamOwned::new(connection, socket));
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim().to_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        let review: Value = serde_json::from_slice(&body).ok()?;
        let answer = answer(&review).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json";
        write!(stream.get_mut(), "{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())
            .ok()?;
        stream.get_mut().flush().ok()?;
    }
}

fn answer(review: &Value) -> Value {
    let patch = json!([{"op": "add", "path": "/spec/containers/-", "value": {
        "name": CONTAINER, "image": "registry.example/proxy:1.0", "securityContext": {"privileged": true}}}]);
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": {"uid": review["request"]["uid"], "allowed": true,
                     "patchType": "JSONPatch", "patch": STANDARD.encode(patch.to_string())},
    })
}
