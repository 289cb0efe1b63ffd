//! Measures the cost of the filters inside Fluent Bit: the CPU time of a run with a filter, minus that of a run without
//! one.
//!
//! They are compared with two of Fluent Bit's own `parser` filters, as in the configuration of the retired agent: a
//! regular expression for the braces, then JSON. All filters take turns within one run, and the median of each is
//! reported.
//!
//! A module that answers every record with the same record of typical length shows what Fluent Bit itself does for any
//! WASM filter: it writes the record as JSON, copies it in, and reads an answer.
//!
//! `FLUENT_BIT` names the Fluent Bit to run. Otherwise it is `fluent-bit` in `PATH`. If WAMR's compiler `wamrc` is in
//! `PATH`, the module is also measured compiled ahead of time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use eset_filter::{Filter, Options, encode};
use eset_filter_benches::cpu::{median, used};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::fluent_bit::FluentBit;
use eset_filter_tests::module;
use nix::sys::resource::UsageWho;
use serde_json::{Value, json};

const MESSAGES: usize = 100_000;
const ROUNDS: usize = 7;

/// A name and a list of Fluent Bit's filters.
type Route = (&'static str, Value);

fn main() {
    let Some(host) = FluentBit::find() else {
        println!("Fluent Bit is neither in PATH nor named by FLUENT_BIT, so nothing was measured.");
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary directory can be created");
    let messages: Vec<_> = Generator::new(GeneratorOptions { clean: true, ..Default::default() })
        .filter(|message| !message.contains(&b'\n'))
        .take(MESSAGES)
        .collect();
    let lines = messages.join(b"\n".as_slice());
    fs::write(directory.path().join("messages"), [lines.as_slice(), b"\n"].concat())
        .expect("the directory is writable");

    let constant = constant_module(directory.path(), &answer_of_usual_length(&messages));
    let routes = routes(directory.path(), &constant);
    let mut times = vec![Vec::with_capacity(ROUNDS); routes.len()];
    for _ in 0..ROUNDS {
        for ((name, filters), times) in routes.iter().zip(&mut times) {
            times.push(cpu_time(&host, filters, directory.path()).unwrap_or_else(|error| panic!("{name}: {error}")));
        }
    }

    eset_filter_benches::machine();
    let version = Command::new(host.path()).arg("--version").output().expect("Fluent Bit runs").stdout;
    println!("{}", String::from_utf8_lossy(&version).lines().next().unwrap_or_default());
    println!("{MESSAGES} messages, {} bytes on average, median of {ROUNDS} rounds\n", lines.len() / MESSAGES);
    println!("{:58} {:>12} {:>12}", "CPU time per message, in microseconds", "total", "filter");
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times, MESSAGES)).collect();
    for ((name, _), median) in routes.iter().zip(&medians) {
        println!("{name:58} {median:12.2} {:12.2}", median - medians[0]);
    }
}

fn routes(directory: &Path, constant: &Path) -> Vec<Route> {
    let parser = |key: &str, parser: &str| json!({ "name": "parser", "match": "*", "key_name": key, "parser": parser });
    let wasm = |path: &Path| {
        json!([{
            "name": "wasm", "match": "*", "event_format": "json", "wasm_path": path, "function_name": "eset_filter",
        }])
    };
    let mut routes = vec![
        ("no filter", json!([])),
        (
            "two parser filters: regular expression, then JSON",
            json!([parser("log", "braces"), parser("event", "json")]),
        ),
        ("native filter", json!([{ "name": "eset", "match": "*" }])),
        ("WASM filter, interpreted", wasm(&module::path())),
        ("WASM module with a constant answer", wasm(constant)),
    ];
    if let Some(compiled) = compiled(directory) {
        routes.push(("WASM filter, compiled ahead of time", wasm(&compiled)));
    }
    routes
}

/// Returns the record of median length, as JSON.
fn answer_of_usual_length(messages: &[Vec<u8>]) -> String {
    let mut filter = Filter::new(Options::default().single(true));
    let mut answers: Vec<_> = messages
        .iter()
        .filter_map(|message| {
            let mut answer = Vec::new();
            encode::json::write(&filter.parse(message).next()?, &mut answer);
            String::from_utf8(answer).ok()
        })
        .collect();
    answers.sort_unstable_by_key(String::len);
    answers.swap_remove(answers.len() / 2)
}

/// Writes a module whose filter function ignores the record and returns `answer`. Fluent Bit calls its `malloc` for the
/// tag and for the record, so `malloc` alternates between two addresses.
fn constant_module(directory: &Path, answer: &str) -> PathBuf {
    let answer: String = answer.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let module = format!(
        r#"(module
            (memory (export "memory") 4)
            (data (i32.const 1024) "{answer}\00")
            (global $next (mut i32) (i32.const 65536))
            (func (export "malloc") (param i32) (result i32)
                (global.set $next (i32.xor (global.get $next) (i32.const 196608)))
                (global.get $next))
            (func (export "free") (param i32))
            (func (export "eset_filter") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 1024)))"#
    );
    let path = directory.join("constant.wasm");
    fs::write(&path, wat::parse_str(module).expect("the module is well formed")).expect("the directory is writable");
    path
}

/// Compiles the module with `wamrc`, if it is in `PATH`.
fn compiled(directory: &Path) -> Option<PathBuf> {
    let compiled = directory.join("eset_filter.aot");
    let mut compiler = Command::new("wamrc");
    compiler.arg(format!("--target={}", env::consts::ARCH)).args(["--opt-level=3", "--disable-simd", "-o"]);
    compiler.arg(&compiled).arg(module::path());
    match compiler.output() {
        Ok(done) if done.status.success() => Some(compiled),
        Ok(done) => panic!("wamrc: {}", String::from_utf8_lossy(&done.stdout)),
        Err(_) => {
            println!("wamrc is not in PATH, so the module compiled ahead of time was not measured.");
            None
        }
    }
}

/// Returns the CPU time of Fluent Bit for all messages.
fn cpu_time(host: &FluentBit, filters: &Value, directory: &Path) -> Result<Duration, String> {
    let config = json!({
        "service": { "flush": 0.2, "grace": 1, "log_level": "error" },
        "parsers": [
            { "name": "braces", "format": "regex", "regex": r"^[^{]*(?<event>\{.*\})[^}]*$" },
            { "name": "json", "format": "json" },
        ],
        "pipeline": {
            "inputs": [{
                "name": "tail", "path": directory.join("messages"), "read_from_head": true, "exit_on_eof": true,
            }],
            "filters": filters,
            "outputs": [{ "name": "null", "match": "*" }],
        },
    });
    let plugin = eset_filter_tests::root().join("dist/flb-filter_eset.so");
    let before = used(UsageWho::RUSAGE_CHILDREN);
    host.run(&plugin, &config, directory)?;
    Ok(used(UsageWho::RUSAGE_CHILDREN) - before)
}
