//! Vector with the configurations in `vector-config/`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use eset_filter::Options;
use eset_filter_azure_loopback::Endpoint;
use eset_filter_tests::receiver::Ports;
use eset_filter_tests::vector::layout::Settings;
use eset_filter_tests::vector::{self, layout};
use eset_filter_tests::{certificate, twin};
use libtest_mimic::Failed;
use serde_json::Value;

use crate::configuration::{change, set};
use crate::shipper::{Setup, Shipper};

/// The filter that Vector runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Lua,
    Vrl,
}

/// Vector with a filter.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) host: vector::Vector,
    pub(crate) program: Program,
}

impl Shipper for Vector {
    fn name(&self) -> String {
        let program = match self.program {
            Program::Lua => "lua",
            Program::Vrl => "vrl",
        };
        format!("vector::{}::{program}", self.host.version())
    }

    fn options(&self) -> Options {
        Options::default()
    }

    fn of_the_core(&self) -> fn(Value) -> Value {
        match self.program {
            Program::Lua => |record| record,
            Program::Vrl => twin::of_the_core,
        }
    }

    fn has_lua(&self) -> bool {
        self.program == Program::Lua
    }

    fn bounds_requests(&self) -> bool {
        true
    }

    /// The disk buffer has at least 256 MiB. When it is full, Vector stops reading.
    fn loses_the_oldest(&self) -> bool {
        false
    }

    /// Vector's Azure library refuses a token endpoint without TLS.
    fn needs_tls(&self) -> bool {
        true
    }

    /// Vector requests a new token 300 seconds before the old one expires.
    fn short_token_lifetime(&self) -> Duration {
        Duration::from_secs(310)
    }

    /// With octet counting Vector only accepts UTF-8.
    fn relay_framing(&self) -> &'static str {
        "traditional"
    }

    fn prepare(&self, setup: &Setup, ports: Ports, directory: &Path, endpoint: &Endpoint) -> Result<Command, Failed> {
        let module = eset_filter_tests::root().join("dist/eset_filter.so");
        if self.program == Program::Lua && !module.is_file() {
            return Err(format!("{} is missing; run `make lua` first", module.display()).into());
        }
        let filter = match self.program {
            Program::Lua => "filter-lua.yaml",
            Program::Vrl => "filter-vrl.yaml",
        };
        let mut files = vec!["receive.yaml", "deliver.yaml", filter];
        files.extend(setup.inputs.iter().map(|input| input.file()));
        let configurations = directory.join("configurations");
        layout::copy(&files, &configurations)?;
        if setup.quick_retries {
            set(&configurations, "deliver.yaml", "retry_max_duration_secs", "2")?;
        }
        if let Some(seconds) = setup.answer_timeout {
            change(&configurations, "deliver.yaml", "timeout_secs: 30", &format!("timeout_secs: {seconds}"))?;
        }
        let (storage, secrets) = (directory.join("storage"), directory.join("secrets"));
        fs::create_dir_all(&storage)?;
        fs::create_dir_all(&secrets)?;
        fs::write(secrets.join("azure_client_secret"), setup.secret.unwrap_or(&endpoint.settings().client_secret))?;
        settings(&files, ports, directory, endpoint)?.write(&configurations)?;
        let authority = directory.join("authority.pem");
        fs::write(&authority, endpoint.certificate().ok_or("the endpoint does not use TLS")?)?;
        let mut command = Command::new(self.host.path());
        command
            .env("VECTOR_CONFIG_DIR", configurations)
            .env("VECTOR_GRACEFUL_SHUTDOWN_LIMIT_SECS", "10")
            .env("AZURE_AUTHORITY_HOST", endpoint.url())
            .env("SSL_CERT_FILE", authority);
        Ok(command)
    }
}

/// Returns the shipped settings, adapted to this machine.
fn settings(files: &[&str], ports: Ports, directory: &Path, endpoint: &Endpoint) -> Result<Settings, Failed> {
    let (certificate, key) = certificate::files(directory)?;
    let mut settings = Settings::of(files)?;
    settings.set("data_dir", directory.join("storage").to_string_lossy());
    settings.set("api.address", format!("127.0.0.1:{}", ports.http));
    settings.set("secret.eset.path", directory.join("secrets").to_string_lossy());
    settings.listen(ports, &certificate, &key);
    let azure = endpoint.settings();
    settings.set("sinks.eset_azure.endpoint", endpoint.url());
    settings.set("sinks.eset_azure.dcr_immutable_id", &azure.dcr);
    settings.set("sinks.eset_azure.auth.azure_tenant_id", &azure.tenant);
    settings.set("sinks.eset_azure.auth.azure_client_id", &azure.client_id);
    Ok(settings)
}
