//! The records that the oracle expects for a message, and the limit on their total size.

use eset_filter::syslog;
use eset_filter::{Heartbeats, Options, Raw};

use crate::json::Json;
use crate::{messagepack, oracle};

/// The expected records of a message.
pub(super) struct Due<'m> {
    text: &'m str,
    /// The number of bytes of the original message.
    length: usize,
    message: oracle::Message<'m>,
}

/// The size of records in bytes, in each encoding.
#[derive(Debug, Default)]
pub(super) struct Size {
    pub(super) json: usize,
    pub(super) messagepack: usize,
}

impl Size {
    /// Returns whether a message of this many bytes may have records of this size.
    pub(super) fn is_within_bounds(&self, message: usize) -> bool {
        let most = 16 * message + 16 * 1024;
        self.json <= most && self.messagepack <= most
    }

    fn of<'r>(records: impl Iterator<Item = &'r Json>) -> Self {
        let mut size = Self::default();
        for record in records {
            size.json += record.to_string().len();
            let mut packed = Vec::new();
            rmpv::encode::write_value(&mut packed, &messagepack::of(&messagepack::held(record))).unwrap();
            size.messagepack += packed.len();
        }
        size
    }

    fn plus(self, bytes: usize) -> Self {
        Self { json: self.json + bytes, messagepack: self.messagepack + bytes }
    }
}

impl<'m> Due<'m> {
    pub(super) fn new(text: &'m str, length: usize) -> Self {
        Self { text, length, message: oracle::Message::read(text, length, &body) }
    }

    pub(super) fn is_heartbeat(&self) -> bool {
        self.message.is_heartbeat()
    }

    /// Checks the records of a message. The fields from its header are not compared with the oracle, but must be the same
    /// in every record.
    pub(super) fn check(&self, given: &[Json], options: &Options) {
        let header = given.first().map(header).unwrap_or_default();
        assert!(given.iter().all(|record| self::header(record) == header), "{given:#?}");
        let given: Vec<_> = given.iter().map(without_header).collect();
        if let [record] = &given[..]
            && self.message.is_said(record)
        {
            return;
        }
        let due = self.message.records(rules(options));
        if given == due {
            return;
        }
        let is_cut_short = given.len() < due.len() && self.is_cut_short(&given, &due, &header, options);
        assert!(is_cut_short, "{:?} with {options:?}\nexpected: {due:#?}\ngiven: {given:#?}", self.text);
    }

    /// Returns whether it is correct that records are missing: the last one has the status `multiple`, and the next one
    /// would exceed the limit.
    fn is_cut_short(&self, given: &[Json], due: &[Json], header: &[(String, Json)], options: &Options) -> bool {
        let Some((last, before)) = given.split_last() else { return false };
        let has_raw = (options.raw != Raw::Never).then_some(self.text);
        let with_header = |record: &Json| Json::Object([record.members(), header].concat());
        let and_the_next: Vec<_> = due[..=given.len()].iter().map(with_header).collect();
        // The filter reserves space for the message and for a longer status.
        let reserved = Json::Text(self.text.to_owned()).to_string().len() + "\"raw_message\":,multiple".len();
        *before == due[..before.len()]
            && *last == with_status(&due[before.len()], "multiple", has_raw)
            && !Size::of(and_the_next.iter()).plus(reserved).is_within_bounds(self.length)
    }
}

/// Returns the body of a message. The parser of the crate finds the header, unless the oracle can rule one out.
fn body(text: &str) -> oracle::Body<'_> {
    oracle::Body::without_header(text).unwrap_or_else(|| {
        let envelope = syslog::parse(text);
        oracle::Body { text: envelope.body, has_header: envelope.present }
    })
}

/// Converts the options to the type of the oracle.
fn rules(options: &Options) -> oracle::Rules {
    let raw = match options.raw {
        Raw::OnError => oracle::Raw::OnError,
        Raw::Always => oracle::Raw::Always,
        Raw::Never => oracle::Raw::Never,
    };
    oracle::Rules { raw, keeps_heartbeats: options.heartbeats == Heartbeats::Keep, single: options.single }
}

fn header(record: &Json) -> Vec<(String, Json)> {
    record.members().iter().filter(|(name, _)| name.starts_with("syslog_")).cloned().collect()
}

fn without_header(record: &Json) -> Json {
    Json::Object(record.members().iter().filter(|(name, _)| !name.starts_with("syslog_")).cloned().collect())
}

/// Returns a copy of a record with another status, and with the message `raw` or without a message.
fn with_status(record: &Json, status: &str, raw: Option<&str>) -> Json {
    let mut members = Vec::new();
    for (name, value) in record.members() {
        match name.as_str() {
            "parse_status" => {
                members.push((name.clone(), Json::Text(status.to_owned())));
                members.extend(raw.map(|raw| ("raw_message".to_owned(), Json::Text(raw.to_owned()))));
            }
            "raw_message" => {}
            _ => members.push((name.clone(), value.clone())),
        }
    }
    Json::Object(members)
}
