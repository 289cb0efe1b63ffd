//! The inputs of the shipped configurations.

use std::io;
use std::path::Path;

use eset_filter_azure_loopback::free_port;

use crate::sender::{Framing, Sender};

/// An input of a shipper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// UDP, one message per datagram.
    Udp,
    /// TCP, a newline after each message.
    Tcp,
    /// TCP, the length before each message.
    Octet,
    /// TLS, a newline after each message.
    Tls,
    /// TLS, the length before each message. It has the same port as [`Input::Tls`].
    TlsOctet,
    /// TCP, for messages that rsyslog forwards.
    Rsyslog,
}

impl Input {
    /// All inputs and their names.
    pub const ALL: [(&str, Self); 6] = [
        ("udp", Self::Udp),
        ("tcp", Self::Tcp),
        ("octet", Self::Octet),
        ("tls", Self::Tls),
        ("tls_octet", Self::TlsOctet),
        ("rsyslog", Self::Rsyslog),
    ];

    /// Returns the name of the shipped file with this input.
    pub fn file(self) -> &'static str {
        match self {
            Self::Udp | Self::Tcp => "receive.yaml",
            Self::Octet => "receive-octet.yaml",
            Self::Tls => "receive-tls.yaml",
            Self::TlsOctet => "receive-tls-octet.yaml",
            Self::Rsyslog => "receive-rsyslog.yaml",
        }
    }

    /// Connects to the input as soon as something listens there. `authority` is the certificate to trust.
    ///
    /// # Errors
    ///
    /// Returns an error if the input cannot be reached.
    pub fn sender(self, ports: Ports, authority: &Path, rsyslog: Framing) -> Result<Sender, String> {
        let port = ports.of(self);
        match self {
            Self::Udp => Sender::udp("127.0.0.1", port),
            Self::Tcp => Sender::tcp(port, Framing::Newline),
            Self::Octet => Sender::tcp(port, Framing::OctetCounting),
            Self::Tls => Sender::tls(port, Framing::Newline, authority),
            Self::TlsOctet => Sender::tls(port, Framing::OctetCounting, authority),
            Self::Rsyslog => Sender::tcp(port, rsyslog),
        }
    }
}

/// The ports of a shipper on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// UDP.
    pub udp: u16,
    /// TCP with newlines.
    pub tcp: u16,
    /// TCP with octet counting.
    pub octet: u16,
    /// TLS.
    pub tls: u16,
    /// TCP for rsyslog.
    pub rsyslog: u16,
    /// HTTP for monitoring.
    pub http: u16,
}

impl Ports {
    /// Returns free ports.
    ///
    /// # Errors
    ///
    /// Returns an error if there are none.
    pub fn free() -> io::Result<Self> {
        Ok(Self {
            udp: free_port()?,
            tcp: free_port()?,
            octet: free_port()?,
            tls: free_port()?,
            rsyslog: free_port()?,
            http: free_port()?,
        })
    }

    /// Returns the port of an input.
    pub fn of(&self, input: Input) -> u16 {
        match input {
            Input::Udp => self.udp,
            Input::Tcp => self.tcp,
            Input::Octet => self.octet,
            Input::Tls | Input::TlsOctet => self.tls,
            Input::Rsyslog => self.rsyslog,
        }
    }
}
