//! The parts of a setup that are common to all shippers. The checks of ports, certificates, disk and Azure use only
//! these.

use std::fmt;
use std::path::PathBuf;

use crate::finding::Place;

/// The common parts of a setup.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) deliveries: Vec<LogsIngestion>,
}

/// A port on which messages are received.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) place: Place,
    pub(crate) transport: Transport,
    /// An IP address or a host name.
    pub(crate) address: String,
    pub(crate) port: u16,
    /// The receive buffer of the socket, for inputs that can set it.
    pub(crate) receive_buffer: Option<ReceiveBuffer>,
    pub(crate) tls: Option<ServerTls>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

/// The size of a socket's receive buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReceiveBuffer {
    /// The kernel's default.
    Default,
    Bytes(u64),
}

/// The certificate and key of a port with TLS.
#[derive(Clone, Debug)]
pub(crate) struct ServerTls {
    pub(crate) place: Place,
    /// A PEM file, with the server's certificate first.
    pub(crate) certificate: PathBuf,
    /// A PEM file.
    pub(crate) key: PathBuf,
    pub(crate) has_passphrase: bool,
}

/// A directory that buffers records until they are delivered.
#[derive(Clone, Debug)]
pub(crate) struct Buffer {
    pub(crate) place: Place,
    pub(crate) path: PathBuf,
    /// The size limit, in bytes. `None` if there is no limit.
    pub(crate) limit: Option<u64>,
}

/// A stream of Azure's Logs Ingestion API, with its credentials.
#[derive(Clone, Debug)]
pub(crate) struct LogsIngestion {
    pub(crate) place: Place,
    /// The OAuth 2.0 token endpoint.
    pub(crate) token_url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// The URL of the data collection endpoint (DCE).
    pub(crate) dce_url: String,
    /// The immutable ID of the data collection rule (DCR).
    pub(crate) dcr_id: String,
    /// The stream name, such as `Custom-eset_CL`.
    pub(crate) stream: String,
    /// A file of certificate authorities that are trusted instead of the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// Whether to verify the endpoint's certificate.
    pub(crate) verify: bool,
    /// The URLs of the proxies for the token endpoint and for the data collection endpoint.
    pub(crate) token_proxy: Option<String>,
    pub(crate) dce_proxy: Option<String>,
}

impl LogsIngestion {
    /// Returns whether both would send the same requests.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let key = |this: &Self| {
            let Self { token_url, client_id, client_secret, dce_url, dcr_id, stream, .. } = this.clone();
            (token_url, client_id, client_secret, dce_url, dcr_id, stream)
        };
        key(self) == key(other)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.address.contains(':') {
            write!(formatter, "{} [{}]:{}", self.transport, self.address, self.port)
        } else {
            write!(formatter, "{} {}:{}", self.transport, self.address, self.port)
        }
    }
}
