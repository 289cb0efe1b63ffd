//! The hosts that run the cases of the contract.

use std::io::Write;
use std::process::{self, Stdio};

use eset_filter::record::MESSAGE_KEYS;
use eset_filter::record::json::JsonRecordFilter;
use eset_filter_wasm_host::{WasmHost, function_name};

use crate::cases::{Case, Input};
use crate::json::Json;
use crate::lua::LuaHost;
use crate::twin::Twin;
use crate::{answer, expected, lua, messagepack, module, native, twin};

/// A way to run the filter.
pub trait Host {
    /// The name of the host in the test runner.
    const NAME: &'static str;
    /// Whether the host answers a record with at most one record.
    const SINGLE: bool;

    /// Returns whether the host can run the case. A host may lack an option.
    fn takes(case: &Case) -> bool;

    /// Runs the case and returns the records as JSON, one per line.
    fn run(case: &Case) -> Vec<u8>;

    /// Returns why the records of this case differ from the expected ones, if they do. docs/contract.md lists the same
    /// differences.
    fn difference(_case: &Case) -> Option<&'static str> {
        None
    }

    /// Returns whether the records are the expected ones. Types of values, kinds of numbers and digits all count, as
    /// far as the contract requires this host to keep them.
    fn is_same(given: &[u8], expected: &[u8]) -> bool {
        given == expected
    }
}

/// The core, called as a library.
pub struct Library;

impl Host for Library {
    const NAME: &'static str = "library";
    const SINGLE: bool = false;

    fn takes(_case: &Case) -> bool {
        true
    }

    fn run(case: &Case) -> Vec<u8> {
        match &case.input {
            Input::Message(message) => expected::lines(message, &case.options(false).filter),
            Input::Record(record) => {
                let mut out = Vec::new();
                JsonRecordFilter::new(case.options(false)).read(record, b"\n", &mut out);
                out
            }
        }
    }
}

/// The command, which reads one message or record per line.
pub struct Command;

impl Host for Command {
    const NAME: &'static str = "command";
    const SINGLE: bool = false;

    fn takes(case: &Case) -> bool {
        let (Input::Message(line) | Input::Record(line)) = &case.input;
        !line.contains(&b'\n')
    }

    fn run(case: &Case) -> Vec<u8> {
        let (input, line) = match &case.input {
            Input::Message(message) => ("raw", message),
            Input::Record(record) => ("json", record),
        };
        let mut command = process::Command::new(crate::command());
        command.args(["--input", input]);
        for (name, value) in &case.settings {
            command.arg(format!("--{}={value}", name.replace('_', "-")));
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // The command writes nothing before it has read the whole line, so neither side waits for the other.
        child.stdin.take().unwrap().write_all(line).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", output.status);
        output.stdout
    }
}

/// The module for Fluent Bit's `wasm` filter, in an interpreter.
pub struct Wasm;

impl Host for Wasm {
    const NAME: &'static str = "wasm";
    const SINGLE: bool = true;

    fn takes(case: &Case) -> bool {
        case.options(true).message_key.is_none()
    }

    fn run(case: &Case) -> Vec<u8> {
        let record = match &case.input {
            Input::Message(message) => module::record(message),
            Input::Record(record) => record.clone(),
        };
        let mut host = WasmHost::new(&module::read(), &function_name(&case.options(true).filter)).unwrap();
        let mut given = Vec::new();
        host.call(&record, &mut given).unwrap();
        answer::check_answer_to(&record, &given);
        if !given.is_empty() {
            given.push(b'\n');
        }
        given
    }

    fn difference(case: &Case) -> Option<&'static str> {
        module::DIFFERENCES.iter().find(|(name, _)| *name == case.name).map(|(_, reason)| *reason)
    }
}

/// The VRL twin, in the VRL engine of Vector.
pub struct Vrl;

impl Host for Vrl {
    const NAME: &'static str = "vrl";
    const SINGLE: bool = false;

    fn takes(case: &Case) -> bool {
        is_map(case)
    }

