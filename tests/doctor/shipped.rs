//! The configurations in `fluent-bit-config/`, with an endpoint that enforces Azure's rules.

use std::fs;
use std::process::Command;

use eset_filter_azure_loopback::{Endpoint, Settings, free_port};
use eset_filter_tests::doctor::{mode, native, wasm};
use serde_json::Value;
use tempfile::TempDir;

use crate::certificates::Certificate;

/// The configurations in a temporary directory, with variables for an endpoint.
struct Shipped {
    folder: TempDir,
    endpoint: Endpoint,
    variables: Vec<(&'static str, String)>,
}

impl Shipped {
    fn new(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in fs::read_dir(shipped()).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "yaml") {
                let installed = "/usr/local/lib/fluent-bit/flb-filter_eset.so";
                let text = fs::read_to_string(&file).unwrap().replace(installed, "flb-filter_eset.so");
                fs::write(folder.path().join(file.file_name().unwrap()), text).unwrap();
            }
        }
        let certificate = Certificate::new("siem.example.com");
        fs::write(folder.path().join("cert.pem"), certificate.pem()).unwrap();
        fs::write(folder.path().join("key.pem"), certificate.key()).unwrap();
        mode(&folder.path().join("key.pem"), 0o600);
        for plugin in [native(), wasm()] {
            fs::copy(&plugin, folder.path().join(plugin.file_name().unwrap())).unwrap();
        }
        let endpoint = Endpoint::start(settings).unwrap();
        let secret = folder.path().join("azure_client_secret");
        fs::write(&secret, format!("{}\n", endpoint.settings().client_secret)).unwrap();
        mode(&secret, 0o600);
        let variables = vec![
            ("AZURE_TENANT_ID", endpoint.settings().tenant.clone()),
            ("AZURE_CLIENT_ID", endpoint.settings().client_id.clone()),
            ("AZURE_AUTH_URL", endpoint.token_url()),
            ("AZURE_DCE_URL", endpoint.url()),
            ("AZURE_DCR_ID", endpoint.settings().dcr.clone()),
            ("AZURE_TLS", "off".to_owned()),
            ("ESET_STORAGE", folder.path().join("storage").display().to_string()),
            ("ESET_LISTEN", "127.0.0.1".to_owned()),
            ("ESET_UDP_PORT", free_port().unwrap().to_string()),
            ("ESET_TCP_PORT", free_port().unwrap().to_string()),
            ("ESET_OCTET_PORT", free_port().unwrap().to_string()),
            ("ESET_TLS_PORT", free_port().unwrap().to_string()),
            ("ESET_RSYSLOG_PORT", free_port().unwrap().to_string()),
            ("ESET_HTTP_PORT", free_port().unwrap().to_string()),
            ("ESET_TLS_CERT", "cert.pem".to_owned()),
            ("ESET_TLS_KEY", "key.pem".to_owned()),
            ("ESET_PLUGIN", "eset_filter.wasm".to_owned()),
        ];
        let shipped = Self { folder, endpoint, variables };
        shipped.replace("secret.yaml", "/etc/fluent-bit/eset/azure_client_secret", secret.to_str().unwrap())
    }

    fn set(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Replaces text in a file.
    fn replace(self, file: &str, old: &str, new: &str) -> Self {
        let path = self.folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} does not contain {old}");
        fs::write(path, text.replace(old, new)).unwrap();
        self
    }

    /// Returns the check, level and text of all findings that are not ok. The kernel's buffer limit is left out, because
    /// it depends on the machine.
    fn find(&self) -> Vec<(String, String, String)> {
        let fluent_bit = eset_filter_tests::root().join("tests/doctor/fluent-bit");
        let mut command = Command::new(eset_filter_tests::command());
        command.args(["doctor", "--format", "json", "--fluent-bit"]).arg(fluent_bit).arg("eset.yaml");
        command.current_dir(&self.folder).env_clear().env("PATH", "/usr/bin:/bin").envs(self.variables.iter().cloned());
        let output = command.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let lines = String::from_utf8(output.stdout).unwrap();
        assert!(!lines.contains(&self.endpoint.settings().client_secret), "{lines}");
        let findings = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        let found = findings.map(|found| (text(&found, "check"), text(&found, "level"), text(&found, "what")));
        // The fake Fluent Bit cannot run a filter.
        let is_expected = |what: &str| what.contains("got no record from") || what.contains("but the kernel allows");
        found.filter(|(_, level, what)| level != "ok" && !is_expected(what)).collect()
    }

    #[track_caller]
    fn shows(&self, check: &str, level: &str, what: &str) {
        let found = self.find();
        let is_it =
            matches!(found.as_slice(), [(found, of, text)] if found == check && of == level && text.contains(what));
        assert!(is_it, "{what}: {found:#?}");
    }
}

