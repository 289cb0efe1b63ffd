//! The VRL twin in the VRL engine of Vector.

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

/// The cases of the contract and the hostile messages whose records differ from the contract, each with the reason.
/// docs/contract.md lists the same differences.
pub const DIFFERENCES: [(&str, &str); 7] = [
    ("record/kept-number-keeps-its-digits", "Vector has already converted the number in the record"),
    ("nested objects", TOO_MUCH),
    ("unclosed nested objects", TOO_MUCH),
    ("objects that break in arrays", TOO_MUCH),
    ("nested foreign objects", TOO_MUCH),
    ("arrays in unclosed foreign objects", TOO_MUCH),
    ("events with all syslog fields in a row", "a fraction counts as more bytes than it takes"),
];

const TOO_MUCH: &str = "reading stops when a message costs too much";

/// A compiled program and the runtime for it.
pub struct Twin {
    program: Program,
    runtime: RefCell<Runtime>,
}

impl Twin {
    /// Compiles the twin with these options.
    ///
    /// # Panics
    ///
    /// Panics if the twin does not compile, if the compiler issues a warning, or if the program could fail or abort at
    /// run time.
    pub fn new(options: &ShipperOptions) -> Self {
        let source = twin::program(options);
        let twin = Self::compile(&source).unwrap_or_else(|complaint| panic!("{complaint}"));
        let info = twin.program.info();
        assert!(!info.fallible && !info.abortable, "{info:?}");
        twin
    }

    /// Compiles any program.
    ///
    /// # Errors
    ///
    /// Returns the errors or the warnings of the compiler.
    pub fn compile(source: &str) -> Result<Self, String> {
        let said = |diagnostics| Formatter::new(source, diagnostics).to_string();
        let compiled = compile(source, &stdlib::all()).map_err(said)?;
        if !compiled.warnings.is_empty() {
            return Err(said(compiled.warnings));
        }
        Ok(Self { program: compiled.program, runtime: RefCell::default() })
    }

    /// Returns the twin with these options. Each thread compiles it once.
    pub fn shared(options: &ShipperOptions) -> Rc<Self> {
        thread_local!(static TWINS: RefCell<HashMap<String, Rc<Twin>>> = RefCell::default());
        TWINS.with_borrow_mut(|twins| {
            let twin = twins.entry(format!("{options:?}")).or_insert_with(|| Rc::new(Self::new(options)));
            Rc::clone(twin)
        })
    }

    /// Runs the program on an event and returns the result.
    ///
    /// # Errors
    ///
    /// Returns an error if the program fails.
    pub fn resolve(&self, event: Value) -> Result<Value, String> {
        let metadata = Value::Object(ObjectMap::new());
        let mut target = TargetValue { value: event, metadata, secrets: Secrets::default() };
        let mut runtime = self.runtime.borrow_mut();
        runtime.clear();
        let resolved = runtime.resolve(&mut target, &self.program, &TimeZone::default());
        resolved.map(|_| target.value).map_err(|error| error.to_string())
    }

    /// Runs the program on a record and returns the resulting records. As in Vector, an array becomes one event per
    /// item.
    pub fn records(&self, record: &Json) -> Vec<Json> {
        self.events(of_json(record))
    }

    /// Runs the program on a message of any bytes and returns the resulting records.
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

/// Returns an event with a message and no other field.
pub fn event(message: &[u8]) -> Value {
    Value::Object([("message".into(), Value::Bytes(message.to_vec().into()))].into())
}

/// Converts JSON to a value as Vector does.
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

/// Returns whether a record is the one that the contract expects, within the limits of VRL: objects are sorted and have
/// each key once, and a number that VRL cannot represent exactly is text.
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

/// Returns whether all records of a message are the ones that the contract expects.
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

/// Returns whether a record is from an event in CEF or LEEF, or from a notification. The twin reads JSON only and
/// treats these as text.
fn is_of_other_format(record: &Json) -> bool {
    record.get("payload_format").is_some() || record.get("parse_status").and_then(Json::text) == Some("notification")
}

/// Converts the record that the core returns for JSON, a notification or other text to the record that the twin
/// returns.
pub fn of_the_core(mut record: serde_json::Value) -> serde_json::Value {
    if record["parse_status"] == "notification"
        && let Some(members) = record.as_object_mut()
    {
        members.insert("parse_status".into(), "text".into());
        members.retain(|key, _| matches!(key.as_str(), "parse_status" | "raw_message") || key.starts_with("syslog_"));
    }
    record
}

/// Returns whether the strings of a record may contain JSON, which is all that the twin finds in them.
fn may_hold_json(record: &Json) -> bool {
    match record {
        Json::Text(text) => text.contains('{'),
        Json::Array(items) => items.iter().any(may_hold_json),
        Json::Object(members) => members.iter().any(|(_, value)| may_hold_json(value)),
        _ => false,
    }
}

/// Returns whether a record contains only a text and the fields of a header. The header may be a different one from the
/// core's, such as one directly before a payload.
fn is_text(record: &Json) -> bool {
    let is_of_text = |(key, value): &(String, Json)| match key.as_str() {
        "parse_status" => value.text() == Some("text"),
        key => key == "raw_message" || key.starts_with("syslog_"),
    };
    record.get("parse_status").is_some() && record.members().iter().all(is_of_text)
}

/// Returns whether two numbers have the same type, integer or double, and the same value.
fn is_same_number(given: &str, expected: &str) -> bool {
    let is_double = |number: &str| number.contains(['.', 'e', 'E']);
    match (is_double(given), is_double(expected)) {
        (false, false) => given == if expected == "-0" { "0" } else { expected },
        (true, true) => given.parse().map(f64::to_bits) == expected.parse().map(f64::to_bits),
        _ => false,
    }
}

/// Whether VRL represents a number exactly.
#[derive(PartialEq)]
enum Held {
    Always,
    /// A double cannot represent the power of ten exactly, so it depends on the digits whether `parse_json` is exact.
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
