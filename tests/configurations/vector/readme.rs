//! The commands in README.md, run unchanged apart from the root directory. They install a configuration that Vector
//! accepts, and an upgrade keeps the operator's files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::{Endpoint, Settings, free_port};
use eset_filter_tests::running::Running;
use eset_filter_tests::sender::Sender;
use eset_filter_tests::vector::Vector;
use eset_filter_tests::vector::layout::shipped;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tempfile::TempDir;

use super::exchange::{LONGEST_WAIT, probe};

/// The texts before the commands in README.md.
const TRY: &str = "To see records without Azure and without privileges";
const INSTALL: &str = "With Vector's package on Linux";
const IMITATION: &str = "paste the `export` lines";
const UPGRADE: &str = "\n## Upgrade\n";

/// The command that starts Vector. It is skipped, because the tests start Vector themselves.
const START: &str = "vector --config-dir ";

type Test = fn(&Vector) -> Result<(), Failed>;

/// Returns the test that needs no Vector.
pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("vector::readme::an_upgrade_keeps_the_operators_files", an_upgrade_keeps_the_operators_files)]
}

/// Returns the tests that need Vector.
pub(crate) fn with_host(host: &Vector) -> Vec<Trial> {
    let tests: [(&str, Test); 3] = [
        ("tried_without_privileges", tried_without_privileges),
        ("delivered_to_the_imitation", delivered_to_the_imitation),
        ("installed", installed),
    ];
    let trial = |(name, run): (&str, Test)| {
        let (name, host) = (format!("vector::{}::readme::{name}", host.version()), host.clone());
        Trial::test(name, move || run(&host))
    };
    tests.into_iter().map(trial).collect()
}

/// Returns the first commands after a text, except those that build the module or start Vector.
fn commands(after: &str) -> Result<String, Failed> {
    let readme = fs::read_to_string(shipped().join("README.md"))?;
    let (_, rest) = readme.split_once(after).ok_or_else(|| format!("README.md does not contain {after:?}"))?;
    let (_, rest) = rest.split_once("```sh\n").ok_or("README.md has no commands after the text")?;
    let (commands, _) = rest.split_once("```").ok_or("the block of commands is not closed")?;
    let is_run = |line: &&str| *line != "make lua" && !line.starts_with(START) && !line.starts_with("systemctl ");
    Ok(commands.lines().filter(is_run).map(|line| line.to_owned() + "\n").collect())
}

