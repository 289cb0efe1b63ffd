//! A copy of the shipped configurations, adapted to this machine and this version of Fluent Bit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use eset_filter_tests::fluent_bit::Version;
use eset_filter_tests::receiver::Ports;
use eset_filter_tests::{certificate, module, native};
use tempfile::TempDir;

/// Returns the directory of the configurations.
pub(crate) fn directory() -> PathBuf {
    eset_filter_tests::root().join("fluent-bit-config")
}

/// Returns the names of the configurations in the directory.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.filter(|name| name.ends_with(".yaml")).collect();
    names.sort();
    assert!(!names.is_empty(), "no configurations in {}", directory().display());
    names
}

/// The first version with octet counting.
pub(crate) const OCTET_COUNTING: Version = Version(4, 2);

/// The first version that reads the values of variables from files.
pub(crate) const FILES_OF_VARIABLES: Version = Version(4, 0);

/// The first version that accepts the configurations unchanged. Older versions need `older.sed`.
pub(crate) const CURRENT: Version = Version(5, 1);

/// The copy, which is deleted when this is dropped.
pub(crate) struct Shipped {
    directory: TempDir,
    pub(crate) ports: Ports,
}

impl Shipped {
    /// Creates a copy for a version of the host.
    ///
    /// # Errors
    ///
    /// Returns an error if a file cannot be copied, or does not have the lines that operators are told to change.
    pub(crate) fn new(version: Version) -> Result<Self, String> {
        let error = |error: std::io::Error| error.to_string();
        let copy = tempfile::tempdir().map_err(error)?;
        for name in names() {
            fs::copy(directory().join(&name), copy.path().join(&name)).map_err(error)?;
        }
        let shipped = Self { directory: copy, ports: Ports::free().map_err(error)? };
        shipped.change("filter.yaml", "/usr/local/lib/fluent-bit/flb-filter_eset.so", &path(&native::plugin()))?;
        let secret = shipped.path("azure_client_secret");
        fs::write(&secret, "none\n").map_err(error)?;
        let installed = "file:///etc/fluent-bit/eset/azure_client_secret";
        shipped.change("secret.yaml", installed, &format!("file://{}", path(&secret)))?;
        if version < FILES_OF_VARIABLES {
            shipped.change("eset.yaml", "  - secret.yaml           # the file with the client secret\n", "")?;
        }
        if version < CURRENT {
            let mut sed = Command::new("sed");
            sed.arg("-i").arg("-f").arg(directory().join("older.sed"));
            sed.args(names().iter().map(|name| shipped.path(name)));
            let status = sed.status().map_err(|error| format!("sed: {error}"))?;
            if !status.success() {
                return Err(format!("sed: {status}"));
            }
        }
        certificate::files(shipped.directory.path()).map_err(error)?;
        Ok(shipped)
    }

    /// Returns the path of a file of the copy.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Replaces a text that occurs once in a file.
    pub(crate) fn change(&self, name: &str, from: &str, to: &str) -> Result<(), String> {
        let text = fs::read_to_string(self.path(name)).map_err(|error| format!("{name}: {error}"))?;
        match text.matches(from).count() {
            1 => fs::write(self.path(name), text.replace(from, to)).map_err(|error| format!("{name}: {error}")),
            count => Err(format!("{from:?} occurs {count} times in {name} instead of once")),
        }
    }

    /// Writes a main file that includes these files and ends with these lines.
    pub(crate) fn main(&self, includes: &[&str], lines: &str) -> Result<PathBuf, String> {
        let main = self.path("main.yaml");
        let includes: String = includes.iter().map(|name| format!("  - {name}\n")).collect();
        let service = "service:\n  flush: 0.2\n  grace: 1\n  storage.path: ${ESET_STORAGE}\n  scheduler.cap: 5\n";
        fs::write(&main, format!("includes:\n{includes}{service}{lines}")).map_err(|error| error.to_string())?;
        Ok(main)
    }

    /// Returns every variable of the configurations.
    pub(crate) fn variables(&self) -> BTreeMap<&'static str, String> {
        let file = |name: &str| path(&self.path(name));
        let text = |text: &str| text.to_owned();
        BTreeMap::from([
            ("AZURE_TENANT_ID", text("00000000-0000-0000-0000-000000000000")),
            ("AZURE_CLIENT_ID", text("00000000-0000-0000-0000-000000000000")),
            ("AZURE_CLIENT_SECRET", text("none")),
            ("AZURE_DCE_URL", text("https://127.0.0.1:1")),
            ("AZURE_DCR_ID", text("dcr-00000000000000000000000000000000")),
            ("AZURE_AUTH_URL", text("http://127.0.0.1:1/token")),
            ("AZURE_TLS", text("on")),
            ("ESET_STORAGE", file("storage")),
            ("ESET_LISTEN", text("127.0.0.1")),
            ("ESET_UDP_PORT", self.ports.udp.to_string()),
            ("ESET_TCP_PORT", self.ports.tcp.to_string()),
            ("ESET_OCTET_PORT", self.ports.octet.to_string()),
            ("ESET_TLS_PORT", self.ports.tls.to_string()),
            ("ESET_TLS_CERT", file("cert.pem")),
            ("ESET_TLS_KEY", file("key.pem")),
            ("ESET_RSYSLOG_PORT", self.ports.rsyslog.to_string()),
            ("ESET_PLUGIN", path(&module::path())),
            ("ESET_HTTP_LISTEN", text("127.0.0.1")),
            ("ESET_HTTP_PORT", self.ports.http.to_string()),
        ])
    }
}

fn path(path: &Path) -> String {
    path.to_str().expect("paths of this repository are UTF-8").to_owned()
}
