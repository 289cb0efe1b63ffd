//! `check-secrets` refuses a secret that cannot be used in Vector's configuration. It names the file and the reason,
//! but not the value.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use eset_filter_tests::vector::layout::{Settings, shipped};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

/// The shells that run the script, if they are installed: those of Debian, Alpine and others.
const SHELLS: [(&str, &[&str]); 4] = [("sh", &[]), ("dash", &[]), ("bash", &["--posix"]), ("busybox", &["sh"])];

/// A part of the secrets that no message may contain.
const PART: &str = "s3cr3t";

/// Contents of a secret's file, and a part of the message about it.
const REFUSED: [(&str, &str); 12] = [
    ("", "is empty"),
    ("\n \n", "is empty"),
    ("half\"s3cr3t", "quotation mark"),
    ("\"s3cr3t\"\n", "quotation mark"),
    ("C:\\s3cr3t", "backslash"),
    ("s3cr3t\ninputs: [other]\n", "more than one line"),
    ("\n\ns3cr3t\n", "more than one line"),
    ("\r\ns3cr3t\r\n", "more than one line"),
    ("s3cr3t\ts3cr3t", "control character"),
    ("s3cr3t\u{85}s3cr3t", "line break"),
    ("s3cr3t\u{2028}s3cr3t", "line break"),
    ("s3cr3t\u{2029}s3cr3t", "line break"),
];

const ACCEPTED: [&str; 6] = [
    "loopback~secret_of.no-value",
    "with a newline\n",
    "with several \r\n\n\n",
    "it's #1: {50%} [x] & $(y) `z` * ? !",
    "gr\u{fc}\u{df}e \u{65e5}\u{672c}",
    "${HOME}",
];

/// Returns a test for each installed shell.
pub(crate) fn trials() -> Vec<Trial> {
    let runs = |shell: &str, more: &[&str]| {
        Command::new(shell).args(more).args(["-c", "exit 7"]).status().is_ok_and(|status| status.code() == Some(7))
    };
    let mut trials = Vec::new();
    for (shell, more) in SHELLS {
        if runs(shell, more) {
            trials.push(Trial::test(format!("vector::secrets::{shell}"), move || check(shell, more)));
        } else {
            println!("{shell} is not installed, so check-secrets was not run with it.");
        }
    }
    trials
}

fn check(shell: &str, more: &[&str]) -> Result<(), Failed> {
    let directories = Directories::new()?;
    let run = |arguments: &[&str]| -> Result<Output, Failed> {
        let mut command = Command::new(shell);
        command.args(more).arg(shipped().join("check-secrets")).arg(directories.configurations()).args(arguments);
        Ok(command.output()?)
    };
    let refused = |what: &str, due: &str| -> Result<(), Failed> {
        let output = run(&["echo", "started"])?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_reported = said.contains(due) && said.contains("/azure_client_secret ") && said.lines().count() == 1;
        if output.status.code() == Some(78) && output.stdout.is_empty() && is_reported && !said.contains(PART) {
            return Ok(());
        }
        Err(format!("{what:?}: {output:?}").into())
    };
    refused("", "is missing")?;
    for (secret, due) in REFUSED {
        directories.write(secret)?;
        refused(secret, due)?;
    }
    for secret in ACCEPTED {
        directories.write(secret)?;
        let output = run(&["echo", "a b", "c"])?;
        if !output.status.success() || output.stdout != b"a b c\n" || !output.stderr.is_empty() {
            return Err(format!("{secret:?}: {output:?}").into());
        }
    }
    // Without a placeholder, as with a managed identity, no secret is needed.
    directories.write("")?;
    fs::write(directories.configurations().join("settings.yaml"), "data_dir: /tmp\n")?;
    if !run(&[])?.status.success() {
        return Err("a secret without a placeholder is checked".into());
    }
    fs::write(directories.configurations().join("settings.yaml"), "password: \"SECRET[eset.kafka]\"\n")?;
    let said = String::from_utf8_lossy(&run(&[])?.stderr).into_owned();
    if said.contains("names the place of the secret kafka") { Ok(()) } else { Err(said.into()) }
}

/// A directory of configurations and one of secrets.
struct Directories(TempDir);

impl Directories {
    fn new() -> Result<Self, Failed> {
        let directories = Self(tempfile::tempdir()?);
        fs::create_dir(directories.configurations())?;
        let mut settings = Settings::of(&["receive.yaml", "deliver.yaml"])?;
        settings.set("secret.eset.path", format!("{}   # a comment", directories.0.path().display()));
        settings.write(&directories.configurations())?;
        Ok(directories)
    }

    fn configurations(&self) -> PathBuf {
        self.0.path().join("configurations")
    }

    fn write(&self, secret: &str) -> std::io::Result<()> {
        fs::write(self.0.path().join("azure_client_secret"), secret)
    }
}
