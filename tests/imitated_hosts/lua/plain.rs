//! Tests in plain Lua 5.4, also under the leak sanitizer.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use eset_filter_tests::lua;
use libtest_mimic::{Failed, Trial};

use super::{PROGRAMS, file, functions};

/// The `lua5.4` executable.
#[derive(Clone)]
pub(crate) struct PlainLua(PathBuf);

impl PlainLua {
    /// Returns the executable in `PATH`, if there is one.
    pub(crate) fn find() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .map(|directory| directory.join("lua5.4"))
            .find(|candidate| candidate.is_file())
            .map(Self)
    }

    /// Returns the tests that only run in plain Lua.
    pub(crate) fn trials(&self) -> Vec<Trial> {
        let this = self.clone();
        let mut trials = vec![Trial::test("lua5.4::LUA_CPATH_finds_the_module", move || this.finds_the_module())];
        match leak_sanitizer() {
            Some(sanitizer) => {
                let this = self.clone();
                let test = move || this.leaks_nothing(&sanitizer);
                trials.push(Trial::test("lua5.4::a_leak_sanitizer_finds_nothing", test));
            }
            None => println!("The compiler has no liblsan.so, so nothing was tested for leaks."),
        }
        trials
    }

    /// Runs a function of a program.
    pub(crate) fn run(&self, program: &str, function: &str) -> Result<(), Failed> {
        succeed(&self.command(&call(program, function)).output()?)
    }

    fn finds_the_module(&self) -> Result<(), Failed> {
        let mut command = Command::new(&self.0);
        let pattern = lua::module().with_file_name("?.so");
        command.env("LUA_CPATH_5_4", pattern).args(["-e", "assert(#require('eset_filter').new():parse('{}') == 1)"]);
        succeed(&command.output()?)
    }

    fn leaks_nothing(&self, sanitizer: &Path) -> Result<(), Failed> {
        let calls = |program| functions(program).into_iter().map(move |function| call(program, &function));
        let everything: Vec<_> = PROGRAMS.into_iter().flat_map(calls).collect();
        succeed(&self.command(&everything.join("\n")).env("LD_PRELOAD", sanitizer).output()?)?;

        let leak = "debug.setmetatable(require('eset_filter').new(), nil)";
        let leaking = self.command(leak).env("LD_PRELOAD", sanitizer).output()?;
        let log = String::from_utf8_lossy(&leaking.stderr);
        let is_noticed = !leaking.status.success() && log.contains("detected memory leaks");
        if is_noticed { Ok(()) } else { Err(format!("a leak is not detected: {log}").into()) }
    }

    /// Returns a command that runs a program which can load the module.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.0);
        let path = format!("package.cpath = {:?}", lua::module());
        command.args(["-e", &path, "-e", program]);
        command
    }
}

fn call(program: &str, function: &str) -> String {
    format!("dofile({:?})[{function:?}]()", file(program))
}

fn succeed(output: &Output) -> Result<(), Failed> {
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned().into()) }
}

/// Returns the leak sanitizer of the C compiler, as a library that can be preloaded into any executable.
fn leak_sanitizer() -> Option<PathBuf> {
    let found = Command::new("cc").arg("-print-file-name=liblsan.so").output().ok()?;
    let path = PathBuf::from(String::from_utf8_lossy(&found.stdout).trim());
    path.is_absolute().then_some(path)
}
