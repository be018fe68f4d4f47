//! The way to the API server, and who this process is there.

use std::path::PathBuf;
use std::time::Duration;

use kube::client::ClientBuilder;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use thiserror::Error;

use super::pace::{Pace, PaceLayer};
use crate::text::{QUOTE_LIMIT, clipped, error_chain, printable};

/// Why there is no way to the API server.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The kubeconfig that is named cannot be used.
    #[error("cannot use the kubeconfig `{path}`: {why}")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// The field, what is wrong with it, and what to do.
        why: String,
    },
    /// None is named, and none is found where kubectl looks.
    #[error("no kubeconfig, and no service account of a Pod; give `--kubeconfig`")]
    Nowhere(#[source] Box<KubeconfigError>),
    /// What a Pod is given cannot be used.
    #[error("cannot use the service account of this Pod")]
    Pod(#[source] Box<kube::config::InClusterError>),
    /// It says something that no client can be made of.
    #[error("cannot make a client")]
    Client(#[source] Box<kube::Error>),
}

/// How long an API server that was asked may say nothing.
const READ_LIMIT: Duration = Duration::from_mins(5);

/// Which API server.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The kubeconfig; where kubectl looks if none is named.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; its current one if none is named.
    pub context: Option<String>,
}

/// Whether Kubernetes runs this process, and has given it a service account.
fn is_in_pod() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() && Config::incluster_env().is_ok()
}

/// What is wrong with a kubeconfig: the field, and what to do.
fn fault(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::CurrentContextNotSet => {
            "`current-context` is not set; give `--context`, or run `kubectl config use-context NAME`"
                .to_owned()
        }
        KubeconfigError::LoadContext(name) => {
            let name = shown(name);
            format!("`contexts` has none that is called `{name}`; name another with `--context`")
        }
        KubeconfigError::LoadClusterOfContext(name) => {
            let name = shown(name);
            format!("`clusters` has no `{name}`, which the context names; run `kubectl config set-cluster {name} --server URL`")
        }
        KubeconfigError::MissingClusterUrl => {
            "`clusters[].cluster.server` is missing; write the URL of the API server there".to_owned()
        }
        KubeconfigError::ParseClusterUrl(problem) => {
            format!("`clusters[].cluster.server` is no URL ({problem}); write `https://HOST:PORT`")
        }
        KubeconfigError::ParseProxyUrl(problem) => {
            format!("`clusters[].cluster.proxy-url` is no URL ({problem}); write `http://HOST:PORT`")
        }
        KubeconfigError::ReadConfig(problem, _) => {
            format!("{problem}; name another with `--kubeconfig`")
        }
        KubeconfigError::LoadCertificateAuthority(problem) => {
            let problem = error_chain(problem);
            format!("`clusters[].cluster.certificate-authority` cannot be loaded: {problem}")
        }
        KubeconfigError::ParseCertificates(problem) => {
            format!("`clusters[].cluster.certificate-authority` is no certificate in PEM form: {problem}")
        }
        KubeconfigError::LoadClientCertificate(problem) => {
            let problem = error_chain(problem);
            format!("`users[].user.client-certificate` cannot be loaded: {problem}")
        }
        KubeconfigError::LoadClientKey(problem) => {
            let problem = error_chain(problem);
            format!("`users[].user.client-key` cannot be loaded: {problem}")
        }
        // The parser shows the lines around the fault, which may hold somebody's token.
        KubeconfigError::Parse(problem) => match problem.location() {
            Some(at) => format!("line {}, column {}: no YAML, or a field of another type", at.line(), at.column()),
            None => "no YAML, or a field of another type".to_owned(),
        },
        other => error_chain(other),
    }
}

fn shown(name: &str) -> String {
    printable(&clipped(name, QUOTE_LIMIT)).into_owned()
}

