//! Sources and filters together: the output consists of the records of the core with the sender's address and a
//! timestamp.

use eset_filter::Options;
use eset_filter_tests::sender::Sender;
use eset_filter_tests::vector::Vector;
use eset_filter_tests::{expected, kinds, twin};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::exchange::exchange;
use super::shipped::Shipped;

/// Returns a test for each filter.
pub(crate) fn trials(host: &Vector) -> Vec<Trial> {
    let trial = |name: &str, file: &'static str, of: fn(Value) -> Value| {
        let (name, host) = (format!("vector::{}::filters::{name}", host.version()), host.clone());
        Trial::test(name, move || filters(&host, file, of))
    };
    vec![trial("lua", "filter-lua.yaml", |record| record), trial("vrl", "filter-vrl.yaml", twin::of_the_core)]
}

/// Checks the records of a filter. `of` converts a record of the core to the expected one.
fn filters(host: &Vector, file: &str, of: fn(Value) -> Value) -> Result<(), Failed> {
    let messages = kinds::all();
    let mut due: Vec<Value> = messages.iter().flat_map(|message| of_the_core(message)).map(of).collect();
    let shipped = Shipped::new()?;
    let mut running = shipped.start(host, &["receive.yaml", file, "deliver-console.yaml"], "")?;
    let mut sender = Sender::udp("127.0.0.1", shipped.ports.udp)?;
    let raw = |record: &Value| record["raw_message"].as_str().map(|text| text.as_bytes().to_vec());
    for mut record in exchange(&mut running, &mut sender, &messages, due.len(), raw)? {
        let members = record.as_object_mut().ok_or("a record is not an object")?;
        if members.remove("sender_address") != Some("127.0.0.1".into()) || members.remove("timestamp").is_none() {
            return Err(format!("the sender's address or the timestamp is wrong: {record}").into());
        }
        match due.iter().position(|due| *due == record) {
            Some(at) => drop(due.swap_remove(at)),
            None => return Err(format!("unexpected record: {record}").into()),
        }
    }
    if due.is_empty() { Ok(()) } else { Err(format!("missing: {due:?}").into()) }
}

/// Returns the records of the core for a message.
fn of_the_core(message: &[u8]) -> Vec<Value> {
    let lines = expected::lines(message, &Options::default());
    serde_json::Deserializer::from_slice(&lines)
        .into_iter()
        .map(|record| record.expect("the core writes JSON"))
        .collect()
}
