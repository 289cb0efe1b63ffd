//! What a user can choose, by the same names on every shipper.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};
use core::str::FromStr;

use crate::status::Status;

/// How a [`crate::Filter`] treats messages. `Options::default()` is the contract's default.
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
    /// The most bytes of JSON of one record, without the keys that are kept from the shipper's record. A larger one
    /// loses its largest additional fields, then the ends of its longest texts, then the end of `raw_message`, until it
    /// fits; its `parse_status` is then `truncated`. `None`, the default, means no limit. A filter inside a shipper has
    /// [`Options::SHIPPER_RECORD_LIMIT`].
    pub record_limit: Option<usize>,
    /// At most one event per message, for shippers that accept no more: of several events the first, with
    /// `parse_status` `multiple`.
    pub single: bool,
}

/// When a record carries `raw_message`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Raw {
    /// For every `parse_status` but `ok`, and where text is left out that may be a piece of an event.
    #[default]
    OnError,
    /// In every record.
    Always,
    /// In no record.
    Never,
}

impl Raw {
    /// Whether a record with that status is to carry `raw_message`.
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
    /// They are left out.
    #[default]
    Drop,
    /// They are events with `parse_status` `heartbeat`.
    Keep,
}

/// Which parts of the syslog envelope a record carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyslogFields {
    /// `syslog_hostname` alone.
    #[default]
    Hostname,
    /// Facility, severity, timestamp, APP-NAME, PROCID and the relay as well.
    All,
}

/// An option that has a fixed set of values, each with a name.
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
    /// The values by name.
    const VALUES: &'static [(&'static str, Self)];

    /// The value's name.
    #[must_use]
    fn name(self) -> &'static str {
        Self::VALUES.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }

    /// The value of that name, for an option.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] if the option has no such value.
    fn choose(option: &str, name: &str) -> Result<Self, Error> {
        let value = Self::VALUES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        value.ok_or_else(|| {
            let names: Vec<_> = Self::VALUES.iter().map(|(name, _)| *name).collect();
            Error::invalid(option, name, format!("one of {}", names.join(", ")))
        })
    }
}

/// The names of a type's values, and reading and writing them.
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
    /// The names that [`Options::set`] takes.
    pub const NAMES: &'static [&'static str] = &["raw", "heartbeats", "syslog_fields", "record_limit"];

    /// The `record_limit` of the filters inside shippers, in bytes. With it, a single record can always be delivered:
    /// Azure Monitor's Logs Ingestion API accepts requests of up to 1 MB.
    pub const SHIPPER_RECORD_LIMIT: usize = 512 * 1024;

    /// The smallest `record_limit`, in bytes: every record can be cut down to it.
    pub const LEAST_RECORD_LIMIT: usize = 64 * 1024;

    /// The defaults of a filter inside a shipper.
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

    /// The same with [`Options::raw`](#structfield.raw).
    #[must_use]
    pub fn raw(self, raw: Raw) -> Self {
        Self { raw, ..self }
    }

    /// The same with [`Options::heartbeats`](#structfield.heartbeats).
    #[must_use]
    pub fn heartbeats(self, heartbeats: Heartbeats) -> Self {
        Self { heartbeats, ..self }
    }

    /// The same with [`Options::syslog_fields`](#structfield.syslog_fields).
    #[must_use]
    pub fn syslog_fields(self, syslog_fields: SyslogFields) -> Self {
        Self { syslog_fields, ..self }
    }

    /// The same with [`Options::record_limit`](#structfield.record_limit), in bytes.
    #[must_use]
    pub fn record_limit(self, record_limit: Option<usize>) -> Self {
        Self { record_limit, ..self }
    }

    /// The same with [`Options::single`](#structfield.single).
    #[must_use]
    pub fn single(self, single: bool) -> Self {
        Self { single, ..self }
    }

    /// Sets an option by its name, as shippers that are configured with text do.
    ///
    /// # Errors
    ///
    /// If the name or value is not allowed: says which ones are.
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

/// Reads a size: bytes, or thousands or millions of bytes with `k` or `M`, as in Fluent Bit.
///
/// # Errors
///
/// [`Error::InvalidValue`] if the value is not a size.
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

/// What is wrong with an option given as text.
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
    /// There is no option of that name.
    UnknownOption {
        /// The name that was given.
        name: String,
        /// The names that exist.
        expected: String,
    },
    /// The option must not be empty.
    Empty {
        /// The option's name.
        option: String,
        /// What the option accepts.
        expected: String,
    },
    /// The option does not accept this value.
    InvalidValue {
        /// The option's name.
        option: String,
        /// The value that was given.
        value: String,
        /// What the option accepts.
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
