//! A setup without faults, for tests to break.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use eset_filter_azure_loopback::free_port;
use serde_json::Value;
use tempfile::TempDir;

use super::azure::Azure;

const CONFIG: &str = r#"
service:
  flush: 1
  storage.path: ${STORAGE}

parsers:
  - name: whole_message
    format: regex
    regex: '(?m)\A(?<message>.*)\z'

pipeline:
  inputs:
    - name: tcp
      tag: eset
      listen: 127.0.0.1
      port: ${TCP_PORT}
      format: none
      storage.type: filesystem
    - name: syslog
      tag: eset
      mode: udp
      listen: 127.0.0.1
      port: ${UDP_PORT}
      parser: whole_message
      receive_buffer_size: 100k
      storage.type: filesystem

  filters:
    - name: wasm
      match: eset
      wasm_path: ${PLUGIN}
      function_name: eset_filter
      event_format: json

  outputs:
    - name: azure_logs_ingestion
      match: eset*
      tenant_id: 72f988bf-86f1-41af-91ab-2d7cd011db47
      client_id: 01234567-89ab-cdef-0123-456789abcdef
      client_secret: ${AZURE_CLIENT_SECRET}
      auth_url: ${AZURE_AUTH_URL}
      dce_url: ${AZURE_DCE_URL}
      dcr_id: dcr-0123456789abcdef0123456789abcdef
      table_name: eset_CL
      tls: off
      time_key: TimeGenerated
      time_generated: true
      compress: true
      retry_limit: no_limits
      storage.total_limit_size: 1M
"#;

/// The client secret, which the command must never print.
pub const SECRET: &str = "abc8Q~the-client.secret_0";

/// A setup with its own directory and its own Azure. The directory is a temporary one that no other user can change,
/// whoever owns the files of the repository.
pub struct SetUp {
    /// The directory of the setup.
    pub folder: PathBuf,
    _folder: TempDir,
    /// The server that receives the records.
    pub azure: Azure,
    config: String,
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
}

/// The findings of the command.
#[derive(Debug)]
pub struct Found {
    /// The exit code of the command.
    pub code: Option<i32>,
    /// One object per finding.
    pub findings: Vec<Value>,
}

impl Default for SetUp {
    fn default() -> Self {
        Self::new()
    }
}

impl SetUp {
    /// Creates the setup and starts its Azure.
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().canonicalize().unwrap();
        fs::create_dir(folder.join("storage")).unwrap();
        let plugin = folder.join("eset_filter.wasm");
        fs::copy(wasm(), &plugin).unwrap();
        let azure = Azure::start(None);
        let url = format!("http://127.0.0.1:{}", azure.port);
        let variables = [
            ("STORAGE", folder.join("storage").display().to_string()),
            ("TCP_PORT", free_port().unwrap().to_string()),
            ("UDP_PORT", free_port().unwrap().to_string()),
            ("PLUGIN", plugin.display().to_string()),
            ("AZURE_CLIENT_SECRET", SECRET.to_owned()),
            ("AZURE_AUTH_URL", format!("{url}/token")),
            ("AZURE_DCE_URL", url),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let fluent_bit = crate::root().join("tests/doctor/fluent-bit");
        let arguments = vec!["--fluent-bit".to_owned(), fluent_bit.display().to_string()];
        Self { folder, _folder: temporary, azure, config: CONFIG.to_owned(), variables, arguments }
    }

    /// Replaces a text that occurs once in the configuration.
    #[track_caller]
    pub fn replace(mut self, old: &str, new: &str) -> Self {
        assert_eq!(self.config.matches(old).count(), 1, "{old:?} does not occur exactly once");
        self.config = self.config.replace(old, new);
        self
    }

    /// Removes the line that contains this text from the configuration.
    #[track_caller]
    pub fn without(self, text: &str) -> Self {
        let lines: Vec<_> = self.config.lines().filter(|line| line.contains(text)).map(str::to_owned).collect();
        assert_eq!(lines.len(), 1, "{text:?} is not on exactly one line");
        self.replace(&format!("{}\n", lines[0]), "")
    }

