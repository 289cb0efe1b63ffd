//! The JSON that Fluent Bit writes for the records of filters.
//!
//! If a key occurs twice, the last value counts. A double has 16 digits, or one decimal if it is an integer.
//!
//! Source: Fluent Bit, `msgpack2json` in `src/flb_pack.c`.

use eset_filter_tests::json::Json;
use eset_filter_tests::messagepack;
use libtest_mimic::Failed;

/// Returns the JSON of a record that the host has read as JSON, with 64-bit numbers.
pub(crate) fn of_json(record: &Json) -> Json {
    written(&messagepack::to_json(&messagepack::of(record)))
}

/// Returns the JSON of a record that the host has received in MessagePack.
pub(crate) fn of_messagepack(record: &Json) -> Json {
    written(&messagepack::held(record))
}

/// Returns the JSON of a record with sorted keys, because their order does not matter.
fn written(record: &Json) -> Json {
    match record {
        Json::Number(number) if number.contains(['.', 'e']) => Json::Number(double(number.parse().unwrap())),
        Json::Array(items) => Json::Array(items.iter().map(written).collect()),
        Json::Object(_) => {
            let members = record.last_members();
            Json::Object(members.map(|(key, value)| (key.clone(), written(value))).collect()).sorted()
        }
        other => other.clone(),
    }
}

fn double(value: f64) -> String {
    const LONGS: std::ops::Range<f64> = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && LONGS.contains(&value) { format!("{value:.1}") } else { sixteen_digits(value) }
}

/// Formats a number like C's `%.16g`.
fn sixteen_digits(value: f64) -> String {
    let written = format!("{value:.15e}");
    let (mantissa, exponent) = written.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if (-4..16).contains(&exponent) {
        let fraction = usize::try_from(15 - exponent).unwrap();
        return short(&format!("{value:.fraction$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", short(mantissa), exponent.abs())
}

/// Removes the trailing zeros of a number with a decimal point.
fn short(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// Compares [`sixteen_digits`] with the output of C's `printf`.
pub(crate) fn check_digits() -> Result<(), Failed> {
    for (value, expected) in [
        (0.1, "0.1"),
        (0.1 + 0.2, "0.3"),
        (1.0 / 3.0, "0.3333333333333333"),
        (1e22, "1e+22"),
        (-1.5e-7, "-1.5e-07"),
        (0.0001, "0.0001"),
        (1.234_567_890_123_456_7, "1.234567890123457"),
        (1e23, "9.999999999999999e+22"),
    ] {
        let given = sixteen_digits(value);
        if given != expected {
            return Err(format!("{given} instead of {expected}").into());
        }
    }
    Ok(())
}
