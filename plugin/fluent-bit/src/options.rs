//! The options of an instance, from its properties.

use std::borrow::Cow;

use eset_filter::Options;

/// Reads the options by asking for each property.
///
/// # Errors
///
/// Says which values are allowed, where one is not, and what a property is called, where it looks like one misspelt.
pub(crate) fn read<'p>(property: impl Fn(&str) -> Option<Cow<'p, str>>) -> Result<Options, String> {
    let mut options = Options::default();
    for name in Options::NAMES {
        if let Some(wrong) = misspellings(name).iter().find(|wrong| property(wrong).is_some()) {
            return Err(format!("unknown property {wrong:?}: it is called {name}"));
        }
        if let Some(value) = property(name) {
            options.set(name, &value).map_err(|error| error.to_string())?;
        }
    }
    Ok(options)
}

/// The ways in which a name is likely to be written wrongly. The host compares names without regard to case.
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
    use eset_filter::{Heartbeats, Raw, SyslogFields};

    fn given(properties: &[(&str, &'static str)]) -> Result<Options, String> {
        read(|name| properties.iter().find(|(key, _)| *key == name).map(|(_, value)| Cow::Borrowed(*value)))
    }

    #[test]
    fn properties_are_options() {
        assert_eq!(given(&[]), Ok(Options::default()));
        let all = [("message_key", "payload"), ("raw", "always"), ("heartbeats", "keep"), ("syslog_fields", "all")];
        let expected = Options {
            message_key: Some("payload".to_owned()),
            raw: Raw::Always,
            heartbeats: Heartbeats::Keep,
            syslog_fields: SyslogFields::All,
            single: false,
        };
        assert_eq!(given(&all), Ok(expected));
    }

    #[test]
    fn wrong_values_are_refused_with_the_right_ones() {
        for (name, value, expected) in [
            ("raw", "sometimes", "raw = \"sometimes\": expected one of on_error, always, never"),
            ("heartbeats", "", "heartbeats = \"\": expected one of drop, keep"),
            ("syslog_fields", "ALL", "syslog_fields = \"ALL\": expected one of hostname, all"),
            ("message_key", "", "message_key is empty: expected the key that holds the message"),
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
        ] {
            assert_eq!(given(&[(wrong, "x")]), Err(format!("unknown property {wrong:?}: it is called {right}")));
        }
    }
}
