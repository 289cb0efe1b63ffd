//! Converts timestamps in ESET's formats to RFC 3339 in UTC.
//!
//! # What it does not do
//!
//! Week dates, ordinal dates, local time zones and leap seconds are not supported. ESET sends none of them, and Azure
//! Monitor would not accept the result. A fraction has at most 18 digits. Anything else is rejected, never guessed.

mod form;

use alloc::vec::Vec;

/// A date and time in UTC, valid in the proleptic Gregorian calendar, years 1 to 9999.
///
/// ```
/// use eset_filter::DateTime;
///
/// let time = DateTime::parse(b"2021-06-21T09:46:15.25Z").unwrap();
/// assert_eq!((time.date(), time.time(), time.subsec_nanos()), ((2021, 6, 21), (9, 46, 15), 250_000_000));
/// let mut text = Vec::new();
/// time.write(&mut text);
/// assert_eq!(text, b"2021-06-21T09:46:15.25Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    fraction: u64,
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    fraction_digits: u8,
}

const MINUTES_A_DAY: i64 = 24 * 60;

/// The maximum number of digits in the fraction of a second: as many as the field can store.
const MAX_FRACTION_DIGITS: usize = 18;

impl DateTime {
    /// Parses `21-Jun-2021 09:46:15` (UTC), `20231026T132530`, or ISO 8601 in its extended and basic formats. The time
    /// zone is `Z`, `+02`, `+0200` or `+02:00`; without one, the time is in UTC. A date alone means midnight.
    ///
    /// Returns `None` for anything else, and for dates and times that do not exist.
    ///
    /// ```
    /// use eset_filter::DateTime;
    ///
    /// let written = |text: &str| DateTime::parse(text.as_bytes()).map(|time| time.to_string());
    /// assert_eq!(written("21-Jun-2021 09:46:15").unwrap(), "2021-06-21T09:46:15Z");
    /// assert_eq!(written("2021-06-21T09:46:15.250+02:00").unwrap(), "2021-06-21T07:46:15.250Z");
    /// assert_eq!(written("30-Feb-2021 09:46:15"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        text.try_into().ok().and_then(Self::parse_usual).or_else(|| Self::parse_any(text))
    }

    /// Returns whether a text is a timestamp as ESET writes it in a header, such as `2026-02-27T16:25:37.704Z`. Checks
    /// eight bytes at a time.
    #[inline(always)]
    pub(crate) fn is_usual_rfc3339(text: &[u8; 24]) -> bool {
        const MONTH: Pattern = Pattern::new(b"0000-00-");
        const MINUTE: Pattern = Pattern::new(b"00T00:00");
        const SECOND: Pattern = Pattern::new(b":00.000Z");
        let (words, _) = text.as_chunks();
        let exists = || {
            let [century, _, year, _, _, month, ..] = MONTH.pairs(&words[0])?;
            let [day, _, _, hour, _, _, minute, _] = MINUTE.pairs(&words[1])?;
            let [_, second, ..] = SECOND.pairs(&words[2])?;
            let year = u32::from(century) * 100 + u32::from(year);
            Date::valid(year, u32::from(month), u32::from(day)).filter(|_| hour < 24 && minute < 60 && second < 60)
        };
        exists().is_some()
    }

    /// Parses `21-Jun-2021 09:46:15`, the usual format, eight bytes at a time.
    fn parse_usual(text: &[u8; 20]) -> Option<Self> {
        const DAY: Pattern = Pattern::new(b"00-?????");
        const YEAR: Pattern = Pattern::new(b"??-0000 ");
        const TIME: Pattern = Pattern::new(b"00:00:00");
        let [day, ..] = DAY.pairs(text.first_chunk()?)?;
        let [_, _, _, century, _, year, ..] = YEAR.pairs(text[4..].first_chunk()?)?;
        let [hour, _, _, minute, _, _, second, _] = TIME.pairs(text.last_chunk()?)?;
        let year = u32::from(century) * 100 + u32::from(year);
        let date = Date::valid(year, month(text[3..].first_chunk()?)?, u32::from(day))?;
        let exists = hour < 24 && minute < 60 && second < 60;
        exists.then(|| Self::new(date, Time { hour, minute, second, ..Time::default() }))
    }

    #[inline(never)]
    fn parse_any(text: &[u8]) -> Option<Self> {
        let (date, rest) = Date::parse(text)?;
        match rest {
            [] => Some(Self::new(date, Time::default())),
            [b'T' | b't' | b' ', rest @ ..] => {
                let (time, rest) = Time::parse(rest)?;
                let offset = parse_zone(rest)?;
                Self::new(date, time).minus_minutes(offset)
            }
            _ => None,
        }
    }

    fn new(date: Date, time: Time) -> Self {
        let Date { year, month, day } = date;
        let Time { hour, minute, second, fraction, fraction_digits } = time;
        Self { fraction, year, month, day, hour, minute, second, fraction_digits }
    }

    fn minus_minutes(self, offset: i64) -> Option<Self> {
        if offset == 0 {
            return Some(self);
        }
        let minutes = self.days_since_epoch() * MINUTES_A_DAY + i64::from(self.hour) * 60 + i64::from(self.minute);
        let minutes = minutes - offset;
        let date = Date::from_days_since_epoch(minutes.div_euclid(MINUTES_A_DAY))?;
        let of_day = minutes.rem_euclid(MINUTES_A_DAY);
        Some(Self {
            year: date.year,
            month: date.month,
            day: date.day,
            hour: (of_day / 60) as u8,
            minute: (of_day % 60) as u8,
            ..self
        })
    }

    /// Returns the number of days since 1970-01-01, by Howard Hinnant's `days_from_civil`.
    fn days_since_epoch(&self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// Returns the year, month and day, each counted from 1.
    #[must_use]
    pub fn date(&self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Returns the hour, minute and second.
    #[must_use]
    pub fn time(&self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }

    /// Returns the nanoseconds within the second. Digits past the ninth are truncated.
    #[must_use]
    pub fn subsec_nanos(&self) -> u32 {
        let digits = u32::from(self.fraction_digits);
        let nanos = match digits {
            0..=9 => self.fraction * 10_u64.pow(9 - digits),
            _ => self.fraction / 10_u64.pow(digits - 9),
        };
        nanos as u32
    }

    /// Appends the date and time as RFC 3339, such as `2021-06-21T09:46:15Z`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut text = [0; Self::MAX_TEXT];
        let length = self.put(&mut text);
        out.extend_from_slice(&text[..length]);
    }

    /// The maximum length of the RFC 3339 text, in bytes.
    pub(crate) const MAX_TEXT: usize = "2021-06-21T09:46:15.Z".len() + MAX_FRACTION_DIGITS;

    /// Writes the RFC 3339 text to the beginning of `text` and returns its length.
    pub(crate) fn put(&self, text: &mut [u8; Self::MAX_TEXT]) -> usize {
        let pair = |number: u8| PAIRS[usize::from(number) % PAIRS.len()];
        let ([a, b], [c, d]) = (pair((self.year / 100) as u8), pair((self.year % 100) as u8));
        let ([e, f], [g, h]) = (pair(self.month), pair(self.day));
        let ([i, j], [k, l], [m, n]) = (pair(self.hour), pair(self.minute), pair(self.second));
        let whole = [a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n, b'.'];
        text[..whole.len()].copy_from_slice(&whole);
        let mut end = whole.len() - 1;
        if self.fraction_digits > 0 {
            end = whole.len() + usize::from(self.fraction_digits);
            let mut left = self.fraction;
            for digit in text[whole.len()..end].iter_mut().rev() {
                *digit = b'0' + (left % 10) as u8;
                left /= 10;
            }
        }
        text[end] = b'Z';
        end + 1
    }
}