fn shipped() -> std::path::PathBuf {
    eset_filter_tests::root().join("fluent-bit-config")
}

#[test]
fn the_default_configuration_has_no_errors() {
    let shipped = Shipped::new(Settings::default());
    assert_eq!(shipped.find(), []);
    let calls = shipped.endpoint.journal().summary();
    assert_eq!(calls.accepted, 0);
}

#[test]
fn the_alternative_files_have_no_errors() {
    for part in ["receive-octet", "receive-tls", "receive-tls-octet", "receive-rsyslog"] {
        let shipped =
            Shipped::new(Settings::default()).replace("eset.yaml", "- receive.yaml", &format!("- {part}.yaml"));
        assert_eq!(shipped.find(), [], "{part}");
    }
    let shipped = Shipped::new(Settings::default()).replace("eset.yaml", "- filter.yaml", "- filter-wasm.yaml");
    assert_eq!(shipped.find(), []);
}

#[test]
fn the_endpoint_rejects_what_azure_rejects() {
    let shipped = Shipped::new(Settings { has_role: false, ..Settings::default() });
    shipped.shows("azure", "error", "the client is not allowed to send to ");
    let shipped = Shipped::new(Settings::default()).set("AZURE_DCR_ID", "dcr-1");
    shipped.shows(
        "azure",
        "error",
        "cannot find dcr-1 or its stream Custom-eset_CL (404); the response says: NotFound",
    );
    let shipped = Shipped::new(Settings::default()).replace("deliver.yaml", "eset_CL\n", "other_CL\n");
    shipped.shows("azure", "error", "or its stream Custom-other_CL (404); the response says: InvalidStream");
}

#[test]
fn the_endpoint_issues_no_token() {
    let unknown = "answers, but without a token it is not known whether it accepts records";
    let wrong_secret = Shipped::new(Settings::default());
    fs::write(wrong_secret.folder.path().join("azure_client_secret"), "another.secret").unwrap();
    let wrong_client = Shipped::new(Settings::default()).set("AZURE_CLIENT_ID", "c0ffee00-0000-4000-8000-00000000000f");
    for (shipped, what) in [
        (wrong_secret, "the client secret is wrong"),
        (wrong_client, "the tenant has no application with this client_id"),
    ] {
        let found = shipped.find();
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[0].2.contains(what), "{found:#?}");
        assert!(found[1].1 == "skipped" && found[1].2.contains(unknown), "{found:#?}");
    }
}

#[test]
fn values_left_from_the_example_are_found() {
    let shipped = Shipped::new(Settings::default());
    fs::remove_file(shipped.folder.path().join("azure_client_secret")).unwrap();
    let example = fs::read_to_string(self::shipped().join("eset.env")).unwrap();
    fs::write(shipped.folder.path().join("eset.env"), example).unwrap();
    let mut command = Command::new(eset_filter_tests::command());
    command.args(["doctor", "--offline", "--env-file", "eset.env", "eset.yaml"]).current_dir(&shipped.folder);
    let output = command.env_clear().env("PATH", "/nowhere").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for what in [
        "${AZURE_CLIENT_SECRET}: cannot read ",
        "tenant_id is still the example (all zeros)",
        "client_id is still the example (all zeros)",
        "dcr_id is still the example (all zeros)",
    ] {
        assert!(text.contains(what), "{what}: {text}");
    }
}
