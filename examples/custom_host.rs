//! A host of your own: it has records with a message in them, as a shipper has, and puts the fields of each event in the message's
//! place. The host's other keys stay, unless the event has one of the same name.
//!
//!     cargo run --quiet --example custom_host

use std::borrow::Cow;
use std::collections::BTreeMap;

use eset_filter::record::{self, Record, ShipperOptions};
use eset_filter::{Event, Filter, Value};

/// The host's record: keys with texts, in their order.
type HostRecord = Vec<(String, String)>;

/// What the filter has to know of such a record.
struct View<'r>(&'r HostRecord);

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

/// The records that a record becomes: one for each event in its message, and the record itself if it has no message.
fn filtered(filter: &mut Filter, options: &ShipperOptions, host_record: &HostRecord) -> Vec<BTreeMap<String, String>> {
    let view = View(host_record);
    let Some(message) = record::find_message(&view, options.message_key.as_deref()) else {
        return vec![host_record.iter().cloned().collect()];
    };
    let mut records = Vec::new();
    let mut events = filter.parse(host_record[message].1.as_bytes());
    while let Some(event) = events.next() {
        let mut fields = fields(&event);
        fields.extend(record::kept(&view, message, &event).map(|at| host_record[at].clone()));
        records.push(fields);
    }
    records
}

/// What an event holds. This host has nothing but texts, so numbers and bools become their JSON.
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
    options.set("syslog_fields", "all").expect("it is an option");
    let mut filter = Filter::new(options.filter.clone());
    let message = r#"<14>Oct 30 05:31:10 srv ERAServer[75]: {"source_port":"443","inbound":true,"new":{"key":7}}"#;
    let host_record = [("host", "10.0.0.7"), ("message", message)];
    let host_record = host_record.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    for record in filtered(&mut filter, &options, &host_record) {
        println!("{record:?}");
    }
}
