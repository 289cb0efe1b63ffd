//! The options of the filter, which have the same names in every shipper.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};
use core::str::FromStr;

use crate::status::Status;

/// The options of a [`crate::Filter`]. `Options::default()` returns the contract's defaults.
///
/// ```
/// use eset_filter::{Filter, Options, Raw, SyslogFields};
///
/// let options = Options::default().raw(Raw::Always).syslog_fields(SyslogFields::All);
/// let filter = Filter::new(options);
/// assert_eq!(filter.options().raw, Raw::Always);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// When a record carries `raw_message`.
    pub raw: Raw,
    /// Whether ESET's heartbeats become records.
    pub heartbeats: Heartbeats,
    /// Which parts of the syslog envelope a record carries.
    pub syslog_fields: SyslogFields,
    /// The maximum size of a record in bytes of JSON, not counting the keys that are kept from the shipper's record. A
    /// larger record loses its largest additional fields, then the ends of its longest texts, then the end of
    /// `raw_message`, until it fits. Its `parse_status` is then `truncated`. `None`, the default, means no limit. A
    /// filter inside a shipper uses [`Options::SHIPPER_RECORD_LIMIT`].
    pub record_limit: Option<usize>,
    /// Whether at most one event per message is emitted, for shippers that accept no more. If a message contains
    /// several events, the first is emitted with `parse_status` `multiple`.
    pub single: bool,
}

/// When a record carries `raw_message`. If a message becomes several records, the first one that qualifies carries it,
/// and so does one with `parse_status` `multiple`. The others do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Raw {
    /// If its `parse_status` is not `ok`, or if text was left out that may be part of an event.
    #[default]
    OnError,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Raw {
    /// Returns whether a record with this status carries `raw_message`.
    pub(crate) fn is_for(self, status: Status) -> bool {
        match self {
            Self::OnError => status != Status::Ok,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Whether ESET's heartbeats become records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heartbeats {
    /// Heartbeats are dropped.
    #[default]
    Drop,
    /// Heartbeats become events with `parse_status` `heartbeat`.
    Keep,
}

/// Which parts of the syslog envelope a record carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyslogFields {
    /// Only `syslog_hostname`.
    #[default]
    Hostname,
    /// Also the facility, severity, timestamp, APP-NAME, PROCID and relay.
    All,
}

/// The value of an option that has a fixed set of named values.
///
/// ```
/// use eset_filter::{Choice, Heartbeats, Raw};
///
/// assert_eq!("never".parse(), Ok(Raw::Never));
/// assert_eq!(Heartbeats::Keep.to_string(), "keep");
/// let names: Vec<_> = Raw::VALUES.iter().map(|(name, _)| *name).collect();
/// assert_eq!(names, ["on_error", "always", "never"]);
/// ```
pub trait Choice: Copy + PartialEq + 'static {
    /// The values and their names.
    const VALUES: &'static [(&'static str, Self)];

    /// Returns the name of the value.
    #[must_use]
    fn name(self) -> &'static str {
        Self::VALUES.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }

    /// Returns the value with this name. `option` is the name of the option, for the error message.
    ///
    /// # Errors
    ///
    /// Returns [`Error::InvalidValue`] if the option has no value with this name.
    fn choose(option: &str, name: &str) -> Result<Self, Error> {
        let value = Self::VALUES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        value.ok_or_else(|| {
            let names: Vec<_> = Self::VALUES.iter().map(|(name, _)| *name).collect();
            Error::invalid(option, name, format!("one of {}", names.join(", ")))
        })
    }
}

/// Implements [`Choice`], [`FromStr`] and [`Display`] for the type of an option's values.
macro_rules! choice {
    ($type:ident, $option:literal: $($name:literal = $value:ident),+) => {
        impl Choice for $type {
            const VALUES: &'static [(&'static str, Self)] = &[$(($name, Self::$value)),+];
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self, Error> {
                Self::choose($option, name)
            }
        }

        impl Display for $type {
            fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.name())
            }
        }
    };
}

choice!(Raw, "raw": "on_error" = OnError, "always" = Always, "never" = Never);
choice!(Heartbeats, "heartbeats": "drop" = Drop, "keep" = Keep);
choice!(SyslogFields, "syslog_fields": "hostname" = Hostname, "all" = All);

