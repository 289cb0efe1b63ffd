//! The commands in the documents install a configuration that starts. An upgrade keeps the operator's settings, even
//! those of an installation that has the secret in the environment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use eset_filter_tests::fluent_bit::{FluentBit, Version};
use eset_filter_tests::native;
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use super::shipped::{CURRENT, directory};

/// The directory of the configurations in the documents.
const ETC: &str = "/etc/fluent-bit/eset";

/// An operator's `eset.yaml` from before `secret.yaml` was introduced.
const EARLIER: &str = "includes:
  - receive.yaml
  - receive-octet.yaml
  - filter.yaml
  - deliver.yaml          # the Logs Ingestion API

service:
  flush: 2
  storage.path: ${ESET_STORAGE}
";

/// Creates an installation and checks its files.
type Install = fn() -> Result<Installed, Failed>;

/// Returns the tests that need no Fluent Bit.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("fluent_bit::upgrade::start", || started().map(drop)),
        Trial::test("fluent_bit::upgrade::keeps_settings", || keeps_settings().map(drop)),
        Trial::test("fluent_bit::upgrade::from_the_environment", || from_the_environment().map(drop)),
    ]
}

/// Returns the tests in which Fluent Bit checks the installations.
pub(crate) fn trials_with(host: &FluentBit, version: Version) -> Vec<Trial> {
    if version < CURRENT {
        println!("The commands in the documents are for Fluent Bit 5.1, so they were not tested with {version}.");
        return Vec::new();
    }
    let all: [(&str, Install); 4] = [
        ("fluent_bit::upgrade::start_is_accepted", started),
        ("fluent_bit::upgrade::settings_are_accepted", keeps_settings),
        ("fluent_bit::upgrade::from_the_environment_is_accepted", from_the_environment),
        ("fluent_bit::upgrade::trial_beside_the_agent_is_accepted", trial_beside_the_agent),
    ];
    let trial = |(name, install): (&str, Install)| {
        let host = host.clone();
        Trial::test(name, move || install()?.is_accepted(&host))
    };
    all.into_iter().map(trial).collect()
}

/// An installation in a temporary directory.
struct Installed(TempDir);

