//! Compares timestamps with the crate `jiff`.

use eset_filter::DateTime;
use eset_filter_tests::oracle;
use jiff::ToSpan;
use jiff::civil;
use proptest::prelude::*;

use super::config;

/// The months by number, with an invalid one at each end.
const MONTHS: [&str; 14] =
    ["Foo", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Bar"];

/// The number of days from 0001-01-01 to the last day whose timestamps `jiff` supports.
const DAYS: i64 = 3_652_057;

/// Year, month, day, hour, minute and second as written in a text, valid or not.
type Digits = (i16, i8, i8, i8, i8, i8);

fn digits() -> impl Strategy<Value = Digits> {
    let year = prop_oneof![0_i16..=9999, 1990_i16..2040, Just(1), Just(9999)];
    (year, 0_i8..=13, 0_i8..=32, 0_i8..=25, 0_i8..=61, 0_i8..=61)
}

/// Returns the time according to `jiff`, if it is valid. Years begin at 1, as in RFC 3339.
fn civil((year, month, day, hour, minute, second): Digits) -> Option<civil::DateTime> {
    civil::DateTime::new(year, month, day, hour, minute, second, 0).ok().filter(|_| year >= 1)
}

fn parsed(text: &str) -> Option<String> {
    DateTime::parse(text.as_bytes()).map(|time| time.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, ..config() })]

    #[test]
    fn esets_form(digits in digits()) {
        let (year, month, day, hour, minute, second) = digits;
        let name = MONTHS[month as usize];
        let text = format!("{day:02}-{name}-{year:04} {hour:02}:{minute:02}:{second:02}");
        let expected = civil(digits).map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        prop_assert_eq!(parsed(&text), expected, "{}", text);
    }

    #[test]
    fn iso_8601(
        digits in digits(),
        extended in any::<bool>(),
        fraction in "(\\.[0-9]{1,18})?",
        offset in proptest::option::of((any::<bool>(), 0_i64..24, 0_i64..60)),
        colon in any::<bool>(),
    ) {
        let (year, month, day, hour, minute, second) = digits;
        let [dash, mark] = if extended { ["-", ":"] } else { ["", ""] };
        let zone = offset.map_or_else(String::new, |(west, hours, minutes)| {
            let (sign, colon) = (if west { '-' } else { '+' }, if colon { ":" } else { "" });
            format!("{sign}{hours:02}{colon}{minutes:02}")
        });
        let text = format!(
            "{year:04}{dash}{month:02}{dash}{day:02}T{hour:02}{mark}{minute:02}{mark}{second:02}{fraction}{zone}"
        );
        let (west, hours, minutes) = offset.unwrap_or_default();
        let ahead = (hours * 60 + minutes) * if west { -1 } else { 1 };
        let utc = civil(digits).and_then(|time| time.checked_sub(ahead.minutes()).ok()).filter(|time| time.year() >= 1);
        let expected = utc.map(|time| format!("{}{fraction}Z", time.strftime("%Y-%m-%dT%H:%M:%S")));
        prop_assert_eq!(parsed(&text), expected, "{}", text);
    }

    #[test]
    fn parts(day in 0_i64..DAYS, second in 0_i64..86_400, nanos in 0_u32..1_000_000_000) {
        let time = civil::datetime(1, 1, 1, 0, 0, 0, 0) + day.days() + second.seconds();
        let parsed = DateTime::parse(time.strftime(&format!("%Y-%m-%dT%H:%M:%S.{nanos:09}Z")).to_string().as_bytes());
        let parsed = parsed.unwrap();
        let date = (time.year() as u16, time.month() as u8, time.day() as u8);
        prop_assert_eq!(parsed.date(), date);
        prop_assert_eq!(parsed.time(), (time.hour() as u8, time.minute() as u8, time.second() as u8));
        prop_assert_eq!(parsed.subsec_nanos(), nanos);
    }

    #[test]
    fn written_timestamps_are_read_back(text in "[0-9TZ:. +-]{0,30}|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.,]{0,12}[Zz+-]?[0-9:]{0,5}") {
        if let Some(time) = parsed(&text) {
            prop_assert_eq!(parsed(&time), Some(time.clone()));
        }
    }

    #[test]
    fn any_form(
        date in "[0-9]{4}-?[0-3][0-9]-?[0-3][0-9]|[0-3]?[0-9]-([A-Z][a-z]{2}|jan|FEB)-[0-9]{3,4}",
        time in "([Tt _][0-2][0-9]:?[0-6][0-9](:?[0-6][0-9])?([.,][0-9]{0,19})?)?",
        zone in "([Zz+-]|[+-][0-9]{1,2}(:?[0-9]{0,2})?)?",
    ) {
        let text = date + &time + &zone;
        prop_assert_eq!(parsed(&text), oracle::datetime(&text), "{}", text);
    }
}
