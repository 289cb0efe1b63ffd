//! Fluent Bit with the configurations of `fluent-bit-config/`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use eset_filter::Options;
use eset_filter_endpoint::Endpoint;
use libtest_mimic::Failed;

use crate::certificate;
use crate::shipper::{Input, Ports, Setup, Shipper};

/// The oldest version that reads the configurations.
const OLDEST: (u32, u32) = (5, 1);

/// Which filter Fluent Bit loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plugin {
    Native,
    Wasm,
}

/// Fluent Bit with a filter.
#[derive(Clone, Debug)]
pub(crate) struct FluentBit {
    executable: PathBuf,
    plugin: Plugin,
}

impl FluentBit {
    /// The one that `FLUENT_BIT` names, or that is in `PATH`.
    ///
    /// # Errors
    ///
    /// There is none, or it is too old. The text says so.
    pub(crate) fn find(plugin: Plugin) -> Result<Self, String> {
        let named = env::var_os("FLUENT_BIT").unwrap_or_else(|| OsString::from("fluent-bit"));
        let path = env::var_os("PATH").unwrap_or_default();
        let mut candidates = env::split_paths(&path).map(|folder| folder.join(&named)).chain([PathBuf::from(&named)]);
        let executable = candidates.find(|candidate| candidate.is_file());
        let executable = executable.ok_or("Fluent Bit is neither in PATH nor named by FLUENT_BIT")?;
        let version = version(&executable).ok_or_else(|| format!("{} says no version", executable.display()))?;
        if version < OLDEST {
            let ((major, minor), (oldest_major, oldest_minor)) = (version, OLDEST);
            return Err(format!(
                "the configurations need Fluent Bit {oldest_major}.{oldest_minor}, and this is {major}.{minor}"
            ));
        }
        Ok(Self { executable, plugin })
    }

    fn library(&self) -> PathBuf {
        let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
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
        Options { single: self.plugin == Plugin::Wasm, ..Options::default() }
    }

    fn bounds_requests(&self) -> bool {
        self.plugin == Plugin::Native
    }

    fn prepare(&self, setup: &Setup, ports: Ports, folder: &Path, endpoint: &Endpoint) -> Result<Command, Failed> {
        let library = self.library();
        if !library.is_file() {
            return Err(format!("{} is missing; run `make native wasm` first", library.display()).into());
        }
        let library = library.to_string_lossy();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("fluent-bit-config");
        for entry in fs::read_dir(&shipped)? {
            let from = entry?.path();
            if let (Some(name), true) = (from.file_name(), from.is_file()) {
                fs::copy(&from, folder.join(name))?;
            }
        }
        // Fluent Bit takes no variables here.
        change(folder, "filter.yaml", "/usr/local/lib/fluent-bit/flb-filter_eset.so", &library)?;
        if self.plugin == Plugin::Wasm {
            change(folder, "eset.yaml", "- filter.yaml", "- filter-wasm.yaml")?;
        }
        for input in setup.inputs {
            let file = match input {
                Input::Tls => "receive-tls.yaml",
                Input::TlsOctet => "receive-tls-octet.yaml",
                Input::Octet => "receive-octet.yaml",
                Input::Rsyslog => "receive-rsyslog.yaml",
            };
            change(folder, "eset.yaml", "includes:\n", &format!("includes:\n  - {file}\n"))?;
        }
        if setup.quick_retries {
            set(folder, "eset.yaml", "scheduler.base", "1")?;
            set(folder, "eset.yaml", "scheduler.cap", "2")?;
        }
        if let Some(limit) = setup.disk_limit {
            set(folder, "deliver.yaml", "storage.total_limit_size", limit)?;
        }
        if let Some(seconds) = setup.answer_timeout {
            set(folder, "deliver.yaml", "net.io_timeout", &format!("{seconds}s"))?;
        }
        let (certificate, key) = certificate::files(folder)?;
        let settings = endpoint.settings();
        let mut command = Command::new(&self.executable);
        command
            .arg("--config")
            .arg(folder.join("eset.yaml"))
            .env("AZURE_TENANT_ID", &settings.tenant)
            .env("AZURE_CLIENT_ID", &settings.client_id)
            .env("AZURE_CLIENT_SECRET", &settings.client_secret)
            .env("AZURE_AUTH_URL", endpoint.token_url())
            .env("AZURE_DCE_URL", endpoint.url())
            .env("AZURE_DCR_ID", &settings.dcr)
            .env("AZURE_TLS", "off")
            .env("ESET_STORAGE", folder.join("storage"))
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

/// Major and minor, from `Fluent Bit v5.1.1`.
fn version(executable: &Path) -> Option<(u32, u32)> {
    let output = Command::new(executable).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.lines().next()?.split('v').next_back()?.split('.').map_while(|part| part.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// Changes a text that occurs once in a configuration.
fn change(folder: &Path, file: &str, from: &str, to: &str) -> Result<(), Failed> {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
    match text.matches(from).count() {
        1 => Ok(fs::write(&path, text.replace(from, to))?),
        count => Err(format!("{file} has {from:?} {count} times").into()),
    }
}

/// Gives a setting of a configuration another value.
fn set(folder: &Path, file: &str, name: &str, value: &str) -> Result<(), Failed> {
    let text = fs::read_to_string(folder.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let is_it = |line: &&str| line.trim_start().starts_with(&format!("{name}:"));
    let line = text.lines().find(is_it).ok_or_else(|| format!("{file} has no {name}"))?;
    let indent = &line[..line.len() - line.trim_start().len()];
    change(folder, file, &format!("{line}\n"), &format!("{indent}{name}: {value}\n"))
}
