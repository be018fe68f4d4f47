//! Image references, parsed and never searched: the grammar of
//! `github.com/distribution/reference` with Docker's defaults for what is left out.

use thiserror::Error;

/// A parsed image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference<'a> {
    /// The registry's host and port as written; none where Docker's default is meant.
    pub domain: Option<&'a str>,
    /// The repository below the registry, such as `library/nginx`, as written.
    pub path: &'a str,
    /// The tag as written.
    pub tag: Option<&'a str>,
    /// The digest, such as `sha256:…`.
    pub digest: Option<&'a str>,
}

/// Text that is no image reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an image is `registry/path:tag` or `registry/path@sha256:` and 64 hex digits")]
pub struct InvalidReference;

/// The longest reference that is read, in bytes.
pub const REFERENCE_LIMIT: usize = 4_096;

/// The registry that is meant when none is written.
pub const DEFAULT_DOMAIN: &str = "docker.io";

impl<'a> ImageReference<'a> {
    /// Parses a reference.
    ///
    /// # Errors
    /// Text outside the grammar: such an image can never be pulled.
    pub fn parse(text: &'a str) -> Result<Self, InvalidReference> {
        if text.len() > REFERENCE_LIMIT {
            return Err(InvalidReference);
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (domain, rest) = match name.split_once('/') {
            Some((first, rest)) if is_domain(first) => (Some(first), rest),
            _ => (None, name),
        };
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        let library = if domain.is_none() && !path.contains('/') { "library/".len() } else { 0 };
        // 64 hex digits are an identifier, which `docker` takes and no registry has.
        let fits = !is_hex(text, 64)
            && path.len() + library <= PATH_LIMIT
            && domain.is_none_or(is_host)
            && path.split('/').all(is_path_component)
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        if fits { Ok(Self { domain, path, tag, digest }) } else { Err(InvalidReference) }
    }

    /// The registry, `docker.io` where none is written.
    pub fn registry(&self) -> &'a str {
        match self.domain {
            None | Some("index.docker.io") => DEFAULT_DOMAIN,
            Some(domain) => domain,
        }
    }

    /// The whole repository, such as `docker.io/library/nginx`.
    pub fn repository(&self) -> String {
        let [registry, library, path] = self.parts();
        format!("{registry}/{library}{path}")
    }

    /// Whether the repository is one of `prefixes` or stands below it; whole components only, so
    /// that `registry.corp` never admits `registry.corp.evil.example`.
    pub fn is_within<P: AsRef<str>>(&self, prefixes: &[P]) -> bool {
        let [registry, library, path] = self.parts();
        let first = |text: &str| text.bytes().next().map(|b| b.to_ascii_lowercase());
        let begins_so = |prefix: &str| prefix.is_empty() || first(prefix) == first(registry);
        prefixes.iter().filter(|prefix| begins_so(prefix.as_ref())).any(|prefix| {
            let mut repository =
                registry.bytes().chain([b'/']).chain(library.bytes().chain(path.bytes()));
            let prefix = prefix.as_ref().trim_end_matches('/').bytes();
            let mut is_next = |b: u8| repository.next().is_some_and(|r| r.eq_ignore_ascii_case(&b));
            prefix.into_iter().all(&mut is_next) && matches!(repository.next(), None | Some(b'/'))
        })
    }

    /// The registry, what Docker puts in front of the path, and the path.
    fn parts(&self) -> [&'a str; 3] {
        let registry = self.registry();
        let is_official = registry == DEFAULT_DOMAIN && !self.path.contains('/');
        [registry, if is_official { "library/" } else { "" }, self.path]
    }
}

/// Docker's rule for what stands before the first slash: a registry if it has a dot or a port, is
/// `localhost`, or has an upper-case letter (which no repository may have).
fn is_domain(first: &str) -> bool {
    first.contains(['.', ':'])
        || first == "localhost"
        || first.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_host(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let is_address =
                !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
            return is_address && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
        }
        None => match domain.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (domain, None),
        },
    };
    let label = |l: &str| {
        !l.is_empty()
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    host.split('.').all(label) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(component: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    if !bytes.is_empty() && bytes.iter().all(|&b| is_word(b)) {
        return true;
    }
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    if !is_word(first) || !is_word(last) {
        return false;
    }
    component.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).all(|separator| {
        matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
    })
}

/// `[\w][\w.-]{0,127}`
fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|b| is_word(b) || b == b'.' || b == b'-')
}

