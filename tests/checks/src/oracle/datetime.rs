//! Timestamps, calculated by the crate `jiff`.

use std::sync::LazyLock;

use jiff::{ToSpan, civil};
use regex_lite::{Captures, Regex};

/// A date in ESET's form or in the extended or basic form of ISO 8601, optionally with a time in either ISO form. Only
/// the extended form may omit the seconds. Only seconds may have a fraction.
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    let form = r"(?x) ^
        (?: ([0-9]{1,2}) - ([A-Za-z]{3}) - ([0-9]{4}) | ([0-9]{4}) - ([0-9]{2}) - ([0-9]{2}) | ([0-9]{4})([0-9]{2})([0-9]{2}) )
        (?: [Tt\x20]
            (?: ([0-9]{2}) : ([0-9]{2})
            | (?: ([0-9]{2}) : ([0-9]{2}) : ([0-9]{2}) | ([0-9]{2})([0-9]{2})([0-9]{2}) ) (?: [.,] ([0-9]{1,18}) )?
            )
            (?: [Zz] | ([+-])([0-9]{2}) (?: :? ([0-9]{2}) )? )?
        )? $";
    Regex::new(form).unwrap()
});

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Converts a timestamp to UTC in the form of the contract. Returns `None` for anything that is not a valid timestamp.
pub fn normalize(text: &str) -> Option<String> {
    let parts = FORM.captures(text)?;
    let number = |part: usize| parts.get(part).map(|digits| digits.as_str().parse::<i64>().unwrap());
    let first = |parts: [usize; 3]| parts.into_iter().find_map(number);
    let month = match parts.get(2) {
        Some(name) => MONTHS.iter().position(|month| name.as_str().eq_ignore_ascii_case(month))? as i64 + 1,
        None => first([5, 8, 8])?,
    };
    let date = (first([3, 4, 7])?, month, first([1, 6, 9])?);
    let time = (first([10, 12, 15]), first([11, 13, 16]), first([14, 17, 17]));
    let (hour, minute, second) = (time.0.unwrap_or(0), time.1.unwrap_or(0), time.2.unwrap_or(0));
    let small = |number: i64| i8::try_from(number).ok();
    let local = civil::DateTime::new(
        i16::try_from(date.0).ok()?,
        small(date.1)?,
        small(date.2)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    );
    let utc = local.ok()?.checked_sub(offset(&parts)?.minutes()).ok()?;
    let fraction = parts.get(18).map_or_else(String::new, |digits| format!(".{}", digits.as_str()));
    (date.0 >= 1 && (1..=9999).contains(&utc.year()))
        .then(|| format!("{}{fraction}Z", utc.strftime("%Y-%m-%dT%H:%M:%S")))
}

/// Returns the offset from UTC in minutes, positive to the east. Returns `None` for an invalid offset.
fn offset(parts: &Captures<'_>) -> Option<i64> {
    let Some(sign) = parts.get(19) else { return Some(0) };
    let number = |part: usize| parts.get(part).map_or(0, |digits| digits.as_str().parse::<i64>().unwrap());
    let (hours, minutes) = (number(20), number(21));
    let ahead = hours * 60 + minutes;
    (hours < 24 && minutes < 60).then_some(if sign.as_str() == "-" { -ahead } else { ahead })
}
