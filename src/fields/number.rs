//! Converts JSON numbers of any precision for shippers that store integers and doubles.

/// A JSON number that a shipper can store without losing digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An integer that fits a signed 64-bit type.
    Int(i64),
    /// A larger integer that fits an unsigned 64-bit type.
    Unsigned(u64),
    /// A number that a double stores without losing digits.
    Double(f64),
}

impl Number {
    /// Converts a JSON number. Returns `None` if digits would be lost, in which case the number is passed on as text.
    ///
    /// ```
    /// use eset_filter::Number;
    ///
    /// assert_eq!(Number::exact("7"), Some(Number::Int(7)));
    /// assert_eq!(Number::exact("0.25"), Some(Number::Double(0.25)));
    /// assert_eq!(Number::exact("0.12345678901234567890"), None);
    /// ```
    #[must_use]
    pub fn exact(json: &str) -> Option<Self> {
        let integer = json.parse().map(Self::Int).or_else(|_| json.parse().map(Self::Unsigned)).ok();
        integer.or_else(|| json.parse().ok().filter(|_| is_exact(json)).map(Self::Double))
    }
}

/// Returns whether a double preserves the decimal number.
fn is_exact(number: &str) -> bool {
    let value: f64 = number.parse().unwrap_or(f64::NAN);
    let is_zero = || value == 0.0 && significant_digits(number) == 0;
    has_double_digits(number) && (value.is_normal() || is_zero())
}

/// Returns whether a number has no more significant digits than a double preserves in its normal range (IEEE 754,
/// `DBL_DIG`).
pub(crate) fn has_double_digits(number: &str) -> bool {
    significant_digits(number) <= 15
}

fn significant_digits(number: &str) -> usize {
    let mantissa = number.bytes().take_while(|byte| !matches!(byte, b'e' | b'E'));
    mantissa.filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_kept_or_the_number_is_text() {
        let cases: &[(&str, Option<Number>)] = &[
            ("0", Some(Number::Int(0))),
            ("-9223372036854775808", Some(Number::Int(i64::MIN))),
            ("9223372036854775808", Some(Number::Unsigned(9_223_372_036_854_775_808))),
            ("18446744073709551616", None),
            ("0.25", Some(Number::Double(0.25))),
            ("1e3", Some(Number::Double(1000.0))),
            ("0.0", Some(Number::Double(0.0))),
            ("123456789012345.0", None),
            ("0.123456789012345", Some(Number::Double(0.123_456_789_012_345))),
            ("1e-310", None),
            ("1e400", None),
        ];
        for (json, expected) in cases {
            assert_eq!(Number::exact(json), *expected, "{json}");
        }
    }
}