/// Runs commands in the root directory of this repository.
fn run(commands: &str) -> Result<(), Failed> {
    let mut command = Command::new("sh");
    let output = command.args(["-euc", commands]).current_dir(eset_filter_tests::root()).output()?;
    if output.status.success() && output.stderr.is_empty() {
        return Ok(());
    }
    Err(format!("{commands}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

fn tried_without_privileges(host: &Vector) -> Result<(), Failed> {
    let temporary = tempfile::tempdir()?;
    let directory = temporary.path().join("eset-try");
    let here = directory.to_string_lossy();
    run(&commands(TRY)?.replace("dist/eset-try", &here))?;
    let port = free_port()?;
    let settings = fs::read_to_string(directory.join("try.yaml"))?;
    fs::write(directory.join("try.yaml"), settings.replace(":5140", &format!(":{port}")).replace("/tmp", &here))?;
    let mut command = Command::new(host.path());
    command.arg("-qq").arg("--config-dir").arg(&directory);
    let mut running = Running::start(command, temporary.path().join("log"))?;
    let raw = |record: &Value| record["raw_message"].as_str().map(|text| text.as_bytes().to_vec());
    Ok(probe(&mut running, &mut Sender::udp("127.0.0.1", port)?, "tried", raw)?)
}

fn delivered_to_the_imitation(host: &Vector) -> Result<(), Failed> {
    let temporary = tempfile::tempdir()?;
    let directory = temporary.path().join("eset-azure");
    let endpoint = Endpoint::start(Settings { tls: true, ..Settings::default() })?;
    let port = free_port()?;
    let here = directory.to_string_lossy();
    let given = commands(IMITATION)?.replace("$PWD/dist/eset-azure", &here).replace("dist/eset-azure", &here);
    let settings = endpoint.settings();
    let exports: String = [
        ("AZURE_TENANT_ID", &settings.tenant),
        ("AZURE_CLIENT_ID", &settings.client_id),
        ("AZURE_CLIENT_SECRET", &settings.client_secret),
        ("AZURE_DCE_URL", &endpoint.url()),
        ("AZURE_DCR_ID", &settings.dcr),
    ]
    .map(|(name, value)| format!("export {name}='{value}'\n"))
    .concat();
    run(&(exports + &given.replace(":5140", &format!(":{port}"))))?;

    let authority = temporary.path().join("endpoint.pem");
    fs::write(&authority, endpoint.certificate().unwrap_or_default())?;
    let mut command = Command::new(host.path());
    command.arg("-qq").arg("--config-dir").arg(&directory);
    command.env("AZURE_AUTHORITY_HOST", endpoint.url()).env("SSL_CERT_FILE", authority);
    let mut running = Running::start(command, temporary.path().join("log"))?;
    let mut sender = Sender::udp("127.0.0.1", port)?;
    let start = Instant::now();
    while endpoint.journal().summary().accepted == 0 {
        running.check()?;
        // Sending fails while nothing listens on the port.
        let sent = sender.send(br#"<14>Oct 30 05:31:10 srv ERAServer: {"event_type":"Audit_Event","user":"ann"}"#);
        if start.elapsed() > LONGEST_WAIT {
            return Err(
                format!("no record has been delivered (the last was sent with {sent:?})\n{}", running.log()).into()
            );
        }
        thread::sleep(Duration::from_millis(100));
    }
    let records = endpoint.journal().records();
    let record: Value = serde_json::from_str(records.first().ok_or("no record")?.get())?;
    let fields = ["event_type", "user", "syslog_hostname"].map(|name| record[name].as_str());
    if fields == [Some("Audit_Event"), Some("ann"), Some("srv")] { Ok(()) } else { Err(format!("{record}").into()) }
}

fn installed(host: &Vector) -> Result<(), Failed> {
    let installation = Installation::new()?;
    let check = |arguments: &[&str]| {
        let mut command = Command::new("sh");
        command.arg(installation.shared("check-secrets")).arg(installation.configurations()).args(arguments);
        command.output()
    };
    if String::from_utf8_lossy(&check(&[])?.stderr).contains("azure_client_secret is empty") {
        fs::write(installation.secret(), "not.the~secret\n")?;
    }
    let host = host.path().to_string_lossy();
    let directory = installation.configurations();
    let directory = directory.to_string_lossy();
    for arguments in [["validate", "--no-environment", "--deny-warnings"].as_slice(), &["test"]] {
        let output = check(&[&[&*host], arguments, &["--config-dir", &*directory]].concat())?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            return Err(format!("{arguments:?}: {}\n{}", output.status, String::from_utf8_lossy(&said)).into());
        }
    }
    Ok(())
}

fn an_upgrade_keeps_the_operators_files() -> Result<(), Failed> {
    let installation = Installation::new()?;
    fs::write(installation.secret(), "not.the~secret\n")?;
    fs::write(installation.configurations().join("settings.yaml"), "# Mine.\n")?;
    for name in ["receive.yaml", "check-secrets", "eset_filter.vrl"] {
        fs::write(installation.shared(name), "# Old.\n")?;
    }
    run(&installation.below(&commands(UPGRADE)?))?;
    let read = |path: PathBuf| fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()));
    for (kept, text) in [
        (installation.secret(), "not.the~secret\n"),
        (installation.configurations().join("settings.yaml"), "# Mine.\n"),
    ] {
        if read(kept.clone())? != text {
            return Err(format!("{} has changed", kept.display()).into());
        }
    }
    for name in ["receive.yaml", "check-secrets", "eset_filter.vrl"] {
        if read(installation.shared(name))? != read(shipped().join(name))? {
            return Err(format!("{name} has not been replaced").into());
        }
    }
    // The link points to the new file.
    if read(installation.configurations().join("receive.yaml"))? != read(shipped().join("receive.yaml"))? {
        return Err("receive.yaml in the configuration directory is still the old file".into());
    }
    Ok(())
}

/// The files that the commands install below a temporary directory.
struct Installation(TempDir);

impl Installation {
    fn new() -> Result<Self, Failed> {
        let installation = Self(tempfile::tempdir()?);
        run(&installation.below(&commands(INSTALL)?))?;
        // The installed files contain absolute paths as well.
        for directory in [installation.shared(""), installation.configurations()] {
            for entry in fs::read_dir(directory)? {
                let path = entry?.path();
                if path.is_file() && !path.is_symlink() {
                    let text = fs::read_to_string(&path)?;
                    let secrets = installation.secret().parent().map(Path::to_owned).unwrap_or_default();
                    let text = text.replace("/run/credentials/vector.service", &secrets.to_string_lossy());
                    fs::write(&path, text.replace("/usr/local/", &installation.place("/usr/local/")))?;
                }
            }
        }
        Ok(installation)
    }

    /// Returns the commands with this directory in place of the root.
    fn below(&self, commands: &str) -> String {
        let roots = ["/usr/local/", "/etc/vector/", "/etc/systemd/"];
        roots.iter().fold(commands.to_owned(), |commands, root| commands.replace(root, &self.place(root)))
    }

    fn place(&self, path: &str) -> String {
        format!("{}{path}", self.0.path().display())
    }

    fn shared(&self, name: &str) -> PathBuf {
        PathBuf::from(self.place("/usr/local/share/eset-filter/vector")).join(name)
    }

    fn configurations(&self) -> PathBuf {
        self.place("/etc/vector/eset").into()
    }

    fn secret(&self) -> PathBuf {
        self.configurations().join("secrets/azure_client_secret")
    }
}
