//! The `eset-filter` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    eset_filter::cli::main()
}
