//! What a set-up consists of, for any shipper: the checks of ports, certificates, disk and Azure know no more.

use std::fmt;
use std::path::PathBuf;

use crate::finding::Place;

/// All of it.
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
    /// An IP address or a host's name.
    pub(crate) address: String,
    pub(crate) port: u16,
    /// Where that can be set, what the socket is to hold until it is read.
    pub(crate) receive_buffer: Option<ReceiveBuffer>,
    pub(crate) tls: Option<ServerTls>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

/// What a socket is to hold until it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReceiveBuffer {
    /// What the kernel gives to all.
    Default,
    Bytes(u64),
}

/// The files behind a port with TLS.
#[derive(Clone, Debug)]
pub(crate) struct ServerTls {
    pub(crate) place: Place,
    /// PEM, the server's certificate first.
    pub(crate) certificate: PathBuf,
    /// PEM.
    pub(crate) key: PathBuf,
    pub(crate) has_passphrase: bool,
}

/// A directory where records wait for their delivery.
#[derive(Clone, Debug)]
pub(crate) struct Buffer {
    pub(crate) place: Place,
    pub(crate) path: PathBuf,
    /// What may wait there, in bytes, if that is limited.
    pub(crate) limit: Option<u64>,
}

/// A stream of Azure's Logs Ingestion API with the credentials for it.
#[derive(Clone, Debug)]
pub(crate) struct LogsIngestion {
    pub(crate) place: Place,
    /// The OAuth 2.0 token endpoint.
    pub(crate) token_url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// The data collection endpoint.
    pub(crate) dce_url: String,
    /// The data collection rule's immutable id.
    pub(crate) dcr_id: String,
    /// Such as `Custom-eset_CL`.
    pub(crate) stream: String,
    /// A file of authorities that are trusted instead of the system's.
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) verify: bool,
    /// The proxies on the way to both, as URLs.
    pub(crate) token_proxy: Option<String>,
    pub(crate) dce_proxy: Option<String>,
}

impl LogsIngestion {
    /// Whether another one would be asked the same.
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
