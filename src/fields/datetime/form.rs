//! Parses timestamps by an explicit pattern, as LEEF and CEF need.

use super::{Date, DateTime, Time, month, parse_fraction};

/// The parts of a timestamp parsed so far.
#[derive(Default)]
struct Parts {
    /// Year, month, day, hour, minute and second.
    numbers: [u32; 6],
    /// The first hour of the half of the day, 0 or 12, if the pattern has AM and PM.
    half: Option<u32>,
    fraction: (u64, u8),
    /// The offset from UTC, in minutes.
    offset: i64,
}

impl DateTime {
    /// Parses a timestamp by `form`, a pattern of Java's `SimpleDateFormat` such as `MMM dd yyyy HH:mm:ss z`. A number
    /// may have fewer digits than in the pattern, unless another part follows it directly. A time zone may follow the
    /// text that the pattern describes. Without one, the time is in UTC.
    #[cold]
    pub(crate) fn parse_by(form: &[u8], text: &[u8]) -> Option<Self> {
        let (mut parts, mut at, mut text) = (Parts::default(), 0, text);
        while let Some(letter) = form.get(at) {
            let count = leading(&form[at..], |byte| byte == letter);
            at += count;
            text = match letter {
                b'A'..=b'Z' | b'a'..=b'z' => {
                    let is_fixed = form.get(at).is_some_and(u8::is_ascii_alphabetic);
                    parts.take(*letter, if is_fixed { count } else { 0 }, text)?
                }
                // Quotes enclose a literal letter.
                b'\'' => {
                    let quoted = form.get(at)?;
                    at += 2;
                    text.strip_prefix(&[*quoted])?
                }
                b' ' => skip_spaces(text),
                _ => text.strip_prefix(&[*letter])?,
            };
        }
        text = skip_spaces(text);
        if !text.is_empty() {
            text = parts.take(b'z', 0, text)?;
        }
        if text.is_empty() { parts.finish() } else { None }
    }
}

impl Parts {
    /// Parses the part that a letter of the pattern describes. `digits` is the exact number of digits, or 0 for any
    /// number.
    #[inline(never)]
    fn take<'t>(&mut self, letter: u8, digits: usize, text: &'t [u8]) -> Option<&'t [u8]> {
        let found = leading(text, u8::is_ascii_digit);
        let index = match letter {
            b'z' | b'Z' | b'X' => return self.take_zone(text),
            b'a' => {
                let (word, rest) = text.split_first_chunk::<2>()?;
                self.half = match word.map(|letter| letter | 0x20) {
                    [b'a', b'm'] => Some(0),
                    [b'p', b'm'] => Some(12),
                    _ => return None,
                };
                return Some(rest);
            }
            b'S' => {
                let (fraction, digits, rest) = parse_fraction(text)?;
                self.fraction = (fraction, digits);
                return Some(rest);
            }
            b'M' if found == 0 => {
                self.numbers[1] = month(text.first_chunk()?)?;
                return text.get(3..);
            }
            b'y' => 0,
            b'M' => 1,
            b'd' => 2,
            b'H' | b'h' => 3,
            b'm' => 4,
            b's' => 5,
            _ => return None,
        };
        let (digits, rest) = text.split_at_checked(if digits > 0 { digits } else { found })?;
        self.numbers[index] = number(digits)?;
        Some(rest)
    }

    /// Parses `GMT`, `UTC` or `Z`, an offset such as `+1`, `+0100` or `+01:00`, or a name followed by an offset.
    fn take_zone<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let named = match text {
            [b'G', b'M', b'T', rest @ ..] | [b'U', b'T', b'C', rest @ ..] | [b'Z', rest @ ..] => Some(rest),
            _ => None,
        };
        let [sign @ (b'+' | b'-'), digits @ ..] = named.unwrap_or(text) else { return named };
        let count = leading(digits, u8::is_ascii_digit);
        let (first, mut rest) = digits.split_at(count);
        let mut minutes = number(first)?;
        minutes = if count > 2 { minutes / 100 * 60 + minutes % 100 } else { minutes * 60 };
        if let [b':', tens, ones, after @ ..] = rest {
            minutes += number(&[*tens, *ones])?;
            rest = after;
        }
        self.offset = if *sign == b'-' { -i64::from(minutes) } else { minutes.into() };
        (minutes < 24 * 60).then_some(rest)
    }

    fn finish(self) -> Option<DateTime> {
        let [year, month, day, mut hour, minute, second] = self.numbers;
        if let Some(half) = self.half {
            (1..=12).contains(&hour).then_some(())?;
            hour = hour % 12 + half;
        }
        (hour < 24 && minute < 60 && second < 60).then_some(())?;
        let date = Date::valid(if year < 100 { 2000 + year } else { year }, month, day)?;
        let (fraction, fraction_digits) = self.fraction;
        let [hour, minute, second] = [hour, minute, second].map(|number| number as u8);
        DateTime::new(date, Time { hour, minute, second, fraction, fraction_digits }).minus_minutes(self.offset)
    }
}

