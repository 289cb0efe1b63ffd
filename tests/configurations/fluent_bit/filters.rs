//! Inputs and filters together: the output consists of the records of the core with the sender's address.

use eset_filter::Options;
use eset_filter_tests::fluent_bit::{FluentBit, Version};
use eset_filter_tests::json::Json;
use eset_filter_tests::sender::Sender;
use eset_filter_tests::{expected, kinds, messagepack};
use libtest_mimic::{Failed, Trial};
use rmpv::Value;

use super::exchange::exchange;
use super::receive::start;
use super::shipped::Shipped;
use super::sink::Sink;

/// Returns a test for each filter.
pub(crate) fn trials(host: &FluentBit, version: Version) -> Vec<Trial> {
    let trial = |name: &str, file: &'static str, single: bool| {
        let host = host.clone();
        Trial::test(format!("fluent_bit::filters::{name}"), move || filters(&host, version, file, single))
    };
    vec![trial("native", "filter.yaml", false), trial("wasm", "filter-wasm.yaml", true)]
}

fn filters(host: &FluentBit, version: Version, file: &str, single: bool) -> Result<(), Failed> {
    // The host changes some ill-formed text before it passes it to the module. Other tests cover that.
    let is_unchanged = |message: &Vec<u8>| !single || str::from_utf8(message).is_ok();
    let messages: Vec<_> = kinds::all().into_iter().filter(is_unchanged).collect();
    let options = Options::for_shipper().single(single);
    let mut due: Vec<Json> = messages.iter().flat_map(|message| expected::records(message, &options)).collect();
    let (shipped, sink) = (Shipped::new(version)?, Sink::start()?);
    let mut running = start(host, &shipped, &["receive.yaml", file], &sink)?;
    let mut sender = Sender::udp("127.0.0.1", shipped.ports.udp)?;
    for record in exchange(&mut running, &mut sender, &sink, &messages, due.len())? {
        let Value::Map(mut members) = record else { return Err("a record is not a map".into()) };
        match members.pop() {
            Some((name, value)) if name.as_str() == Some("sender_address") && value.as_str() == Some("127.0.0.1") => {}
            other => return Err(format!("the last member is {other:?}").into()),
        }
        let record = messagepack::to_json(&Value::Map(members));
        // The module answers in JSON, which the host converts to MessagePack.
        let is_same = |due: &Json| match single {
            true => record == messagepack::to_json(&messagepack::of(due)),
            false => record == messagepack::held(due),
        };
        match due.iter().position(is_same) {
            Some(at) => drop(due.swap_remove(at)),
            None => return Err(format!("unexpected record: {record}").into()),
        }
    }
    Ok(())
}
