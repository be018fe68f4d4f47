//! A socket to listen on.

use std::net::{SocketAddr, TcpListener};

use super::error::ServeError;

/// Listens there, in a way that does not block.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bound = tokio::net::TcpListener::bind(address).await;
    bound
        .and_then(tokio::net::TcpListener::into_std)
        .map_err(|source| ServeError::Listen { address, source })
}
