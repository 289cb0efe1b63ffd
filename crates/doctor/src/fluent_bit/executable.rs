//! The Fluent Bit executable: its path, its version, and its own check of a configuration.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use once_cell::sync::Lazy;
use regex_lite::Regex;

use crate::environment::Environment;
use crate::finding::{Finding, Level};
use crate::process::{self, Run};
use crate::reason::Reason;
use crate::trust;

const CHECK: &str = "fluent-bit";
const DRY_RUN: &str = "dry-run";

/// The name to search for in `PATH`.
const NAME: &str = "fluent-bit";

/// The path in Fluent Bit's own packages, which is not in `PATH`.
const PACKAGED: &str = "/opt/fluent-bit/bin/fluent-bit";

/// The first version with the record format and the plugin interface that the filter requires.
const OLDEST: Version = Version(2, 1, 0);

/// The first version with which the filter has not been tested.
const UNTESTED: Version = Version(5, 2, 0);

/// The versions whose `azure_logs_ingestion` output cannot get a token (Fluent Bit's issue 11649).
pub(super) const WITHOUT_TOKENS: std::ops::Range<Version> = Version(5, 0, 0)..Version(5, 0, 3);

/// A version: major, minor and patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32, pub(super) u32);

/// An executable that can be started.
#[derive(Clone, Debug)]
pub(super) struct Executable {
    pub(super) path: PathBuf,
    pub(super) version: Version,
}

/// How Fluent Bit is started: the working directory, the environment, and the time limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'s> {
    pub(super) base: &'s Path,
    pub(super) environment: &'s Environment,
    pub(super) limit: Duration,
}

/// Matches the version in `Fluent Bit v5.1.1`.
static VERSION: Lazy<Regex> =
    Lazy::new(|| Regex::new(r"Fluent Bit v([0-9]+)\.([0-9]+)\.([0-9]+)").expect("the pattern is a constant"));

/// Matches a warning or an error in the log, such as
/// `[2026/11/23 04:22:07.376] [ warn] [env] variable ${NAME} is used but not set`.
static LOG_LINE: Lazy<Regex> =
    Lazy::new(|| Regex::new(r"^\[[0-9/ :.]+\] \[ ?(error|warn)\] (.+)$").expect("the pattern is a constant"));

/// Matches the message for a variable without a value, such as `[env] variable ${NAME} is used but not set`.
static UNSET: Lazy<Regex> =
    Lazy::new(|| Regex::new(r"variable \$\{([^}]*)\} is used but not set").expect("the pattern is a constant"));

/// Finds the executable and its version.
///
/// `named` is the executable that the user named, and `running` the executable of a running service.
pub(super) fn find(
    named: Option<&Path>,
    running: Option<&Path>,
    surroundings: Surroundings<'_>,
) -> (Option<Executable>, Vec<Finding>) {
    let packaged = || Some(PathBuf::from(PACKAGED)).filter(|file| file.is_file());
    let (path, is_chosen) = match named {
        // A name without a directory is searched for in PATH, as in a shell.
        Some(name) if name.components().count() == 1 => (in_path(name).or(Some(name.to_owned())), false),
        Some(path) => (std::path::absolute(path).ok(), true),
        None => (running.map(Path::to_owned).or_else(|| in_path(Path::new(NAME))).or_else(packaged), false),
    };
    let Some(path) = path else {
        let what =
            "Fluent Bit is neither running nor in PATH: its own check and the run with a sample message are skipped";
        return (None, vec![Finding::skipped(CHECK, what, NAME_IT)]);
    };
    if let Some(weakness) = trust::weakness(&path).filter(|_| !is_chosen) {
        let what = format!("{weakness}, so {} was not started", path.display());
        let advice = "If it is the right executable, give its path with --fluent-bit or FLUENT_BIT.";
        return (None, vec![Finding::skipped(CHECK, what, advice)]);
    }
    match version(&path, surroundings) {
        Ok(version) => {
            let finding = judge(&path, version);
            (Some(Executable { path, version }), vec![finding])
        }
        Err(why) => {
            let what = format!("cannot use {} as Fluent Bit: {why}", path.display());
            (None, vec![Finding::error(CHECK, what, NAME_IT)])
        }
    }
}

