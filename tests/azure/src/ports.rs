//! Ports for servers that come and go.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that systems give to clients (32768 and up on Linux, 49152 and up elsewhere). A client that tries a port
/// of that range while nobody listens there can get the same port as its own, and then it is connected to itself.
const SERVERS: std::ops::Range<u16> = 20_000..32_000;

/// How many ports were looked at, with a start of its own for each process.
static LOOKED_AT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(fastrand::u16(SERVERS)));

/// A port on 127.0.0.1 that nobody uses for TCP or UDP at the moment, and that was not given before.
///
/// # Errors
///
/// None was found.
pub fn free_port() -> io::Result<u16> {
    let is_free = |port: &u16| {
        let address = (Ipv4Addr::LOCALHOST, *port);
        TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
    };
    let next = || SERVERS.start + LOOKED_AT.fetch_add(1, Ordering::Relaxed) % (SERVERS.end - SERVERS.start);
    let mut candidates = std::iter::repeat_with(next).take(1000);
    candidates.find(is_free).ok_or_else(|| io::Error::other("no port is free on 127.0.0.1"))
}
