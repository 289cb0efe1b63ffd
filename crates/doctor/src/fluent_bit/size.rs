//! Sizes in Fluent Bit's notation.

/// Parses a size in bytes: a number, optionally followed by `k`, `m` or `g` (powers of 1000), or by `kb`, `mb` or `gb`.
///
/// Source: Fluent Bit, `flb_utils_size_to_bytes` in `src/flb_utils.c`.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let factor = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        _ => return None,
    };
    let number: f64 = digits.parse().ok()?;
    (number >= 0.0 && number.is_finite()).then_some((number * factor) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("64000", Some(64_000)),
            ("4m", Some(4_000_000)),
            ("8M", Some(8_000_000)),
            ("1.5G", Some(1_500_000_000)),
            ("66kb", Some(66_000)),
            ("", None),
            ("m", None),
            ("4 m", None),
            ("-1", None),
            ("1T", None),
            ("1mx", None),
        ] {
            assert_eq!(parse_size(text), bytes, "{text}");
        }
    }
}
