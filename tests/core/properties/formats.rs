//! Events in CEF and LEEF become the same records as in JSON, as far as the formats carry their fields. The table in
//! the contract lists the fields of each format.

mod table;

use eset_filter::{Filter, Options, encode};
use eset_filter_generator::{Generator, GeneratorOptions, Kind, Payload};
use eset_filter_tests::json::Json;
use proptest::prelude::*;
use table::{Column, Table};

/// The first messages of each seed are one event of each type.
const TYPES: usize = 8;

/// The number of compared events of each type.
const SEEDS: u64 = 10_000;

/// The position of the truncated message of a seed.
const CUT: usize = 11;

/// The parts of the CEF header that are not fields. The LEEF header has the first two.
const OF_HEADER: [&str; 3] = ["product_version", "event_class_id", "event_name"];

type Members = [(String, Json)];

#[test]
fn cef_becomes_the_same_record_as_json() {
    Comparison::of(Payload::Cef).whole_events();
}

#[test]
fn leef_becomes_the_same_record_as_json() {
    Comparison::of(Payload::Leef).whole_events();
}

#[test]
fn truncated_events_keep_complete_values() {
    for payload in [Payload::Cef, Payload::Leef] {
        Comparison::of(payload).cut_events();
    }
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn any_text_comes_out_of_cef(text in awkward()) {
        let escaped = text.replace('\\', r"\\").replace('=', r"\=").replace('\n', r"\n").replace('\r', r"\r");
        let name = text.replace('\\', r"\\").replace('|', r"\|");
        let message = format!("CEF:0|ESET|Protect|1|400|{name}|2|msg={escaped} cat=ESET RA Audit Event cs3={escaped} cs3Label=Rest");
        let record = record(&mut Filter::new(Options::default()), message.as_bytes()).unwrap();
        let additional = record.get("additional_fields").unwrap();
        let expected = Some(text.as_str()).filter(|text| !text.is_empty());
        prop_assert_eq!(self::text(&record, "detail"), expected);
        prop_assert_eq!(self::text(additional, "event_name"), expected);
        prop_assert_eq!(self::text(additional, "rest"), Some(text.as_str()));
    }

    /// LEEF has no escape for the delimiter, so it is removed from the text.
    #[test]
    fn any_text_comes_out_of_leef(text in awkward(), delimiter in proptest::sample::select(&['\t', '^', '\u{1f}', '|'][..])) {
        let text = text.replace(delimiter, "");
        let pairs = ["detail", "cat", "user ", "rest", "last"].into_iter();
        let values = [text.as_str(), "ESET RA Audit Event", "a", &text, "b"];
        let pairs: Vec<_> = pairs.zip(values).map(|(key, value)| format!("{key}={value}")).collect();
        let pairs = pairs.join(&delimiter.to_string());
        let message = format!("LEEF:2.0|ESET|R|1|a|x{:02X}|{pairs}", u32::from(delimiter));
        let record = record(&mut Filter::new(Options::default()), message.as_bytes()).unwrap();
        let expected = Some(text.as_str()).filter(|text| !text.is_empty());
        prop_assert_eq!(self::text(&record, "detail"), expected, "{}", message);
        prop_assert_eq!(self::text(record.get("additional_fields").unwrap(), "rest"), Some(text.as_str()));
        prop_assert_eq!(self::text(&record, "user"), Some("a"));
    }
}

/// Texts that contain the syntax of the formats.
fn awkward() -> impl Strategy<Value = String> {
    let tokens = [
        "=",
        "\\",
        " ",
        "|",
        "cat=",
        " cs1=",
        " cs1Label=",
        "\t",
        "\r\n",
        "#011",
        "msg",
        "a",
        "é",
        "{",
        "\"",
        "x5E",
        "^",
    ];
    proptest::collection::vec(proptest::sample::select(tokens.to_vec()), 0..12).prop_map(|tokens| tokens.concat())
}

struct Comparison {
    payload: Payload,
    column: Column,
    table: Table,
}

/// An event in JSON and in another format.
struct Pair {
    json: Json,
    other: Json,
    /// The message in the other format.
    message: String,
}

impl Comparison {
    fn of(payload: Payload) -> Self {
        let column = if payload == Payload::Cef { Column::Cef } else { Column::Leef };
        Self { payload, column, table: Table::read() }
    }

    fn whole_events(&self) {
        let mut filter = Filter::new(Options::default());
        for seed in 0..SEEDS {
            for pair in self.pairs(seed, &mut filter, Kind::Event, 0..TYPES) {
                assert_eq!(text(&pair.other, "parse_status"), Some("ok"), "{pair}");
                assert_eq!(without(pair.other.members()), self.expected(&pair), "{pair}");
                self.compare_additional(&pair);
            }
        }
    }

