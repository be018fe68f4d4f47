//! What others find of a Service: its ports, its labels, and the pods behind it.

use super::selecting::Labels;
use super::trimmed::Trimmed;

/// A Service, as others find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Its ports.
    pub ports: Ports,
    /// Whether its name leads to each pod by itself, and not to one address for all of them.
    pub is_headless: bool,
    pub(super) labels: Labels,
    /// The labels of its pods; none where somebody else says what is behind it.
    pub(super) selector: Option<Labels>,
}

impl Served {
    pub(super) fn of(service: &Trimmed) -> Self {
        Self {
            ports: Ports::of(service),
            is_headless: service.is_headless(),
            labels: service.identity().labels.clone(),
            selector: service.pods(),
        }
    }

    /// Its own label under a key.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key)
    }

    /// Whether pods with these labels are behind it.
    pub fn selects<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.selector.as_ref().is_some_and(|selector| selector.fit(label))
    }

    /// Whether it finds its pods by labels; else somebody else says what is behind it.
    pub fn has_selector(&self) -> bool {
        self.selector.is_some()
    }

    /// By how many labels it finds them.
    pub fn selector_len(&self) -> usize {
        self.selector.as_ref().map_or(0, Labels::len)
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let selector = self.selector.as_ref().map_or(0, Labels::weight);
        64 + self.ports.weight() + self.labels.weight() + selector
    }
}

/// The ports of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports {
    /// Exactly these: the number and the name of each, which may have none.
    Known(Box<[(i64, Box<str>)]>),
    /// Any: the Service is another name for a host, whose ports nobody tells.
    Unknown,
}

impl Ports {
    pub(super) fn of(service: &Trimmed) -> Self {
        let Some(ports) = service.ports() else { return Self::Unknown };
        Self::Known(ports.map(|(number, name)| (number, name.into())).collect())
    }

    /// Whether one has, or may have, this number.
    pub fn may_have_number(&self, number: i32) -> bool {
        match self {
            Self::Known(ports) => ports.iter().any(|(known, _)| *known == i64::from(number)),
            Self::Unknown => true,
        }
    }

    /// Whether one has, or may have, this name.
    pub fn may_have_name(&self, name: &str) -> bool {
        match self {
            Self::Known(ports) => ports.iter().any(|(_, known)| **known == *name),
            Self::Unknown => true,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Known(ports) => ports.len(),
            Self::Unknown => 0,
        }
    }

    /// About how many bytes they take.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Known(ports) => ports.iter().map(|(_, name)| 48 + name.len()).sum(),
            Self::Unknown => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(spec: &str) -> Ports {
        let text = format!(r#"{{"metadata": {{"name": "shop"}}, "spec": {spec}}}"#);
        Ports::of(&serde_json::from_str(&text).expect("a Service"))
    }

    #[test]
    fn a_service_has_the_ports_that_it_names_and_an_alias_may_have_any() {
        let two = ports(
            r#"{"ports": [{"name": "http", "port": 80, "targetPort": 8080}, {"port": 443}, 7]}"#,
        );
        assert!(two.may_have_number(80) && two.may_have_number(443) && two.may_have_name("http"));
        assert!(!two.may_have_number(8080) && !two.may_have_name("https"));
        let alias = ports(r#"{"type": "ExternalName", "externalName": "api.example"}"#);
        assert!(alias.may_have_number(1) && alias.may_have_name("any"));
        assert!(!ports("{}").may_have_number(80));
    }
}
