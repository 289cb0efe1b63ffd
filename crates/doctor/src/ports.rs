//! Ports: whether they are free or in use by the service itself, and how much their sockets can buffer.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs, UdpSocket};

use crate::finding::Finding;
use crate::reason::Reason;
use crate::setup::{Listener, ReceiveBuffer, Transport};
use crate::sockets::{self, Process, Socket};

const CHECK: &str = "ports";

/// The minimum size of a receive buffer, in bytes. A smaller one has room for only a few of ESET's longest messages,
/// because the kernel's overhead for each counts as well.
const MIN_BUFFER: u64 = 1_000_000;

/// Checks the ports. `service` is the name of the service's processes.
pub(crate) fn check(listeners: &[Listener], service: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, listener) in listeners.iter().enumerate() {
        let before = &listeners[..at];
        let finding = match addresses(listener) {
            Err(error) => {
                let what = format!("{} is not an address of this machine: {}", listener.address, Reason(&error));
                Finding::error(CHECK, what, "Set listen to an address of this machine, or to 0.0.0.0 for all.")
            }
            Ok(addresses) => match before.iter().find(|other| is_same(listener.transport, &addresses, other)) {
                Some(other) => {
                    let what = format!("{listener} conflicts with {other} ({})", other.place);
                    Finding::error(CHECK, what, "Give one of the two another port.")
                }
                None => port(listener, &addresses, service),
            },
        };
        findings.push(finding.at(&listener.place));
        findings.extend(buffer(listener, &Limits::read()).map(|finding| finding.at(&listener.place)));
    }
    findings
}

fn addresses(listener: &Listener) -> io::Result<Vec<SocketAddr>> {
    let addresses: Vec<_> = (listener.address.as_str(), listener.port).to_socket_addrs()?.collect();
    if addresses.is_empty() { Err(ErrorKind::NotFound.into()) } else { Ok(addresses) }
}

fn is_same(transport: Transport, addresses: &[SocketAddr], other: &Listener) -> bool {
    let others = addresses_or_none(other);
    other.transport == transport
        && addresses.iter().any(|one| others.iter().any(|other| sockets::overlap(*one, *other)))
}

fn addresses_or_none(listener: &Listener) -> Vec<SocketAddr> {
    addresses(listener).unwrap_or_default()
}

/// Opens the port for a moment, and reports why if that fails.
fn port(listener: &Listener, addresses: &[SocketAddr], service: &str) -> Finding {
    let bound = match listener.transport {
        Transport::Udp => UdpSocket::bind(addresses).map(drop),
        Transport::Tcp => TcpListener::bind(addresses).map(drop),
    };
    match bound {
        Ok(()) => Finding::ok(CHECK, format!("{listener} is free")),
        Err(error) => {
            let taken = addresses.iter().find_map(|address| sockets::find(listener.transport, *address));
            refused(listener, &error, taken.as_ref(), service)
        }
    }
}

/// Explains why the port cannot be opened. `socket` is the socket that already uses it.
fn refused(listener: &Listener, error: &io::Error, socket: Option<&Socket>, service: &str) -> Finding {
    match (error.kind(), socket) {
        // If this user is not allowed to open the port, the error is PermissionDenied even if the port is in use.
        (ErrorKind::AddrInUse | ErrorKind::PermissionDenied, Some(socket)) => taken(listener, socket, service),
        (ErrorKind::AddrInUse, None) => {
            let what = format!("{listener} is in use by a process that this user cannot see");
            Finding::warning(CHECK, what, "Run this as root to see which process it is.")
        }
        (ErrorKind::PermissionDenied, None) => {
            let what = format!("this user is not allowed to listen on {listener}");
            let advice = "Ports below 1024 require CAP_NET_BIND_SERVICE. Run the service as root, set \
                          AmbientCapabilities=CAP_NET_BIND_SERVICE in its unit, or choose a higher port.";
            Finding::warning(CHECK, what, advice)
        }
        (ErrorKind::AddrNotAvailable, _) => {
            let what = format!("{} is not an address of this machine", listener.address);
            Finding::error(CHECK, what, "Set listen to an address of this machine, or to 0.0.0.0 for all.")
        }
        _ => {
            let what = format!("cannot listen on {listener}: {}", Reason(error));
            Finding::error(CHECK, what, "Correct listen or port.")
        }
    }
}

fn taken(listener: &Listener, socket: &Socket, service: &str) -> Finding {
    match socket.owner() {
        Some(owner) if owner.name.starts_with(service) => own(listener, socket, &owner),
        Some(owner) => {
            let what = format!("{listener} is in use by {} (process {}, user {})", owner.name, owner.pid, socket.user);
            Finding::error(CHECK, what, "Stop that program, or give one of the two another port.")
        }
        None => {
            let what = format!("{listener} is in use by a process of user {}", socket.user);
            Finding::warning(CHECK, what, "Run this as root to see whether it is the service.")
        }
    }
}

/// Returns the finding for a port that the service itself uses.
fn own(listener: &Listener, socket: &Socket, owner: &Process) -> Finding {
    let what = format!("{} (process {}) listens on {listener} as user {}", owner.name, owner.pid, socket.user);
    if socket.dropped == 0 {
        return Finding::ok(CHECK, what);
    }
    let what = format!("{what}, and the kernel has dropped {} datagrams", socket.dropped);
    let advice =
        "They arrived faster than Fluent Bit read them. Raise receive_buffer_size and net.core.rmem_max, or use TCP.";
    Finding::warning(CHECK, what, advice)
}