    fn cut_events(&self) {
        let mut filter = Filter::new(Options::default());
        for seed in 0..SEEDS / 20 {
            for pair in self.pairs(seed, &mut filter, Kind::Cut, CUT..CUT + 1) {
                assert_eq!(text(&pair.other, "parse_status"), Some("truncated"), "{pair}");
                let given = pair.other.members();
                let expected = self.expected(&pair);
                let expected = expected.iter().filter(|(name, _)| name != "raw_message");
                expected.for_each(|member| assert!(given.contains(member), "{member:?} is not in {pair}"));
                let long = ["circumstances", "command_line"].map(|name| pair.other.get(name));
                assert_eq!(long, [None, None], "{pair}");
                assert_eq!(text(&pair.other, "raw_message"), Some(pair.message.as_str()));
            }
        }
    }

    /// Returns the messages of a seed in JSON and in the other format. They all have the given kind.
    fn pairs(&self, seed: u64, filter: &mut Filter, kind: Kind, which: std::ops::Range<usize>) -> Vec<Pair> {
        let generator = |payload| Generator::new(GeneratorOptions { seed, payload, ..Default::default() });
        let (mut json, mut other) = (generator(Payload::Json), generator(self.payload));
        let (mut message, mut pairs) = (Vec::new(), Vec::new());
        for at in 0..which.end {
            let kinds = [json.next_into(&mut message)];
            let expected = record(filter, &message);
            assert_eq!(other.next_into(&mut message), kinds[0]);
            if which.contains(&at) {
                assert_eq!(kinds, [kind]);
                let message_text = String::from_utf8(message.clone()).unwrap();
                pairs.push(Pair {
                    json: expected.unwrap(),
                    other: record(filter, &message).unwrap(),
                    message: message_text,
                });
            }
        }
        pairs
    }

    /// Returns the expected record of the other format without its additional fields and its format.
    fn expected(&self, pair: &Pair) -> Vec<(String, Json)> {
        let event_type = text(&pair.json, "event_type").unwrap();
        let is_field = |name: &str| eset_filter::schema::FIELDS.iter().any(|field| field.name.text == name);
        let is_carried = |name: &str| !is_field(name) || self.carries(pair, name, event_type);
        let members = pair.json.members().iter().filter(|(name, _)| is_carried(name));
        let members = members.map(|(name, value)| (name.clone(), self.written(name, value)));
        without(&members.collect::<Vec<_>>())
    }

    fn carries(&self, pair: &Pair, name: &str, event_type: &str) -> bool {
        // LEEF often lacks the address of the computer. `src` is then empty.
        let lacks_address = self.column == Column::Leef && name == "ipv4" && pair.lacks_address();
        !lacks_address && self.table.carries(self.column, name, event_type)
    }

    /// Returns a value as the other format carries it.
    fn written(&self, name: &str, value: &Json) -> Json {
        match value.text() {
            // Both names have the same category.
            Some("ESET Inspect Alert") if name == "event_type" => {
                Json::Text("EnterpriseInspectorAlert_Event".to_owned())
            }
            // LEEF has no escapes.
            Some(text) if self.column == Column::Leef => Json::Text(text.replace(['\t', '\n', '\r'], " ")),
            _ => value.clone(),
        }
    }

    /// Checks that the additional fields are the parts of the header, and others only if JSON has unknown keys as well.
    fn compare_additional(&self, pair: &Pair) {
        let of_header = if self.column == Column::Cef { &OF_HEADER[..] } else { &OF_HEADER[..2] };
        let names: Vec<_> = pair.other.get("additional_fields").map(Json::members).unwrap_or_default().iter().collect();
        let (header, unknown): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|(name, _)| OF_HEADER.contains(&name.as_str()));
        assert!(header.iter().map(|(name, _)| name).eq(of_header), "{pair}");
        assert_eq!(unknown.is_empty(), pair.json.get("additional_fields").is_none(), "{pair}");
        let format = text(&pair.other, "payload_format");
        assert_eq!(format, Some(if self.column == Column::Cef { "cef" } else { "leef" }), "{pair}");
    }
}

impl Pair {
    /// Returns whether the first `src` of LEEF is not an address.
    fn lacks_address(&self) -> bool {
        let (_, after) = self.message.split_once("src=").unwrap();
        !after.starts_with(|first: char| first.is_ascii_digit())
    }
}

impl std::fmt::Display for Pair {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "\nmessage: {:?}\nJSON: {}\nother: {}", self.message, self.json, self.other)
    }
}

fn text<'r>(record: &'r Json, name: &str) -> Option<&'r str> {
    record.get(name).and_then(Json::text)
}

/// Returns the members that must be the same in both formats.
fn without(members: &Members) -> Vec<(String, Json)> {
    let differs = |name: &str| matches!(name, "payload_format" | "additional_fields");
    members.iter().filter(|(name, _)| !differs(name)).cloned().collect()
}

/// Returns the only record of a message, if there is one.
fn record(filter: &mut Filter, message: &[u8]) -> Option<Json> {
    let mut events = filter.parse(message);
    let mut out = Vec::new();
    encode::json::write(&events.next()?, &mut out);
    assert!(events.next().is_none(), "{:?} has two records", message.escape_ascii().to_string());
    Some(Json::parse(str::from_utf8(&out).unwrap()).unwrap())
}
