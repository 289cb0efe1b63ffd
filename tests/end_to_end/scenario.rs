//! The common parts of the trials: an endpoint, a shipper that delivers to it, and a check of the delivered records.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use eset_filter::Options;
use eset_filter_azure_loopback::ingestion::MAX_BODY;
use eset_filter_azure_loopback::{Endpoint, Settings};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::receipt::{Expected, Times};
use crate::shipper::{Running, Setup, Shipper};
use crate::traffic::Traffic;

/// An endpoint and a shipper that delivers to it.
pub(crate) struct Scenario {
    pub(crate) endpoint: Endpoint,
    pub(crate) host: Running,
    options: Options,
    /// Converts a record of the core to the one that the shipper delivers.
    of_the_core: fn(Value) -> Value,
    has_lua: bool,
    name: String,
    start: Instant,
}

impl Scenario {
    /// Starts the endpoint and the shipper.
    pub(crate) fn start(context: &Context, setup: Setup, settings: Settings) -> Result<Self, Failed> {
        let settings =
            Settings { strict: context.shipper.bounds_requests(), tls: context.shipper.needs_tls(), ..settings };
        let endpoint = Endpoint::start(settings)?;
        let host = Running::start(&context.shipper, setup, &endpoint)?;
        let (options, has_lua) = (context.shipper.options(), context.shipper.has_lua());
        let of_the_core = context.shipper.of_the_core();
        Ok(Self { endpoint, host, options, of_the_core, has_lua, name: context.name.clone(), start: Instant::now() })
    }

    /// Starts the shipper again with its data on disk.
    pub(crate) fn restart(&mut self) -> Result<(), Failed> {
        self.host.restart(&self.endpoint)
    }

    /// Returns the UDP address of the shipper.
    pub(crate) fn udp(&self) -> String {
        format!("udp://127.0.0.1:{}", self.host.ports.udp)
    }

    /// Returns the TCP address of the shipper.
    pub(crate) fn tcp(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.host.ports.tcp)
    }

    /// Returns the TLS address of the shipper.
    pub(crate) fn tls(&self) -> String {
        format!("tls://localhost:{}", self.host.ports.tls)
    }

    /// Returns the TCP address of the shipper for octet counting.
    pub(crate) fn octet(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.host.ports.octet)
    }

    /// Returns the expected records of the traffic.
    pub(crate) fn expect(&self, traffic: &[Traffic]) -> Expected {
        Expected::of(traffic, &self.options, self.of_the_core, self.has_lua)
    }

    /// Waits for all records, stops the shipper, and compares. Returns how many records arrived more than once.
    pub(crate) fn finish(mut self, expected: &Expected, times: Times) -> Result<usize, Failed> {
        expected.wait(&self.endpoint).map_err(|error| self.host.failed(error.message().unwrap_or_default()))?;
        self.host.stop()?;
        let repeated = expected.check(self.endpoint.journal(), times)?;
        self.note(expected.total(), repeated)?;
        Ok(repeated)
    }

    /// Adds the trial to the table of measurements.
    ///
    /// # Errors
    ///
    /// Returns an error if a call was longer than Azure accepts.
    pub(crate) fn note(&self, due: usize, repeated: usize) -> Result<(), Failed> {
        let summary = self.endpoint.journal().summary();
        let row = Row {
            trial: self.name.clone(),
            seconds: self.start.elapsed().as_secs_f64(),
            due,
            repeated,
            calls: summary.calls,
            failed: summary.failed,
            sent: summary.largest_sent,
            uncompressed: summary.largest_uncompressed,
        };
        TABLE.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        let strict = self.endpoint.settings().strict;
        match if strict { summary.largest_uncompressed } else { summary.largest_sent } {
            0..=MAX_BODY => Ok(()),
            length => Err(format!("a call had {length} bytes, but Azure accepts at most {MAX_BODY}").into()),
        }
    }
}

/// The shipper and the name of a trial.
pub(crate) struct Context {
    pub(crate) shipper: Arc<dyn Shipper>,
    pub(crate) name: String,
}

/// Creates a trial with a shipper.
pub(crate) fn trial(
    shipper: &Arc<dyn Shipper>,
    name: &str,
    run: impl FnOnce(&Context) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let name = format!("{}::{name}", shipper.name());
    let context = Context { shipper: Arc::clone(shipper), name: name.clone() };
    Trial::test(name, move || run(&context))
}

/// The measurements of the trials.
static TABLE: Mutex<Vec<Row>> = Mutex::new(Vec::new());

struct Row {
    trial: String,
    seconds: f64,
    due: usize,
    repeated: usize,
    calls: usize,
    failed: usize,
    sent: usize,
    uncompressed: usize,
}

/// Prints the measurements of the trials.
pub(crate) fn print_table() {
    let mut rows = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    if rows.is_empty() {
        return;
    }
    rows.sort_by(|a, b| a.trial.cmp(&b.trial));
    println!(
        "\n{:44} {:>8} {:>8} {:>8} {:>6} {:>7} {:>13} {:>13}",
        "trial", "seconds", "due", "repeated", "calls", "failed", "largest sent", "uncompressed"
    );
    for row in &*rows {
        let Row { trial, seconds, due, repeated, calls, failed, sent, uncompressed } = row;
        println!("{trial:44} {seconds:8.1} {due:8} {repeated:8} {calls:6} {failed:7} {sent:13} {uncompressed:13}");
    }
}
