//! The Lua module: the events it emits, the errors it raises, and that nothing crashes its host.
//!
//! The host here imitates Vector. Every function of the programs in `tests/imitated_hosts/lua/` is a test. It runs in
//! this host and, if `lua5.4` is in `PATH`, in plain Lua. `shippers` tests the module in the real Vector.

mod memory;
mod plain;
mod traffic;

use std::path::PathBuf;

use eset_filter_tests::lua;
use libtest_mimic::{Failed, Trial};
use mlua::{Function, Table};

pub(crate) use memory::{is_alone, run_alone};
use plain::PlainLua;

use super::named;

/// The names of the programs.
const PROGRAMS: [&str; 3] = ["events", "garbage", "misuse"];

pub(crate) fn trials() -> Vec<Trial> {
    let plain = PlainLua::find();
    if plain.is_none() {
        println!("lua5.4 is not in PATH, so nothing was tested in plain Lua.");
    }
    let mut trials: Vec<_> = named("lua", traffic::TESTS).chain(named("lua", memory::TESTS)).collect();
    for program in PROGRAMS {
        for function in functions(program) {
            let name = format!("{program}::{function}");
            if let Some(plain) = plain.clone() {
                let function = function.clone();
                trials.push(Trial::test(format!("lua5.4::{name}"), move || plain.run(program, &function)));
            }
            trials.push(Trial::test(format!("lua::{name}"), move || run(program, &function)));
        }
    }
    trials.extend(plain.iter().flat_map(PlainLua::trials));
    trials
}

/// Returns the path of a program.
fn file(program: &str) -> PathBuf {
    eset_filter_tests::root().join("tests/imitated_hosts/lua").join(program).with_extension("lua")
}

/// Returns the names of a program's functions, sorted.
fn functions(program: &str) -> Vec<String> {
    let lua = lua::state_with_debug();
    let functions: Table = lua.load(file(program)).eval().unwrap_or_else(|error| panic!("{error}"));
    let mut names: Vec<_> = functions.pairs::<String, Function>().map(|pair| pair.unwrap().0).collect();
    assert!(!names.is_empty());
    names.sort();
    names
}

/// Runs a function of a program in the host that imitates Vector.
fn run(program: &str, function: &str) -> Result<(), Failed> {
    let lua = lua::state_with_debug();
    let functions: Table = lua.load(file(program)).eval()?;
    Ok(functions.get::<Function>(function)?.call(())?)
}
