//! Counts the instructions that the module executes per event, by wasmi's fuel, which is the same on every machine. The
//! module is compared with a plain module that does the work with `serde_json::Value` (`benches/baseline`).

use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_wasm_host::{self as wasm_host, WasmHost};

const MESSAGES: usize = 2_000;

fn main() {
    let mut generator = Generator::new(GeneratorOptions::default());
    let messages: Vec<Vec<u8>> = std::iter::from_fn(|| generator.next())
        .filter(|message| {
            std::str::from_utf8(message).is_ok_and(|message| eset_filter_baseline::event(message).is_some())
        })
        .take(MESSAGES)
        .collect();
    let bytes: usize = messages.iter().map(Vec::len).sum();

    eset_filter_benches::machine();
    println!("{} messages, {} bytes on average\n", messages.len(), bytes / messages.len());
    println!("{:50} {:>21} {:>14}", "", "instructions/event", "ratio");
    let filter = instructions("eset_filter.wasm", &messages);
    for (name, module) in [
        ("eset_filter.wasm", "eset_filter.wasm"),
        ("a plain module with serde_json::Value", "baseline.wasm"),
        ("the same module after wasm-opt", "baseline-opt.wasm"),
    ] {
        let count = instructions(module, &messages);
        println!("{name:50} {count:21} {:14.2}", count as f64 / filter as f64);
    }
}

/// Returns the mean number of instructions per message. The module has processed all messages once before counting
/// starts.
fn instructions(module: &str, messages: &[Vec<u8>]) -> u64 {
    let path = eset_filter_tests::root().join("dist").join(module);
    let wasm = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: run `make bench`", path.display()));
    let mut host = WasmHost::with_fuel(&wasm, "eset_filter").expect("the module loads");
    let (mut record, mut answer) = (Vec::new(), Vec::new());
    let mut total = 0;
    for (round, message) in messages.iter().chain(messages).enumerate() {
        wasm_host::write_record(message, &mut record);
        host.call(&record, &mut answer).expect("the module answers");
        total += if round < messages.len() { 0 } else { host.fuel_consumed() };
    }
    total / messages.len() as u64
}
