//! Writes messages to stdout, or sends them to a syslog receiver over UDP, TCP or TLS.

use std::fmt;
use std::io::{self, BufWriter, ErrorKind, Read, StdoutLock, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use super::tls::{self, TlsStream, Trust};
use crate::error::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait at the end for the receiver to close its side of the connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The size of a stream's write buffer, in bytes.
const BUFFER: usize = 64 * 1024;

/// How messages are delimited in a stream (RFC 6587).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Framing {
    /// A line feed after each message
    #[default]
    Newline,
    /// The length in bytes and a space before each message
    Octet,
}

/// A receiver, as in `tls://siem.example:6514`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    protocol: Protocol,
    host: String,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Udp,
    Tcp,
    Tls,
}

impl Target {
    pub(super) fn is_tls(&self) -> bool {
        self.protocol == Protocol::Tls
    }

    pub(super) fn is_udp(&self) -> bool {
        self.protocol == Protocol::Udp
    }

    fn addresses(&self) -> Result<Vec<SocketAddr>, Error> {
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        found
            .map(Iterator::collect)
            .map_err(|error| explain(&error, format_args!("cannot resolve {}; check the receiver's name", self.host)))
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, with a port from 1 to 65535".to_owned();
        let (protocol, address) = text.split_once("://").ok_or_else(wrong)?;
        let protocol = match protocol {
            "udp" => Protocol::Udp,
            "tcp" => Protocol::Tcp,
            "tls" => Protocol::Tls,
            _ => return Err(wrong()),
        };
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        let host = match host.strip_prefix('[') {
            Some(host) => host.strip_suffix(']').ok_or_else(wrong)?,
            None if host.contains(':') => return Err("write an IPv6 address in brackets: [::1]:514".to_owned()),
            None => host,
        };
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?;
        if host.is_empty() { Err(wrong()) } else { Ok(Self { protocol, host: host.to_owned(), port }) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Udp => "udp",
            Protocol::Tcp => "tcp",
            Protocol::Tls => "tls",
        };
        if self.host.contains(':') {
            write!(f, "{protocol}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{protocol}://{}:{}", self.host, self.port)
        }
    }
}

/// An open output.
pub(super) enum Output {
    /// One message per datagram, without framing (RFC 5426).
    Datagrams(UdpSocket),
    /// Consecutive messages in a stream.
    Stream(BufWriter<Stream>, Framing),
}

impl Output {
    pub(super) fn stdout(framing: Framing) -> Self {
        Self::Stream(BufWriter::with_capacity(BUFFER, Stream::Stdout(io::stdout().lock())), framing)
    }

    /// Connects to the receiver. `trust` applies to TLS only.
    ///
    /// # Errors
    ///
    /// The host cannot be resolved, nothing listens on the port, the TLS handshake fails, or the authority's file
    /// cannot be used.
    pub(super) fn connect(target: &Target, framing: Framing, trust: Trust<'_>) -> Result<Self, Error> {
        let stream = match target.protocol {
            Protocol::Udp => return Ok(Self::Datagrams(connect_udp(target)?)),
            Protocol::Tcp => Stream::Tcp(connect_tcp(target)?),
            Protocol::Tls => {
                let config = tls::config(trust)?;
                Stream::Tls(Box::new(connect_tls(target, config)?))
            }
        };
        Ok(Self::Stream(BufWriter::with_capacity(BUFFER, stream), framing))
    }

    /// Sends a message. In a stream, the message may stay in the buffer until [`flush`](Self::flush).
    pub(super) fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Self::Datagrams(socket) => socket.send(message).map(drop),
            Self::Stream(stream, framing) => write_framed(stream, *framing, message),
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Datagrams(_) => Ok(()),
            Self::Stream(stream, _) => stream.flush(),
        }
    }

    /// Sends the rest of the buffer and closes the connection so that the receiver gets everything.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        match self {
            Self::Datagrams(_) => Ok(()),
            Self::Stream(stream, _) => stream.into_inner()?.close(),
        }
    }
}

