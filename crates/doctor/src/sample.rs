//! A message to test a plugin with, and the expected record.

use serde_json::Value;

use eset_filter::{Filter, Options, encode};

/// A message with the elements that are most likely to go wrong: structured data, quotes and backslashes, non-Latin
/// scripts, a bool and a number as strings, and an unknown nested field.
pub(crate) const MESSAGE: &str = concat!(
    r#"<12>1 2026-02-27T16:25:37.704Z protect01 ERAServer 3432 - [a@1 b="{\"c\"}"] "#,
    r#"{"event_type":"FirewallAggregated_Event","ipv4":"10.1.2.3","ipv6":"","hostname":"pc-17","#,
    r#""occured":"27-Feb-2026 16:20:05","severity":"Warning","event":"Détection d’un {port} 走査","#,
    r#""source_address":"10.9.9.9","source_port":"49152","inbound":"true","aggregate_count":3,"#,
    r#""account":"CORP\\ann \"A\"","rule_name":"","cloud":{"score":"7","tags":["new",1.5]}}"#
);

/// Returns the expected record of a message. `None` if the filter should drop the message.
pub(crate) fn expected(message: &[u8], options: &Options) -> Option<Value> {
    let mut filter = Filter::new(options.clone());
    let mut json = Vec::new();
    encode::json::write(&filter.parse(message).next()?, &mut json);
    serde_json::from_slice(&json).ok()
}

/// Describes the first difference between two records. `None` if they are equal.
pub(crate) fn difference(actual: &Value, expected: &Value) -> Option<String> {
    let (Value::Object(actual), Value::Object(expected)) = (actual, expected) else {
        return Some("it is not a JSON object".to_owned());
    };
    let differs = |(name, expected): (&String, &Value)| match actual.get(name) {
        None => Some(format!("{name} is missing")),
        Some(actual) if actual != expected => Some(format!("{name} is {actual} instead of {expected}")),
        Some(_) => None,
    };
    let surplus =
        || actual.keys().find(|name| !expected.contains_key(*name)).map(|name| format!("{name} is unexpected"));
    expected.iter().find_map(differs).or_else(surplus)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use eset_filter::Raw;

    #[test]
    fn the_sample_has_fields_of_every_type() {
        let record = expected(MESSAGE.as_bytes(), &Options::default().raw(Raw::Always)).unwrap();
        assert_eq!(record["parse_status"], "ok");
        assert_eq!(record["inbound"], true);
        assert_eq!(record["source_port"], 49152);
        assert_eq!(record["occurred"], "2026-02-27T16:20:05Z");
        assert_eq!(record["additional_fields"], json!({"cloud_score": "7", "cloud_tags": ["new", 1.5]}));
        assert_eq!(record["raw_message"], MESSAGE);
    }

    #[test]
    fn differences_are_described() {
        for (actual, expected, difference) in [
            (json!({"a": 1}), json!({"a": 1}), None),
            (json!({"a": 2}), json!({"a": 1}), Some("a is 2 instead of 1")),
            (json!({}), json!({"a": 1}), Some("a is missing")),
            (json!({"a": 1, "b": 2}), json!({"a": 1}), Some("b is unexpected")),
            (json!([]), json!({"a": 1}), Some("it is not a JSON object")),
        ] {
            assert_eq!(super::difference(&actual, &expected).as_deref(), difference);
        }
    }
}
