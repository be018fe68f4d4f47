//! Certificates for tests: an authority, and what it signs.

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SerialNumber};

/// An authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM form.
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The key.
    pub key: String,
}

impl Authority {
    /// Makes one.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for 127.0.0.1 with this serial number, good for as long as `life`.
    pub fn sign(&self, serial: u64, life: Duration) -> Pair {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.serial_number = Some(SerialNumber::from(serial));
        params.not_before = (SystemTime::now() - Duration::from_hours(1)).into();
        params.not_after = (SystemTime::now() + life).into();
        self.finish(&params)
    }

    /// A certificate that expired a minute ago.
    pub fn sign_expired(&self) -> Pair {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_before = (SystemTime::now() - Duration::from_hours(2)).into();
        params.not_after = (SystemTime::now() - Duration::from_mins(1)).into();
        self.finish(&params)
    }

    /// A certificate that names no host.
    pub fn sign_nameless(&self) -> Pair {
        self.finish(&CertificateParams::new(Vec::new()).unwrap())
    }

    /// A certificate for 127.0.0.1 that is good for an hour, but for what `alter` makes of it.
    pub fn sign_altered(&self, alter: impl FnOnce(&mut CertificateParams)) -> Pair {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_before = (SystemTime::now() - Duration::from_hours(1)).into();
        params.not_after = (SystemTime::now() + Duration::from_hours(1)).into();
        alter(&mut params);
        self.finish(&params)
    }

    fn finish(&self, params: &CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Pair { certificate, key: key.serialize_pem() }
    }
}

/// Writes a pair as the kubelet does: a new folder, then one swap of a symbolic link (F-53).
pub fn mount(folder: &Path, generation: u32, pair: &Pair) -> io::Result<()> {
    let data = format!("..generation-{generation}");
    fs::create_dir_all(folder.join(&data))?;
    fs::write(folder.join(&data).join("tls.crt"), &pair.certificate)?;
    fs::write(folder.join(&data).join("tls.key"), &pair.key)?;
    let next = folder.join("..data_tmp");
    std::os::unix::fs::symlink(&data, &next)?;
    fs::rename(&next, folder.join("..data"))?;
    for name in ["tls.crt", "tls.key"] {
        let link = folder.join(name);
        if link.symlink_metadata().is_err() {
            std::os::unix::fs::symlink(Path::new("..data").join(name), link)?;
        }
    }
    if generation > 0 {
        fs::remove_dir_all(folder.join(format!("..generation-{}", generation - 1)))?;
    }
    Ok(())
}
