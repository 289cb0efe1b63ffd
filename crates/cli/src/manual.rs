//! Completions and manual pages, made from the command line's own definition.

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Cli;
use crate::error::Error;

/// The completions for a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

/// The manual page, of the command itself or of one of its subcommands.
///
/// # Errors
///
/// There is no such subcommand.
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
    found.ok_or_else(|| Error::Usage(format!("there is no command {name}")))
}