    /// Uses the native filter instead of the module: a copy of the file, or its path if it cannot be copied.
    pub fn native(self, plugin: &Path) -> Self {
        let copy = self.folder.join("flb-filter_eset.so");
        let plugin = if fs::copy(plugin, &copy).is_ok() { &copy } else { plugin };
        let filter = "    - name: wasm\n      match: eset\n      wasm_path: ${PLUGIN}\n      function_name: eset_filter\n      event_format: json\n";
        let native = "    - name: eset\n      match: eset\n      request_limit: 700k\n";
        let plugins = format!("plugins:\n  - {}\n\npipeline:", plugin.display());
        self.replace(filter, native).replace("pipeline:", &plugins)
    }

    /// Sets an environment variable.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Unsets an environment variable.
    pub fn unset(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// Adds an argument to the command.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Names another Fluent Bit, or lets the command find one.
    pub fn fluent_bit(mut self, path: Option<&Path>) -> Self {
        self.arguments.drain(..2);
        if let Some(path) = path {
            self.arguments.extend(["--fluent-bit".to_owned(), path.display().to_string()]);
        }
        self
    }

    /// Writes a file into the directory.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes a file that only its owner can read.
    pub fn private(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name, content);
        mode(&path, 0o600);
        path
    }

    /// Returns the environment variables of the command.
    pub fn variables(&self) -> impl Iterator<Item = (String, String)> {
        self.variables.iter().cloned()
    }

    /// Returns the path of the configuration.
    pub fn config(&self) -> PathBuf {
        self.folder.join("fluent-bit.yaml")
    }

    /// Writes the configuration, runs the command on it, and returns the output.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.file("fluent-bit.yaml", &self.config);
        let mut command = Command::new(crate::command());
        command.arg("doctor").args(&self.arguments).args(arguments).arg(self.config());
        command.env_clear().env("PATH", "/usr/bin:/bin").envs(self.variables.iter().cloned());
        let output = command.current_dir(&self.folder).output().unwrap();
        for printed in [&output.stdout, &output.stderr] {
            let printed = String::from_utf8_lossy(printed);
            assert!(!printed.contains(SECRET) && !printed.contains("the.real.token"), "a secret is printed: {printed}");
        }
        output
    }

    /// Runs the command and returns its findings.
    #[track_caller]
    pub fn find(&self) -> Found {
        let output = self.output(&["--format", "json"]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        Found::of(&output)
    }

    /// Asserts that the findings other than `ok` are exactly these: the check, the level, and a part of the text.
    #[track_caller]
    pub fn shows(&self, expected: &[(&str, &str, &str)]) {
        let found = self.find();
        let wrong: Vec<_> = found.findings.iter().filter(|finding| finding["level"] != "ok").collect();
        let mut pairs = wrong.iter().zip(expected);
        let is_expected = wrong.len() == expected.len()
            && pairs.all(|(finding, (check, level, what))| is_it(finding, check, level, what));
        assert!(is_expected, "expected {expected:#?}\nfound {wrong:#?}");
        assert!(wrong.iter().all(|finding| !finding["advice"].as_str().unwrap().is_empty()), "{wrong:#?}");
        let is_error = expected.iter().any(|(_, level, _)| *level == "error");
        assert_eq!(found.code, Some(i32::from(is_error)));
    }
}

impl Found {
    /// Parses the JSON that the command printed.
    pub fn of(output: &Output) -> Self {
        let lines = str::from_utf8(&output.stdout).unwrap();
        let findings = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Self { code: output.status.code(), findings }
    }

    /// Returns whether there is a finding of this check and level whose text contains `what`.
    pub fn has(&self, check: &str, level: &str, what: &str) -> bool {
        self.findings.iter().any(|finding| is_it(finding, check, level, what))
    }
}

fn is_it(finding: &Value, check: &str, level: &str, what: &str) -> bool {
    finding["check"] == check && finding["level"] == level && finding["what"].as_str().unwrap().contains(what)
}

/// Sets the permissions of a file.
#[cfg(unix)]
pub fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
pub fn mode(_path: &Path, _mode: u32) {}

/// Returns the path of the WASM module that `make wasm` builds.
pub fn wasm() -> PathBuf {
    built("eset_filter.wasm", "make wasm")
}

/// Returns the path of the native filter that `make native` builds.
pub fn native() -> PathBuf {
    built("flb-filter_eset.so", "make native")
}

#[track_caller]
fn built(name: &str, how: &str) -> PathBuf {
    let path = crate::root().join("dist").join(name);
    assert!(path.is_file(), "{} is missing; run `{how}` first", path.display());
    path
}
