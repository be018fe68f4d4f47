//! The server that is registered, as the registration sees it.

use std::sync::Arc;

use crate::policy::Snapshot;

/// What the registration asks the server, and tells it.
pub trait Server: Send + Sync + 'static {
    /// The policies in force.
    fn policies(&self) -> Arc<Snapshot>;
    /// Whether requests are answered.
    fn is_ready(&self) -> bool;
    /// Whether who trusts these authorities takes the certificate that is served.
    fn is_trusted_by(&self, authorities: &[String]) -> bool;
    /// Whether Plimsoll's namespace is about to go, and the registration with it.
    fn is_ending(&self) -> bool;
    /// What is registered trusts this server, or nothing is.
    fn introduced(&self);
}