/// The two digits of each number below 100. The table is padded to a power of two, so that an index can be reduced at
/// no cost.
static PAIRS: [[u8; 2]; 128] = {
    let mut pairs = [[0; 2]; 128];
    let mut number = 0;
    while number < pairs.len() {
        pairs[number] = [b'0' + number as u8 / 10, b'0' + number as u8 % 10];
        number += 1;
    }
    pairs
};

impl core::fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = [0; Self::MAX_TEXT];
        let length = self.put(&mut text);
        formatter.write_str(str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

#[derive(Clone, Copy)]
struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    #[inline]
    fn parse(text: &[u8]) -> Option<(Self, &[u8])> {
        match text {
            [b'0'..=b'9', b'-', rest @ ..] => Self::parse_eset(u32::from(text[0] - b'0'), rest),
            [_, _, b'-', rest @ ..] => Self::parse_eset(digits::<2>(text)?.0, rest),
            _ => Self::parse_iso(text),
        }
    }

    /// Parses the text after the first dash of `21-Jun-2021`.
    #[inline]
    fn parse_eset(day: u32, text: &[u8]) -> Option<(Self, &[u8])> {
        let (name, rest) = text.split_first_chunk::<3>()?;
        let (year, rest) = digits::<4>(rest.strip_prefix(b"-")?)?;
        Some((Self::valid(year, month(name)?, day)?, rest))
    }

    /// Parses `2021-06-21` or `20210621`.
    #[inline]
    fn parse_iso(text: &[u8]) -> Option<(Self, &[u8])> {
        let (year, rest) = digits::<4>(text)?;
        let (rest, extended) = rest.strip_prefix(b"-").map_or((rest, false), |rest| (rest, true));
        let (month, rest) = digits::<2>(rest)?;
        let rest = if extended { rest.strip_prefix(b"-")? } else { rest };
        let (day, rest) = digits::<2>(rest)?;
        Some((Self::valid(year, month, day)?, rest))
    }

    #[inline]
    fn valid(year: u32, month: u32, day: u32) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            _ => return None,
        };
        let exists = (1..=9999).contains(&year) && (1..=days).contains(&day);
        exists.then_some(Self { year: year as u16, month: month as u8, day: day as u8 })
    }

    /// Returns the date this many days after 1970-01-01, by Howard Hinnant's `civil_from_days`.
    fn from_days_since_epoch(days: i64) -> Option<Self> {
        let days = days + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self::valid(u32::try_from(year).ok()?, month as u32, day as u32)
    }
}

