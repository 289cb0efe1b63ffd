//! The records that the core produces, for comparison with those of a host.

use eset_filter::record::ShipperOptions;
use eset_filter::record::json::JsonRecordFilter;
use eset_filter::{Filter, Options, encode};

use crate::json::Json;

/// Returns the records of a message as JSON, one per line.
pub fn lines(message: &[u8], options: &Options) -> Vec<u8> {
    let mut filter = Filter::new(options.clone());
    let mut events = filter.parse(message);
    let mut lines = Vec::new();
    while let Some(event) = events.next() {
        encode::json::write(&event, &mut lines);
        lines.push(b'\n');
    }
    lines
}

/// Returns the records of a message.
pub fn records(message: &[u8], options: &Options) -> Vec<Json> {
    parse(&lines(message, options))
}

/// Returns the records of a host's record in JSON. A record without a message is returned unchanged.
pub fn of_record(record: &[u8], options: ShipperOptions) -> Vec<Json> {
    let mut lines = Vec::new();
    JsonRecordFilter::new(options).read(record, b"\n", &mut lines);
    parse(&lines)
}

/// Returns the options `others` with these settings applied.
///
/// # Panics
///
/// Panics if an option does not exist or does not accept its value.
pub fn options(others: Options, settings: &[(String, String)]) -> ShipperOptions {
    let mut options = ShipperOptions::from(others);
    for (name, value) in settings {
        options.set(name, value).unwrap_or_else(|error| panic!("{name} = {value}: {error}"));
    }
    options
}

fn parse(lines: &[u8]) -> Vec<Json> {
    str::from_utf8(lines).unwrap().lines().map(|line| Json::parse(line).unwrap()).collect()
}
