//! Syslog headers as ESET PROTECT writes them.

use crate::json::append;
use crate::time::Time;

/// The syslog header before the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// BSD syslog: `<14>Oct 30 05:31:10 host ERAServer[75]: {…}`
    Rfc3164,
    /// Syslog: `<14>1 2026-02-27T16:25:37.704Z host ERAServer 3432 - - {…}`
    #[default]
    Rfc5424,
    /// No header, as after a relay that removes it
    None,
}

/// ESET's severities, with the numbers of RFC 5424, section 6.2.1. `Fatal` has no counterpart there and is sent as
/// Alert (1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Fatal = 1,
    Critical = 2,
    Error = 3,
    Warning = 4,
    Notice = 5,
    Information = 6,
}

impl Severity {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fatal => "Fatal",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Information => "Information",
        }
    }

    /// Returns the number in CEF and LEEF.
    pub(crate) const fn exported(self) -> u8 {
        match self {
            Self::Fatal => 10,
            Self::Critical => 8,
            Self::Error => 7,
            Self::Warning => 5,
            Self::Notice => 3,
            Self::Information => 2,
        }
    }
}

/// The values of a syslog header.
pub(crate) struct Envelope {
    pub(crate) facility: u8,
    pub(crate) severity: Severity,
    pub(crate) time: Time,
    /// `-` in heartbeats.
    pub(crate) host: &'static str,
    pub(crate) pid: u32,
}

impl Envelope {
    /// The facility of events and notifications.
    pub(crate) const USER: u8 = 1;
    /// The facility of heartbeats.
    pub(crate) const LOCAL7: u8 = 23;

    /// Appends the header, up to the payload.
    pub(crate) fn write(&self, header: Header, out: &mut Vec<u8>) {
        let Self { facility, severity, time, host, pid } = self;
        let pri = facility * 8 + *severity as u8;
        match header {
            Header::Rfc3164 => append(out, format_args!("<{pri}>{} {host} ERAServer[{pid}]: ", time.rfc3164())),
            Header::Rfc5424 => append(out, format_args!("<{pri}>1 {} {host} ERAServer {pid} - - ", time.rfc5424())),
            Header::None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(header: Header, facility: u8, severity: Severity, host: &'static str) -> String {
        let mut out = Vec::new();
        let time = Time::START_OF_2025.after(422 * Time::DAY + 59_137_704);
        Envelope { facility, severity, time, host, pid: 75 }.write(header, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn headers_match_those_of_eset() {
        use Severity::{Information, Warning};
        assert_eq!(
            written(Header::Rfc3164, Envelope::USER, Information, "host"),
            "<14>Feb 27 16:25:37 host ERAServer[75]: "
        );
        assert_eq!(
            written(Header::Rfc5424, Envelope::USER, Warning, "host"),
            "<12>1 2026-02-27T16:25:37.704Z host ERAServer 75 - - "
        );
        assert_eq!(
            written(Header::Rfc3164, Envelope::LOCAL7, Information, "-"),
            "<190>Feb 27 16:25:37 - ERAServer[75]: "
        );
        assert_eq!(written(Header::None, Envelope::USER, Warning, "host"), "");
    }
}