#[derive(Clone, Copy, Default)]
struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    fraction: u64,
    fraction_digits: u8,
}

impl Time {
    /// Parses `09:46`, `09:46:15`, `09:46:15.250` or `094615.250`.
    #[inline]
    fn parse(text: &[u8]) -> Option<(Self, &[u8])> {
        let (hour, rest) = digits::<2>(text)?;
        let (rest, extended) = rest.strip_prefix(b":").map_or((rest, false), |rest| (rest, true));
        let (minute, rest) = digits::<2>(rest)?;
        let (second, has_second, rest) = match (extended, rest) {
            (true, [b':', rest @ ..]) | (false, rest) => {
                digits::<2>(rest).map(|(second, rest)| (second, true, rest))?
            }
            (true, rest) => (0, false, rest),
        };
        // A fraction after the minutes would be a fraction of a minute, which is not supported.
        let (fraction, fraction_digits, rest) = match rest {
            [b'.' | b',', rest @ ..] if has_second => parse_fraction(rest)?,
            _ => (0, 0, rest),
        };
        let exists = hour < 24 && minute < 60 && second < 60;
        let time = Self { hour: hour as u8, minute: minute as u8, second: second as u8, fraction, fraction_digits };
        exists.then_some((time, rest))
    }
}

/// Parses the digits of a fraction. Returns them as a number, with their count and the rest of the text.
fn parse_fraction(text: &[u8]) -> Option<(u64, u8, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    let fraction =
        digits.iter().fold(0, |number: u64, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    (1..=MAX_FRACTION_DIGITS).contains(&length).then_some((fraction, length as u8, rest))
}

/// Parses a time zone such as `Z`, `+02`, `+0200` or `-02:30` and returns its offset from UTC in minutes. No zone means
/// UTC.
#[inline]
fn parse_zone(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = digits::<2>(rest)?;
    let minutes = match rest {
        [] => 0,
        [b':', digits @ ..] | digits => parse_minutes(digits)?,
    };
    (hours < 24 && minutes < 60).then_some(sign * i64::from(hours * 60 + minutes))
}

fn parse_minutes(text: &[u8]) -> Option<u32> {
    digits::<2>(text).filter(|(_, rest)| rest.is_empty()).map(|(minutes, _)| minutes)
}

/// Returns whether `name` is the abbreviated name of a month, in any case.
#[inline]
pub(crate) fn is_month(name: &[u8; 3]) -> bool {
    month(name).is_some()
}

/// Returns the number of the month with this abbreviated name, in any case.
#[inline]
fn month(name: &[u8; 3]) -> Option<u32> {
    Some(match &[name[0] | 0x20, name[1] | 0x20, name[2] | 0x20] {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    })
}

/// A pattern of eight bytes that is compared in a few steps. `0` matches any digit and `?` any byte.
struct Pattern {
    zeros: u64,
    kept: u64,
    carry: u64,
    checked: u64,
}

impl Pattern {
    const fn new(pattern: &[u8; 8]) -> Self {
        let (mut kept, mut carry, mut checked) = ([0xFF; 8], [0; 8], [0xFF; 8]);
        let mut at = 0;
        while at < pattern.len() {
            match pattern[at] {
                b'0' => (carry[at], checked[at]) = (0x10 - 10, 0xF0),
                b'?' => (kept[at], checked[at]) = (0, 0),
                _ => {}
            }
            at += 1;
        }
        Self {
            zeros: u64::from_le_bytes(*pattern),
            kept: u64::from_le_bytes(kept),
            carry: u64::from_le_bytes(carry),
            checked: u64::from_le_bytes(checked),
        }
    }

    /// Returns, at the position of each digit, the number that it forms with the digit after it. Returns `None` if the
    /// text does not match.
    #[inline]
    fn pairs(&self, text: &[u8; 8]) -> Option<[u8; 8]> {
        let digits = (u64::from_le_bytes(*text) ^ self.zeros) & self.kept;
        // A byte that is not a digit has one of the upper bits set, or the addition sets one.
        let matches = (digits | digits.wrapping_add(self.carry)) & self.checked == 0;
        matches.then(|| (digits * 10 + (digits >> 8)).to_le_bytes())
    }
}

/// Parses a number of exactly `N` digits. Returns it with the rest of the text.
#[inline]
fn digits<const N: usize>(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<N>()?;
    let mut number = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_format_is_parsed_like_any_other() {
        let texts = ["21-Jun-2021 09:46:15", "31-Dec-9999 23:59:59", "29-Feb-2023 00:00:00", "2021-06-21T09:46:15Z"];
        for text in texts {
            for at in 0..text.len() {
                for byte in 0..=u8::MAX {
                    let mut text: [u8; 20] = text.as_bytes().try_into().unwrap();
                    text[at] = byte;
                    let any = DateTime::parse_any(&text);
                    assert_eq!(DateTime::parse(&text), any, "{}", text.escape_ascii());
                    let is_usual = text[6] == b'-' && text[11] == b' ' && text[17] == b':';
                    assert_eq!(DateTime::parse_usual(&text), any.filter(|_| is_usual), "{}", text.escape_ascii());
                }
            }
        }
    }
    #[test]
    fn the_usual_format_in_headers_is_parsed_like_any_other() {
        for usual in ["2026-02-27T16:25:37.704Z", "2024-02-29T23:59:59.999Z", "2023-02-29T00:00:00.000Z"] {
            for at in 0..usual.len() {
                for byte in 0..=u8::MAX {
                    let mut text: [u8; 24] = usual.as_bytes().try_into().unwrap();
                    text[at] = byte;
                    let is_usual = usual.bytes().zip(text).all(|(usual, byte)| match usual {
                        b'0'..=b'9' => byte.is_ascii_digit(),
                        mark => byte == mark,
                    });
                    let exists = DateTime::parse_any(&text).is_some();
                    assert_eq!(DateTime::is_usual_rfc3339(&text), is_usual && exists, "{}", text.escape_ascii());
                }
            }
        }
    }
}