impl Installed {
    fn new() -> Result<Self, Failed> {
        let installed = Self(tempfile::tempdir()?);
        for directory in ["etc", "lib", "systemd"] {
            fs::create_dir(installed.path(directory))?;
        }
        Ok(installed)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Result<String, Failed> {
        fs::read_to_string(self.path(name)).map_err(|error| format!("{name}: {error}").into())
    }

    /// Runs the first block of commands below a heading, with other paths and without the commands that affect the
    /// whole machine.
    fn run(&self, document: &str, heading: &str) -> Result<(), Failed> {
        let text = fs::read_to_string(directory().join(document))?;
        let (_, below) = text
            .split_once(&format!("\n{heading}\n"))
            .ok_or_else(|| format!("{document} has no heading {heading:?}"))?;
        let (_, block) = below.split_once("```sh\n").ok_or("there are no commands below the heading")?;
        let (block, _) = block.split_once("```").ok_or("the block of commands is not closed")?;
        let others = ["make ", "systemctl ", "ESET_STORAGE="];
        let is_left_out = |line: &&str| others.iter().any(|command| line.starts_with(command));
        let lines = block.lines().map(str::trim_start).filter(|line| !is_left_out(line));
        let mut script: String = lines.map(|line| line.to_owned() + "\n").collect();
        for (from, to) in [
            (ETC, "etc"),
            ("~/eset-trial", "etc"),
            ("/usr/local/lib/fluent-bit", "lib"),
            ("/etc/systemd/system/fluent-bit.service.d", "systemd"),
            ("dist/flb-filter_eset.so", ""),
        ] {
            let to = if to.is_empty() { native::plugin() } else { self.path(to) };
            script = script.replace(from, &to.display().to_string());
        }
        let repository = eset_filter_tests::root();
        let output = Command::new("sh").args(["-euc", &script]).current_dir(repository).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{script}\n{}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// Checks that all files apart from the operator's are those of the repository.
    fn has_new_parts(&self) -> Result<(), Failed> {
        for name in super::shipped::names().into_iter().filter(|name| name != "eset.yaml") {
            if self.read(&format!("etc/{name}"))? != fs::read_to_string(directory().join(&name))? {
                return Err(format!("{name} is not the version in the repository").into());
            }
        }
        Ok(())
    }

    /// Checks that Fluent Bit accepts the installation with the variables of `eset.env`.
    fn is_accepted(&self, host: &FluentBit) -> Result<(), Failed> {
        for (name, from, to) in [("secret.yaml", ETC, "etc"), ("filter.yaml", "/usr/local/lib/fluent-bit", "lib")] {
            let text = self.read(&format!("etc/{name}"))?;
            fs::write(self.path(&format!("etc/{name}")), text.replace(from, &self.path(to).display().to_string()))?;
        }
        let script = "set -a; . ./etc/eset.env; set +a; exec \"$0\" --dry-run -c \"$PWD/etc/eset.yaml\"";
        let mut command = Command::new("sh");
        command.args(["-euc", script]).arg(host.path()).current_dir(&self.0).env_remove("AZURE_CLIENT_SECRET");
        let output = command.output()?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let is_well = said.contains("configuration test is successful");
        if is_well && !said.contains("[ warn]") && !said.contains("[error]") { Ok(()) } else { Err(said.into()) }
    }
}

/// Creates a first installation and adds the secret, without which it does not start.
fn started() -> Result<Installed, Failed> {
    let installed = Installed::new()?;
    installed.run("README.md", "## Start")?;
    installed.has_new_parts()?;
    let secret = installed.path("etc/azure_client_secret");
    is_private(&secret)?;
    is_private(&installed.path("etc/eset.env"))?;
    fs::write(secret, "the.secret\n")?;
    Ok(installed)
}

/// Upgrades an installation with changes by the operator.
fn keeps_settings() -> Result<Installed, Failed> {
    let installed = started()?;
    let own = [
        ("etc/eset.yaml", installed.read("etc/eset.yaml")?.replace("receive.yaml ", "receive-octet.yaml ")),
        ("etc/eset.env", installed.read("etc/eset.env")? + "ESET_OCTET_PORT=1601\n"),
        ("etc/my-deliver.yaml", "pipeline:\n".to_owned()),
        ("systemd/my.conf", "[Service]\nNice=5\n".to_owned()),
        ("etc/azure_client_secret", "the.secret\n".to_owned()),
    ];
    for (name, text) in &own {
        fs::write(installed.path(name), text)?;
    }
    fs::write(installed.path("etc/deliver.yaml"), "an old version")?;
    upgrade(installed, &own)
}

/// Upgrades an installation that has its secret in the environment.
fn from_the_environment() -> Result<Installed, Failed> {
    let installed = Installed::new()?;
    let others = "AZURE_TENANT_ID=t\nAZURE_CLIENT_ID=c\n";
    let more = "AZURE_DCE_URL=https://d\nAZURE_DCR_ID=dcr-1\nESET_STORAGE=/var/lib/eset\n";
    fs::write(installed.path("etc/eset.env"), format!("{others}AZURE_CLIENT_SECRET=the.secret~1\n{more}"))?;
    fs::write(installed.path("etc/eset.yaml"), EARLIER)?;
    installed.run("MIGRATION.md", "## From the secret in the environment")?;
    is_private(&installed.path("etc/azure_client_secret"))?;
    let own = [
        ("etc/azure_client_secret", "the.secret~1\n".to_owned()),
        ("etc/eset.env", format!("{others}{more}")),
        ("etc/eset.yaml", EARLIER.replace("  - deliver", "  - secret.yaml\n  - deliver")),
    ];
    upgrade(installed, &own)
}

/// Creates a setup that receives from rsyslog beside the agent and prints records. It needs no secret.
fn trial_beside_the_agent() -> Result<Installed, Failed> {
    let installed = Installed::new()?;
    installed.run("MIGRATION.md", "### Try it beside the old setup")?;
    let includes = installed.read("etc/eset.yaml")?;
    let files = ["receive-rsyslog.yaml", "filter.yaml", "deliver-stdout.yaml"];
    if includes.contains("- secret.yaml") || !files.iter().all(|file| includes.contains(&format!("- {file}"))) {
        return Err(format!("eset.yaml does not include the expected files:\n{includes}").into());
    }
    fs::write(installed.path("etc/eset.env"), "ESET_STORAGE=/tmp/eset\n")?;
    Ok(installed)
}

/// Runs the commands of an upgrade, and checks that these files are unchanged and the others are new.
fn upgrade(installed: Installed, own: &[(&str, String)]) -> Result<Installed, Failed> {
    installed.run("README.md", "## Upgrade")?;
    installed.has_new_parts()?;
    for (name, text) in own {
        let found = installed.read(name)?;
        if found != *text {
            return Err(format!("{name} no longer has the operator's contents:\n{found}").into());
        }
    }
    Ok(installed)
}

fn is_private(file: &Path) -> Result<(), Failed> {
    match fs::metadata(file)?.permissions().mode() & 0o777 {
        0o600 => Ok(()),
        mode => Err(format!("{} has mode {mode:o}, expected 600", file.display()).into()),
    }
}