    fn run(case: &Case) -> Vec<u8> {
        let twin = Twin::shared(&case.options(false));
        let records = match &case.input {
            Input::Message(message) => twin.message_records(message),
            Input::Record(record) => twin.records(&Json::parse(str::from_utf8(record).unwrap()).unwrap()),
        };
        records.iter().map(|record| format!("{record}\n")).collect::<String>().into_bytes()
    }

    fn difference(case: &Case) -> Option<&'static str> {
        listed(case, &twin::DIFFERENCES)
    }

    fn is_same(given: &[u8], expected: &[u8]) -> bool {
        twin::are_same(&lines(given), &lines(expected))
    }
}

/// The native filter for Fluent Bit, in a host that imitates it.
pub struct Native;

impl Host for Native {
    const NAME: &'static str = "native";
    const SINGLE: bool = false;

    fn takes(case: &Case) -> bool {
        is_map(case)
    }

    fn run(case: &Case) -> Vec<u8> {
        let record = match &case.input {
            Input::Message(message) => native::record(message),
            Input::Record(record) => messagepack::of(&parse(record)),
        };
        let chunk = native::chunk(std::slice::from_ref(&record));
        let properties: Vec<_> = case.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let run = native::HOST.run(&properties, std::slice::from_ref(&chunk));
        assert!(run.status.success(), "{}", run.log);
        let [answer] = run.answers.try_into().unwrap();
        let mut lines = Vec::new();
        for event in native::values(&answer.unwrap_or(chunk)) {
            let (header, body) = native::parts(&event);
            assert_eq!(*header, native::header(0));
            writeln!(lines, "{}", messagepack::to_json(body)).unwrap();
        }
        lines
    }

    fn difference(case: &Case) -> Option<&'static str> {
        listed(case, &native::DIFFERENCES)
    }

    fn is_same(given: &[u8], expected: &[u8]) -> bool {
        are_same(given, expected, |given, expected| *given == messagepack::held(expected))
    }
}

/// The Lua module, in a host that imitates Vector.
pub struct Lua;

impl Host for Lua {
    const NAME: &'static str = "lua";
    const SINGLE: bool = false;

    /// Returns whether the host can run the case. Lua has no `null`, so a message that is `null` becomes an empty
    /// message.
    fn takes(case: &Case) -> bool {
        let is_null = |(key, value): &(String, Json)| *value == Json::Null && MESSAGE_KEYS.contains(&key.as_str());
        is_map(case) && !matches!(&case.input, Input::Record(record) if parse(record).members().iter().any(is_null))
    }

    fn run(case: &Case) -> Vec<u8> {
        let host = LuaHost::new(&case.settings).unwrap();
        let records = match &case.input {
            Input::Message(message) => host.process_message(message),
            Input::Record(record) => host.process_json(&parse(record)),
        };
        let mut lines = Vec::new();
        for record in records.unwrap() {
            writeln!(lines, "{record}").unwrap();
        }
        lines
    }

    fn difference(case: &Case) -> Option<&'static str> {
        listed(case, &lua::DIFFERENCES)
    }

    fn is_same(given: &[u8], expected: &[u8]) -> bool {
        are_same(given, expected, lua::is_same)
    }
}

/// Returns the reason that a list of differences gives for a case.
fn listed(case: &Case, differences: &[(&str, &'static str)]) -> Option<&'static str> {
    differences.iter().find(|(name, _)| *name == case.name).map(|(_, reason)| *reason)
}

/// Returns whether the record of a case, if it has one, is a map. A host cannot have any other record.
fn is_map(case: &Case) -> bool {
    let is_object = |text| matches!(Json::parse(text), Ok(Json::Object(_)));
    !matches!(&case.input, Input::Record(record) if !str::from_utf8(record).is_ok_and(is_object))
}

/// Returns whether the records are the same, in the same order.
fn are_same(given: &[u8], expected: &[u8], is_same: impl Fn(&Json, &Json) -> bool) -> bool {
    let (given, expected) = (lines(given), lines(expected));
    given.len() == expected.len() && given.iter().zip(&expected).all(|(given, expected)| is_same(given, expected))
}

fn lines(records: &[u8]) -> Vec<Json> {
    records.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parse).collect()
}

fn parse(text: &[u8]) -> Json {
    Json::parse(str::from_utf8(text).unwrap()).unwrap()
}
