//! Where the messages go: stdout, or a syslog receiver over UDP, TCP or TLS.

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

/// How long to wait at the end for the receiver to close its side too.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What is written at once to a stream.
const BUFFER: usize = 64 * 1024;

/// How messages are told apart in a stream (RFC 6587).
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
            .map_err(|error| explain(&error, format_args!("cannot find {}; check the receiver's name", self.host)))
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT".to_owned();
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

/// An open way out.
pub(super) enum Output {
    /// One message a datagram, no framing (RFC 5426).
    Datagrams(UdpSocket),
    /// Messages one after the other.
    Stream(BufWriter<Stream>, Framing),
}

impl Output {
    pub(super) fn stdout(framing: Framing) -> Self {
        Self::Stream(BufWriter::with_capacity(BUFFER, Stream::Stdout(io::stdout().lock())), framing)
    }

    /// Connects to the receiver. `trust` matters to TLS only.
    ///
    /// # Errors
    ///
    /// The host is unknown, nobody listens there, TLS is not agreed on, or the file to trust is not usable.
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

    /// Sends a message; in a stream it may wait in the buffer for [`flush`](Self::flush).
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

    /// Sends what is still in the buffer and closes, so that the receiver gets everything.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        match self {
            Self::Datagrams(_) => Ok(()),
            Self::Stream(stream, _) => stream.into_inner()?.close(),
        }
    }
}

/// Where a stream goes.
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
    // "localhost" is often ::1 first, and UDP does not tell that the receiver listens on 127.0.0.1 only.
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
    // What is flushed goes out at once; the buffer in front already makes large writes.
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn connect_tls(target: &Target, config: Arc<ClientConfig>) -> Result<TlsStream, Error> {
    let socket = connect_tcp(target)?;
    socket.set_read_timeout(Some(CONNECT_TIMEOUT))?;
    tls::connect(socket, &target.host, config).map_err(|error| {
        let check = "check that the receiver speaks TLS there, and that its certificate is for this host and issued by \
                     the authority in --ca";
        explain(&error, format_args!("cannot agree on TLS with {target}; {check}"))
    })
}

/// Says that nothing more comes, and waits for the receiver to say the same. To close at once would reset the connection
/// if anything has come that nobody read, such as the session tickets of TLS 1.3, and a reset throws away what the
/// receiver has not read yet.
fn close_socket(mut socket: &TcpStream) -> io::Result<()> {
    socket.shutdown(Shutdown::Write)?;
    socket.set_read_timeout(Some(CLOSE_TIMEOUT))?;
    let mut unread = [0; 1024];
    // Everything has been sent: how the receiver ends the connection, or that it does not, is no failure.
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

/// The error with what it means for the user in front.
pub(super) fn explain(error: &io::Error, what: impl fmt::Display) -> Error {
    Error::Failure(format!("{what} ({error})"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn targets_are_read_and_written() {
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
    fn a_stream_arrives_whole() {
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
