//! A Fluent Bit that is running on this machine, as Linux shows it in `/proc`.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::doctor::environment::Environment;
use crate::cli::doctor::trust::User;

/// A running Fluent Bit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) pid: u32,
    pub(super) config: PathBuf,
    /// Whom it runs for.
    pub(super) user: User,
    /// `None` where this user may not see it.
    pub(super) executable: Option<PathBuf>,
    /// The directory that it was started in. `None` where this user may not see it.
    pub(super) directory: Option<PathBuf>,
}

/// Those that were started with a configuration.
pub(super) fn find() -> Vec<Running> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|process| process.file_name().to_str()?.parse().ok());
    let mut running: Vec<_> = pids.filter_map(look_at).collect();
    running.sort_by_key(|running| running.pid);
    running
}

impl Running {
    /// Its variables. `None` where this user may not see them.
    pub(super) fn environment(&self) -> Option<Environment> {
        let environ = fs::read(format!("/proc/{}/environ", self.pid)).ok()?;
        Some(Environment::from_procfs(&environ))
    }
}

fn look_at(pid: u32) -> Option<Running> {
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let name = fs::read_to_string(folder.join("comm")).ok()?;
    if !name.starts_with(super::PROCESS) {
        return None;
    }
    let directory = fs::read_link(folder.join("cwd")).ok();
    let config = config(&fs::read(folder.join("cmdline")).ok()?)?;
    Some(Running {
        pid,
        user: User::from_procfs(&fs::read_to_string(folder.join("status")).ok()?)?,
        config: directory.as_deref().unwrap_or(Path::new("")).join(config),
        // Of an executable that was replaced since, the link leads nowhere.
        executable: fs::read_link(folder.join("exe")).ok().filter(|file| file.is_file()),
        directory,
    })
}

/// The configuration in a command line whose arguments end in NULs.
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
