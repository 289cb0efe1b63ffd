//! The shipped configurations, and the settings with which the tests run them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use eset_filter_tests::certificate;
use eset_filter_tests::receiver::Ports;
use eset_filter_tests::running::Running;
use eset_filter_tests::vector::layout::Settings;
use eset_filter_tests::vector::{Vector, layout};
use tempfile::TempDir;

/// Returns the names of the configurations.
pub(crate) fn names() -> Vec<String> {
    let directory = layout::shipped();
    let entries = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_settings = |name: &String| name == "settings.yaml" || name == "try.yaml";
    let mut names: Vec<_> = entries.filter(|name| name.ends_with(".yaml") && !is_settings(name)).collect();
    names.sort();
    assert!(!names.is_empty(), "no configurations in {}", directory.display());
    names
}

/// A directory for the configurations and the other files of Vector. It is deleted when this is dropped.
pub(crate) struct Shipped {
    directory: TempDir,
    pub(crate) ports: Ports,
}

impl Shipped {
    /// Creates the directory.
    ///
    /// # Errors
    ///
    /// Returns an error if the directory cannot be created.
    pub(crate) fn new() -> Result<Self, String> {
        let error = |error: std::io::Error| error.to_string();
        let shipped = Self { directory: tempfile::tempdir().map_err(error)?, ports: Ports::free().map_err(error)? };
        certificate::files(shipped.directory.path()).map_err(error)?;
        fs::write(shipped.path("azure_client_secret"), "not.the~secret\n").map_err(error)?;
        Ok(shipped)
    }

    /// Returns the path of a file in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Creates the directory of configurations: these files, the settings for them, and an additional configuration
    /// with this text.
    ///
    /// # Errors
    ///
    /// Returns an error if a file cannot be read or written.
    pub(crate) fn install(&self, files: &[&str], further: &str) -> Result<PathBuf, String> {
        let error = |error: std::io::Error| error.to_string();
        let directory = self.path("configurations");
        layout::copy(files, &directory).map_err(error)?;
        self.settings(files)?.write(&directory).map_err(error)?;
        if !further.is_empty() {
            fs::write(directory.join("further.yaml"), further).map_err(error)?;
        }
        Ok(directory)
    }

    /// Starts Vector with these configurations and an additional one with this text. Its output goes into the log,
    /// which otherwise only contains errors.
    ///
    /// # Errors
    ///
    /// Returns an error if Vector cannot be started.
    pub(crate) fn start(&self, host: &Vector, files: &[&str], further: &str) -> Result<Running, String> {
        let directory = self.install(files, further)?;
        let mut command = Command::new(host.path());
        command.arg("-qq").arg("--config-dir").arg(directory);
        // Nothing listens on this port to issue a token.
        command.env("AZURE_AUTHORITY_HOST", "https://127.0.0.1:1");
        Running::start(command, self.path("log"))
    }

    fn settings(&self, files: &[&str]) -> Result<Settings, String> {
        let mut settings = Settings::of(files).map_err(|error| error.to_string())?;
        let here = self.directory.path().display().to_string();
        let address = |port: u16| format!("127.0.0.1:{port}");
        settings.set("data_dir", &here);
        settings.set("api.address", address(self.ports.http));
        settings.set("secret.eset.path", &here);
        settings.set_if_there("sinks.eset_file.path", self.path("eset.ndjson").display().to_string());
        // Nothing listens on port 1.
        settings.set_if_there("sinks.eset_azure.endpoint", "https://127.0.0.1:1");
        settings.set_if_there("sinks.eset_kafka.bootstrap_servers", address(1));
        settings.set_if_there("sources.kafka.bootstrap_servers", address(1));
        if !files.contains(&"deliver.yaml") && files.contains(&"deliver-from-kafka.yaml") {
            settings.remove("sinks.eset_azure.buffer");
        }
        settings.listen(self.ports, &self.path("cert.pem"), &self.path("key.pem"));
        Ok(settings)
    }
}
