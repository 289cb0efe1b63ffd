//! Points in time in the ways that ESET and syslog write them. All of them are UTC.

use std::fmt;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) u64);

impl Time {
    pub(crate) const SECOND: u64 = 1000;
    pub(crate) const HOUR: u64 = 3600 * Self::SECOND;
    pub(crate) const DAY: u64 = 24 * Self::HOUR;

    /// The time that many milliseconds later.
    pub(crate) fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// The time that many milliseconds earlier.
    pub(crate) fn before(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_sub(milliseconds))
    }

    /// `21-Jun-2021 09:46:15`, as in `occured`.
    pub(crate) fn eset(self) -> impl fmt::Display {
        let Parts { year, month, day, hour, minute, second, .. } = self.parts();
        let month = month_name(month);
        fmt::from_fn(move |f| write!(f, "{day:02}-{month}-{year:04} {hour:02}:{minute:02}:{second:02}"))
    }

    /// `20231026T132530`, as in the cloud's `firstseen` of a blocked file.
    pub(crate) fn compact(self) -> impl fmt::Display {
        let Parts { year, month, day, hour, minute, second, .. } = self.parts();
        fmt::from_fn(move |f| write!(f, "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}"))
    }

    /// `2/20/25, 4:27:59 PM UTC+1`, as in text notifications.
    pub(crate) fn notification(self) -> impl fmt::Display {
        let Parts { year, month, day, hour, minute, second, .. } = self.after(Self::HOUR).parts();
        let half = if hour < 12 { "AM" } else { "PM" };
        let (hour, year) = ((hour + 11) % 12 + 1, year % 100);
        fmt::from_fn(move |f| write!(f, "{month}/{day}/{year:02}, {hour}:{minute:02}:{second:02} {half} UTC+1"))
    }

    /// `20210621`, as in the version of the detection engine.
    pub(crate) fn date(self) -> impl fmt::Display {
        let Parts { year, month, day, .. } = self.parts();
        fmt::from_fn(move |f| write!(f, "{year:04}{month:02}{day:02}"))
    }

    /// `Oct  3 05:31:10`, the TIMESTAMP of RFC 3164, section 4.1.2.
    pub(crate) fn rfc3164(self) -> impl fmt::Display {
        let Parts { month, day, hour, minute, second, .. } = self.parts();
        let month = month_name(month);
        fmt::from_fn(move |f| write!(f, "{month} {day:2} {hour:02}:{minute:02}:{second:02}"))
    }

    /// `2026-02-27T16:25:37.704Z`, the TIMESTAMP of RFC 5424, section 6.2.3.
    pub(crate) fn rfc5424(self) -> impl fmt::Display {
        let Parts { year, month, day, hour, minute, second, millisecond } = self.parts();
        fmt::from_fn(move |f| {
            write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
        })
    }

    fn parts(self) -> Parts {
        let seconds = self.0 / Self::SECOND;
        let (year, month, day) = civil_from_days(self.0 / Self::DAY);
        Parts {
            year,
            month,
            day,
            hour: seconds / 3600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            millisecond: self.0 % Self::SECOND,
        }
    }
}

struct Parts {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    millisecond: u64,
}

/// The name of a month from 1 to 12.
fn month_name(month: u64) -> &'static str {
    MONTHS[(month as usize - 1) % 12]
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// for days that are not negative).
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_as_documented() {
        let time = Time(1_772_209_537_704);
        assert_eq!(time.rfc5424().to_string(), "2026-02-27T16:25:37.704Z");
        assert_eq!(time.rfc3164().to_string(), "Feb 27 16:25:37");
        assert_eq!(time.eset().to_string(), "27-Feb-2026 16:25:37");
        assert_eq!(time.compact().to_string(), "20260227T162537");
        assert_eq!(time.date().to_string(), "20260227");
        assert_eq!(time.notification().to_string(), "2/27/26, 5:25:37 PM UTC+1");
    }

    #[test]
    fn edges_of_the_calendar() {
        let eset = |time: u64| Time(time).eset().to_string();
        assert_eq!(eset(0), "01-Jan-1970 00:00:00");
        assert_eq!(eset(951_782_400_000), "29-Feb-2000 00:00:00");
        assert_eq!(eset(1_735_689_599_999), "31-Dec-2024 23:59:59");
        assert_eq!(Time(1_735_689_600_000).rfc3164().to_string(), "Jan  1 00:00:00");
        assert_eq!(Time(1_735_689_600_000 - Time::HOUR).notification().to_string(), "1/1/25, 12:00:00 AM UTC+1");
    }
}
