//! Ports for short-lived servers.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports below the range that systems assign to clients (32768 and up on Linux, 49152 and up elsewhere). A client that
/// connects to a port in that range while nothing listens there can be assigned the same port, and is then connected to
/// itself.
const SERVERS: std::ops::Range<u16> = 20_000..32_000;

/// The next port to try, which starts at a random offset in each process.
static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(fastrand::u16(SERVERS)));

/// Returns a port on 127.0.0.1 that is currently unused for TCP and UDP and was not returned before.
///
/// # Errors
///
/// No unused port was found.
pub fn free_port() -> io::Result<u16> {
    let is_free = |port: &u16| {
        let address = (Ipv4Addr::LOCALHOST, *port);
        TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
    };
    let next = || SERVERS.start + NEXT.fetch_add(1, Ordering::Relaxed) % (SERVERS.end - SERVERS.start);
    let mut candidates = std::iter::repeat_with(next).take(1000);
    candidates.find(is_free).ok_or_else(|| io::Error::other("no port is free on 127.0.0.1"))
}
