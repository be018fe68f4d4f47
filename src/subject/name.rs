//! The names that Kubernetes takes (`k8s.io/apimachinery/pkg/api/validate/content`): what it would
//! refuse, no object bears, so nothing that looks for it finds anything.

use super::quantity::Quantity;

/// The longest label of a domain name, name of a label and value of a label.
const LABEL_LIMIT: usize = 63;

/// The longest domain name.
const SUBDOMAIN_LIMIT: usize = 253;

/// What quotas put before the name of a resource; counted into its length, and no container's.
const QUOTA_PREFIX: &str = "requests.";

/// Whether the text is a label of a domain name, as the name of every namespace is.
pub fn is_dns_label(text: &str) -> bool {
    text.len() <= LABEL_LIMIT && is_label_form(text)
}

/// Whether the text is a domain name in lower case, as API groups and the names of most objects are.
pub fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= SUBDOMAIN_LIMIT && text.split('.').all(is_label_form)
}

/// Whether the text is the key of a label (a "qualified name"), such as `example.com/team`.
pub fn is_label_key(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    prefix.is_none_or(is_dns_subdomain) && !name.is_empty() && is_label_value(name)
}

/// Whether the text is the value of a label; the empty text is one.
pub fn is_label_value(text: &str) -> bool {
    let has_edges = |bytes: &[u8]| {
        let is_edge = |b: Option<&u8>| b.is_none_or(u8::is_ascii_alphanumeric);
        is_edge(bytes.first()) && is_edge(bytes.last())
    };
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.len() <= LABEL_LIMIT && has_edges(text.as_bytes()) && text.bytes().all(is_inner)
}

/// Whether the text may be a kind: a DNS label once in lower case, which begins with a letter, as
/// the API server demands, and with a capital, as every kind in use does.
pub fn is_kind(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && is_dns_label(&text.to_ascii_lowercase())
}

/// Whether a container may request or limit a resource of this name
/// (`validateContainerResourceName`).
pub fn is_container_resource(name: &str) -> bool {
    if !is_label_key(name) {
        return false;
    }
    if !name.contains('/') {
        return matches!(name, "cpu" | "memory" | "ephemeral-storage") || is_huge_pages(name);
    }
    let is_native = name.contains("kubernetes.io/");
    let is_extended =
        !name.starts_with(QUOTA_PREFIX) && is_label_key(&format!("{QUOTA_PREFIX}{name}"));
    is_native || is_extended
}

/// `hugepages-` and the size of a page, a whole number of bytes.
fn is_huge_pages(name: &str) -> bool {
    let size = name.strip_prefix("hugepages-").map(Quantity::parse);
    matches!(size, Some(Ok(size)) if size.is_positive() && size.is_whole())
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn is_label_form(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds `is` against upstream's own tables.
    fn assert_table(is: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(is(text), "{text:?}");
        }
        for text in bad {
            assert!(!is(text), "{text:?}");
        }
    }

    #[test]
    fn label_keys_and_values_are_those_of_upstreams_tables() {
        let (long, longer) = ("a".repeat(63), "a".repeat(64));
        let qualified = format!("{}/{long}", "a".repeat(253));
        let over = format!("{}/abc", "a".repeat(254));
        let good = [
            "simple",
            "1-starts-with-num",
            "1234",
            "simple/simple",
            "now-with.dashes-and.dots/simple",
            "1.2.3.4/5678",
            "Uppercase_Is_OK_123",
            "example.com/Uppercase_Is_OK_123",
            &long,
            &qualified,
        ];
        let bad = [
            "",
            "bad key!",
            "nospecialchars%^=@",
            "cantendwithadash-",
            "-cantstartwithadash-",
            "only/one/slash",
            "Example.com/abc",
            "example_com/abc",
            "example.com/",
            "/simple",
            &longer,
            &over,
        ];
        assert_table(is_label_key, &good, &bad);
        let bad = [
            "prod-*",
            "Tama-nui-te-rā.is.Māori.sun",
            "\\backslashes",
            "-a",
            "a-",
            ".a",
            "a.",
            "a\n",
            &longer,
        ];
        assert_table(
            is_label_value,
            &["", "simple", "end-with-num-1", "1234", "a__B", &long],
            &bad,
        );
    }

    #[test]
    fn domain_names_and_kinds_are_those_that_the_api_server_takes() {
        let (long, longer) = ("a".repeat(63), "a".repeat(64));
        let subdomain = "a".repeat(253);
        assert_table(
            is_dns_label,
            &["a", "1", "a-b", &long],
            &["", "-a", "a-", "a.b", "A", &longer],
        );
        assert_table(
            is_dns_subdomain,
            &["a", "a.b", "1.2", "a--1.b", &longer, &subdomain],
            &["", ".a", "a.", "a..b", "A.b", "a_b", "a-.b", "a.-b", "y.example/v1", "a b"],
        );
        let kind = format!("A{}", "b".repeat(62));
        assert_table(
            is_kind,
            &["Rollout", "A", "HTTPRoute", "Odd-Kind2", &kind],
            &["", "rollout", "2Fast", "-A", "A-", "Roll out", "Roll.out", "Röll", "Rollout\n"],
        );
    }

    #[test]
    fn resources_are_those_that_a_container_may_have() {
        let long = format!("{}/gpu", "a".repeat(244));
        let longer = format!("{}/gpu", "a".repeat(245));
        assert_table(
            is_container_resource,
            &[
                "cpu",
                "memory",
                "ephemeral-storage",
                "hugepages-2Mi",
                "hugepages-1048576",
                "nvidia.com/gpu",
                "kubernetes.io/batch-cpu",
                &long,
            ],
            &[
                "",
                "CPU",
                "cpus",
                "storage",
                "pods",
                "requests.cpu",
                "limits.memory",
                "hugepages-",
                "hugepages-big",
                "hugepages-0",
                "hugepages-100m",
                "requests.example/gpu",
                "nvidia.com/",
                "nvidia.com/gpu/0",
                "nvidia com/gpu",
                &longer,
            ],
        );
    }
}
