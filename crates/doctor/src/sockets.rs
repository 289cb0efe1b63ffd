//! Which process uses which port, as Linux shows it in `/proc`.
//!
//! Source: proc(5), `/proc/net/tcp` and `/proc/net/udp`.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::setup::Transport;

/// A receiving socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Socket {
    pub(crate) local: SocketAddr,
    /// The ID of the user who opened the socket.
    pub(crate) user: u32,
    inode: u64,
    /// The number of datagrams that did not fit into the receive buffer.
    pub(crate) dropped: u64,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) name: String,
}

/// Returns the socket that is bound to this address, or to this port on a wildcard address.
pub(crate) fn find(transport: Transport, address: SocketAddr) -> Option<Socket> {
    let tables = match transport {
        Transport::Udp => ["/proc/net/udp", "/proc/net/udp6"],
        Transport::Tcp => ["/proc/net/tcp", "/proc/net/tcp6"],
    };
    let texts = tables.into_iter().filter_map(|table| fs::read_to_string(table).ok());
    let sockets: Vec<_> = texts.flat_map(|text| parse(&text, transport)).collect();
    sockets.into_iter().find(|socket| overlap(socket.local, address))
}

/// Returns whether sockets with these addresses conflict.
pub(crate) fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let is_same = one.ip().to_canonical() == other.ip().to_canonical();
    let is_any = |address: SocketAddr, other: SocketAddr| {
        address.ip().is_unspecified() && (address.is_ipv6() || other.ip().to_canonical().is_ipv4())
    };
    one.port() == other.port() && (is_same || is_any(one, other) || is_any(other, one))
}

impl Socket {
    #[cfg(test)]
    pub(crate) fn for_tests(dropped: u64) -> Self {
        Self { local: SocketAddr::from((Ipv4Addr::LOCALHOST, 514)), user: 0, inode: 0, dropped }
    }

    /// Returns the process that has the socket. `None` if this user is not allowed to see it.
    pub(crate) fn owner(&self) -> Option<Process> {
        let target = format!("socket:[{}]", self.inode);
        let has_it = |pid: &u32| {
            let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
            files.filter_map(|file| fs::read_link(file.path()).ok()).any(|link| link.as_os_str() == target.as_str())
        };
        let pids = fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let pid = pids.into_iter().find(has_it)?;
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        Some(Process { pid, name: name.trim().to_owned() })
    }
}

/// Returns the listening TCP sockets or the bound UDP sockets in a table.
fn parse(table: &str, transport: Transport) -> Vec<Socket> {
    let (state, drops) = match transport {
        Transport::Udp => ("07", Some(12)),
        Transport::Tcp => ("0A", None),
    };
    let socket = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        (fields.get(3) == Some(&state)).then_some(())?;
        Some(Socket {
            local: address(fields.get(1)?)?,
            user: fields.get(7)?.parse().ok()?,
            inode: fields.get(9)?.parse().ok()?,
            dropped: drops.and_then(|at| fields.get(at)?.parse().ok()).unwrap_or_default(),
        })
    };
    table.lines().skip(1).filter_map(socket).collect()
}

/// Parses an address and port such as `0100007F:1F90`. The address consists of four-byte words in native byte order.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let words: Option<Vec<_>> = (0..address.len() / 8).map(|at| address.get(at * 8..at * 8 + 8)).collect();
    let words: Result<Vec<_>, _> = words?.into_iter().map(|word| u32::from_str_radix(word, 16)).collect();
    let bytes: Vec<u8> = words.ok()?.into_iter().flat_map(u32::to_ne_bytes).collect();
    let ip = match (<[u8; 4]>::try_from(bytes.as_slice()), <[u8; 16]>::try_from(bytes.as_slice())) {
        (Ok(bytes), _) => IpAddr::V4(Ipv4Addr::from(bytes)),
        (_, Ok(bytes)) => IpAddr::V6(Ipv6Addr::from(bytes)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn tables_are_read() {
        let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0\n   1: 0100007F:1F91 0100007F:0016 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1\n";
        let local = "127.0.0.1:8080".parse().unwrap();
        assert_eq!(parse(tcp, Transport::Tcp), [Socket { local, user: 1000, inode: 4242, dropped: 0 }]);
        let udp6 = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n  10: 00000000000000000000000001000000:0202 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 7 2 0000000000000000 35\n";
        let local = "[::1]:514".parse().unwrap();
        assert_eq!(parse(udp6, Transport::Udp), [Socket { local, user: 0, inode: 7, dropped: 35 }]);
        assert_eq!(parse("header\nnonsense\n 1: zz:zz x 0A\n", Transport::Tcp), []);
    }

    #[test]
    fn addresses_overlap() {
        for (one, other, expected) in [
            ("0.0.0.0:514", "127.0.0.1:514", true),
            ("127.0.0.1:514", "127.0.0.2:514", false),
            ("127.0.0.1:514", "127.0.0.1:515", false),
            ("[::]:514", "127.0.0.1:514", true),
            ("0.0.0.0:514", "[::1]:514", false),
            ("[::ffff:127.0.0.1]:514", "127.0.0.1:514", true),
        ] {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!((overlap(one, other), overlap(other, one)), (expected, expected), "{one} {other}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_of_this_process_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = find(Transport::Tcp, listener.local_addr().unwrap()).unwrap();
        assert_eq!(socket.owner().map(|process| process.pid), Some(std::process::id()));
    }
}
