//! The settings of a filter: the contract's options, and the form of timestamps.

use eset_filter::Choice;
use eset_filter::record::ShipperOptions;

/// The settings of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) options: ShipperOptions,
    pub(crate) timestamps: Timestamps,
}

/// The form of a timestamp in Lua.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Timestamps {
    /// RFC 3339 text, as in the contract.
    #[default]
    Rfc3339,
    /// A table in the form that Vector itself uses, and that it treats as a timestamp.
    Vector,
}

impl Choice for Timestamps {
    const VALUES: &'static [(&'static str, Self)] = &[("rfc3339", Self::Rfc3339), ("vector", Self::Vector)];
}

const TIMESTAMPS: &str = "timestamps";

impl Settings {
    /// Sets an option by name. The value is `None` if it is not text.
    ///
    /// # Errors
    ///
    /// For a name or value that is not allowed, lists the allowed ones.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        if name != TIMESTAMPS && !ShipperOptions::NAMES.contains(&name) {
            return Err(format!("unknown option {name:?}: expected one of {}", Self::names()));
        }
        let value = value.ok_or_else(|| format!("{name} is not a string: put the value in quotes"))?;
        let set = match name {
            TIMESTAMPS => Timestamps::choose(name, value).map(|timestamps| self.timestamps = timestamps),
            _ => self.options.set(name, value),
        };
        set.map_err(|error| error.to_string())
    }

    /// Returns the names of all options.
    pub(crate) fn names() -> String {
        [ShipperOptions::NAMES, &[TIMESTAMPS]].concat().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eset_filter::{Heartbeats, Options, Raw, SyslogFields};

    #[test]
    fn every_option_can_be_set() {
        let mut settings = Settings::default();
        for (name, value) in [
            ("message_key", "payload"),
            ("raw", "always"),
            ("heartbeats", "keep"),
            ("syslog_fields", "all"),
            ("record_limit", "700k"),
            ("timestamps", "vector"),
        ] {
            settings.set(name, Some(value)).unwrap();
        }
        let filter = Options::for_shipper()
            .raw(Raw::Always)
            .heartbeats(Heartbeats::Keep)
            .syslog_fields(SyslogFields::All)
            .record_limit(Some(700_000));
        let options = ShipperOptions::from(filter).message_key("payload");
        assert_eq!(settings, Settings { options, timestamps: Timestamps::Vector });
    }

    #[test]
    fn wrong_options_are_refused_with_the_right_ones() {
        for (name, value, expected) in [
            ("raw", "sometimes", "raw = \"sometimes\": expected one of on_error, always, never"),
            ("timestamps", "unix", "timestamps = \"unix\": expected one of rfc3339, vector"),
            ("message_key", "", "message_key is empty: expected the key that contains the message"),
            (
                "heartbeat",
                "keep",
                "unknown option \"heartbeat\": expected one of message_key, raw, heartbeats, syslog_fields, record_limit, timestamps",
            ),
        ] {
            assert_eq!(Settings::default().set(name, Some(value)), Err(expected.to_owned()));
        }
        assert_eq!(
            Settings::default().set("raw", None),
            Err("raw is not a string: put the value in quotes".to_owned())
        );
    }
}