/// The kernel's default and maximum sizes of a receive buffer, in bytes.
#[derive(Clone, Copy, Debug)]
struct Limits {
    default: Option<u64>,
    max: Option<u64>,
}

impl Limits {
    fn read() -> Self {
        let read = |name: &str| fs::read_to_string(format!("/proc/sys/net/core/{name}")).ok()?.trim().parse().ok();
        Self { default: read("rmem_default"), max: read("rmem_max") }
    }
}

/// Checks the receive buffer. It keeps the datagrams that arrive faster than the shipper reads them; the rest is lost.
fn buffer(listener: &Listener, limits: &Limits) -> Option<Finding> {
    match (listener.receive_buffer?, limits.max, limits.default) {
        (ReceiveBuffer::Bytes(wanted), Some(max), _) if wanted > max => {
            let what = format!("{listener} requests a buffer of {wanted} bytes, but the kernel allows only {max}");
            let advice = format!(
                "Run sysctl -w net.core.rmem_max={wanted}, add the setting to a file in /etc/sysctl.d, and restart the \
                 service."
            );
            Some(Finding::warning(CHECK, what, advice))
        }
        (ReceiveBuffer::Default, _, Some(default)) if default < MIN_BUFFER => {
            let what = format!("{listener} has the kernel's default buffer of {default} bytes");
            let advice = "Messages are lost if a burst does not fit. Set receive_buffer_size: 8M, and \
                          net.core.rmem_max to the same size.";
            Some(Finding::warning(CHECK, what, advice))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::rc::Rc;

    use super::*;
    use crate::finding::{Level, Place};

    fn listener(transport: Transport, address: &str, port: u16) -> Listener {
        let place = Place { file: Rc::from(Path::new("x.yaml")), line: 1 };
        Listener { place, transport, address: address.to_owned(), port, receive_buffer: None, tls: None }
    }

    #[test]
    fn a_port_is_free_or_in_use() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let findings = check(&[listener(Transport::Tcp, "127.0.0.1", port)], "fluent-bit");
        assert_eq!(findings[0].level, Level::Error, "{findings:?}");
        assert!(findings[0].what.contains(" is in use by "), "{findings:?}");
        drop(socket);
        let findings = check(&[listener(Transport::Tcp, "127.0.0.1", port)], "fluent-bit");
        assert_eq!(findings[0].level, Level::Ok, "{findings:?}");
    }

    #[test]
    fn two_inputs_cannot_have_the_same_port() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (first, second) = (listener(Transport::Tcp, "127.0.0.1", free), listener(Transport::Tcp, "0.0.0.0", free));
        let findings = check(&[first, second], "fluent-bit");
        assert_eq!(findings[1].level, Level::Error);
        assert!(findings[1].what.contains("conflicts with TCP 127.0.0.1:"), "{findings:?}");
    }

    #[test]
    fn addresses_must_belong_to_this_machine() {
        // TEST-NET-1 of RFC 5737.
        let findings = check(&[listener(Transport::Tcp, "192.0.2.1", 40_000)], "fluent-bit");
        assert_eq!(
            (findings[0].level, findings[0].what.as_str()),
            (Level::Error, "192.0.2.1 is not an address of this machine")
        );
    }

    /// Root can open any port, so the error is constructed.
    #[test]
    fn a_port_that_this_user_is_not_allowed_to_open_is_a_warning() {
        let finding =
            refused(&listener(Transport::Udp, "0.0.0.0", 514), &ErrorKind::PermissionDenied.into(), None, "x");
        assert_eq!(
            (finding.level, finding.what.as_str()),
            (Level::Warning, "this user is not allowed to listen on UDP 0.0.0.0:514")
        );
    }

    #[test]
    fn dropped_datagrams_are_reported() {
        let owner = Process { pid: 7, name: "fluent-bit".to_owned() };
        let finding = |dropped| own(&listener(Transport::Udp, "0.0.0.0", 514), &Socket::for_tests(dropped), &owner);
        assert_eq!(finding(0).level, Level::Ok);
        assert_eq!(finding(9).level, Level::Warning);
        assert!(finding(9).what.ends_with("and the kernel has dropped 9 datagrams"));
    }

    #[test]
    fn buffers_are_compared_with_the_kernels_limits() {
        let udp = |receive_buffer| Listener {
            receive_buffer: Some(receive_buffer),
            ..listener(Transport::Udp, "127.0.0.1", 514)
        };
        let limits = Limits { default: Some(212_992), max: Some(4_000_000) };
        assert!(
            buffer(&udp(ReceiveBuffer::Bytes(8_000_000)), &limits)
                .is_some_and(|finding| finding.what.contains("allows only 4000000"))
        );
        assert!(buffer(&udp(ReceiveBuffer::Bytes(4_000_000)), &limits).is_none());
        assert!(
            buffer(&udp(ReceiveBuffer::Default), &limits)
                .is_some_and(|finding| finding.what.contains("default buffer of 212992"))
        );
        assert!(buffer(&udp(ReceiveBuffer::Default), &Limits { default: None, max: None }).is_none());
    }
}
