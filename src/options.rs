//! What a user can choose, by the same names on every host.

use crate::Status;

/// How the filter treats what it is given. `Options::default()` is the contract's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The key of the host's record that holds the message, instead of [`crate::record::MESSAGE_KEYS`].
    pub message_key: Option<String>,
    /// When a record carries `raw_message`.
    pub raw: Raw,
    /// What becomes of ESET's heartbeats.
    pub heartbeats: Heartbeats,
    /// Which parts of the syslog envelope a record carries.
    pub syslog_fields: SyslogFields,
    /// The most bytes of JSON that a record has, the keys that are kept from the host's record not counted. A larger one
    /// loses its largest additional fields, then the ends of its longest texts, then the end of `raw_message`, until it
    /// fits; its `parse_status` is then `truncated`. `None`, the default, for no limit. A host's filter has
    /// [`Options::HOST_RECORD_LIMIT`].
    pub record_limit: Option<usize>,
    /// Answer one message with at most one event, for hosts that take no more: of several events the first is given
    /// with `parse_status` `multiple`.
    pub single: bool,
}

/// When a record carries `raw_message`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Raw {
    /// For every `parse_status` but `ok`.
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

/// What becomes of ESET's heartbeats.
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
    /// Facility, severity, time stamp, APP-NAME and PROCID as well.
    All,
}

/// An option that has a fixed set of values, each with a name.
pub trait Choice: Copy + Sized + 'static {
    /// The values by name.
    const VALUES: &'static [(&'static str, Self)];

    /// The value of that name.
    #[must_use]
    fn by_name(name: &str) -> Option<Self> {
        Self::VALUES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The value of that name, for an option.
    ///
    /// # Errors
    ///
    /// Says which values the option has, where that is none of them.
    fn choose(option: &str, name: &str) -> Result<Self, OptionError> {
        Self::by_name(name).ok_or_else(|| {
            let allowed: Vec<_> = Self::VALUES.iter().map(|(name, _)| *name).collect();
            OptionError(format!("{option} = {name:?}: expected one of {}", allowed.join(", ")))
        })
    }
}

impl Choice for Raw {
    const VALUES: &'static [(&'static str, Self)] =
        &[("on_error", Self::OnError), ("always", Self::Always), ("never", Self::Never)];
}

impl Choice for Heartbeats {
    const VALUES: &'static [(&'static str, Self)] = &[("drop", Self::Drop), ("keep", Self::Keep)];
}

impl Choice for SyslogFields {
    const VALUES: &'static [(&'static str, Self)] = &[("hostname", Self::Hostname), ("all", Self::All)];
}

impl Options {
    /// The names that [`Options::set`] takes.
    pub const NAMES: [&'static str; 5] = ["message_key", "raw", "heartbeats", "syslog_fields", "record_limit"];

    /// The `record_limit` of the filters inside shippers, in bytes: with it a single record can always be delivered, as
    /// Azure Monitor's Logs Ingestion API takes requests of up to 1 MB.
    pub const HOST_RECORD_LIMIT: usize = 512 * 1024;

    /// The least `record_limit`, in bytes: every record can be cut down to it.
    pub const LEAST_RECORD_LIMIT: usize = 64 * 1024;

    /// The defaults of a filter inside a shipper.
    ///
    /// ```
    /// use eset_filter::Options;
    ///
    /// assert_eq!(Options::for_host().record_limit, Some(Options::HOST_RECORD_LIMIT));
    /// ```
    #[must_use]
    pub fn for_host() -> Self {
        Self { record_limit: Some(Self::HOST_RECORD_LIMIT), ..Self::default() }
    }

    /// Sets an option by its name, as hosts that are configured with text do.
    ///
    /// # Errors
    ///
    /// Says which names or values are allowed, where the name or value is not one of them.
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
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), OptionError> {
        match name {
            "message_key" if value.is_empty() => {
                return Err(OptionError(format!("{name} is empty: expected the key that holds the message")));
            }
            "message_key" => self.message_key = Some(value.to_owned()),
            "raw" => self.raw = Raw::choose(name, value)?,
            "heartbeats" => self.heartbeats = Heartbeats::choose(name, value)?,
            "syslog_fields" => self.syslog_fields = SyslogFields::choose(name, value)?,
            "record_limit" => {
                let limit = parse_size(name, value)?;
                if limit < Self::LEAST_RECORD_LIMIT {
                    let least = Self::LEAST_RECORD_LIMIT;
                    return Err(OptionError(format!("{name} = {value:?}: expected at least {least} bytes")));
                }
                self.record_limit = Some(limit);
            }
            _ => {
                let names = Self::NAMES.join(", ");
                return Err(OptionError(format!("unknown option {name:?}: expected one of {names}")));
            }
        }
        Ok(())
    }
}

/// Reads a size: bytes, or with `k` or `M` thousands or millions of them, as Fluent Bit has them.
///
/// # Errors
///
/// Says what is expected, where the value is no size.
///
/// ```
/// assert_eq!(eset_filter::parse_size("record_limit", "700k").unwrap(), 700_000);
/// ```
pub fn parse_size(option: &str, value: &str) -> Result<usize, OptionError> {
    let (digits, unit) = match value.as_bytes() {
        [.., b'k' | b'K'] => (&value[..value.len() - 1], 1_000),
        [.., b'm' | b'M'] => (&value[..value.len() - 1], 1_000_000),
        _ => (value, 1),
    };
    let size = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit)).filter(|size| *size > 0);
    let expected = "expected a number of bytes such as 500000, 500k or 1M";
    size.ok_or_else(|| OptionError(format!("{option} = {value:?}: {expected}")))
}

/// An option's name or value that is not one of those allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError(String);

impl std::fmt::Display for OptionError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for OptionError {}
