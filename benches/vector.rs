//! What the filter costs inside Vector: the CPU time of a run with a transform, less that of a run without one.
//!
//! Beside the Lua module stand a `lua` transform that only emits, which is what Vector's own part in it costs, and a `remap`
//! transform that does by a regular expression and `parse_json` what the retired agent did. All take turns within one run,
//! and each one's median counts.
//!
//! Vector is the newest that `VECTOR` names, or else `vector` in `PATH`.

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

/// A way to filter: a transform, if any.
type Route = (&'static str, Option<Value>);

fn main() {
    let Some(host) = Vector::all().into_iter().next() else {
        println!("Vector is neither in PATH nor named by VECTOR, so nothing was measured.");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let messages: Vec<_> = Generator::new(GeneratorOptions { clean: true, ..Default::default() })
        .filter(|message| !message.contains(&b'\n'))
        .take(MESSAGES)
        .collect();
    let lines = messages.join(b"\n".as_slice());
    fs::write(folder.path().join("messages"), &lines).expect("the folder can be written to");

    let routes = routes();
    let mut times = vec![Vec::with_capacity(ROUNDS); routes.len()];
    for _ in 0..ROUNDS {
        for ((name, transform), times) in routes.iter().zip(&mut times) {
            let time = cpu_time(&host, transform.as_ref(), folder.path());
            times.push(time.unwrap_or_else(|error| panic!("{name}: {error}")));
        }
    }

    eset_filter_benches::machine();
    println!("Vector {}", host.version());
    println!("{MESSAGES} messages, {} bytes on average, median of {ROUNDS} rounds\n", lines.len() / MESSAGES);
    println!("{:58} {:>12} {:>12}", "CPU time a message, in microseconds", "in all", "the filter's");
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times, MESSAGES)).collect();
    for ((name, _), median) in routes.iter().zip(&medians) {
        println!("{name:58} {median:12.2} {:12.2}", median - medians[0]);
    }
    println!("\nThe Lua module costs {:.2} on top of a lua transform that emits.", medians[2] - medians[1]);
}

fn routes() -> [Route; 4] {
    let module = eset_filter_tests::root().join("dist/eset_filter.so");
    assert!(module.is_file(), "{} is not there; run `make lua` first", module.display());
    let load = format!("package.cpath = {module:?}\nfilter = require('eset_filter').new()");
    let lua = |source: &str, process: &str| json!({ "type": "lua", "version": "2", "source": source, "hooks": { "process": process } });
    let remap = "\
        . |= parse_regex!(.message, r'^[^{]*(?P<event>\\{.*\\})[^}]*$')\n\
        . |= object!(parse_json!(.event))\n\
        del(.event)\n\
        del(.message)";
    [
        ("no transform", None),
        ("lua that emits", Some(lua("", "function (event, emit) emit(event) end"))),
        ("lua with the module", Some(lua(&load, "function (event, emit) filter:process(event, emit) end"))),
        ("remap: regular expression, then JSON", Some(json!({ "type": "remap", "source": remap }))),
    ]
}

/// The CPU time of Vector for all messages.
fn cpu_time(host: &Vector, transform: Option<&Value>, folder: &Path) -> Result<Duration, String> {
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
    host.run(config, &folder.join("messages"), folder)?;
    Ok(used(UsageWho::RUSAGE_CHILDREN) - before)
}
