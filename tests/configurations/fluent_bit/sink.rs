//! The destination of Fluent Bit in these tests. Its `tcp` output writes MessagePack, which keeps the bytes of a record
//! unchanged.

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rmpv::Value;

/// How long records may take to arrive. This is long because the machine may be busy with other tests.
const LONGEST_WAIT: Duration = Duration::from_secs(90);

/// A receiver that keeps all records.
#[derive(Clone)]
pub(crate) struct Sink {
    records: Arc<(Mutex<Vec<Value>>, Condvar)>,
    port: u16,
}

impl Sink {
    /// Starts listening.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no free port.
    pub(crate) fn start() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let sink = Self { records: Arc::default(), port };
        let listening = sink.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sink = listening.clone();
                thread::spawn(move || sink.collect(stream));
            }
        });
        Ok(sink)
    }

    /// Returns the output that delivers to this sink, as YAML.
    pub(crate) fn output(&self) -> String {
        format!(
            "pipeline:\n  outputs:\n    - name: tcp\n      match: '*'\n      host: 127.0.0.1\n      port: {}\n      \
             format: msgpack\n      workers: 1\n      retry_limit: no_limits\n",
            self.port
        )
    }

    /// Waits until enough records have arrived and returns them, or `None` if they do not arrive in time.
    pub(crate) fn wait(&self, is_enough: impl Fn(&[Value]) -> bool) -> Option<Vec<Value>> {
        self.wait_for(LONGEST_WAIT, is_enough)
    }

    /// Waits for at most `time` until enough records have arrived and returns them, or `None` after that.
    pub(crate) fn wait_for(&self, time: Duration, is_enough: impl Fn(&[Value]) -> bool) -> Option<Vec<Value>> {
        let (records, arrival) = &*self.records;
        let start = Instant::now();
        let mut records = records.lock().unwrap();
        while !is_enough(&records) {
            let left = time.checked_sub(start.elapsed())?;
            records = arrival.wait_timeout(records, left).unwrap().0;
        }
        Some(records.clone())
    }

    /// Returns the records so far.
    pub(crate) fn records(&self) -> Vec<Value> {
        self.records.0.lock().unwrap().clone()
    }

    fn collect(&self, stream: TcpStream) {
        let mut stream = io::BufReader::new(stream);
        while let Some(body) = read_body(&mut stream) {
            self.records.0.lock().unwrap().push(body);
            self.records.1.notify_all();
        }
    }
}

/// Returns the text under a key of a record, byte for byte.
pub(crate) fn text<'r>(record: &'r Value, key: &str) -> Option<&'r [u8]> {
    let members = record.as_map()?;
    let (_, value) = members.iter().find(|(name, _)| name.as_str() == Some(key))?;
    match value {
        Value::String(text) => Some(text.as_bytes()),
        _ => None,
    }
}

/// Reads the next log event and returns its body, which follows the timestamp.
fn read_body(stream: &mut impl Read) -> Option<Value> {
    match rmpv::decode::read_value(stream).ok()? {
        Value::Array(mut event) => event.pop(),
        other => panic!("{other} is not a log event"),
    }
}
