//! Compares the fields of the core with the oracle.

use eset_filter::schema::FIELDS;
use eset_filter_tests::checks;
use eset_filter_tests::json::Json;
use eset_filter_tests::oracle;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::config;

/// Names of the schema, other names (some of which also result from flattening nested objects), and any short text.
fn key() -> impl Strategy<Value = String> {
    let known: Vec<_> =
        FIELDS.iter().flat_map(|field| field.aliases.iter().chain([&field.name.text])).copied().collect();
    prop_oneof![
        6 => select(known).prop_map(str::to_owned),
        3 => "[ab]{1,2}(_[ab]){0,2}",
        1 => select(&["parse_status", "additional_fields", "TimeGenerated", "occurred_a", "Event_Type", ""][..])
            .prop_map(str::to_owned),
        1 => ".{0,6}",
    ]
}

fn scalar() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("JSON has only finite numbers", |number| number.is_finite())
            .prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?",
        select(&["0", "1", "-0", "9223372036854775808", "-9223372036854775808"][..]).prop_map(str::to_owned),
    ];
    let text = prop_oneof![
        ".{0,20}",
        "[ -~]{0,20}",
        select(&["true", "FALSE", "Yes", "nO", "on", "", "null", "{}", "[1]"][..]).prop_map(str::to_owned),
        "[+-]?[0-9]{1,20}",
        "[0-3]?[0-9]-(Jan|FEB|dec|Foo)-20[0-9]{2} [0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
        "20[0-9]{2}-?[01][0-9]-?[0-3][0-9]T[0-2][0-9]:?[0-5][0-9]:?[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:?[0-5][0-9])?",
    ];
    prop_oneof![
        1 => Just(Json::Null),
        2 => any::<bool>().prop_map(Json::Bool),
        3 => number.prop_map(Json::Number),
        6 => text.prop_map(Json::Text),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let nested = scalar().prop_recursive(3, 24, 5, |inner| {
        prop_oneof![vec(inner.clone(), 0..5).prop_map(Json::Array), vec((key(), inner), 0..5).prop_map(Json::Object),]
    });
    let deep_array = (scalar(), 1_usize..12)
        .prop_map(|(innermost, levels)| (0..levels).fold(innermost, |inner, _| Json::Array(vec![inner])));
    prop_oneof![6 => scalar(), 3 => nested, 1 => deep_array]
}

fn object() -> impl Strategy<Value = Json> {
    vec((key(), value()), 0..12).prop_map(Json::Object)
}

/// The ways in which senders write an object.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    Compact,
    /// With white space wherever JSON allows it.
    Loose,
    /// With every character of a string escaped.
    Escaped,
}

impl Spelling {
    fn write(self, value: &Json) -> String {
        match value {
            Json::Text(text) => self.quoted(text),
            Json::Array(items) => self.list('[', items.iter().map(|item| self.write(item)), ']'),
            Json::Object(members) => {
                let colon = self.spaced(":");
                let member = |(key, value): &(String, Json)| self.quoted(key) + &colon + &self.write(value);
                self.list('{', members.iter().map(member), '}')
            }
            scalar => scalar.to_string(),
        }
    }

    fn list(self, open: char, items: impl Iterator<Item = String>, close: char) -> String {
        let items: Vec<_> = items.collect();
        let inside = items.join(&self.spaced(","));
        format!("{open}{}{close}", self.spaced(&inside))
    }

    fn spaced(self, text: &str) -> String {
        if matches!(self, Self::Loose) { format!(" \t{text}\r\n ") } else { text.to_owned() }
    }

    fn quoted(self, text: &str) -> String {
        match self {
            Self::Escaped => {
                let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
                format!("\"{units}\"")
            }
            _ => Json::Text(text.to_owned()).to_string(),
        }
    }
}

#[test]
fn the_oracle_knows_every_field() {
    let known = FIELDS.iter().map(|field| (field.name.text, field.kind.name(), field.aliases));
    assert!(known.eq(oracle::FIELDS.iter().map(|(name, kind, aliases)| (*name, kind.name(), *aliases))));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn core_and_oracle_agree(
        object in object(),
        spelling in select(&[Spelling::Compact, Spelling::Loose, Spelling::Escaped][..]),
    ) {
        let message = spelling.write(&object);
        prop_assert_eq!(&Json::parse(&message).unwrap(), &object);
        checks::every_promise(message.as_bytes());
    }
}
