//! The disk buffer: whatever comes in at once, no record is longer than it takes.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::host::Vector;
use crate::shipped::Shipped;

/// How long the buffer has to stay as it is before all is taken for written.
const QUIET: Duration = Duration::from_secs(4);

/// Far longer than it takes.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Trials for each filter: the Lua module hands on each event by itself, the program a batch.
pub(crate) fn trials(host: &Vector) -> Vec<Trial> {
    let trial = |(name, file): (&str, &'static str)| {
        let (name, host) = (format!("{}::buffer::huge_batches::{name}", host.version()), host.clone());
        Trial::test(name, move || huge_batches(&host, file))
    };
    [("lua", "filter-lua.yaml"), ("vrl", "filter-vrl.yaml")].into_iter().map(trial).collect()
}

/// Lines of objects that break, each of which may carry the whole line: 20 MB that make 320.
fn huge_batches(host: &Vector, filter: &str) -> Result<(), Failed> {
    let mut line = br#"{"event_type":"Audit_Event","inbound":tru} "#.repeat(16);
    line.resize(250_000, b'x');
    line.push(b'\n');
    let shipped = Shipped::new()?;
    let mut running = shipped.start(host, &["receive.yaml", filter, "deliver.yaml"], "")?;
    let start = Instant::now();
    let mut stream = loop {
        running.check()?;
        match TcpStream::connect(("127.0.0.1", shipped.ports.tcp)) {
            Ok(stream) => break stream,
            Err(error) if start.elapsed() > LONGEST_WAIT => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    };
    stream.write_all(&line.repeat(80))?;
    let (mut size, mut since) = (0, Instant::now());
    while size == 0 || since.elapsed() < QUIET {
        running.check()?;
        if start.elapsed() > LONGEST_WAIT {
            return Err(format!("the buffer has {size} bytes, and still grows\n{}", running.log()).into());
        }
        let now = bytes(&shipped.path("buffer"));
        if now != size {
            (size, since) = (now, Instant::now());
        }
        thread::sleep(Duration::from_millis(100));
    }
    let log = running.log();
    let is_lost =
        |line: &&str| line.contains("cannot be written to the disk buffer") || line.contains("Events dropped");
    match log.lines().find(is_lost) {
        None => Ok(()),
        Some(line) => Err(line.to_owned().into()),
    }
}

/// The bytes of all files in a folder and those below it.
fn bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}