/// A client that asks no oftener than `limit` says, where it is given; the default namespace of it is
/// that of the Pod or of the context.
///
/// # Errors
/// [`ClientError`]: never because the API server is away, which is found out later.
pub async fn connect(place: &Place, limit: Option<Pace>) -> Result<Client, ClientError> {
    let mut config = config_of(place).await?;
    // A watch hears something every minute; what says nothing for longer is dead.
    config.read_timeout = Some(READ_LIMIT);
    let builder = ClientBuilder::try_from(config).map_err(|e| ClientError::Client(Box::new(e)))?;
    Ok(match limit {
        Some(limit) => builder.with_layer(&PaceLayer(limit)).build(),
        None => builder.build(),
    })
}

async fn config_of(place: &Place) -> Result<Config, ClientError> {
    let options = KubeConfigOptions { context: place.context.clone(), ..Default::default() };
    Ok(match &place.kubeconfig {
        Some(path) => {
            let wrong = |error| ClientError::Kubeconfig { path: path.clone(), why: fault(&error) };
            let read = Kubeconfig::read_from(path).map_err(wrong)?;
            Config::from_custom_kubeconfig(read, &options).await.map_err(wrong)?
        }
        None if place.context.is_none() && is_in_pod() => {
            Config::incluster_env().map_err(|e| ClientError::Pod(Box::new(e)))?
        }
        None => Config::from_kubeconfig(&options)
            .await
            .map_err(|e| ClientError::Nowhere(Box::new(e)))?,
    })
}

/// A client for reading all that there is, and what the cluster is called.
///
/// It does not ask again by itself, since who waits for how long is up to whoever asks.
///
/// # Errors
/// As [`connect`].
pub async fn connect_to_read(place: &Place) -> Result<(Client, String), ClientError> {
    let mut config = config_of(place).await?;
    config.default_retry = false;
    let url = &config.cluster_url;
    let host = url.host().unwrap_or_default();
    let name = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let builder = ClientBuilder::try_from(config).map_err(|e| ClientError::Client(Box::new(e)))?;
    Ok((builder.build(), name))
}

/// What this process is called in the Lease: in a Pod by the name of the Pod, which is its host's,
/// elsewhere so that two on one machine differ.
pub fn identity() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let name = std::env::var("POD_NAME").ok().filter(|name| !name.is_empty());
    match name {
        Some(name) => name,
        None if is_in_pod() => host,
        None => format!("{host}_{}", std::process::id()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Instant;

    /// A server that has the same answer to everything; returns a client of it.
    async fn client(pace: Option<Pace>) -> Client {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                std::thread::spawn(move || {
                    let (mut stream, mut head) = (stream, [0; 4096]);
                    while stream.read(&mut head).is_ok_and(|read| read > 0) {
                        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                        if stream.write_all(answer.as_bytes()).is_err() {
                            break;
                        }
                    }
                });
            }
        });
        let path = std::env::temp_dir().join(format!("plimsoll-pace-{address}"));
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: a, \
             contexts: [{{name: a, context: {{cluster: a, user: a}}}}], \
             users: [{{name: a, user: {{}}}}], \
             clusters: [{{name: a, cluster: {{server: 'http://{address}'}}}}]}}"
        );
        std::fs::write(&path, text).expect("a file");
        let there = Place { kubeconfig: Some(path.clone()), context: None };
        let client = connect(&there, pace).await.expect("a client");
        std::fs::remove_file(path).expect("it is there");
        client
    }

    async fn five_requests(pace: Option<Pace>) -> Duration {
        let client = client(pace).await;
        let start = Instant::now();
        for _ in 0..5 {
            let request = axum::http::Request::get("/version").body(Vec::new()).expect("a request");
            assert_eq!(client.request_text(request).await.expect("an answer"), "{}");
        }
        start.elapsed()
    }

    #[tokio::test]
    async fn a_client_with_a_pace_keeps_to_it_and_one_without_does_not_wait() {
        let took = five_requests(Some(Pace { per_second: 5.0, burst: 2 })).await;
        assert!(took >= Duration::from_millis(590), "three waited their turn: {took:?}");
        let took = five_requests(None).await;
        assert!(took < Duration::from_millis(590), "{took:?}");
    }
}
