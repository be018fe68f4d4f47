//! URLs as Go's `url.ParseRequestURI` takes them: absolute ones, and absolute paths.

use fluent_uri::UriRef;

/// A URL, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    pub(super) scheme: String,
    /// The host and the port, as they are written.
    pub(super) host: String,
    /// The host without the brackets of an address.
    pub(super) hostname: String,
    pub(super) port: String,
    pub(super) path: String,
    query: String,
}

impl Uri {
    /// Reads one; none where the text is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri = match UriRef::parse(text) {
            Ok(uri) if uri.has_scheme() || text.starts_with('/') => uri,
            _ => return None,
        };
        let authority = uri.authority();
        let whole = authority.map_or("", |authority| authority.as_str());
        let name = authority.map_or("", |authority| authority.host());
        let port = authority.and_then(|authority| authority.port());
        Some(Self {
            scheme: uri.scheme().map_or("", |scheme| scheme.as_str()).to_ascii_lowercase(),
            host: whole.rsplit('@').next().unwrap_or_default().to_owned(),
            hostname: name.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: port.map_or("", |port| port.as_str()).to_owned(),
            path: uri.path().as_str().to_owned(),
            query: uri.query().map_or("", |query| query.as_str()).to_owned(),
        })
    }

    /// The names and values of its query, in the order in which they are written.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';'));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        pairs.map(pair).collect()
    }
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digit = |at: usize| behind.get(at).and_then(|b| char::from(*b).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, digit(0), digit(1)) {
            bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
            rest = behind.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
