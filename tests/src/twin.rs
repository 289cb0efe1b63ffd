//! The VRL twin in the engine that Vector has for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use eset_filter::record::ShipperOptions;
use eset_filter_vector_vrl as twin;
use vrl::compiler::runtime::Runtime;
use vrl::compiler::{Program, TargetValue, TimeZone, compile};
use vrl::diagnostic::Formatter;
use vrl::stdlib;
use vrl::value::{ObjectMap, Secrets, Value};

use crate::json::Json;

/// What comes out otherwise than the contract says, and why: cases of the contract, and hostile messages. docs/contract.md says it,
/// too.
pub const DIFFERENCES: [(&str, &str); 7] = [
    ("record/kept-number-keeps-its-digits", "a number of a record is what Vector has made of it before"),
    ("objects in each other", TOO_MUCH),
    ("objects in each other without an end", TOO_MUCH),
    ("objects that break in arrays", TOO_MUCH),
    ("objects of others in each other", TOO_MUCH),
    ("arrays in an object of another without an end", TOO_MUCH),
    ("events with all syslog has behind each other", "a fraction counts as more bytes than it takes"),
];

const TOO_MUCH: &str = "reading stops where a message costs too much";

/// A program that is ready to run.
pub struct Twin {
    program: Program,
    runtime: RefCell<Runtime>,
}

impl Twin {
    /// The twin with these options.
    ///
    /// # Panics
    ///
    /// It does not compile, the compiler warns of something, or it could fail or abort when it runs.
    pub fn new(options: &ShipperOptions) -> Self {
        let source = twin::program(options);
        let twin = Self::compile(&source).unwrap_or_else(|complaint| panic!("{complaint}"));
        let info = twin.program.info();
        assert!(!info.fallible && !info.abortable, "{info:?}");
        twin
    }

    /// Any program.
    ///
    /// # Errors
    ///
    /// What the compiler says.
    pub fn compile(source: &str) -> Result<Self, String> {
        let said = |diagnostics| Formatter::new(source, diagnostics).to_string();
        let compiled = compile(source, &stdlib::all()).map_err(said)?;
        if !compiled.warnings.is_empty() {
            return Err(said(compiled.warnings));
        }
        Ok(Self { program: compiled.program, runtime: RefCell::default() })
    }

    /// The one with these options, which each thread makes once.
    pub fn shared(options: &ShipperOptions) -> Rc<Self> {
        thread_local!(static TWINS: RefCell<HashMap<String, Rc<Twin>>> = RefCell::default());
        TWINS.with_borrow_mut(|twins| {
            let twin = twins.entry(format!("{options:?}")).or_insert_with(|| Rc::new(Self::new(options)));
            Rc::clone(twin)
        })
    }

    /// What becomes of an event.
    ///
    /// # Errors
    ///
    /// The program has failed.
    pub fn resolve(&self, event: Value) -> Result<Value, String> {
        let metadata = Value::Object(ObjectMap::new());
        let mut target = TargetValue { value: event, metadata, secrets: Secrets::default() };
        let mut runtime = self.runtime.borrow_mut();
        runtime.clear();
        let resolved = runtime.resolve(&mut target, &self.program, &TimeZone::default());
        resolved.map(|_| target.value).map_err(|error| error.to_string())
    }

    /// The records that become of one. As Vector does it, an array becomes an event for each of its items.
    pub fn records(&self, record: &Json) -> Vec<Json> {
        self.events(of_json(record))
    }

    /// The records that become of a message, which may be any bytes.
    pub fn message_records(&self, message: &[u8]) -> Vec<Json> {
        self.events(event(message))
    }

    fn events(&self, event: Value) -> Vec<Json> {
        match self.resolve(event).unwrap_or_else(|error| panic!("{error}")) {
            Value::Array(events) => events.iter().map(to_json).collect(),
            event => vec![to_json(&event)],
        }
    }
}

/// An event with nothing but a message.
pub fn event(message: &[u8]) -> Value {
    Value::Object([("message".into(), Value::Bytes(message.to_vec().into()))].into())
}

/// The value that Vector makes of JSON.
fn of_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => {
            let float = || Value::from_f64_or_zero(number.parse().unwrap());
            number.parse().map_or_else(|_| float(), Value::Integer)
        }
        Json::Text(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::Array(items.iter().map(of_json).collect()),
        Json::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.as_str().into(), of_json(value))).collect())
        }
    }
}

