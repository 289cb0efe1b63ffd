//! Fluent Bit with the configurations in `fluent-bit-config/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use eset_filter::Options;
use eset_filter_azure_loopback::Endpoint;
use eset_filter_tests::certificate;
use eset_filter_tests::fluent_bit::{self, Version};
use eset_filter_tests::receiver::Ports;
use libtest_mimic::Failed;

use crate::configuration::{change, set};
use crate::shipper::{Setup, Shipper};

/// The oldest version that accepts the configurations.
const OLDEST: Version = Version(5, 1);

/// The filter that Fluent Bit loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plugin {
    Native,
    Wasm,
}

/// Fluent Bit with a filter.
#[derive(Clone, Debug)]
pub(crate) struct FluentBit {
    host: fluent_bit::FluentBit,
    plugin: Plugin,
}

impl FluentBit {
    /// Returns the Fluent Bit that `FLUENT_BIT` names, or else the one in `PATH`.
    ///
    /// # Errors
    ///
    /// Returns the reason if there is none or it is too old.
    pub(crate) fn find(plugin: Plugin) -> Result<Self, String> {
        let host = fluent_bit::FluentBit::find().ok_or("Fluent Bit is neither in PATH nor named by FLUENT_BIT")?;
        if host.version() < OLDEST {
            return Err(format!("the configurations need Fluent Bit {OLDEST}, but this is {}", host.version()));
        }
        Ok(Self { host, plugin })
    }

    fn library(&self) -> PathBuf {
        let dist = eset_filter_tests::root().join("dist");
        match self.plugin {
            Plugin::Native => dist.join("flb-filter_eset.so"),
            Plugin::Wasm => dist.join("eset_filter.wasm"),
        }
    }
}

impl Shipper for FluentBit {
    fn name(&self) -> String {
        match self.plugin {
            Plugin::Native => "fluent_bit::native".to_owned(),
            Plugin::Wasm => "fluent_bit::wasm".to_owned(),
        }
    }

    fn options(&self) -> Options {
        Options::for_shipper().single(self.plugin == Plugin::Wasm)
    }

    fn has_lua(&self) -> bool {
        false
    }

    fn bounds_requests(&self) -> bool {
        self.plugin == Plugin::Native
    }

    fn loses_the_oldest(&self) -> bool {
        true
    }

    fn needs_tls(&self) -> bool {
        false
    }

    /// Fluent Bit refuses tokens with a lifetime below 67 seconds, and requests the next one after nine tenths of the
    /// lifetime.
    fn short_token_lifetime(&self) -> Duration {
        Duration::from_secs(70)
    }

    fn relay_framing(&self) -> &'static str {
        "octet-counted"
    }

    fn prepare(&self, setup: &Setup, ports: Ports, directory: &Path, endpoint: &Endpoint) -> Result<Command, Failed> {
        let library = self.library();
        if !library.is_file() {
            return Err(format!("{} is missing; run `make native wasm` first", library.display()).into());
        }
        let library = library.to_string_lossy();
        let shipped = eset_filter_tests::root().join("fluent-bit-config");
        for entry in fs::read_dir(&shipped)? {
            let from = entry?.path();
            if let (Some(name), true) = (from.file_name(), from.is_file()) {
                fs::copy(&from, directory.join(name))?;
            }
        }
        // Fluent Bit does not substitute variables here.
        change(directory, "filter.yaml", "/usr/local/lib/fluent-bit/flb-filter_eset.so", &library)?;
        if self.plugin == Plugin::Wasm {
            change(directory, "eset.yaml", "- filter.yaml", "- filter-wasm.yaml")?;
        }
        for input in setup.inputs {
            change(directory, "eset.yaml", "includes:\n", &format!("includes:\n  - {}\n", input.file()))?;
        }
        if setup.quick_retries {
            set(directory, "eset.yaml", "scheduler.base", "1")?;
            set(directory, "eset.yaml", "scheduler.cap", "2")?;
        }
        if let Some(limit) = setup.disk_limit {
            set(directory, "deliver.yaml", "storage.total_limit_size", limit)?;
        }
        if let Some(seconds) = setup.answer_timeout {
            set(directory, "deliver.yaml", "net.io_timeout", &format!("{seconds}s"))?;
        }
        let (certificate, key) = certificate::files(directory)?;
        let settings = endpoint.settings();
        let secret = directory.join("azure_client_secret");
        fs::write(&secret, setup.secret.unwrap_or(&settings.client_secret))?;
        let installed = "file:///etc/fluent-bit/eset/azure_client_secret";
        change(directory, "secret.yaml", installed, &format!("file://{}", secret.display()))?;
        let mut command = Command::new(self.host.path());
        command
            .arg("--config")
            .arg(directory.join("eset.yaml"))
            .env("AZURE_TENANT_ID", &settings.tenant)
            .env("AZURE_CLIENT_ID", &settings.client_id)
            .env("AZURE_AUTH_URL", endpoint.token_url())
            .env("AZURE_DCE_URL", endpoint.url())
            .env("AZURE_DCR_ID", &settings.dcr)
            .env("AZURE_TLS", "off")
            .env("ESET_STORAGE", directory.join("storage"))
            .env("ESET_LISTEN", "127.0.0.1")
            .env("ESET_UDP_PORT", ports.udp.to_string())
            .env("ESET_TCP_PORT", ports.tcp.to_string())
            .env("ESET_TLS_PORT", ports.tls.to_string())
            .env("ESET_OCTET_PORT", ports.octet.to_string())
            .env("ESET_RSYSLOG_PORT", ports.rsyslog.to_string())
            .env("ESET_HTTP_PORT", ports.http.to_string())
            .env("ESET_TLS_CERT", certificate)
            .env("ESET_TLS_KEY", key)
            .env("ESET_PLUGIN", library.as_ref());
        Ok(command)
    }
}