/// A digest that a runtime can look up: of one of the algorithms of `opencontainers/go-digest`, in
/// lower case and of its full length.
fn is_digest(digest: &str) -> bool {
    let length = match digest.split_once(':') {
        Some(("sha256", _)) => 64,
        Some(("sha384", _)) => 96,
        Some(("sha512", _)) => 128,
        _ => return false,
    };
    digest.split_once(':').is_some_and(|(_, hex)| is_hex(hex, length))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The longest repository below its registry, in bytes (`RepositoryNameTotalLengthMax`).
const PATH_LIMIT: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// F-103.
    #[test]
    fn the_parts_of_a_reference_are_told_apart() {
        type Parts<'a> = (&'a str, Option<&'a str>, bool);
        let table: [(&str, Parts<'_>); 10] = [
            ("nginx", ("docker.io/library/nginx", None, false)),
            ("nginx:1.27", ("docker.io/library/nginx", Some("1.27"), false)),
            ("bitnami/nginx", ("docker.io/bitnami/nginx", None, false)),
            ("docker.io/nginx", ("docker.io/library/nginx", None, false)),
            ("index.docker.io/nginx", ("docker.io/library/nginx", None, false)),
            ("reg:443/a/b", ("reg:443/a/b", None, false)),
            ("reg.example:443/a/b:2", ("reg.example:443/a/b", Some("2"), false)),
            ("localhost/a", ("localhost/a", None, false)),
            ("REG/a", ("REG/a", None, false)),
            ("[fd00::1]:5000/a:x", ("[fd00::1]:5000/a", Some("x"), false)),
        ];
        for (text, (repository, tag, digest)) in table {
            let image = ImageReference::parse(text).expect(text);
            assert_eq!(image.repository(), repository, "{text}");
            assert_eq!((image.tag, image.digest.is_some()), (tag, digest), "{text}");
        }
        let both = format!("reg.example/a:1@{SHA}");
        let image = ImageReference::parse(&both).expect("digest and tag");
        assert_eq!((image.tag, image.digest), (Some("1"), Some(SHA)));
    }

    #[test]
    fn text_outside_the_grammar_is_refused() {
        for text in [
            "",
            ":",
            "a:",
            "a@",
            "/a",
            "a/",
            "a//b",
            "Nginx",
            "nginx:",
            "nginx:-x",
            "a b",
            "a@sha256:12",
            "a@sha256",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "reg:port/a",
            "nginx\u{202e}:1",
            "näginx",
            "[zz]/a",
            "https://reg.example/a",
            "nginx:latest:latest",
        ] {
            assert_eq!(ImageReference::parse(text), Err(InvalidReference), "{text:?}");
        }
    }

    #[test]
    fn what_no_runtime_can_pull_is_refused() {
        let (_, hex) = SHA.split_once(':').expect("a digest");
        for text in [
            format!("a@sha256:{}", hex.get(1..).expect("a digit")),
            format!("a@sha256:{hex}0"),
            format!("a@sha256:{}", hex.to_ascii_uppercase()),
            format!("a@SHA256:{hex}"),
            format!("a@sha1:{}", hex.get(..40).expect("digits")),
            format!("a@md5:{}", hex.get(..32).expect("digits")),
            format!("a@sha512:{hex}"),
            hex.to_owned(),
            "a".repeat(256),
            format!("registry.example/{}", "a".repeat(256)),
            "a".repeat(248),
        ] {
            assert_eq!(ImageReference::parse(&text), Err(InvalidReference), "{text}");
        }
        for text in [
            format!("a@sha512:{hex}{hex}"),
            format!("registry.example/{}", "a".repeat(255)),
            "a".repeat(247),
            format!("a:{hex}"),
        ] {
            ImageReference::parse(&text).expect(&text);
        }
    }

    /// F-103.
    #[test]
    fn a_registry_admits_its_own_repositories_and_no_look_alike() {
        let within = |image: &str, prefix: &str| {
            ImageReference::parse(image).expect(image).is_within(&[prefix])
        };
        assert!(within("registry.corp/team/api:1", "registry.corp"));
        assert!(within("registry.corp/team/api:1", "registry.corp/team/"));
        assert!(within("Registry.Corp/team/api:1", "registry.corp"));
        assert!(within("nginx", "docker.io/library"));
        assert!(!within("registry.corp.evil.example/team/api:1", "registry.corp"));
        assert!(!within("registry.corp/teammates/api:1", "registry.corp/team"));
        assert!(!within("registry.corp:444/team/api", "registry.corp"));
        assert!(!within("evil.example/registry.corp/team/api", "registry.corp"));
    }
}