fn to_json(value: &Value) -> Json {
    let json = serde_json::to_string(value).unwrap();
    Json::parse(&json).unwrap()
}

/// Whether a record is what the contract says, as far as VRL can hold it: its objects are sorted and have each key once,
/// and a number that it would not hold as it is is text.
pub fn is_same(given: &Json, expected: &Json) -> bool {
    match (given, expected) {
        (Json::Number(given), Json::Number(expected)) => {
            is_same_number(given, expected) && Held::of(expected) != Held::Never
        }
        (Json::Text(given), Json::Number(expected)) => given == expected && Held::of(expected) != Held::Always,
        (Json::Array(given), Json::Array(expected)) => are_all_same(given, expected),
        (Json::Object(given), Json::Object(_)) => {
            let is_known = |(key, expected): &(String, Json)| {
                given.iter().any(|(known, given)| known == key && is_same(given, expected))
            };
            given.len() == expected.last_members().count() && expected.last_members().all(is_known)
        }
        _ => given == expected,
    }
}

/// The same for all of a message's records.
pub fn are_same(given: &[Json], expected: &[Json]) -> bool {
    match expected {
        [expected] if is_of_other_format(expected) => {
            may_hold_json(expected) || matches!(given, [text] if is_text(text))
        }
        _ => are_all_same(given, expected),
    }
}

fn are_all_same(given: &[Json], expected: &[Json]) -> bool {
    given.len() == expected.len() && given.iter().zip(expected).all(|(given, expected)| is_same(given, expected))
}

/// Whether a record is of an event in CEF or LEEF, or of a notification. The twin reads JSON only, so these are text for it.
fn is_of_other_format(record: &Json) -> bool {
    record.get("payload_format").is_some() || record.get("parse_status").and_then(Json::text) == Some("notification")
}

/// What the twin makes of a message that the core makes this record of, if that is JSON, a notification, or other text.
pub fn of_the_core(mut record: serde_json::Value) -> serde_json::Value {
    if record["parse_status"] == "notification"
        && let Some(members) = record.as_object_mut()
    {
        members.insert("parse_status".into(), "text".into());
        members.retain(|key, _| matches!(key.as_str(), "parse_status" | "raw_message") || key.starts_with("syslog_"));
    }
    record
}

/// Whether there may be JSON in a record's texts, which is all that the twin sees there.
fn may_hold_json(record: &Json) -> bool {
    match record {
        Json::Text(text) => text.contains('{'),
        Json::Array(items) => items.iter().any(may_hold_json),
        Json::Object(members) => members.iter().any(|(_, value)| may_hold_json(value)),
        _ => false,
    }
}

/// Whether there is nothing in a record but a text and a header. That may be another, as a payload's right before it.
fn is_text(record: &Json) -> bool {
    let is_of_text = |(key, value): &(String, Json)| match key.as_str() {
        "parse_status" => value.text() == Some("text"),
        key => key == "raw_message" || key.starts_with("syslog_"),
    };
    record.get("parse_status").is_some() && record.members().iter().all(is_of_text)
}

/// Whether a number is the same, an integer as an integer and a double as a double.
fn is_same_number(given: &str, expected: &str) -> bool {
    let is_double = |number: &str| number.contains(['.', 'e', 'E']);
    match (is_double(given), is_double(expected)) {
        (false, false) => given == if expected == "-0" { "0" } else { expected },
        (true, true) => given.parse().map(f64::to_bits) == expected.parse().map(f64::to_bits),
        _ => false,
    }
}

/// Whether VRL holds a number as it is.
#[derive(PartialEq)]
enum Held {
    Always,
    /// `parse_json` is exact by chance where the power of ten is none that a double holds.
    Sometimes,
    Never,
}

impl Held {
    fn of(number: &str) -> Self {
        if !number.contains(['.', 'e', 'E']) {
            return if number.parse::<i64>().is_ok() { Self::Always } else { Self::Never };
        }
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (_, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = mantissa.trim_start_matches(['-', '0', '.']).replace('.', "");
        let power = exponent.parse::<i64>().map(|exponent| exponent - fraction.len() as i64);
        match power {
            _ if digits.len() > 15 => Self::Never,
            Ok(-22..=22) => Self::Always,
            _ => Self::Sometimes,
        }
    }
}
