//! The disk buffer while nothing can be delivered: it contains every record, in files that each fit into one request.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_tests::fluent_bit::{FluentBit, Version};
use eset_filter_tests::messagepack;
use eset_filter_tests::running::Running;
use eset_filter_tests::sender::{Framing, Sender};
use fastrand::Rng;
use libtest_mimic::{Failed, Trial};
use rmpv::Value;

use super::shipped::{CURRENT, Shipped};

/// The `request_limit` of filter.yaml, in bytes of JSON.
const REQUEST_LIMIT: usize = 500_000;

/// How long it may take until all records are on disk.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// An output that never delivers.
const NOWHERE: &str = "pipeline:
  outputs:
    - name: tcp
      match: '*'
      host: 127.0.0.1
      port: 1
      retry_limit: no_limits
";

/// Returns the test of the buffer.
pub(crate) fn trials(host: &FluentBit, version: Version) -> Vec<Trial> {
    if version < CURRENT {
        println!("Fluent Bit {version} does not support request_limit, so the files of the buffer were not checked.");
        return Vec::new();
    }
    let host = host.clone();
    vec![Trial::test("fluent_bit::buffer::files_fit_requests", move || fits(&host, version))]
}

/// Sends 5000 messages of 4 KB over a connection as fast as they are accepted: 20 MB that are practically random.
fn fits(host: &FluentBit, version: Version) -> Result<(), Failed> {
    const COUNT: usize = 5000;
    let shipped = Shipped::new(version)?;
    let main = shipped.main(&["receive.yaml", "filter.yaml"], NOWHERE)?;
    let mut command = Command::new(host.path());
    command.arg("--config").arg(main).envs(shipped.variables());
    let mut running = Running::start(command, shipped.path("log"))?;
    let mut sender = Sender::tcp(shipped.ports.tcp, Framing::Newline)?;
    let mut rng = Rng::with_seed(1);
    for at in 0..COUNT {
        let noise: String = (0..4000).map(|_| rng.alphanumeric()).collect();
        sender.send(
            format!(r#"{{"event_type":"Threat_Event","hostname":"pc-{at}","object_uri":"{noise}"}}"#).as_bytes(),
        )?;
    }
    let start = Instant::now();
    loop {
        running.check()?;
        let chunks = chunks(&shipped.path("storage"));
        let records: usize = chunks.iter().map(Vec::len).sum();
        if records == COUNT {
            let largest = chunks.iter().map(|chunk| json_size(chunk)).max().unwrap_or_default();
            // This includes the commas between the records and the brackets around them.
            return if largest <= REQUEST_LIMIT {
                Ok(())
            } else {
                Err(format!("a file has {largest} bytes, expected at most {REQUEST_LIMIT}").into())
            };
        }
        if records > COUNT || start.elapsed() > LONGEST_WAIT {
            return Err(format!("{records} of {COUNT} records are on disk\n{}", running.log()).into());
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Returns the records of each file.
fn chunks(directory: &Path) -> Vec<Vec<Value>> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut all = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            all.extend(chunks(&path));
        } else if let Ok(file) = fs::read(&path) {
            all.push(records(&file));
        }
    }
    all
}

/// Returns the records of a file. They follow 24 bytes, the last two of which are the length of the metadata, and the
/// metadata. Unused space may follow the records.
///
/// Source: Chunk I/O, `include/chunkio/cio_file_st.h`.
fn records(file: &[u8]) -> Vec<Value> {
    let Some([high, low]) = file.get(22..24) else { return Vec::new() };
    let mut content = file.get(24 + usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
    let mut records = Vec::new();
    while let Ok(Value::Array(mut event)) = rmpv::decode::read_value(&mut content) {
        records.extend(event.pop());
    }
    records
}

/// Returns the size of a JSON array with these records. They are plain ASCII, so nothing is escaped.
fn json_size(records: &[Value]) -> usize {
    records.iter().map(|record| messagepack::to_json(record).to_string().len() + 1).sum::<usize>() + 1
}
