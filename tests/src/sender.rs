//! Sends bytes unchanged over each transport and in each framing.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long a receiver may take to start.
const LONGEST_START: Duration = Duration::from_secs(60);

/// How messages are delimited on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A newline after each message.
    Newline,
    /// The length before each message (RFC 6587, octet counting).
    OctetCounting,
}

/// A sender to a receiver on 127.0.0.1.
pub enum Sender {
    /// One datagram per message.
    Udp(UdpSocket),
    /// A connection, with or without TLS.
    Stream(Box<dyn Write>, Framing),
}

impl Sender {
    /// Sends datagrams to a port from 127.0.0.1 or another loopback address.
    pub fn udp(from: &str, port: u16) -> Result<Self, String> {
        let connect = || {
            let socket = UdpSocket::bind((from, 0))?;
            socket.connect(("127.0.0.1", port))?;
            Ok::<_, std::io::Error>(socket)
        };
        Ok(Self::Udp(connect().map_err(|error| error.to_string())?))
    }

    /// Connects to a port as soon as something listens there.
    pub fn tcp(port: u16, framing: Framing) -> Result<Self, String> {
        Ok(Self::Stream(Box::new(connect(port)?), framing))
    }

    /// Connects to a port over TLS, trusting the certificate in the file `authority`.
    pub fn tls(port: u16, framing: Framing, authority: &Path) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(authority).map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").map_err(|error| error.to_string())?;
        let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
        Ok(Self::Stream(Box::new(StreamOwned::new(connection, connect(port)?)), framing))
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// Returns an error if the receiver does not accept the message.
    pub fn send(&mut self, message: &[u8]) -> Result<(), String> {
        let sent = match self {
            Self::Udp(socket) => socket.send(message).map(drop),
            Self::Stream(stream, Framing::Newline) => stream.write_all(&[message, b"\n"].concat()),
            Self::Stream(stream, Framing::OctetCounting) => {
                stream.write_all(&[message.len().to_string().as_bytes(), b" ", message].concat())
            }
        };
        sent.map_err(|error| error.to_string())
    }

    /// Sends bytes on a connection without framing.
    ///
    /// # Errors
    ///
    /// Returns an error if the receiver does not accept the bytes, or if the sender is [`Sender::Udp`].
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<(), String> {
        match self {
            Self::Udp(_) => Err("datagrams have no framing".to_owned()),
            Self::Stream(stream, _) => stream.write_all(bytes).map_err(|error| error.to_string()),
        }
    }
}

fn connect(port: u16) -> Result<TcpStream, String> {
    let start = Instant::now();
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => return Ok(stream),
            Err(error) if start.elapsed() > LONGEST_START => return Err(format!("port {port}: {error}")),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}