/// What to do if there is no executable.
pub(super) const NAME_IT: &str = "Name Fluent Bit's executable with --fluent-bit or FLUENT_BIT.";

fn in_path(name: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let files = std::env::split_paths(&path).filter_map(|directory| std::path::absolute(directory.join(name)).ok());
    files.into_iter().find(|file| file.is_file())
}

/// Has Fluent Bit itself check a configuration. `references` are the variables in the configuration. Those in `unset`
/// have no value, and already have findings.
pub(super) fn dry_run(
    executable: Option<&Executable>,
    config: &Path,
    references: &[String],
    unset: &[String],
    surroundings: Surroundings<'_>,
) -> Vec<Finding> {
    let Some(executable) = executable else { return Vec::new() };
    // If the path of the configuration is relative, Fluent Bit looks for relative includes in the wrong directory.
    let config = std::path::absolute(config).unwrap_or_else(|_| config.to_owned());
    let mut command = command(executable, surroundings).arg("--dry-run").arg("--config").arg(config);
    command.0.envs(surroundings.environment.for_child(references));
    match command.run(surroundings.limit) {
        Ok(run) => judge_dry_run(&run, unset),
        Err(error) => {
            vec![Finding::error(
                DRY_RUN,
                format!("{} does not run: {}", executable.path.display(), Reason(&error)),
                FIX,
            )]
        }
    }
}

/// Returns a command that starts the executable in its surroundings.
pub(super) fn command(executable: &Executable, surroundings: Surroundings<'_>) -> FluentBitCommand {
    let mut command = Command::new(&executable.path);
    command.current_dir(surroundings.base);
    FluentBitCommand(command)
}

/// A command that starts Fluent Bit: see [`command`].
pub(super) struct FluentBitCommand(Command);

impl FluentBitCommand {
    pub(super) fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.arg(argument);
        self
    }

    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    fn run(mut self, limit: Duration) -> std::io::Result<Run> {
        process::run(&mut self.0, limit, |_| false)
    }

    /// Runs until the first record on stdout.
    pub(super) fn run_for_a_record(mut self, limit: Duration) -> std::io::Result<Run> {
        process::run(&mut self.0, limit, |line| line.starts_with('{'))
    }
}

/// Returns the errors in Fluent Bit's log.
pub(super) fn errors(log: &[String]) -> Vec<String> {
    messages(log).filter(|(level, _)| *level == "error").map(|(_, message)| message.to_owned()).collect()
}

/// The end of the last line of the log if there were errors.
const ABORTING: &str = "configuration file contains errors, aborting.";

const FIX: &str = "Correct it and run this again. `fluent-bit --dry-run -c FILE` reports the same.";

fn version(path: &Path, surroundings: Surroundings<'_>) -> Result<Version, String> {
    let run = process::run(Command::new(path).arg("--version"), surroundings.limit, |_| false);
    let run = run.map_err(|error| Reason(&error).to_string())?;
    let lines = run.stdout.iter().chain(&run.stderr);
    lines.filter_map(|line| Version::find(line)).next().ok_or_else(|| "it does not report its version".to_owned())
}

fn judge(path: &Path, version: Version) -> Finding {
    let what = format!("Fluent Bit {version}, {}", path.display());
    if version < OLDEST {
        Finding::error(CHECK, format!("{what}, is too old"), "Install Fluent Bit 2.1 or later.")
    } else if version >= UNTESTED {
        let advice = "If something does not work, try a version up to 5.1.";
        Finding::warning(CHECK, format!("{what}, is newer than the tested versions"), advice)
    } else {
        Finding::ok(CHECK, what)
    }
}

