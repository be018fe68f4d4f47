//! Addresses and ranges of them (`k8s.io/apiserver/pkg/cel/library/ip.go` and `cidr.go`).

use std::net::IpAddr;

use super::cidr::{Cidr, address};
use super::function::{Call, Function, Overload};
use super::meter::{Failure, Meter};
use super::operators::text;
use super::types::Type::{self, Bool, Int, Ip, String as Text};
use super::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global(
        "ip",
        &[Overload::new(&[Text], Ip, |of, _| {
            let found = address(written(of, "ip")?);
            found.map(Value::Ip).ok_or(Failure::Malformed("an address"))
        })],
    ),
    Function::global(
        "isIP",
        &[Overload::new(&[Text], Bool, |of, _| {
            Ok(Value::Bool(address(written(of, "isIP")?).is_some()))
        })],
    ),
    Function::global(
        "ip.isCanonical",
        &[Overload::new(&[Text], Bool, |of, _| {
            let text = written(of, "ip.isCanonical")?;
            let found = address(text).ok_or(Failure::Malformed("an address"))?;
            Ok(Value::Bool(found.to_string() == text))
        })],
    ),
    Function::method(
        "family",
        &[Overload::new(&[Ip], Int, |of, _| {
            Ok(Value::Int(if own(of)?.is_ipv4() { 4 } else { 6 }))
        })],
    ),
    Function::method("isUnspecified", &is(|of, _| Ok(Value::Bool(own(of)?.is_unspecified())))),
    Function::method("isLoopback", &is(|of, _| Ok(Value::Bool(own(of)?.is_loopback())))),
    Function::method(
        "isLinkLocalMulticast",
        &is(|of, _| Ok(Value::Bool(is_near_multicast(own(of)?)))),
    ),
    Function::method("isLinkLocalUnicast", &is(|of, _| Ok(Value::Bool(is_near(own(of)?))))),
    Function::method("isGlobalUnicast", &is(|of, _| Ok(Value::Bool(is_global(own(of)?))))),
    Function::global(
        "cidr",
        &[Overload::new(&[Text], Type::Cidr, |of, _| {
            let found = Cidr::parse(written(of, "cidr")?);
            found.map(Value::Cidr).ok_or(Failure::Malformed("a range of addresses"))
        })],
    ),
    Function::global(
        "isCIDR",
        &[Overload::new(&[Text], Bool, |of, _| {
            Ok(Value::Bool(Cidr::parse(written(of, "isCIDR")?).is_some()))
        })],
    ),
    Function::method(
        "containsIP",
        &[
            Overload::new(&[Type::Cidr, Ip], Bool, contains_address),
            Overload::new(&[Type::Cidr, Text], Bool, contains_address),
        ],
    ),
    Function::method(
        "containsCIDR",
        &[
            Overload::new(&[Type::Cidr, Type::Cidr], Bool, contains_range),
            Overload::new(&[Type::Cidr, Text], Bool, contains_range),
        ],
    ),
    Function::method(
        "ip",
        &[Overload::new(&[Type::Cidr], Ip, |of, _| Ok(Value::Ip(range(of)?.address)))],
    ),
    Function::method(
        "prefixLength",
        &[Overload::new(&[Type::Cidr], Int, |of, _| Ok(Value::Int(range(of)?.bits.into())))],
    ),
    Function::method(
        "masked",
        &[Overload::new(&[Type::Cidr], Type::Cidr, |of, _| Ok(Value::Cidr(range(of)?.masked())))],
    ),
];

const fn is(call: Call) -> [Overload; 1] {
    [Overload::new(&[Ip], Bool, call)]
}

fn written<'v>(of: &'v [Value<'_>], user: &'static str) -> Result<&'v str, Failure> {
    text(of.first().ok_or(Failure::NoSuchOverload(user))?, user)
}

fn own(of: &[Value<'_>]) -> Result<IpAddr, Failure> {
    match of {
        [Value::Ip(address)] => Ok(*address),
        _ => Err(Failure::NoSuchOverload("ip")),
    }
}

fn range(of: &[Value<'_>]) -> Result<Cidr, Failure> {
    match of {
        [Value::Cidr(range), ..] => Ok(*range),
        _ => Err(Failure::NoSuchOverload("cidr")),
    }
}

fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn is_near_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(address) => address.segments().first().is_some_and(|s| s & 0xff0f == 0xff02),
    }
}

/// As Go's `netip.Addr.IsGlobalUnicast`.
fn is_global(address: IpAddr) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !(is_broadcast
        || address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || is_near(address))
}

fn contains_address<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    let wanted = match of.get(1) {
        Some(Value::Ip(address)) => *address,
        Some(Value::String(text)) => address(text).ok_or(Failure::Malformed("an address"))?,
        _ => return Err(Failure::NoSuchOverload("containsIP")),
    };
    Ok(Value::Bool(range(of)?.contains(wanted)))
}

fn contains_range<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    let wanted = match of.get(1) {
        Some(Value::Cidr(range)) => *range,
        Some(Value::String(text)) => {
            Cidr::parse(text).ok_or(Failure::Malformed("a range of addresses"))?
        }
        _ => return Err(Failure::NoSuchOverload("containsCIDR")),
    };
    let range = range(of)?;
    Ok(Value::Bool(range.contains(wanted.address) && range.bits <= wanted.bits))
}
