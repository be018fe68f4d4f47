//! The types that expressions know, as far as they are told apart before anything is evaluated.

use std::fmt;

/// A type; of lists, maps and optional values not what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Known only when it is evaluated: what comes from an object.
    Dyn,
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A whole number of 64 bits with a sign.
    Int,
    /// One without.
    Uint,
    /// A number of 64 bits with a point that floats.
    Double,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// A list.
    List,
    /// A map.
    Map,
    /// A span of time.
    Duration,
    /// A point in time.
    Timestamp,
    /// A type itself.
    Type,
    /// A value that may not be there.
    Optional,
    /// An amount of a resource.
    Quantity,
    /// A URL.
    Url,
    /// An address.
    Ip,
    /// A range of addresses.
    Cidr,
    /// A version.
    Semver,
    /// A form that text may have.
    Format,
}

impl Type {
    /// What `type(…)` of such a value is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dyn => "dyn",
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::List => "list",
            Self::Map => "map",
            Self::Duration => "google.protobuf.Duration",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Type => "type",
            Self::Optional => "optional_type",
            Self::Quantity => "kubernetes.Quantity",
            Self::Url => "kubernetes.URL",
            Self::Ip => "net.IP",
            Self::Cidr => "net.CIDR",
            Self::Semver => "kubernetes.Semver",
            Self::Format => "kubernetes.NamedFormat",
        }
    }

    /// The type that an expression calls so.
    pub fn called(name: &str) -> Option<Self> {
        const NAMED: [Type; 14] = [
            Type::Null,
            Type::Bool,
            Type::Int,
            Type::Uint,
            Type::Double,
            Type::String,
            Type::Bytes,
            Type::List,
            Type::Map,
            Type::Duration,
            Type::Timestamp,
            Type::Type,
            Type::Optional,
            Type::Ip,
        ];
        let others = [Self::Cidr, Self::Quantity, Self::Url, Self::Semver];
        NAMED.into_iter().chain(others).find(|known| known.name() == name)
    }

    /// Whether a value of one may be one of the other.
    pub fn may_be(self, other: Self) -> bool {
        self == other || self == Self::Dyn || other == Self::Dyn
    }

    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }

    /// What a value is of which it is known that it is of one or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Dyn }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
