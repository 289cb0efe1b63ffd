//! The records that a message has to become, by the oracle, and what they may have together.

use eset_filter::syslog;
use eset_filter::{Heartbeats, Options, Raw};

use crate::json::Json;
use crate::{messagepack, oracle};

/// What is due of a message.
pub(super) struct Due<'m> {
    text: &'m str,
    /// How many bytes it had as it came in.
    length: usize,
    message: oracle::Message<'m>,
}

/// How many bytes records have.
#[derive(Debug, Default)]
pub(super) struct Size {
    pub(super) json: usize,
    pub(super) messagepack: usize,
}

impl Size {
    /// Whether a message of so many bytes may have records of that size.
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

    /// Checks a message's records. Of their headers only that all are the same.
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

    /// Whether fewer records are right: the last one says so, and there was no room for the next.
    fn is_cut_short(&self, given: &[Json], due: &[Json], header: &[(String, Json)], options: &Options) -> bool {
        let Some((last, before)) = given.split_last() else { return false };
        let has_raw = (options.raw != Raw::Never).then_some(self.text);
        let with_header = |record: &Json| Json::Object([record.members(), header].concat());
        let and_the_next: Vec<_> = due[..=given.len()].iter().map(with_header).collect();
        // The room that is reserved: for the message, and for a longer status.
        let reserved = Json::Text(self.text.to_owned()).to_string().len() + "\"raw_message\":,multiple".len();
        *before == due[..before.len()]
            && *last == with_status(&due[before.len()], "multiple", has_raw)
            && !Size::of(and_the_next.iter()).plus(reserved).is_within_bounds(self.length)
    }
}

/// What of a message is not header. Where the oracle can tell by itself that there is none, it does.
fn body(text: &str) -> oracle::Body<'_> {
    oracle::Body::without_header(text).unwrap_or_else(|| {
        let envelope = syslog::parse(text);
        oracle::Body { text: envelope.body, has_header: envelope.present }
    })
}

/// The options as the oracle takes them.
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

/// A record with another status, and with the message or without it.
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
