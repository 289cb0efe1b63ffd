//! The Lua module: what it makes of events, what it refuses, and that nothing brings its host down.
//!
//! The host here imitates Vector. The programs below `tests/imitated_hosts/lua/`, of which each function is a test, run in it and, where
//! `lua5.4` is in `PATH`, in plain Lua. `shippers` has the real Vector.

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

/// The programs.
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

/// A program's file.
fn file(program: &str) -> PathBuf {
    eset_filter_tests::root().join("tests/imitated_hosts/lua").join(program).with_extension("lua")
}

/// The names of a program's functions, sorted.
fn functions(program: &str) -> Vec<String> {
    let lua = lua::state_with_debug();
    let functions: Table = lua.load(file(program)).eval().unwrap_or_else(|error| panic!("{error}"));
    let mut names: Vec<_> = functions.pairs::<String, Function>().map(|pair| pair.unwrap().0).collect();
    assert!(!names.is_empty());
    names.sort();
    names
}

/// Runs a program's function in the host that imitates Vector.
fn run(program: &str, function: &str) -> Result<(), Failed> {
    let lua = lua::state_with_debug();
    let functions: Table = lua.load(file(program)).eval()?;
    Ok(functions.get::<Function>(function)?.call(())?)
}