/// The destination of a stream.
pub(super) enum Stream {
    Stdout(StdoutLock<'static>),
    Tcp(TcpStream),
    Tls(Box<TlsStream>),
}

impl Stream {
    fn close(self) -> io::Result<()> {
        match self {
            Self::Stdout(mut stdout) => stdout.flush(),
            Self::Tcp(socket) => close_socket(&socket),
            Self::Tls(mut stream) => {
                stream.conn.send_close_notify();
                stream.flush()?;
                close_socket(&stream.sock)
            }
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Tcp(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Tcp(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

fn connect_udp(target: &Target) -> Result<UdpSocket, Error> {
    let addresses = target.addresses()?;
    // "localhost" often resolves to ::1 first, and UDP does not report that the receiver listens on 127.0.0.1 only.
    let address = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    let address = address.ok_or(io::Error::from(ErrorKind::NotFound))?;
    let socket = if address.is_ipv4() {
        UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?
    } else {
        UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?
    };
    socket.connect(address)?;
    Ok(socket)
}

fn connect_tcp(target: &Target) -> Result<TcpStream, Error> {
    let mut result = Err(io::Error::from(ErrorKind::NotFound));
    for address in target.addresses()? {
        result = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT);
        if result.is_ok() {
            break;
        }
    }
    let socket = result.map_err(|error| {
        explain(&error, format_args!("cannot connect to {target}; check that the receiver is running"))
    })?;
    // Flushed data is sent at once; the buffer already makes writes large.
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn connect_tls(target: &Target, config: Arc<ClientConfig>) -> Result<TlsStream, Error> {
    let socket = connect_tcp(target)?;
    socket.set_read_timeout(Some(CONNECT_TIMEOUT))?;
    tls::connect(socket, &target.host, config).map_err(|error| {
        let check = "check that the receiver uses TLS on this port, and that its certificate is valid for this host and \
                     issued by the authority in --ca";
        explain(&error, format_args!("the TLS handshake with {target} failed; {check}"))
    })
}

/// Shuts down the sending side and waits for the receiver to do the same. If received data such as TLS 1.3 session
/// tickets is unread, closing at once would reset the connection, and a reset discards everything that the receiver has
/// not read yet.
fn close_socket(mut socket: &TcpStream) -> io::Result<()> {
    socket.shutdown(Shutdown::Write)?;
    socket.set_read_timeout(Some(CLOSE_TIMEOUT))?;
    let mut unread = [0; 1024];
    // Everything has been sent, so it does not matter how, or whether, the receiver closes the connection.
    while socket.read(&mut unread).is_ok_and(|length| length > 0) {}
    Ok(())
}

fn write_framed(out: &mut impl Write, framing: Framing, message: &[u8]) -> io::Result<()> {
    match framing {
        Framing::Newline => {
            out.write_all(message)?;
            out.write_all(b"\n")
        }
        Framing::Octet => {
            write!(out, "{} ", message.len())?;
            out.write_all(message)
        }
    }
}

/// Returns an error that explains what failed, with the system's error in parentheses.
pub(super) fn explain(error: &io::Error, what: impl fmt::Display) -> Error {
    Error::Failure(format!("{what} ({error})"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn targets_are_parsed_and_displayed() {
        for text in ["udp://127.0.0.1:514", "tcp://siem.example:601", "tls://[::1]:6514"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "localhost:514",
            "http://a:1",
            "udp://a",
            "udp://:514",
            "tcp://a:0",
            "tcp://a:70000",
            "tcp://::1:514",
            "tcp://[::1:514",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }

    #[test]
    fn octet_counts_are_bytes() {
        let mut out = Vec::new();
        write_framed(&mut out, Framing::Octet, "<14>č".as_bytes()).unwrap();
        write_framed(&mut out, Framing::Octet, b"x").unwrap();
        assert_eq!(out, "6 <14>č1 x".as_bytes());
        out.clear();
        write_framed(&mut out, Framing::Newline, b"x").unwrap();
        assert_eq!(out, b"x\n");
    }

    #[test]
    fn a_stream_arrives_complete() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = format!("tcp://{}", listener.local_addr().unwrap()).parse().unwrap();
        let receiver = thread::spawn(move || {
            let mut received = String::new();
            listener.accept().unwrap().0.read_to_string(&mut received).unwrap();
            received
        });
        let mut output = Output::connect(&target, Framing::Newline, Trust::Anyone).unwrap();
        (0..1000).for_each(|n| output.send(n.to_string().as_bytes()).unwrap());
        output.finish().unwrap();
        assert!(receiver.join().unwrap().lines().map(|line| line.parse::<u32>().unwrap()).eq(0..1000));
    }

    #[test]
    fn a_datagram_is_the_message() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let target = format!("udp://{}", receiver.local_addr().unwrap()).parse().unwrap();
        let mut output = Output::connect(&target, Framing::Newline, Trust::Anyone).unwrap();
        output.send(b"<14>x").unwrap();
        output.finish().unwrap();
        let mut datagram = [0; 16];
        let length = receiver.recv(&mut datagram).unwrap();
        assert_eq!(&datagram[..length], b"<14>x");
    }
}
