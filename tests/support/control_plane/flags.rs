//! The command lines of the components.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use super::access::{Access, User};

/// Where the servers of one control plane listen, on the loopback address.
pub(super) struct Ports {
    pub(super) api_server: u16,
    etcd: u16,
    etcd_peer: u16,
}

impl Ports {
    /// Different ports nobody listens on right now; in a moment somebody may.
    pub(super) fn free() -> io::Result<Self> {
        let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let held = [free()?, free()?, free()?];
        let port = |index: usize| held[index].local_addr().map(|address| address.port());
        Ok(Self { api_server: port(0)?, etcd: port(1)?, etcd_peer: port(2)? })
    }
}

pub(super) fn etcd(dir: &Path, ports: &Ports) -> Vec<String> {
    let Ports { etcd, etcd_peer, .. } = ports;
    vec![
        format!("--data-dir={}", dir.join("etcd").display()),
        format!("--listen-client-urls=http://127.0.0.1:{etcd}"),
        format!("--advertise-client-urls=http://127.0.0.1:{etcd}"),
        format!("--listen-peer-urls=http://127.0.0.1:{etcd_peer}"),
        "--unsafe-no-fsync".to_owned(),
        "--log-level=error".to_owned(),
    ]
}

pub(super) fn api_server(dir: &Path, ports: &Ports, access: &Access) -> Vec<String> {
    // The API server makes its own certificate at start; the key of it serves to sign
    // the tokens of service accounts too, which saves the need for openssl.
    let key = access.serving_key();
    vec![
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd),
        // Should a foreign etcd have got our port, it is not written all over.
        format!("--etcd-prefix={}", dir.display()),
        format!("--cert-dir={}", access.certificates().display()),
        format!("--secure-port={}", ports.api_server),
        "--bind-address=127.0.0.1".to_owned(),
        // Found from the default route otherwise, which a machine may lack.
        "--advertise-address=127.0.0.1".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--token-auth-file={}", access.tokens().display()),
        "--authorization-mode=RBAC".to_owned(),
        // As in every cluster; the default refuses privileged Pods by itself.
        "--allow-privileged=true".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-key-file={}", key.display()),
        format!("--service-account-signing-key-file={}", key.display()),
        "--service-cluster-ip-range=10.96.0.0/24".to_owned(),
    ]
}

pub(super) fn controller_manager(access: &Access) -> Vec<String> {
    let mut flags = client(access);
    flags.extend([
        format!("--service-account-private-key-file={}", access.serving_key().display()),
        format!("--root-ca-file={}", access.certificate_authority().display()),
        "--use-service-account-credentials=true".to_owned(),
        // By default the start spends seconds waiting for its own rate limit.
        "--kube-api-qps=500".to_owned(),
        "--kube-api-burst=500".to_owned(),
    ]);
    flags
}

pub(super) fn scheduler(access: &Access) -> Vec<String> {
    client(access)
}

/// Of a component that is alone of its kind and that nobody calls.
fn client(access: &Access) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", access.kubeconfig(User::Admin).display()),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
    ]
}
