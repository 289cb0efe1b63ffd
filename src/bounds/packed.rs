//! Computes the size of a record's MessagePack from its JSON. Both sizes are bounded in every shipper, even in one that
//! writes only one of the two formats.

use crate::fields::has_double_digits;
use crate::json::find_special;
use crate::limits::MAX_ARRAY_LEVELS;

/// The maximum number of levels of a record: the record, `additional_fields`, and the levels of an array in it.
const MAX_LEVELS: usize = MAX_ARRAY_LEVELS as usize + 2;

/// Returns the size of a record as MessagePack, with each value in its shortest form. `json` is the record as the JSON
/// encoder writes it.
pub(crate) fn size(json: &[u8]) -> usize {
    // The number of items so far in each open array or object, the outermost first.
    let (mut counts, mut level) = ([0_usize; MAX_LEVELS + 1], 0);
    let (mut size, mut at) = (0, 0);
    while let Some(byte) = json.get(at) {
        match byte {
            b'{' | b'[' => {
                level += 1;
                let is_empty = matches!(json.get(at + 1), Some(b'}' | b']'));
                if let Some(count) = counts.get_mut(level) {
                    *count = usize::from(!is_empty);
                }
                at += 1;
            }
            b'}' | b']' => {
                size += counts.get(level).map_or(0, |count| container_header(*count));
                level -= 1;
                at += 1;
            }
            b',' => {
                if let Some(count) = counts.get_mut(level) {
                    *count += 1;
                }
                at += 1;
            }
            b':' => at += 1,
            b'"' => {
                let (length, end) = text_length(json, at + 1);
                size += text_header(length) + length;
                at = end + 1;
            }
            b't' | b'f' | b'n' => {
                size += 1;
                at += if *byte == b'f' { "false".len() } else { "true".len() };
            }
            _ => {
                let rest = &json[at..];
                let end = rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']')).unwrap_or(rest.len());
                size += number(str::from_utf8(&rest[..end]).unwrap_or_default());
                at += end;
            }
        }
    }
    size
}

/// Returns the length of a string's text with its escapes resolved, and the offset of its closing quote.
fn text_length(json: &[u8], start: usize) -> (usize, usize) {
    let (mut saved, mut end) = (0, find_special(json, start));
    while let Some(b'\\') = json.get(end) {
        let escape = if json.get(end + 1) == Some(&b'u') { 6 } else { 2 };
        saved += escape - 1;
        end = find_special(json, end + escape);
    }
    (end - start - saved, end)
}

/// Returns the size of a number. A number below the normal range of a double is counted as a double, although it is
/// written as text.
fn number(json: &str) -> usize {
    match json.parse::<i64>() {
        Ok(-32..=127) => 1,
        Ok(-128..=255) => 2,
        Ok(-32_768..=65_535) => 3,
        Ok(-2_147_483_648..=4_294_967_295) => 5,
        Ok(_) => 9,
        Err(_) if json.parse::<u64>().is_ok() || has_double_digits(json) => 9,
        Err(_) => text_header(json.len()) + json.len(),
    }
}

fn text_header(length: usize) -> usize {
    match length {
        ..32 => 1,
        32..0x100 => 2,
        0x100..0x1_0000 => 3,
        _ => 5,
    }
}

fn container_header(count: usize) -> usize {
    match count {
        ..16 => 1,
        16..0x1_0000 => 3,
        _ => 5,
    }
}

#[cfg(all(test, feature = "msgpack"))]
mod tests {
    use super::*;
    use crate::{Filter, Options, encode};

    #[test]
    fn computes_the_size_of_the_encoded_record() {
        let numbers = "0,-0,1,127,128,255,256,65535,65536,4294967295,4294967296,18446744073709551615,-1,-32,1e-300,-33,-128,-129,\
            -32768,-32769,-2147483648,-2147483649,1.5,-0.25,1e3,0.1234567890123456789,123456789012345678901234567890,1e309";
        let texts = [0, 1, 31, 32, 255, 256, 65_535, 65_536].map(|length| format!("\"{}\"", "x".repeat(length)));
        let items = [0, 1, 15, 16, 65_535, 65_536].map(|count| vec!["0"; count].join(","));
        let mut values = vec!["true".into(), "false".into(), "null".into(), "{}".into(), "[{},[],{\"a\":[1]}]".into()];
        values.extend(numbers.split(',').map(String::from));
        values.extend(texts);
        values.extend(items.iter().map(|items| format!("[{items}]")));
        values.push(r#""a\"\\\/\n\u0001\u00e9\ud83d\ude00é日""#.into());
        let all = (0..70_000).map(|at| format!("\"k{at}\":{at}")).collect::<Vec<_>>().join(",");
        let objects =
            values.iter().map(|value| format!("{{\"event_type\":\"A\",\"k\":{value}}}")).chain([format!("{{{all}}}")]);
        let mut filter = Filter::new(Options::default());
        for object in objects {
            let (mut json, mut packed) = (Vec::new(), Vec::new());
            let mut events = filter.parse_str(&object);
            let event = events.next().unwrap();
            encode::json::write(&event, &mut json);
            encode::msgpack::write(&event, &mut packed);
            assert_eq!(size(&json), packed.len(), "{}", object.get(..100).unwrap_or(&object));
        }
    }
}
