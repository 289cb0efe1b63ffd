//! The shipped configurations, and the variables that they are run with here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use eset_filter_endpoint::free_port;
use rcgen::CertifiedKey;
use tempfile::TempDir;

use crate::host::Vector;
use crate::running::Running;

/// The folder of the configurations.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vector-config")
}

/// The names of the configurations there.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.filter(|name| name.ends_with(".yaml")).collect();
    names.sort();
    assert!(!names.is_empty(), "no configurations in {}", folder().display());
    names
}

/// The ports of the sources.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) udp: u16,
    pub(crate) tcp: u16,
    pub(crate) octet: u16,
    pub(crate) tls: u16,
    pub(crate) rsyslog: u16,
    api: u16,
}

/// A folder for what Vector needs besides the configurations. It is gone when this is dropped.
pub(crate) struct Shipped {
    folder: TempDir,
    pub(crate) ports: Ports,
}

impl Shipped {
    /// Such a folder.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub(crate) fn new() -> Result<Self, String> {
        let error = |error: std::io::Error| error.to_string();
        let port = || free_port().map_err(error);
        let ports = Ports { udp: port()?, tcp: port()?, octet: port()?, tls: port()?, rsyslog: port()?, api: port()? };
        let shipped = Self { folder: tempfile::tempdir().map_err(error)?, ports };
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(|error| error.to_string())?;
        fs::write(shipped.path("cert.pem"), cert.pem()).map_err(error)?;
        fs::write(shipped.path("key.pem"), signing_key.serialize_pem()).map_err(error)?;
        Ok(shipped)
    }

    /// Where a file of the folder is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Vector with every variable that there is.
    pub(crate) fn command(&self, host: &Vector) -> Command {
        let mut command = Command::new(host.path());
        command.envs(self.variables()).current_dir(folder());
        command
    }

    /// Starts Vector with some of the configurations, and a further one of this text. What it prints goes into its log, and
    /// nothing else but errors.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(crate) fn start(&self, host: &Vector, files: &[&str], further: &str) -> Result<Running, String> {
        let own = self.path("further.yaml");
        fs::write(&own, further).map_err(|error| error.to_string())?;
        let mut command = self.command(host);
        command.arg("-qq").arg("--config").arg("eset.yaml").arg("--config").arg(own);
        for file in files {
            command.arg("--config").arg(file);
        }
        Running::start(command, self.path("log"))
    }

    fn variables(&self) -> BTreeMap<&'static str, String> {
        let file = |name: &str| text(&self.path(name));
        let built = |name: &str| text(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
        let none = || "00000000-0000-0000-0000-000000000000".to_owned();
        BTreeMap::from([
            ("AZURE_TENANT_ID", none()),
            ("AZURE_CLIENT_ID", none()),
            ("AZURE_CLIENT_SECRET", "none".to_owned()),
            ("AZURE_DCE_URL", "https://127.0.0.1:1".to_owned()),
            ("AZURE_DCR_ID", "dcr-00000000000000000000000000000000".to_owned()),
            ("ESET_STORAGE", text(self.folder.path())),
            ("ESET_LISTEN", "127.0.0.1".to_owned()),
            ("ESET_UDP_PORT", self.ports.udp.to_string()),
            ("ESET_TCP_PORT", self.ports.tcp.to_string()),
            ("ESET_OCTET_PORT", self.ports.octet.to_string()),
            ("ESET_TLS_PORT", self.ports.tls.to_string()),
            ("ESET_TLS_CERT", file("cert.pem")),
            ("ESET_TLS_KEY", file("key.pem")),
            ("ESET_RSYSLOG_PORT", self.ports.rsyslog.to_string()),
            ("ESET_API_PORT", self.ports.api.to_string()),
            ("ESET_KAFKA", "127.0.0.1:1".to_owned()),
            ("ESET_PLUGIN", built("dist/eset_filter.so")),
            ("ESET_VRL_PROGRAM", built("vector-config/eset_filter.vrl")),
        ])
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("paths of this repository are UTF-8").to_owned()
}
