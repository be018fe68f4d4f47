//! Ranges of addresses.

use std::fmt;
use std::net::IpAddr;

/// A range of addresses: one of them, and how many bits all of them share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    pub(super) address: IpAddr,
    pub(super) bits: u8,
}

/// An address as Kubernetes takes it: without a zone, and none of IPv4 written as one of IPv6.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    match text.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => None,
        Ok(address) => Some(address),
        Err(_) => None,
    }
}

impl Cidr {
    /// Reads one; none where the text is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let is_number = bits.bytes().all(|b| b.is_ascii_digit()) && !bits.is_empty();
        let is_plain = is_number && (bits == "0" || !bits.starts_with('0'));
        let address = self::address(address)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        match bits.parse() {
            Ok(bits) if is_plain && bits <= most => Some(Self { address, bits }),
            _ => None,
        }
    }

    /// The same with nothing behind the bits that all share.
    pub(super) fn masked(self) -> Self {
        let bits = u32::from(self.bits);
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                IpAddr::V4((u32::from(address) & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                IpAddr::V6((u128::from(address) & mask).into())
            }
        };
        Self { address, ..self }
    }

    /// Whether an address is in it.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        let is_alike = self.address.is_ipv4() == address.is_ipv4();
        is_alike && Self { address, ..self }.masked() == self.masked()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}
