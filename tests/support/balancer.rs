//! One address in front of several servers, as a Service is: each connection goes to the next server
//! that takes one.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a server may take to accept.
const CONNECT: Duration = Duration::from_secs(1);

/// The address, for as long as the test runs.
#[derive(Clone)]
pub struct Balancer {
    /// Where it listens.
    pub address: SocketAddr,
    servers: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Balancer {
    /// Listens, with no server behind it.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let balancer = Self { address: listener.local_addr()?, servers: Arc::default() };
        let servers = Arc::clone(&balancer.servers);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let servers = Arc::clone(&servers);
                std::thread::spawn(move || {
                    if let Some(server) = next(&servers) {
                        join(stream, server);
                    }
                });
            }
        });
        Ok(balancer)
    }

    /// From now on these servers are behind it; connections that are there stay.
    pub fn put(&self, servers: &[SocketAddr]) {
        *self.servers.lock().unwrap() = servers.to_vec();
    }
}

fn next(servers: &Mutex<Vec<SocketAddr>>) -> Option<TcpStream> {
    let mut servers = servers.lock().unwrap();
    let count = servers.len();
    for _ in 0..count {
        servers.rotate_left(1);
        if let Ok(stream) = TcpStream::connect_timeout(&servers[0], CONNECT) {
            return Some(stream);
        }
    }
    None
}

fn join(client: TcpStream, server: TcpStream) {
    let (Ok(to_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else { return };
    let back = std::thread::spawn(move || pass(server, to_client));
    pass(client, to_server);
    let _ = back.join();
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
