//! The disk buffer stores each event as a separate record, however many arrive at once. A batch in one record could
//! exceed the maximum length of a record.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_tests::vector::Vector;
use libtest_mimic::{Failed, Trial};

use super::shipped::Shipped;

/// The time limit of the test, far longer than it takes.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

const EVENTS: usize = 500;

/// Returns tests for each filter and each sink with a buffer.
pub(crate) fn trials(host: &Vector) -> Vec<Trial> {
    let trial = |(name, filter, deliver): (&str, &'static str, &'static str)| {
        let (name, host) = (format!("vector::{}::buffer::{name}", host.version()), host.clone());
        Trial::test(name, move || each_event_is_a_record(&host, filter, deliver))
    };
    [
        ("lua_to_azure", "filter-lua.yaml", "deliver.yaml"),
        ("vrl_to_azure", "filter-vrl.yaml", "deliver.yaml"),
        ("vrl_to_kafka", "filter-vrl.yaml", "deliver-kafka.yaml"),
    ]
    .into_iter()
    .map(trial)
    .collect()
}

fn each_event_is_a_record(host: &Vector, filter: &str, deliver: &str) -> Result<(), Failed> {
    let shipped = Shipped::new()?;
    let mut running = shipped.start(host, &["receive.yaml", filter, deliver], "")?;
    let start = Instant::now();
    let mut stream = loop {
        running.check()?;
        match TcpStream::connect(("127.0.0.1", shipped.ports.tcp)) {
            Ok(stream) => break stream,
            Err(error) if start.elapsed() > LONGEST_WAIT => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    };
    stream.write_all(&b"{\"event_type\":\"Audit_Event\",\"user\":\"ann\"}\n".repeat(EVENTS))?;
    loop {
        running.check()?;
        match records(&shipped.path("buffer")) {
            EVENTS => return Ok(()),
            records if start.elapsed() > LONGEST_WAIT => {
                return Err(format!("{EVENTS} events have become {records} records\n{}", running.log()).into());
            }
            _ => thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Returns the number of records in the files of a directory and its subdirectories. Each record follows its length in
/// eight bytes.
fn records(directory: &Path) -> usize {
    let in_file = |bytes: &[u8]| {
        let (mut rest, mut records) = (bytes, 0);
        while let Some((length, record)) = rest.split_first_chunk() {
            match record.get(usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX)..) {
                Some(next) if *length != [0; 8] => (rest, records) = (next, records + 1),
                _ => break,
            }
        }
        records
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let of_entry = |path: PathBuf| match path.extension() {
        _ if path.is_dir() => records(&path),
        Some(extension) if extension == "dat" => in_file(&fs::read(path).unwrap_or_default()),
        _ => 0,
    };
    entries.map(of_entry).sum()
}
