//! The properties of an instance: the contract's options and the property that only this filter has.

use std::borrow::Cow;

use eset_filter::parse_size;
use eset_filter::record::ShipperOptions;

/// The properties of an instance, parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Properties {
    /// The contract's options.
    pub(crate) options: ShipperOptions,
    /// `request_limit`: the maximum size of a chunk, in bytes of JSON. Without it, Fluent Bit's own limit applies.
    pub(crate) request_limit: Option<usize>,
}

const REQUEST_LIMIT: &str = "request_limit";

/// Reads the properties, asking for each by name.
///
/// # Errors
///
/// For a value that is not allowed, lists the allowed ones. For a property that looks misspelt, names the right one.
pub(crate) fn read<'p>(property: impl Fn(&str) -> Option<Cow<'p, str>>) -> Result<Properties, String> {
    let names = ShipperOptions::NAMES.iter().chain([&REQUEST_LIMIT]);
    for (name, wrong) in names.flat_map(|name| misspellings(name).into_iter().map(move |wrong| (name, wrong))) {
        if property(&wrong).is_some() {
            return Err(format!("unknown property {wrong:?}: use {name}"));
        }
    }
    let mut options = ShipperOptions::default();
    for name in ShipperOptions::NAMES {
        if let Some(value) = property(name) {
            options.set(name, &value).map_err(|error| error.to_string())?;
        }
    }
    let request_limit = property(REQUEST_LIMIT).map(|value| parse_size(REQUEST_LIMIT, &value)).transpose();
    let request_limit = request_limit.map_err(|error| error.to_string())?;
    Ok(Properties { options, request_limit })
}

/// Returns the likely misspellings of a name. Fluent Bit compares names case-insensitively.
fn misspellings(name: &str) -> Vec<String> {
    let number = name.strip_suffix('s').map_or_else(|| format!("{name}s"), str::to_owned);
    let mut wrong = Vec::new();
    for name in [name.to_owned(), number] {
        wrong.extend([name.replace('_', "-"), name.replace('_', ""), name.replace('_', "."), name]);
    }
    wrong.retain(|wrong| wrong != name);
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use eset_filter::{Heartbeats, Options, Raw, SyslogFields};

    fn given(properties: &[(&str, &'static str)]) -> Result<Properties, String> {
        read(|name| properties.iter().find(|(key, _)| *key == name).map(|(_, value)| Cow::Borrowed(*value)))
    }

    #[test]
    fn properties_are_options() {
        assert_eq!(given(&[]), Ok(Properties { options: ShipperOptions::default(), request_limit: None }));
        let all = [
            ("message_key", "payload"),
            ("raw", "always"),
            ("heartbeats", "keep"),
            ("syslog_fields", "all"),
            ("record_limit", "700k"),
        ];
        let filter = Options::for_shipper()
            .raw(Raw::Always)
            .heartbeats(Heartbeats::Keep)
            .syslog_fields(SyslogFields::All)
            .record_limit(Some(700_000));
        let options = ShipperOptions::from(filter).message_key("payload");
        assert_eq!(given(&all), Ok(Properties { options, request_limit: None }));
    }

    #[test]
    fn sizes_have_units() {
        for (value, expected) in [("900000", 900_000), ("700k", 700_000), ("700K", 700_000), ("1M", 1_000_000)] {
            assert_eq!(given(&[(REQUEST_LIMIT, value)]).unwrap().request_limit, Some(expected));
        }
    }

    #[test]
    fn wrong_values_are_refused_with_the_right_ones() {
        for (name, value, expected) in [
            ("raw", "sometimes", "raw = \"sometimes\": expected one of on_error, always, never"),
            ("heartbeats", "", "heartbeats = \"\": expected one of drop, keep"),
            ("syslog_fields", "ALL", "syslog_fields = \"ALL\": expected one of hostname, all"),
            ("message_key", "", "message_key is empty: expected the key that contains the message"),
            ("record_limit", "1", "record_limit = \"1\": expected at least 65536 bytes"),
            (REQUEST_LIMIT, "0", "request_limit = \"0\": expected a number of bytes such as 500000, 500k or 1M"),
            (REQUEST_LIMIT, "-1", "request_limit = \"-1\": expected a number of bytes such as 500000, 500k or 1M"),
            (REQUEST_LIMIT, "k", "request_limit = \"k\": expected a number of bytes such as 500000, 500k or 1M"),
            (REQUEST_LIMIT, "1G", "request_limit = \"1G\": expected a number of bytes such as 500000, 500k or 1M"),
        ] {
            assert_eq!(given(&[(name, value)]), Err(expected.to_owned()));
        }
    }

    #[test]
    fn misspelt_names_are_refused_with_the_right_one() {
        for (wrong, right) in [
            ("message-key", "message_key"),
            ("messagekey", "message_key"),
            ("message_keys", "message_key"),
            ("heartbeat", "heartbeats"),
            ("syslog-field", "syslog_fields"),
            ("syslog_field", "syslog_fields"),
            ("request-limit", "request_limit"),
        ] {
            assert_eq!(given(&[(wrong, "x")]), Err(format!("unknown property {wrong:?}: use {right}")));
        }
    }
}
