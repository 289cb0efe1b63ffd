//! Memory: out of memory, the end of a Lua state, and constant use over time.

use std::process::Command;
use std::{env, fs};

use eset_filter_tests::lua;
use mlua::{Error, Function, Result};

use super::traffic::messages;
use crate::Test;

pub(crate) const TESTS: &[Test] = tests![
    an_event_without_memory_fails_and_the_next_succeeds,
    a_filter_in_a_closed_state_raises_an_error,
    memory_stays_flat_over_ten_million_events,
];

/// Allows Lua a little more memory each time until an event succeeds, so that each of its allocations fails once.
fn an_event_without_memory_fails_and_the_next_succeeds() {
    let lua = lua::state();
    let (clear, process, check): (Function, Function, Function) = lua
        .load(
            r#"
            local filter = require("eset_filter").new()
            local emitted
            local function emit(event) emitted[#emitted + 1] = event.log end
            local message = '{"user":"ann","detail":"a text of more than forty bytes, which Lua keeps apart",'
                .. '"more":{"list":[1,{"b":[2]}]}}{"hash":""}'
            local function clear()
                emitted = {}
                collectgarbage()
            end
            local function process()
                filter:process({ log = { message = message, kept = 1 } }, emit)
            end
            local function check()
                assert(#emitted == 2 and emitted[1].user == "ann" and emitted[1].kept == 1 and emitted[1].detail)
                assert(emitted[1].additional_fields.more_list[2].b[1] == 2 and emitted[2].parse_status == "ok")
            end
            return clear, process, check
            "#,
        )
        .eval()
        .unwrap();
    let mut failures = 0;
    for room in (0..).step_by(13) {
        clear.call::<()>(()).unwrap();
        lua.set_memory_limit(lua.used_memory() + room).unwrap();
        let done = process.call::<()>(());
        lua.set_memory_limit(0).unwrap();
        let is_enough = match done {
            Ok(()) => true,
            Err(Error::MemoryError(_)) => false,
            Err(other) => panic!("{other}"),
        };
        if !is_enough {
            failures += 1;
            clear.call::<()>(()).unwrap();
            process.call::<()>(()).unwrap();
        }
        check.call::<()>(()).unwrap();
        if is_enough {
            break;
        }
    }
    assert!(failures > 50, "only {failures} attempts failed");
}

fn a_filter_in_a_closed_state_raises_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let said = directory.path().join("said");
    let lua = lua::state();
    // The object that is created first is dropped last, after the filter.
    lua.load(
        r#"
        local said = ...
        last = setmetatable({}, { __gc = function()
            local done, error = pcall(filter.process, filter, { log = { message = "{}" } }, print)
            io.open(said, "w"):write(tostring(error)):close()
        end })
        filter = require("eset_filter").new()
        "#,
    )
    .call::<()>(said.to_str())
    .unwrap();
    drop(lua);
    assert_eq!(fs::read_to_string(said).unwrap(), "eset_filter: this filter has been closed");
}

/// Runs this executable again as a separate process, so that no other test adds to its memory.
fn memory_stays_flat_over_ten_million_events() {
    let run = Command::new(env::current_exe().unwrap()).env(ALONE, "1").output().unwrap();
    let [out, log] = [run.stdout, run.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(run.status.success(), "{log}");
    println!("{out}");
    let sizes: Vec<i64> = out.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [first, last] = sizes[..] else { panic!("{out}") };
    assert!(last - first < 1024, "{out}");
}

const ALONE: &str = "ESET_FILTER_TEN_MILLION_EVENTS";

/// Returns whether this process was started for [`run_alone`].
pub(crate) fn is_alone() -> bool {
    env::var_os(ALONE).is_some()
}

/// Processes ten million events, and prints the memory use of the process after one million and at the end.
pub(crate) fn run_alone() {
    let lua = lua::state();
    let messages: Result<Vec<_>> = messages(1000).iter().map(|message| lua.create_string(message)).collect();
    let million: Function = lua
        .load(
            r#"
            local messages = ...
            local filter = require("eset_filter").new()
            local function ignore() end
            return function()
                for at = 1, 1000000 do
                    filter:process({ log = { message = messages[at % #messages + 1], host = "h" } }, ignore)
                    -- Vector does the same.
                    if at % 16 == 0 then collectgarbage() end
                end
            end
            "#,
        )
        .call(messages.unwrap())
        .unwrap();
    million.call::<()>(()).unwrap();
    let first = resident();
    for _ in 1..10 {
        million.call::<()>(()).unwrap();
    }
    println!("resident: {first} KiB after one million events, {} KiB after ten", resident());
}

/// Returns the resident memory of this process in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    size.trim().trim_end_matches(" kB").parse().unwrap()
}
