//! Measures the cost of the filter inside Vector: the CPU time of a run with a transform, minus that of a run without
//! one.
//!
//! The Lua module is compared with a `lua` transform that only emits, which shows the cost of Vector's own part, and
//! with a `remap` transform that does the same as the retired agent with a regular expression and `parse_json`. All
//! transforms take turns within one run, and the median of each is reported.
//!
//! The newest Vector that `VECTOR` names is run, or else `vector` in `PATH`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use eset_filter_benches::cpu::{median, used};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::vector::Vector;
use nix::sys::resource::UsageWho;
use serde_json::{Value, json};

const MESSAGES: usize = 100_000;
const ROUNDS: usize = 7;

/// A name, and a transform or none.
type Route = (&'static str, Option<Value>);

fn main() {
    let Some(host) = Vector::all().into_iter().next() else {
        println!("Vector is neither in PATH nor named by VECTOR, so nothing was measured.");
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary directory can be created");
    let messages: Vec<_> = Generator::new(GeneratorOptions { clean: true, ..Default::default() })
        .filter(|message| !message.contains(&b'\n'))
        .take(MESSAGES)
        .collect();
    let lines = messages.join(b"\n".as_slice());
    fs::write(directory.path().join("messages"), &lines).expect("the directory is writable");

    let routes = routes();
    let mut times = vec![Vec::with_capacity(ROUNDS); routes.len()];
    for _ in 0..ROUNDS {
        for ((name, transform), times) in routes.iter().zip(&mut times) {
            let time = cpu_time(&host, transform.as_ref(), directory.path());
            times.push(time.unwrap_or_else(|error| panic!("{name}: {error}")));
        }
    }

    eset_filter_benches::machine();
    println!("Vector {}", host.version());
    println!("{MESSAGES} messages, {} bytes on average, median of {ROUNDS} rounds\n", lines.len() / MESSAGES);
    println!("{:58} {:>12} {:>12}", "CPU time per message, in microseconds", "total", "filter");
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times, MESSAGES)).collect();
    for ((name, _), median) in routes.iter().zip(&medians) {
        println!("{name:58} {median:12.2} {:12.2}", median - medians[0]);
    }
    println!("\nThe Lua module adds {:.2} to a lua transform that only emits.", medians[2] - medians[1]);
}

fn routes() -> [Route; 4] {
    let module = eset_filter_tests::root().join("dist/eset_filter.so");
    assert!(module.is_file(), "{} does not exist: run `make lua` first", module.display());
    let load = format!("package.cpath = {module:?}\nfilter = require('eset_filter').new()");
    let lua = |source: &str, process: &str| json!({ "type": "lua", "version": "2", "source": source, "hooks": { "process": process } });
    let remap = "\
        . |= parse_regex!(.message, r'^[^{]*(?P<event>\\{.*\\})[^}]*$')\n\
        . |= object!(parse_json!(.event))\n\
        del(.event)\n\
        del(.message)";
    [
        ("no transform", None),
        ("lua that only emits", Some(lua("", "function (event, emit) emit(event) end"))),
        ("lua with the module", Some(lua(&load, "function (event, emit) filter:process(event, emit) end"))),
        ("remap: regular expression, then JSON", Some(json!({ "type": "remap", "source": remap }))),
    ]
}

/// Returns the CPU time of Vector for all messages.
fn cpu_time(host: &Vector, transform: Option<&Value>, directory: &Path) -> Result<Duration, String> {
    let mut config = json!({
        "sources": { "in": { "type": "stdin", "decoding": { "codec": "bytes" } } },
        "sinks": { "out": { "type": "blackhole", "inputs": ["in"], "print_interval_secs": 0 } },
    });
    if let Some(transform) = transform {
        config["transforms"]["filter"] = transform.clone();
        config["transforms"]["filter"]["inputs"] = json!(["in"]);
        config["sinks"]["out"]["inputs"] = json!(["filter"]);
    }
    let before = used(UsageWho::RUSAGE_CHILDREN);
    host.run(config, &directory.join("messages"), directory)?;
    Ok(used(UsageWho::RUSAGE_CHILDREN) - before)
}