impl Options {
    /// The option names that [`Options::set`] accepts.
    pub const NAMES: &'static [&'static str] = &["raw", "heartbeats", "syslog_fields", "record_limit"];

    /// The `record_limit` of filters inside shippers, in bytes. It ensures that every record can be delivered: the
    /// Azure Monitor Logs Ingestion API accepts requests of up to 1 MB.
    pub const SHIPPER_RECORD_LIMIT: usize = 512 * 1024;

    /// The smallest `record_limit` that is accepted, in bytes. Every record can be cut down to this size.
    pub const LEAST_RECORD_LIMIT: usize = 64 * 1024;

    /// Returns the default options of a filter inside a shipper.
    ///
    /// ```
    /// use eset_filter::Options;
    ///
    /// assert_eq!(Options::for_shipper().record_limit, Some(Options::SHIPPER_RECORD_LIMIT));
    /// ```
    #[must_use]
    pub fn for_shipper() -> Self {
        Self::default().record_limit(Some(Self::SHIPPER_RECORD_LIMIT))
    }

    /// Sets [`Options::raw`](#structfield.raw).
    #[must_use]
    pub fn raw(self, raw: Raw) -> Self {
        Self { raw, ..self }
    }

    /// Sets [`Options::heartbeats`](#structfield.heartbeats).
    #[must_use]
    pub fn heartbeats(self, heartbeats: Heartbeats) -> Self {
        Self { heartbeats, ..self }
    }

    /// Sets [`Options::syslog_fields`](#structfield.syslog_fields).
    #[must_use]
    pub fn syslog_fields(self, syslog_fields: SyslogFields) -> Self {
        Self { syslog_fields, ..self }
    }

    /// Sets [`Options::record_limit`](#structfield.record_limit), in bytes.
    #[must_use]
    pub fn record_limit(self, record_limit: Option<usize>) -> Self {
        Self { record_limit, ..self }
    }

    /// Sets [`Options::single`](#structfield.single).
    #[must_use]
    pub fn single(self, single: bool) -> Self {
        Self { single, ..self }
    }

    /// Sets an option by name, for shippers whose configuration is text.
    ///
    /// # Errors
    ///
    /// Returns [`Error::UnknownOption`] if there is no option with this name, and [`Error::InvalidValue`] if the option
    /// does not accept the value. The error lists what is accepted.
    ///
    /// ```
    /// use eset_filter::{Options, Raw};
    ///
    /// let mut options = Options::default();
    /// options.set("raw", "always").unwrap();
    /// assert_eq!(options.raw, Raw::Always);
    ///
    /// let error = options.set("raw", "sometimes").unwrap_err();
    /// assert_eq!(error.to_string(), "raw = \"sometimes\": expected one of on_error, always, never");
    /// ```
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "raw" => self.raw = value.parse()?,
            "heartbeats" => self.heartbeats = value.parse()?,
            "syslog_fields" => self.syslog_fields = value.parse()?,
            "record_limit" => {
                let limit = parse_size(name, value)?;
                if limit < Self::LEAST_RECORD_LIMIT {
                    return Err(Error::invalid(name, value, format!("at least {} bytes", Self::LEAST_RECORD_LIMIT)));
                }
                self.record_limit = Some(limit);
            }
            _ => return Err(Error::unknown(name, Self::NAMES)),
        }
        Ok(())
    }
}

/// Parses a size: a number of bytes, or of thousands or millions of bytes with the suffix `k` or `M`, as in Fluent Bit.
///
/// # Errors
///
/// Returns [`Error::InvalidValue`] if the value is not a size above zero. `option` is the name of the option, for the
/// error message.
///
/// ```
/// assert_eq!(eset_filter::parse_size("record_limit", "700k").unwrap(), 700_000);
/// ```
pub fn parse_size(option: &str, value: &str) -> Result<usize, Error> {
    let (digits, unit) = match value.as_bytes() {
        [.., b'k' | b'K'] => (&value[..value.len() - 1], 1_000),
        [.., b'm' | b'M'] => (&value[..value.len() - 1], 1_000_000),
        _ => (value, 1),
    };
    let size = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit)).filter(|size| *size > 0);
    size.ok_or_else(|| Error::invalid(option, value, "a number of bytes such as 500000, 500k or 1M".to_owned()))
}

/// An error in an option given as text.
///
/// ```
/// use eset_filter::{Error, Options};
///
/// let error = Options::default().set("heartbeat", "keep").unwrap_err();
/// assert!(matches!(&error, Error::UnknownOption { name, .. } if name == "heartbeat"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// There is no option with this name.
    UnknownOption {
        /// The unknown name.
        name: String,
        /// The valid names, separated by commas.
        expected: String,
    },
    /// The option is empty but must not be.
    Empty {
        /// The name of the option.
        option: String,
        /// A description of what the option accepts.
        expected: String,
    },
    /// The option does not accept this value.
    InvalidValue {
        /// The name of the option.
        option: String,
        /// The rejected value.
        value: String,
        /// A description of what the option accepts.
        expected: String,
    },
}

impl Error {
    pub(crate) fn unknown(name: &str, names: &[&str]) -> Self {
        Self::UnknownOption { name: name.to_owned(), expected: names.join(", ") }
    }

    pub(crate) fn invalid(option: &str, value: &str, expected: String) -> Self {
        Self::InvalidValue { option: option.to_owned(), value: value.to_owned(), expected }
    }
}

impl Display for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOption { name, expected } => {
                write!(formatter, "unknown option {name:?}: expected one of {expected}")
            }
            Self::Empty { option, expected } => write!(formatter, "{option} is empty: expected {expected}"),
            Self::InvalidValue { option, value, expected } => {
                write!(formatter, "{option} = {value:?}: expected {expected}")
            }
        }
    }
}

impl core::error::Error for Error {}
