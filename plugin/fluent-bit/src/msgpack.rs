//! Walks MessagePack without decoding it: finds where a value begins and ends, and its kind.
//!
//! Nothing here recurses or allocates, whatever the input.
//!
//! Source: the MessagePack specification, "Formats".

use rmp::Marker;

/// The kind of a value, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string or binary value. Shippers use both for text.
    Text,
    /// An array with this many items.
    Array(u32),
    /// A map with this many pairs of key and value.
    Map(u32),
    /// An extension of this type.
    Extension(i8),
    /// Anything else.
    Other,
}

/// The head of a value: its marker and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The kind of the value.
    pub(crate) kind: Kind,
    /// The start of its content: the bytes of a text or extension, or the first item of an array or map.
    pub(crate) start: usize,
    /// The end of its own bytes. The items of an array or map follow.
    pub(crate) end: usize,
}

/// Reads the head of the value at `at`. Returns `None` if the bytes end too early or are not MessagePack.
pub(crate) fn head(bytes: &[u8], at: usize) -> Option<Head> {
    let start = at + 1;
    let leaf = |size: usize| Some((Kind::Other, start, size));
    // Reads a length of `width` bytes. Returns it and the offset after it.
    let length = |width: usize| {
        let digits = bytes.get(start..start + width)?;
        Some((digits.iter().fold(0, |length, digit| length << 8 | u32::from(*digit)), start + width))
    };
    let text = |width| length(width).map(|(size, start)| (Kind::Text, start, size as usize));
    let extension = |at: usize, size: usize| {
        let kind = i8::from_be_bytes([*bytes.get(at)?]);
        Some((Kind::Extension(kind), at + 1, size))
    };
    let (kind, start, size) = match Marker::from_u8(*bytes.get(at)?) {
        Marker::FixStr(size) => Some((Kind::Text, start, usize::from(size))),
        Marker::FixMap(count) => Some((Kind::Map(count.into()), start, 0)),
        Marker::FixArray(count) => Some((Kind::Array(count.into()), start, 0)),
        Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => leaf(0),
        Marker::U8 | Marker::I8 => leaf(1),
        Marker::U16 | Marker::I16 => leaf(2),
        Marker::U32 | Marker::I32 | Marker::F32 => leaf(4),
        Marker::U64 | Marker::I64 | Marker::F64 => leaf(8),
        Marker::Str8 | Marker::Bin8 => text(1),
        Marker::Str16 | Marker::Bin16 => text(2),
        Marker::Str32 | Marker::Bin32 => text(4),
        Marker::Array16 => length(2).map(|(count, start)| (Kind::Array(count), start, 0)),
        Marker::Array32 => length(4).map(|(count, start)| (Kind::Array(count), start, 0)),
        Marker::Map16 => length(2).map(|(count, start)| (Kind::Map(count), start, 0)),
        Marker::Map32 => length(4).map(|(count, start)| (Kind::Map(count), start, 0)),
        Marker::FixExt1 => extension(start, 1),
        Marker::FixExt2 => extension(start, 2),
        Marker::FixExt4 => extension(start, 4),
        Marker::FixExt8 => extension(start, 8),
        Marker::FixExt16 => extension(start, 16),
        Marker::Ext8 => length(1).and_then(|(size, at)| extension(at, size as usize)),
        Marker::Ext16 => length(2).and_then(|(size, at)| extension(at, size as usize)),
        Marker::Ext32 => length(4).and_then(|(size, at)| extension(at, size as usize)),
        Marker::Reserved => None,
    }?;
    let end = start.checked_add(size).filter(|end| *end <= bytes.len())?;
    Some(Head { kind, start, end })
}

/// Returns the end of the value at `at`, including everything in it, or `None` as for [`head`].
pub(crate) fn end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    let mut left = 1_u64;
    while left > 0 {
        let head = head(bytes, at)?;
        at = head.end;
        left = left - 1
            + match head.kind {
                Kind::Array(count) => u64::from(count),
                Kind::Map(count) => 2 * u64::from(count),
                Kind::Text | Kind::Extension(_) | Kind::Other => 0,
            };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmpv::Value;

    /// Returns a value for each marker of the specification, and for the limits of each marker's size.
    fn values() -> Vec<Vec<u8>> {
        let text = |size: usize| Value::from("x".repeat(size));
        let extension = |size: usize| Value::Ext(-3, vec![7; size]);
        let mut values = vec![Value::Nil, true.into(), false.into(), 0.5_f32.into(), 0.5_f64.into()];
        values.extend(
            [0_i64, 127, 128, 255, 256, 65_536, i64::MAX, -1, -32, -33, -129, -40_000, i64::MIN].map(Value::from),
        );
        values.extend([0, 1, 31, 32, 255, 256, 65_535, 65_536].map(text));
        values.extend([0, 1, 255, 256, 65_536].map(|size| Value::Binary(vec![0xC1; size])));
        values.extend([0, 1, 2, 3, 4, 8, 16, 17, 256, 65_536].map(extension));
        values.extend([0, 1, 15, 16, 65_536].map(|count| Value::Array(vec![Value::from("v"); count])));
        let member = |at: usize| (Value::from(at), Value::Array(vec![Value::Nil]));
        values.extend([0, 1, 15, 16, 65_536].map(|count| Value::Map((0..count).map(member).collect())));
        let encode = |value: &Value| {
            let mut bytes = Vec::new();
            rmpv::encode::write_value(&mut bytes, value).unwrap();
            bytes
        };
        values.iter().map(encode).collect()
    }

    #[test]
    fn the_end_of_a_value_is_found() {
        for value in values() {
            let framed = [b"\xC0".as_slice(), &value, b"\xC0"].concat();
            assert_eq!(end(&framed, 1), Some(1 + value.len()), "{:02X?}", &value[..value.len().min(8)]);
        }
    }

    #[test]
    fn a_truncated_value_has_no_end() {
        for value in values() {
            for size in (0..value.len()).step_by(1 + value.len() / 64) {
                assert_eq!(end(&value[..size], 0), None, "{:02X?}", &value[..size.min(8)]);
            }
        }
    }

    #[test]
    fn bytes_that_are_not_messagepack_have_no_end() {
        assert_eq!(end(b"\xC1", 0), None);
        assert_eq!(end(b"\x92\xC0\xC1", 0), None);
        assert_eq!(end(b"\xDD\xFF\xFF\xFF\xFF\xC0", 0), None);
        assert_eq!(end(b"\xC6\xFF\xFF\xFF\xFF", 0), None);
    }

    #[test]
    fn depth_does_not_matter() {
        let deep = [vec![0x91; 1_000_000], vec![0xC0]].concat();
        assert_eq!(end(&deep, 0), Some(deep.len()));
        assert_eq!(end(&deep[..1_000_000], 0), None);
    }
}