/// Returns the number of leading bytes that match.
#[inline(never)]
fn leading(text: &[u8], matches: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| matches(byte)).count()
}

/// Parses a number of one to four digits.
#[inline(never)]
fn number(digits: &[u8]) -> Option<u32> {
    let is_number = (1..=4).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

/// Skips spaces, including no-break spaces.
#[inline(never)]
fn skip_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [0xC2, 0xA0, rest @ ..] | [0xE2, 0x80, 0xAF, rest @ ..] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_by_pattern() {
        let cases = [
            ("MMM dd yyyy HH:mm:ss", "Sep 25 2026 23:50:00", Some("2026-09-25T23:50:00Z")),
            ("MMM dd yyyy HH:mm:ss", "Jun  4 2017 4:1:0", Some("2017-06-04T04:01:00Z")),
            ("MMM dd yyyy HH:mm:ss.SSS", "Jun 04 2017 14:10:00.250 GMT+02:00", Some("2017-06-04T12:10:00.250Z")),
            ("MMM dd yyyy HH:mm:ss", "Jun 04 2017 14:10:00 CEST", None),
            ("MMM dd yyyy HH:mm:ss", "Feb 30 2026 14:10:00", None),
            ("MMM dd yyyy HH:mm:ss", "Jun 04 2017 14:10", None),
            ("MMM dd yyyy HH:mm:ss z", "Dec 19 2019 08:24:15 GMT", Some("2019-12-19T08:24:15Z")),
            ("MMM dd yyyy HH:mm:ss z", "Dec 19 2019 08:24:15 -0130", Some("2019-12-19T09:54:15Z")),
            ("MMM dd yyyy HH:mm:ss z", "Dec 19 2019 08:24:15", None),
            ("MMM dd yyyy HH:mm:ss z", "Dec 19 2019 08:24:15 GMTx", None),
            ("MMM dd yyyy HH:mm:ss", "Dec 19 2019 08:24:15 +24", None),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2026-09-25T23:50:00.125Z", Some("2026-09-25T23:50:00.125Z")),
            ("yyyyMMddHHmmss", "20260925235000", Some("2026-09-25T23:50:00Z")),
            ("yyyyMMddHHmmss", "2026092523500", Some("2026-09-25T23:50:00Z")),
            ("M/d/yy, h:mm:ss a", "2/20/25, 4:27:59 PM UTC+1", Some("2025-02-20T15:27:59Z")),
            ("M/d/yy, h:mm:ss a", "2/20/25, 12:27:59\u{202F}am", Some("2025-02-20T00:27:59Z")),
            ("M/d/yy, h:mm:ss a", "2/20/25, 13:27:59 PM", None),
            ("M/d/yy, h:mm:ss a", "2/20/25, 1:27:59 XM", None),
            ("dd.MM.yyyy HH:mm:ss", "20.2.2025 04:27:59", Some("2025-02-20T04:27:59Z")),
            ("dd Q yyyy", "20 2 2025", None),
            ("'dd yyyy", "20 2025", None),
        ];
        for (form, text, expected) in cases {
            let parsed = DateTime::parse_by(form.as_bytes(), text.as_bytes()).map(|time| time.to_string());
            assert_eq!(parsed.as_deref(), expected, "{form} {text}");
        }
    }
}
