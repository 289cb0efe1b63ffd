//! Embeds the filter in a shipper of your own. Its records contain a message, which is replaced with the fields of each
//! event. The record's other keys are kept, unless the event has a key of the same name.
//!
//!     cargo run --quiet --example custom_host

use std::borrow::Cow;
use std::collections::BTreeMap;

use eset_filter::record::{self, Record, ShipperOptions};
use eset_filter::{Event, Filter, Value};

/// A record of the shipper: keys and string values, in order.
type ShipperRecord = Vec<(String, String)>;

/// The view of a record that the filter needs.
struct View<'r>(&'r ShipperRecord);

impl Record for View<'_> {
    fn key_count(&self) -> usize {
        self.0.len()
    }

    fn key(&self, at: usize) -> &[u8] {
        self.0[at].0.as_bytes()
    }

    fn is_string(&self, _at: usize) -> bool {
        true
    }
}

/// Filters a record: returns one record for each event in its message, or the record itself if it has no message.
fn filtered(filter: &mut Filter, options: &ShipperOptions, input: &ShipperRecord) -> Vec<BTreeMap<String, String>> {
    let view = View(input);
    let Some(message) = record::find_message(&view, options.message_key.as_deref()) else {
        return vec![input.iter().cloned().collect()];
    };
    let mut records = Vec::new();
    let mut events = filter.parse(input[message].1.as_bytes());
    while let Some(event) = events.next() {
        let mut fields = fields(&event);
        fields.extend(record::kept(&view, message, &event).map(|at| input[at].clone()));
        records.push(fields);
    }
    records
}

/// The contents of an event. This shipper has string values only, so numbers and booleans become their JSON text.
fn fields(event: &Event<'_>) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    event.for_each(|name, value| _ = fields.insert(name.text.to_owned(), text(value).into_owned()));
    for (name, value) in event.additional_fields() {
        fields.insert(format!("additional_{name}"), text(value).into_owned());
    }
    fields
}

fn text(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Text(text) | Value::Number(text) | Value::AsJsonText(text) => text.into(),
        Value::JsonText(text) => text.to_string().into(),
        Value::Int(number) => number.to_string().into(),
        Value::Bool(bool) => bool.to_string().into(),
        Value::DateTime(time) => time.to_string().into(),
        Value::Container(container) => container.json().into(),
        Value::EmptyObject => "{}".into(),
        Value::Null => "null".into(),
    }
}

fn main() {
    let mut options = ShipperOptions::default();
    options.set("syslog_fields", "all").expect("a valid option");
    let mut filter = Filter::new(options.filter.clone());
    let message = r#"<14>Oct 30 05:31:10 srv ERAServer[75]: {"source_port":"443","inbound":true,"new":{"key":7}}"#;
    let input = [("host", "10.0.0.7"), ("message", message)];
    let input = input.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    for record in filtered(&mut filter, &options, &input) {
        println!("{record:?}");
    }
}
