//! Who may enter: addresses, tokens, certificates and kubeconfigs.

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::json;

/// The users the API server knows by token. For others there is `kubectl --as`.
#[derive(Clone, Copy)]
pub enum User {
    /// May do everything.
    Admin,
    /// In no group, so may do what a test grants by RBAC, and discovery.
    Developer,
}

impl User {
    const ALL: [Self; 2] = [Self::Admin, Self::Developer];

    /// The name RBAC subjects and admission requests have for the user.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Developer => "developer",
        }
    }

    fn group(self) -> Option<&'static str> {
        match self {
            Self::Admin => Some("system:masters"),
            Self::Developer => None,
        }
    }
}

/// The files by which clients get into one API server.
pub(super) struct Access {
    dir: PathBuf,
    url: String,
}

impl Access {
    /// Writes tokens and kubeconfigs for an API server on `port` into `dir`. The
    /// certificate they name is made by the API server itself, later.
    pub(super) fn write(dir: &Path, port: u16) -> io::Result<Self> {
        let access = Self { dir: dir.to_owned(), url: format!("https://127.0.0.1:{port}") };
        let mut tokens = Vec::new();
        for user in User::ALL {
            let (token, name) = (random(), user.name());
            let group = user.group().map(|group| format!(",{group}")).unwrap_or_default();
            tokens.push(format!("{token},{name},{name}{group}\n"));
            fs::write(access.kubeconfig(user), access.render(user, &token))?;
        }
        fs::write(access.tokens(), tokens.concat())?;
        Ok(access)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn kubeconfig(&self, user: User) -> PathBuf {
        self.dir.join(format!("{}.kubeconfig", user.name()))
    }

    pub(super) fn tokens(&self) -> PathBuf {
        self.dir.join("tokens.csv")
    }

    /// The directory in which the API server puts the pair it generates.
    pub(super) fn certificates(&self) -> PathBuf {
        self.dir.join("certificates")
    }

    pub(super) fn certificate_authority(&self) -> PathBuf {
        self.certificates().join("apiserver.crt")
    }

    pub(super) fn serving_key(&self) -> PathBuf {
        self.certificates().join("apiserver.key")
    }

    /// A kubeconfig is YAML, of which JSON is a part.
    fn render(&self, user: User, token: &str) -> String {
        let name = "plimsoll-test";
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": name, "cluster": {
                "server": self.url,
                "certificate-authority": self.certificate_authority(),
            }}],
            "users": [{ "name": user.name(), "user": { "token": token } }],
            "contexts": [{ "name": name, "context": { "cluster": name, "user": user.name() } }],
            "current-context": name,
        });
        format!("{config:#}\n")
    }
}

/// Sixteen hexadecimal digits nobody else has: the standard library's only source of
/// randomness is the seed of its hash tables.
pub(super) fn random() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}
