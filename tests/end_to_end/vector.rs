//! Vector with the configurations of `vector-config/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use eset_filter::Options;
use eset_filter_endpoint::Endpoint;
use libtest_mimic::Failed;

use crate::certificate;
use crate::configuration::{change, set};
use crate::executable;
use crate::shipper::{Input, Ports, Setup, Shipper};

/// Which filter Vector runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Lua,
    Vrl,
}

/// Vector with a filter.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    executable: PathBuf,
    program: Program,
}

impl Vector {
    /// The one that `VECTOR` names, or that is in `PATH`.
    ///
    /// # Errors
    ///
    /// There is none. The text says so.
    pub(crate) fn find(program: Program) -> Result<Self, String> {
        let executable = executable::find("VECTOR", "vector").ok_or("Vector is neither in PATH nor named by VECTOR")?;
        Ok(Self { executable, program })
    }
}

impl Shipper for Vector {
    fn name(&self) -> String {
        match self.program {
            Program::Lua => "vector::lua".to_owned(),
            Program::Vrl => "vector::vrl".to_owned(),
        }
    }

    fn options(&self) -> Options {
        Options::default()
    }

    fn has_lua(&self) -> bool {
        self.program == Program::Lua
    }

    fn bounds_requests(&self) -> bool {
        true
    }

    /// It has 256 MiB at least, and where they are full, it reads no more.
    fn loses_the_oldest(&self) -> bool {
        false
    }

    /// Its library takes no other token endpoint.
    fn needs_tls(&self) -> bool {
        true
    }

    /// It asks for a new token 300 seconds before the old one expires.
    fn short_token_lifetime(&self) -> Duration {
        Duration::from_secs(310)
    }

    /// With octet counting it takes UTF-8 only.
    fn relay_framing(&self) -> &'static str {
        "traditional"
    }

    fn prepare(&self, setup: &Setup, ports: Ports, folder: &Path, endpoint: &Endpoint) -> Result<Command, Failed> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let module = root.join("dist/eset_filter.so");
        if self.program == Program::Lua && !module.is_file() {
            return Err(format!("{} is missing; run `make lua` first", module.display()).into());
        }
        let shipped = root.join("vector-config");
        for entry in fs::read_dir(&shipped)? {
            let from = entry?.path();
            if let (Some(name), true) = (from.file_name(), from.is_file()) {
                fs::copy(&from, folder.join(name))?;
            }
        }
        if setup.quick_retries {
            set(folder, "deliver.yaml", "retry_max_duration_secs", "2")?;
        }
        if let Some(seconds) = setup.answer_timeout {
            change(folder, "deliver.yaml", "timeout_secs: 30", &format!("timeout_secs: {seconds}"))?;
        }
        let mut files = vec!["eset.yaml", "receive.yaml", "deliver.yaml"];
        files.push(match self.program {
            Program::Lua => "filter-lua.yaml",
            Program::Vrl => "filter-vrl.yaml",
        });
        files.extend(setup.inputs.iter().map(|input| match input {
            Input::Tls => "receive-tls.yaml",
            Input::TlsOctet => "receive-tls-octet.yaml",
            Input::Octet => "receive-octet.yaml",
            Input::Rsyslog => "receive-rsyslog.yaml",
        }));
        let files: Vec<_> = files.iter().map(|file| folder.join(file).display().to_string()).collect();
        let authority = folder.join("authority.pem");
        fs::write(&authority, endpoint.certificate().ok_or("the endpoint does not speak TLS")?)?;
        let (certificate, key) = certificate::files(folder)?;
        let storage = folder.join("storage");
        fs::create_dir_all(&storage)?;
        let settings = endpoint.settings();
        let mut command = Command::new(&self.executable);
        command
            .env("VECTOR_CONFIG", files.join(","))
            .env("VECTOR_GRACEFUL_SHUTDOWN_LIMIT_SECS", "10")
            .env("AZURE_TENANT_ID", &settings.tenant)
            .env("AZURE_CLIENT_ID", &settings.client_id)
            .env("AZURE_CLIENT_SECRET", setup.secret.unwrap_or(&settings.client_secret))
            .env("AZURE_AUTHORITY_HOST", endpoint.url())
            .env("AZURE_DCE_URL", endpoint.url())
            .env("AZURE_DCR_ID", &settings.dcr)
            .env("SSL_CERT_FILE", authority)
            .env("ESET_STORAGE", storage)
            .env("ESET_LISTEN", "127.0.0.1")
            .env("ESET_UDP_PORT", ports.udp.to_string())
            .env("ESET_TCP_PORT", ports.tcp.to_string())
            .env("ESET_TLS_PORT", ports.tls.to_string())
            .env("ESET_OCTET_PORT", ports.octet.to_string())
            .env("ESET_RSYSLOG_PORT", ports.rsyslog.to_string())
            .env("ESET_API_PORT", ports.http.to_string())
            .env("ESET_TLS_CERT", certificate)
            .env("ESET_TLS_KEY", key)
            .env("ESET_PLUGIN", module)
            .env("ESET_VRL_PROGRAM", folder.join("eset_filter.vrl"));
        Ok(command)
    }
}
