//! Forms that text may have, by the names that Kubernetes gives them.

use super::uri::Uri;

/// A form that text may have.
#[derive(Debug)]
pub struct NamedFormat {
    /// What an expression calls it.
    pub(super) name: &'static str,
    /// What text without it is not.
    pub(super) is_no: &'static str,
    /// Whether text has it.
    pub(super) fits: fn(&str) -> bool,
}

/// All forms (`k8s.io/apiserver/pkg/cel/library/format.go`).
pub(super) static FORMATS: [NamedFormat; 13] = [
    NamedFormat { name: "dns1123Label", is_no: "DNS label", fits: is_label },
    NamedFormat { name: "dns1123Subdomain", is_no: "DNS subdomain", fits: is_subdomain },
    NamedFormat {
        name: "dns1035Label",
        is_no: "DNS label that begins with a letter",
        fits: is_old_label,
    },
    NamedFormat { name: "qualifiedName", is_no: "qualified name", fits: is_qualified },
    NamedFormat {
        name: "dns1123LabelPrefix",
        is_no: "beginning of a DNS label",
        fits: |text| is_label(&without_dash(text)),
    },
    NamedFormat {
        name: "dns1123SubdomainPrefix",
        is_no: "beginning of a DNS subdomain",
        fits: |text| is_subdomain(&without_dash(text)),
    },
    NamedFormat {
        name: "dns1035LabelPrefix",
        is_no: "beginning of such a DNS label",
        fits: |text| is_old_label(&without_dash(text)),
    },
    NamedFormat {
        name: "labelValue",
        is_no: "value of a label",
        fits: |text| text.is_empty() || is_name(text),
    },
    NamedFormat { name: "uri", is_no: "URI", fits: |text| Uri::parse(text).is_some() },
    NamedFormat { name: "uuid", is_no: "UUID", fits: is_uuid },
    NamedFormat { name: "byte", is_no: "base64", fits: is_base64 },
    NamedFormat {
        name: "date",
        is_no: "date",
        fits: |text| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
    },
    NamedFormat {
        name: "datetime",
        is_no: "date and time",
        fits: |text| text.len() >= 20 && text.parse::<jiff::Timestamp>().is_ok(),
    },
];

/// `(?i)` in front of what is made to a name by something behind it: its last dash is no end.
fn without_dash(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => format!("{rest}a"),
        _ => text.to_owned(),
    }
}

fn is_inner(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
}

fn is_part(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_part(text)
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_part)
}

fn is_old_label(text: &str) -> bool {
    is_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_name(text: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_end = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 63
        && text.bytes().all(is_inner)
        && text.starts_with(is_end)
        && text.ends_with(is_end)
}

fn is_qualified(text: &str) -> bool {
    match text.split_once('/') {
        Some((before, name)) => is_subdomain(before) && is_name(name),
        None => is_name(text),
    }
}

fn is_uuid(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b'-').collect();
    let is_dashed = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let dashes = text.bytes().enumerate().filter(|(_, b)| *b == b'-').map(|(at, _)| at);
    let are_placed = text.len() == 32 || dashes.clone().all(is_dashed) && dashes.count() == 4;
    digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit) && are_placed
}

fn is_base64(text: &str) -> bool {
    let bare = text.trim_end_matches('=');
    let is_sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - bare.len() <= 2 && bare.bytes().all(is_sign)
}
