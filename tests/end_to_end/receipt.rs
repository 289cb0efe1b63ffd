//! Compares the records that have arrived with those that were sent.

use std::collections::HashMap;
use std::time::Duration;

use eset_filter::Options;
use eset_filter_azure_loopback::{Endpoint, Journal};
use jiff::{Span, Timestamp};
use libtest_mimic::Failed;
use serde_json::{Number, Value};

use crate::traffic::Traffic;

/// How long records may take to arrive after they were sent. This is long because the machine may be busy with other
/// trials.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(150);

/// How often a record may arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// Exactly once.
    Once,
    /// Once or more often, after a fault.
    AtLeastOnce,
    /// Exactly once, together with unexpected records, which are ignored.
    OnceAmongOthers,
}

/// The records that must arrive.
pub(crate) struct Expected {
    /// The records by key, each with the number of times that it is due.
    due: HashMap<String, (Value, usize)>,
    total: usize,
    /// Members that are not compared, because a relay writes its own.
    ignored: &'static [&'static str],
    /// Whether the shipper adds the sender's address.
    has_sender: bool,
    /// Whether values have passed through Lua.
    has_lua: bool,
}

impl Expected {
    /// Returns the expected records of the traffic: those of the core, each converted by `of`.
    pub(crate) fn of(traffic: &[Traffic], options: &Options, of: fn(Value) -> Value, has_lua: bool) -> Self {
        let mut due = HashMap::new();
        let mut total = 0;
        for record in traffic.iter().flat_map(|traffic| traffic.records(options)).map(of) {
            due.entry(key(&record)).or_insert((record, 0)).1 += 1;
            total += 1;
        }
        Self { due, total, ignored: &[], has_sender: true, has_lua }
    }

    /// Excludes some members from the comparison.
    pub(crate) fn ignoring(self, ignored: &'static [&'static str]) -> Self {
        Self { ignored, ..self }
    }

    /// Expects no sender's address, because a relay is the sender.
    pub(crate) fn without_sender(self) -> Self {
        Self { has_sender: false, ..self }
    }

    /// Returns the number of records that are due.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Waits until all due records have arrived.
    pub(crate) fn wait(&self, endpoint: &Endpoint) -> Result<(), Failed> {
        let marked = self.due.keys().filter(|key| key.starts_with("id-")).count() as u64;
        let journal = endpoint.journal();
        if journal.wait(LONGEST_WAIT, |summary, marks| summary.accepted >= self.total && marks.distinct() >= marked) {
            return Ok(());
        }
        let (summary, distinct) = (journal.summary(), journal.marks().distinct());
        Err(format!(
            "{} records are due, {marked} of them marked; {distinct} marks have arrived: {summary:?}",
            self.total
        )
        .into())
    }

    /// Compares the records that have arrived, one by one. Returns how many of them arrived more than once.
    pub(crate) fn check(&self, journal: &Journal, times: Times) -> Result<usize, Failed> {
        if let Some(complaint) = journal.complaints().first() {
            let count = complaint.count;
            return Err(format!(
                "Azure would not store {count} records as sent: {}\n{}",
                complaint.what, complaint.example
            )
            .into());
        }
        let mut arrived: HashMap<String, usize> = HashMap::new();
        for text in journal.records() {
            let record: Value = serde_json::from_str(text.get())?;
            let key = key(&record);
            let Some((expected, _)) = self.due.get(&key) else {
                if times == Times::OnceAmongOthers {
                    continue;
                }
                return Err(format!("unexpected record: {}", text.get()).into());
            };
            let record = self.without_added_members(record)?;
            if !self.is_same(&record, expected) {
                return Err(format!("sent:\n{expected}\narrived:\n{}", text.get()).into());
            }
            *arrived.entry(key).or_default() += 1;
        }
        let mut repeated = 0;
        for (key, (_, due)) in &self.due {
            let arrived = arrived.get(key).copied().unwrap_or_default();
            if arrived < *due || (times != Times::AtLeastOnce && arrived > *due) {
                return Err(format!("{key} has arrived {arrived} times, but is due {due} times").into());
            }
            repeated += arrived - due;
        }
        Ok(repeated)
    }

    fn is_same(&self, given: &Value, expected: &Value) -> bool {
        let counted = |record: &Value| match record {
            Value::Object(members) => {
                let mut members = members.clone();
                members.retain(|name, _| !self.ignored.contains(&name.as_str()));
                Value::Object(members)
            }
            other => other.clone(),
        };
        is_same(&counted(given), &counted(expected), self.has_lua)
    }

    /// Checks the members that the shipper has added, and returns the record without them.
    fn without_added_members(&self, record: Value) -> Result<Value, Failed> {
        let Value::Object(mut members) = record else { return Err("a record is not an object".into()) };
        let time = members.remove("TimeGenerated").unwrap_or_default();
        let time: Timestamp = time.as_str().ok_or_else(|| format!("TimeGenerated is {time}"))?.parse()?;
        let now = Timestamp::now();
        if time > now || time < now - Span::new().hours(1) {
            return Err(format!("TimeGenerated is {time}, but the time is {now}").into());
        }
        let sender = members.remove("sender_address");
        let expected = self.has_sender.then(|| Value::from("127.0.0.1"));
        if sender == expected {
            Ok(Value::Object(members))
        } else {
            Err(format!("sender_address is {sender:?}").into())
        }
    }
}

/// Returns the key of a record: its mark, or the text without its header for a text notification.
fn key(record: &Value) -> String {
    let text = |name: &str| record[name].as_str();
    let mark = text("group_description").filter(|text| text.starts_with("id-"));
    let notification = || text("raw_message").map(|text| &text[text.find("Detection type: ").unwrap_or_default()..]);
    mark.or_else(notification).map_or_else(|| record.to_string(), str::to_owned)
}

/// Returns whether a value is the expected one, as far as a shipper can represent it.
fn is_same(given: &Value, expected: &Value, has_lua: bool) -> bool {
    match (given, expected) {
        (Value::String(given), Value::Null) if has_lua => given.is_empty(),
        (Value::Object(given), Value::Array(expected)) if has_lua => given.is_empty() && expected.is_empty(),
        // Fluent Bit writes 16 digits of a double.
        (Value::Number(given), Value::Number(expected)) if given.is_f64() && expected.is_f64() => {
            let digits = |number: &Number| number.as_f64().map(|number| format!("{number:.15e}"));
            digits(given) == digits(expected)
        }
        (Value::Array(given), Value::Array(expected)) => {
            given.len() == expected.len()
                && given.iter().zip(expected).all(|(given, expected)| is_same(given, expected, has_lua))
        }
        (Value::Object(given), Value::Object(expected)) => {
            let is_there = |(name, expected)| given.get(name).is_some_and(|given| is_same(given, expected, has_lua));
            given.len() == expected.len() && expected.iter().all(is_there)
        }
        _ => given == expected,
    }
}
