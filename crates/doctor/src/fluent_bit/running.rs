//! This user's running Fluent Bit processes, as Linux shows them in `/proc`.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;

use crate::environment::Environment;
use crate::finding::Finding;
use crate::procfs::{Foreign, Process};

/// A running Fluent Bit process.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) pid: u32,
    pub(super) config: PathBuf,
    pub(super) environment: Environment,
    /// The executable. `None` if the file has been replaced since the start.
    pub(super) executable: Option<PathBuf>,
    /// The working directory.
    pub(super) directory: PathBuf,
}

/// A process that was skipped.
#[derive(Debug)]
pub(super) struct PassedOver {
    pid: u32,
    why: Foreign,
}

/// Finds the processes that were started with a configuration.
pub(super) fn find() -> (Vec<Running>, Vec<PassedOver>) {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<_> = processes.filter_map(|process| process.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    let (mut running, mut passed_over) = (Vec::new(), Vec::new());
    for pid in pids {
        match inspect(pid) {
            Some(Ok(found)) => running.push(found),
            Some(Err(why)) => passed_over.push(PassedOver { pid, why }),
            None => {}
        }
    }
    (running, passed_over)
}

/// Examines a process. Returns `None` if it is not Fluent Bit with a configuration.
fn inspect(pid: u32) -> Option<Result<Running, Foreign>> {
    let process = Process::open(pid).ok()?;
    if !process.read("comm").ok()?.starts_with(super::PROCESS.as_bytes()) {
        return None;
    }
    let config = config(&process.read("cmdline").ok()?)?;
    Some(read(&process, pid, &config))
}

fn read(process: &Process, pid: u32, config: &str) -> Result<Running, Foreign> {
    let environment = Environment::from_procfs(&process.variables()?);
    let directory = process.link("cwd").map_err(|_| Foreign::Hidden)?;
    let config = directory.join(config);
    if !process.sees(&config) {
        return Err(Foreign::Elsewhere);
    }
    let executable = process.link("exe").ok().filter(|file| process.sees(file));
    Ok(Running { pid, config, environment, executable, directory })
}

impl PassedOver {
    pub(super) fn finding(&self) -> Finding {
        Finding::skipped("fluent-bit", self.to_string(), NAME_IT)
    }
}

/// What to do about a skipped process.
pub(super) const NAME_IT: &str =
    "Name its configuration on the command line, and its environment file with --env-file.";

impl std::fmt::Display for PassedOver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pid = self.pid;
        match self.why {
            Foreign::User(user) => {
                write!(formatter, "process {pid}, named fluent-bit, belongs to user {user} and was skipped")
            }
            Foreign::Elsewhere => write!(
                formatter,
                "Fluent Bit (process {pid}) sees different files than this user, as in a container, and was skipped"
            ),
            Foreign::Hidden => {
                write!(
                    formatter,
                    "this user is not allowed to read the environment of Fluent Bit (process {pid}), which was skipped"
                )
            }
        }
    }
}

/// Returns the configuration in a command line with a NUL after each argument.
fn config(cmdline: &[u8]) -> Option<String> {
    let mut arguments = cmdline.split(|byte| *byte == 0).skip(1).map(|argument| String::from_utf8_lossy(argument));
    while let Some(argument) = arguments.next() {
        let value = match argument.as_ref() {
            "-c" | "--config" => arguments.next().map(Cow::into_owned),
            long if long.starts_with("--") => long.strip_prefix("--config=").map(str::to_owned),
            short => short.strip_prefix("-c").map(str::to_owned),
        };
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_found_in_a_command_line() {
        for (line, expected) in [
            ("fluent-bit -c /etc/a.yaml", Some("/etc/a.yaml")),
            ("fluent-bit -q --config a.yaml -v", Some("a.yaml")),
            ("fluent-bit --config=a.yaml", Some("a.yaml")),
            ("fluent-bit -ca.yaml", Some("a.yaml")),
            ("fluent-bit -i cpu -o stdout", None),
            ("fluent-bit --color -c", None),
            ("-c", None),
        ] {
            let cmdline: Vec<u8> = line.split(' ').flat_map(|argument| [argument.as_bytes(), b"\0"].concat()).collect();
            assert_eq!(config(&cmdline).as_deref(), expected, "{line}");
        }
    }
}
