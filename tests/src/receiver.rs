//! Where a shipper listens with the shipped configurations, and how.

use std::io;
use std::path::Path;

use eset_filter_azure_loopback::free_port;

use crate::sender::{Framing, Sender};

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// UDP, a message a datagram.
    Udp,
    /// TCP, a newline after each message.
    Tcp,
    /// TCP, the length in front of each message.
    Octet,
    /// TLS, a newline after each message.
    Tls,
    /// TLS, the length in front of each message. It has the port of the other.
    TlsOctet,
    /// What rsyslog forwards.
    Rsyslog,
}

impl Input {
    /// All of them, with their names.
    pub const ALL: [(&str, Self); 6] = [
        ("udp", Self::Udp),
        ("tcp", Self::Tcp),
        ("octet", Self::Octet),
        ("tls", Self::Tls),
        ("tls_octet", Self::TlsOctet),
        ("rsyslog", Self::Rsyslog),
    ];

    /// The shipped file that has it.
    pub fn file(self) -> &'static str {
        match self {
            Self::Udp | Self::Tcp => "receive.yaml",
            Self::Octet => "receive-octet.yaml",
            Self::Tls => "receive-tls.yaml",
            Self::TlsOctet => "receive-tls-octet.yaml",
            Self::Rsyslog => "receive-rsyslog.yaml",
        }
    }

    /// Connects to it as soon as somebody listens there. `authority` is the certificate to trust.
    ///
    /// # Errors
    ///
    /// It cannot be reached.
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

/// The ports on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// Of UDP.
    pub udp: u16,
    /// Of TCP with newlines.
    pub tcp: u16,
    /// Of TCP with octet counting.
    pub octet: u16,
    /// Of TLS.
    pub tls: u16,
    /// Of what rsyslog forwards.
    pub rsyslog: u16,
    /// For those who look after the shipper.
    pub http: u16,
}

impl Ports {
    /// Ports that are free.
    ///
    /// # Errors
    ///
    /// There are none.
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

    /// The port of an input.
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