fn judge_dry_run(run: &Run, known: &[String]) -> Vec<Finding> {
    let unset = |message: &str| Some(UNSET.captures(message)?[1].to_owned());
    let finding = |(level, message): (&str, &str)| match (level, unset(message)) {
        (_, Some(name)) if known.contains(&name) => None,
        (_, Some(name)) if name.contains(":-") => {
            let what = format!(
                "this Fluent Bit version does not support default values for variables: ${{{name}}} becomes empty"
            );
            Some(Finding::error(DRY_RUN, what, "Set the variable, or install Fluent Bit 5.1."))
        }
        ("error", _) => Some(Finding::error(DRY_RUN, format!("Fluent Bit says: {message}"), FIX)),
        _ => Some(Finding::warning(DRY_RUN, format!("Fluent Bit says: {message}"), FIX)),
    };
    let mut findings: Vec<_> = messages(&run.stderr).chain(messages(&run.stdout)).filter_map(finding).collect();
    // The summary is redundant after the errors themselves.
    if findings.len() > 1 {
        findings.retain(|finding| !finding.what.ends_with(ABORTING));
    }
    let is_successful = run.stderr.iter().chain(&run.stdout).any(|line| line.contains("test is successful"));
    match run.status {
        Some(status) if status.success() && is_successful => {
            findings.push(Finding::ok(DRY_RUN, "Fluent Bit accepts the configuration"));
        }
        Some(status) if status.success() => {
            let what = "Fluent Bit did not report whether it accepts the configuration";
            findings.push(Finding::skipped(
                DRY_RUN,
                what,
                "It does not report this with `daemon: on`. Remove that setting for the check.",
            ));
        }
        // Up to 3.2, Fluent Bit always crashes at the end if there is an azure_logs_ingestion output.
        Some(status) if status.code().is_none() => {
            let what = format!("Fluent Bit crashed while checking the configuration: {status}");
            findings.push(Finding::skipped(DRY_RUN, what, "Start it and read its log."));
        }
        Some(status) if findings.iter().all(|finding| finding.level < Level::Error) => {
            let what = format!("Fluent Bit rejects the configuration: {status}");
            findings.push(Finding::error(DRY_RUN, what, FIX));
        }
        Some(_) => {}
        None => findings.push(Finding::warning(
            DRY_RUN,
            "Fluent Bit did not exit in time",
            "Run this again with a longer --timeout.",
        )),
    }
    findings
}

/// Returns the warnings and errors in a log, with their levels.
fn messages(log: &[String]) -> impl Iterator<Item = (&str, &str)> {
    log.iter().filter_map(|line| {
        let (_, [level, message]) = LOG_LINE.captures(line)?.extract();
        Some((level, message))
    })
}

impl Version {
    /// Finds the version in a line of text.
    fn find(line: &str) -> Option<Self> {
        let (_, numbers) = VERSION.captures(line)?.extract::<3>();
        let [major, minor, patch] = numbers.map(|number| number.parse().ok());
        Some(Self(major?, minor?, patch?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_and_ordered() {
        assert_eq!(Version::find("Fluent Bit v5.1.1"), Some(Version(5, 1, 1)));
        assert_eq!(Version::find("Git commit: abc"), None);
        assert_eq!(Version::find("Fluent Bit v99999999999.1.1"), None);
        for (version, level) in [
            (Version(2, 0, 9), Level::Error),
            (Version(2, 1, 0), Level::Ok),
            (Version(5, 1, 99), Level::Ok),
            (Version(5, 2, 0), Level::Warning),
        ] {
            assert_eq!(judge(Path::new("x"), version).level, level, "{version}");
        }
    }

    #[test]
    fn log_messages_become_findings() {
        let log = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let stderr = log(&[
            "Fluent Bit v5.1.1",
            "",
            "[2026/11/23 04:22:07.376] [ warn] [env] variable ${KNOWN} is used but not set",
            "[2026/11/23 04:22:07.376] [ warn] [env] variable ${PORT:-1} is used but not set",
            "[2026/11/23 04:22:07] [error] [config] tcp: unknown configuration property",
            "[2026/11/23 04:22:07] [ info] nothing",
        ]);
        assert_eq!(errors(&stderr), ["[config] tcp: unknown configuration property"]);
        let run = Run { stdout: Vec::new(), stderr, status: None };
        let findings = judge_dry_run(&run, &["KNOWN".to_owned()]);
        let levels: Vec<_> = findings.iter().map(|finding| finding.level).collect();
        assert_eq!(levels, [Level::Error, Level::Error, Level::Warning]);
        assert!(findings[0].what.contains("${PORT:-1}"), "{findings:?}");
    }
}
