//! The way to the API server, and who this process is there.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use thiserror::Error;

/// Why there is no way to the API server.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The kubeconfig that is named cannot be used.
    #[error("cannot use the kubeconfig `{path}`")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<kube::config::KubeconfigError>,
    },
    /// None is named, and none is found where kubectl looks.
    #[error("no kubeconfig, and no service account of a Pod; give `--kubeconfig`")]
    Nowhere(#[source] Box<kube::config::KubeconfigError>),
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

/// A client; the default namespace of it is that of the Pod or of the context.
///
/// # Errors
/// [`ClientError`]: never because the API server is away, which is found out later.
pub async fn connect(place: &Place) -> Result<Client, ClientError> {
    let options = KubeConfigOptions { context: place.context.clone(), ..Default::default() };
    let config = match &place.kubeconfig {
        Some(path) => {
            let wrong = |source| {
                let (path, source) = (path.clone(), Box::new(source));
                ClientError::Kubeconfig { path, source }
            };
            let read = Kubeconfig::read_from(path).map_err(wrong)?;
            Config::from_custom_kubeconfig(read, &options).await.map_err(wrong)?
        }
        None if place.context.is_none() && is_in_pod() => {
            Config::incluster_env().map_err(|e| ClientError::Pod(Box::new(e)))?
        }
        None => Config::from_kubeconfig(&options)
            .await
            .map_err(|e| ClientError::Nowhere(Box::new(e)))?,
    };
    // A watch hears something every minute; what says nothing for longer is dead.
    let mut config = config;
    config.read_timeout = Some(READ_LIMIT);
    Client::try_from(config).map_err(|e| ClientError::Client(Box::new(e)))
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
