//! Points in time, and the formats in which ESET and syslog write them. All of them are in UTC, except in
//! notifications.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;

/// A point in time, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(Timestamp);

impl Time {
    /// The length of a second in milliseconds, the unit of all durations here.
    pub(crate) const SECOND: u64 = 1000;
    pub(crate) const HOUR: u64 = 3600 * Self::SECOND;
    pub(crate) const DAY: u64 = 24 * Self::HOUR;

    /// The beginning of 2025.
    pub(crate) const START_OF_2025: Self = Self(Timestamp::constant(1_735_689_600, 0));

    /// Returns the time that many milliseconds later, at most the end of the year 9999.
    pub(crate) fn after(self, milliseconds: u64) -> Self {
        Self(self.0.checked_add(Duration::from_millis(milliseconds)).unwrap_or(Timestamp::MAX))
    }

    /// Returns the time that many milliseconds earlier.
    pub(crate) fn before(self, milliseconds: u64) -> Self {
        Self(self.0.checked_sub(Duration::from_millis(milliseconds)).unwrap_or(Timestamp::MIN))
    }

    /// Returns the number of whole periods of that many milliseconds since 1970; 0 for an earlier time.
    pub(crate) fn count(self, milliseconds: u64) -> u64 {
        u64::try_from(self.0.as_millisecond()).unwrap_or_default() / milliseconds
    }

    /// Formats the time as `21-Jun-2021 09:46:15`, as in `occured`.
    pub(crate) fn eset(self) -> impl fmt::Display {
        self.0.strftime("%d-%b-%Y %H:%M:%S")
    }

    /// Formats the time as `20231026T132530`, as in the cloud's `firstseen` of a blocked file, and in every LEEF
    /// `firstseen`.
    pub(crate) fn compact(self) -> impl fmt::Display {
        self.0.strftime("%Y%m%dT%H%M%S")
    }

    /// Formats the time as `Sep 05 2026 09:04:00`, as in CEF and LEEF.
    pub(crate) fn export(self) -> impl fmt::Display {
        self.0.strftime("%b %d %Y %H:%M:%S")
    }

    /// Formats the time as `Sep 5 2026 9:4:0`, without leading zeros.
    pub(crate) fn export_short(self) -> impl fmt::Display {
        self.0.strftime("%b %-d %Y %-H:%-M:%-S")
    }

    /// Formats the time as `2/20/25, 4:27:59 PM UTC+1`, as in text notifications.
    pub(crate) fn notification(self) -> impl fmt::Display {
        let local = Offset::constant(1).to_datetime(self.0);
        fmt::from_fn(move |f| write!(f, "{} UTC+1", local.strftime("%-m/%-d/%y, %-I:%M:%S %p")))
    }

    /// Formats the date as `20210621`, as in the version of the detection engine.
    pub(crate) fn date(self) -> impl fmt::Display {
        self.0.strftime("%Y%m%d")
    }

    /// Formats the time as `Oct  3 05:31:10`, the TIMESTAMP of RFC 3164, section 4.1.2.
    pub(crate) fn rfc3164(self) -> impl fmt::Display {
        self.0.strftime("%b %e %H:%M:%S")
    }

    /// Formats the time as `2026-02-27T16:25:37.704Z`, the TIMESTAMP of RFC 5424, section 6.2.3.
    pub(crate) fn rfc5424(self) -> impl fmt::Display {
        self.0.strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        Time(text.parse().unwrap())
    }

    #[test]
    fn every_format_matches_its_documentation() {
        let time = time("2026-02-27T16:25:37.704Z");
        assert_eq!(time.rfc5424().to_string(), "2026-02-27T16:25:37.704Z");
        assert_eq!(time.rfc3164().to_string(), "Feb 27 16:25:37");
        assert_eq!(time.eset().to_string(), "27-Feb-2026 16:25:37");
        assert_eq!(time.compact().to_string(), "20260227T162537");
        assert_eq!(time.export().to_string(), "Feb 27 2026 16:25:37");
        assert_eq!(time.date().to_string(), "20260227");
        assert_eq!(time.notification().to_string(), "2/27/26, 5:25:37 PM UTC+1");
        assert_eq!(time.count(Time::DAY), 20_511);
    }

    #[test]
    fn single_digit_days_and_hours_match_the_documentation() {
        let time = time("2025-03-01T00:04:09Z");
        assert_eq!(time.rfc3164().to_string(), "Mar  1 00:04:09");
        assert_eq!(time.rfc5424().to_string(), "2025-03-01T00:04:09.000Z");
        assert_eq!(time.export().to_string(), "Mar 01 2025 00:04:09");
        assert_eq!(time.export_short().to_string(), "Mar 1 2025 0:4:9");
        assert_eq!(time.notification().to_string(), "3/1/25, 1:04:09 AM UTC+1");
        assert_eq!(time.before(Time::HOUR).notification().to_string(), "3/1/25, 12:04:09 AM UTC+1");
    }

    #[test]
    fn times_stay_within_the_calendar() {
        assert_eq!(Time::START_OF_2025.after(u64::MAX).date().to_string(), "99991230");
        assert_eq!(Time::START_OF_2025.before(u64::MAX).count(Time::DAY), 0);
    }
}
