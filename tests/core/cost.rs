//! The cost of any message is limited: the size of its records, and the number of steps that an interpreter takes for
//! it, which is the same on every machine. The limit on the steps is a multiple of those for ordinary traffic of the
//! same length.
//!
//! The steps are measured in `eset_filter.wasm`, and in the library as the native filter uses it, built for the same
//! interpreter (`benches/baseline`).

use eset_filter::{Filter, Options, Raw, SyslogFields, encode};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::module;
use eset_filter_tests::shapes::SHAPES;
use eset_filter_wasm_host::{self as wasm_host, WasmHost};

/// The sizes of a message, in bytes.
const SIZES: [usize; 3] = [2_000, 16_000, 64_000];

/// The maximum number of steps per byte in the module, as a multiple of those for ordinary traffic.
const MOST_IN_MODULE: f64 = 28.0;
/// The maximum number of steps per byte in the library. It is higher because a message may become many records.
const MOST_NATIVELY: f64 = 60.0;

#[test]
fn steps_in_the_module_are_in_proportion() {
    let mut host = WasmHost::with_fuel(&module::read(), "eset_filter_raw_always_syslog_all").unwrap();
    let mut record = Vec::new();
    steps_are_in_proportion("module", MOST_IN_MODULE, |message| {
        wasm_host::write_record(message, &mut record);
        let mut answer = Vec::new();
        host.call(&record, &mut answer).unwrap();
        host.fuel_consumed()
    });
}

#[test]
fn steps_in_the_library_are_in_proportion() {
    let path = eset_filter_tests::root().join("dist/baseline.wasm");
    let wasm = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: run `make test`", path.display()));
    let mut host = WasmHost::with_fuel(&wasm, "all_records").unwrap();
    steps_are_in_proportion("library", MOST_NATIVELY, |message| {
        host.call(message, &mut Vec::new()).unwrap();
        host.fuel_consumed()
    });
}

fn steps_are_in_proportion(name: &str, most: f64, mut steps: impl FnMut(&[u8]) -> u64) {
    let traffic: Vec<_> = Generator::new(GeneratorOptions::default()).take(1000).collect();
    let (mut bytes, mut total) = (0, 0);
    for message in &traffic {
        steps(message);
        bytes += message.len();
        total += steps(message);
    }
    let ordinary = total as f64 / bytes as f64;
    println!(
        "{name}: {ordinary:.1} steps per byte of ordinary traffic. Multiples of that per byte of hostile messages:"
    );
    let mut expensive = Vec::new();
    for (shape, message) in SHAPES {
        let times = SIZES.map(|size| {
            let message = message(size);
            // The first run also grows the memory.
            steps(&message);
            steps(&message) as f64 / message.len() as f64 / ordinary
        });
        println!("{:6.2} {:6.2} {:6.2}  {shape}", times[0], times[1], times[2]);
        if times.iter().any(|times| *times > most) {
            expensive.push(*shape);
        }
    }
    assert_eq!(expensive, [""; 0], "these cost more than {most} times as much as ordinary traffic");
}

#[test]
fn record_sizes_are_limited() {
    for raw in [Raw::OnError, Raw::Always, Raw::Never] {
        for record_limit in [None, Some(Options::LEAST_RECORD_LIMIT), Some(Options::SHIPPER_RECORD_LIMIT)] {
            let options = Options::default().raw(raw).syslog_fields(SyslogFields::All).record_limit(record_limit);
            let mut filter = Filter::new(options);
            for (shape, message) in SHAPES {
                for size in [100, 2_000, 16_000, 64_000, 1_000_000] {
                    let message = message(size);
                    let (mut json, mut packed) = (Vec::new(), Vec::new());
                    let mut events = filter.parse(&message);
                    while let Some(event) = events.next() {
                        let start = json.len();
                        encode::json::write(&event, &mut json);
                        encode::msgpack::write(&event, &mut packed);
                        assert!(record_limit.is_none_or(|limit| json.len() - start <= limit), "{shape}, {size} bytes");
                    }
                    let most = 16 * message.len() + 16 * 1024;
                    assert!(json.len() <= most, "{shape}, {size} bytes: {} of JSON", json.len());
                    assert!(packed.len() <= most, "{shape}, {size} bytes: {} of MessagePack", packed.len());
                }
            }
        }
    }
}
