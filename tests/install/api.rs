//! A client of the API server that keeps its connection, for writes by the thousand: kubectl takes
//! longer to start than the API server to answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use support::https::trusting;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Longer than the API server waits for anything.
const LIMIT: Duration = Duration::from_secs(40);

/// A client with at most one connection.
pub struct Api {
    runtime: Runtime,
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    token: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// What the API server answered.
pub struct Answer {
    pub status: u16,
    pub warnings: Vec<String>,
    pub body: Value,
}

impl Answer {
    /// Whether it did what it was asked for.
    pub fn success(&self) -> bool {
        self.status < 300
    }

    /// Why it did not.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

impl Api {
    /// A client that trusts `authority` and is known by `token`.
    pub fn new(address: SocketAddr, authority: &str, token: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (tls, token) = (trusting(authority), token.to_owned());
        Self { runtime, address, tls, token, connection: None }
    }

    /// Creates an object.
    pub fn create(&mut self, path: &str, object: &Value) -> Result<Answer, String> {
        self.call(Method::POST, path, "application/json", object)
    }

    /// Changes an object; elements of lists are found by their names.
    pub fn patch(&mut self, path: &str, change: &Value) -> Result<Answer, String> {
        self.call(Method::PATCH, path, "application/strategic-merge-patch+json", change)
    }

    /// Reads something.
    pub fn get(&mut self, path: &str) -> Result<Answer, String> {
        self.call(Method::GET, path, "application/json", &Value::Null)
    }

    /// Removes an object.
    pub fn delete(&mut self, path: &str) -> Result<Answer, String> {
        self.call(Method::DELETE, path, "application/json", &Value::Null)
    }

    fn call(
        &mut self,
        how: Method,
        path: &str,
        kind: &str,
        body: &Value,
    ) -> Result<Answer, String> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder()
            .method(how)
            .uri(path)
            .header(header::HOST, self.address.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, kind)
            .body(Full::new(Bytes::from(text)))
            .map_err(|error| error.to_string())?;
        let kept = self.connection.take().filter(|connection| !connection.is_closed());
        let asked = ask(kept, self.address, &self.tls, request);
        let limited = async { timeout(LIMIT, asked).await };
        let asked = self.runtime.block_on(limited).map_err(|_| "no answer in time".to_owned())?;
        let (answer, connection) = asked?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

async fn ask(
    kept: Option<SendRequest<Full<Bytes>>>,
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
    request: Request<Full<Bytes>>,
) -> Result<(Answer, SendRequest<Full<Bytes>>), String> {
    let mut connection = match kept {
        Some(connection) => connection,
        None => connect(address, tls).await?,
    };
    connection.ready().await.map_err(|error| error.to_string())?;
    let response = connection.send_request(request).await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let warnings = response.headers().get_all(header::WARNING).iter();
    let warnings =
        warnings.map(|one| String::from_utf8_lossy(one.as_bytes()).into_owned()).collect();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    let body = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
    Ok((Answer { status, warnings, body }, connection))
}

async fn connect(
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
) -> Result<SendRequest<Full<Bytes>>, String> {
    let socket = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    socket.set_nodelay(true).map_err(|error| error.to_string())?;
    let name = ServerName::from(address.ip());
    let stream = TlsConnector::from(Arc::clone(tls)).connect(name, socket).await;
    let stream = stream.map_err(|error| error.to_string())?;
    let (sender, connection) =
        handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // It runs whenever this client waits for something.
    tokio::spawn(connection);
    Ok(sender)
}
