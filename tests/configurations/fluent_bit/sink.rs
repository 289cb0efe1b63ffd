//! Where Fluent Bit delivers to in these tests: its `tcp` output writes MessagePack, in which a record's bytes are as they
//! came.

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rmpv::Value;

/// How long records may take to arrive. Long, for the machine may be busy with other tests.
const LONGEST_WAIT: Duration = Duration::from_secs(90);

/// A receiver that keeps all records.
#[derive(Clone)]
pub(crate) struct Sink {
    records: Arc<(Mutex<Vec<Value>>, Condvar)>,
    port: u16,
}

impl Sink {
    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// There is no port to listen on.
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

    /// The output that delivers here, as YAML.
    pub(crate) fn output(&self) -> String {
        format!(
            "pipeline:\n  outputs:\n    - name: tcp\n      match: '*'\n      host: 127.0.0.1\n      port: {}\n      \
             format: msgpack\n      workers: 1\n      retry_limit: no_limits\n",
            self.port
        )
    }

    /// Waits until what has come so far is enough, and returns it. `None` says that it was not enough in time.
    pub(crate) fn wait(&self, is_enough: impl Fn(&[Value]) -> bool) -> Option<Vec<Value>> {
        self.wait_for(LONGEST_WAIT, is_enough)
    }

    /// The same, for a time.
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

    /// What has come so far.
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

/// The text under a key of a record, byte for byte.
pub(crate) fn text<'r>(record: &'r Value, key: &str) -> Option<&'r [u8]> {
    let members = record.as_map()?;
    let (_, value) = members.iter().find(|(name, _)| name.as_str() == Some(key))?;
    match value {
        Value::String(text) => Some(text.as_bytes()),
        _ => None,
    }
}

/// The body of the next log event, which stands behind its timestamp.
fn read_body(stream: &mut impl Read) -> Option<Value> {
    match rmpv::decode::read_value(stream).ok()? {
        Value::Array(mut event) => event.pop(),
        other => panic!("{other} is no log event"),
    }
}
