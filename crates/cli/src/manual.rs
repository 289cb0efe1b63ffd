//! Completions and manual pages, generated from the definition of the command line.

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Cli;
use crate::error::Error;

/// Returns the completion script for a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

/// Returns the manual page of the command or of a subcommand.
///
/// # Errors
///
/// The subcommand does not exist.
pub(crate) fn page(subcommand: Option<&str>) -> Result<Vec<u8>, Error> {
    let mut command = Cli::command();
    command.build();
    let command = match subcommand {
        None => command,
        Some(name) => find(&command, name)?,
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(page)
}

fn find(command: &Command, name: &str) -> Result<Command, Error> {
    let found = command.find_subcommand(name).cloned();
    found.ok_or_else(|| Error::Usage(format!("there is no command {name}; --help lists the commands")))
}
