//! The certificate by which the API server is known to the kubelets: without it there are no logs.

use std::path::Path;

use rcgen::{CertificateParams, DnType, KeyPair};

/// Writes a pair that signs itself: `kubelet-client.crt` and `kubelet-client.key`.
pub fn write(folder: &Path) {
    let mut parameters = CertificateParams::new(Vec::new()).expect("a certificate");
    parameters.distinguished_name.push(DnType::OrganizationName, "system:masters");
    parameters.distinguished_name.push(DnType::CommonName, "apiserver-kubelet");
    let key = KeyPair::generate().expect("a key");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    std::fs::write(folder.join("kubelet-client.crt"), certificate.pem()).expect("a file");
    std::fs::write(folder.join("kubelet-client.key"), key.serialize_pem()).expect("a file");
}
