//! A chunk: a sequence of MessagePack values, each a log event.
//!
//! An event is `[[timestamp, metadata], body]`, or `[timestamp, body]` before Fluent Bit 2.1. Timestamps of -1 and -2
//! mark the beginning and end of a group of events. Anything other than an event with a map as its body is left
//! unchanged, byte for byte.
//!
//! Source: Fluent Bit, `include/fluent-bit/flb_log_event.h` and `src/flb_log_event_decoder.c`.

use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::msgpack::{self, Kind};

/// A value of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'c> {
    /// Its position in the chunk.
    pub(crate) range: Range<usize>,
    /// The event, if the value is one.
    pub(crate) event: Option<LogEvent<'c>>,
}

/// An event of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogEvent<'c> {
    /// The first item of the outer array: the timestamp and metadata.
    pub(crate) header: &'c [u8],
    /// The body: a complete map.
    pub(crate) body: &'c [u8],
}

/// What happened to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is unchanged, and nothing was written.
    None,
    /// The written bytes replace it.
    Replaced,
}

/// What happened to a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rewritten {
    /// Whether there is a new chunk. If not, the old one is still valid.
    pub(crate) change: Change,
    /// The message of the first panic, and the number of events left unchanged by panics.
    pub(crate) panic: Option<(String, u64)>,
}

/// Rewrites a chunk into `out` if anything changes: each event as `translate` writes it, and everything else unchanged.
/// A panic in `translate` leaves its event unchanged and does not affect the others.
pub(crate) fn rewrite(
    chunk: &[u8],
    out: &mut Vec<u8>,
    mut translate: impl FnMut(LogEvent<'_>, &mut Vec<u8>) -> Change,
) -> Rewritten {
    out.clear();
    let mut rewritten = Rewritten { change: Change::None, panic: None };
    // The chunk up to this offset is in `out`, original or rewritten.
    let mut written = 0;
    for Entry { range, event } in entries(chunk) {
        let Some(event) = event else { continue };
        out.extend_from_slice(&chunk[written..range.start]);
        written = range.start;
        let before = out.len();
        // The translator starts afresh with each event, and anything that it wrote before a panic is discarded.
        match catch_unwind(AssertUnwindSafe(|| translate(event, out))) {
            Ok(Change::Replaced) => {
                rewritten.change = Change::Replaced;
                written = range.end;
            }
            Ok(Change::None) => out.truncate(before),
            Err(panic) => {
                out.truncate(before);
                rewritten.panic.get_or_insert_with(|| (message(panic.as_ref()), 0)).1 += 1;
            }
        }
    }
    match rewritten.change {
        Change::Replaced => out.extend_from_slice(&chunk[written..]),
        Change::None => out.clear(),
    }
    rewritten
}

/// Returns the entries of a chunk in order. If the rest cannot be read, it is one last entry.
pub(crate) fn entries(chunk: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = chunk.get(start..).filter(|rest| !rest.is_empty())?;
        let end = msgpack::end(chunk, start);
        let range = start..end.unwrap_or(chunk.len());
        start = range.end;
        Some(Entry { event: end.and_then(|end| log_event(&rest[..end - range.start])), range })
    })
}

/// Returns the message of a panic.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic without a message").to_owned()
}

/// Reads a complete value as a log event, if it is one and not a group marker.
fn log_event(value: &[u8]) -> Option<LogEvent<'_>> {
    let pair = msgpack::head(value, 0).filter(|head| head.kind == Kind::Array(2))?;
    let header = msgpack::head(value, pair.end)?;
    let stamp = if header.kind == Kind::Array(2) { header.end } else { pair.end };
    let body = msgpack::end(value, pair.end)?;
    let is_map = matches!(msgpack::head(value, body)?.kind, Kind::Map(_));
    (is_map && !marks_group(value, stamp)).then(|| LogEvent { header: &value[pair.end..body], body: &value[body..] })
}

/// Returns whether the timestamp marks a group instead of an event. Seconds are unsigned, so only -1 and -2 are
/// markers.
fn marks_group(value: &[u8], stamp: usize) -> bool {
    const START: [u8; 4] = (-1_i32).to_be_bytes();
    const END: [u8; 4] = (-2_i32).to_be_bytes();
    match msgpack::head(value, stamp) {
        Some(head) if head.kind == Kind::Extension(0) => {
            value[head.start..head.end].first_chunk().is_some_and(|seconds| [START, END].contains(seconds))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] = b"\x92\x92\xD7\x00\x66\x00\x00\x01\x00\x00\x00\x02\x81\xA1m\x01\x81\xA3log\xA1x";
    const HEADER: &[u8] = b"\x92\xD7\x00\x66\x00\x00\x01\x00\x00\x00\x02\x81\xA1m\x01";
    const BODY: &[u8] = b"\x81\xA3log\xA1x";

    /// The resulting chunk if each event is written as `!`, the second is dropped, and the third is unchanged.
    fn rewritten(chunk: &[u8]) -> Option<Vec<u8>> {
        let mut out = b"from before".to_vec();
        let mut count = 0;
        let result = rewrite(chunk, &mut out, |_, out| {
            count += 1;
            match count {
                2 => return Change::Replaced,
                3 => {
                    out.extend(b"not to be seen");
                    return Change::None;
                }
                _ => out.push(b'!'),
            }
            Change::Replaced
        });
        assert_eq!(result.panic, None);
        assert!(result.change == Change::Replaced || out.is_empty());
        (result.change == Change::Replaced).then_some(out)
    }

    #[test]
    fn an_event_has_a_header_and_a_body() {
        assert_eq!(log_event(EVENT), Some(LogEvent { header: HEADER, body: BODY }));
    }

    #[test]
    fn timestamps_of_all_kinds_are_accepted() {
        for stamp in [
            b"\xCE\x66\x00\x00\x01".as_slice(),
            b"\xCB\x41\xD9\x80\x00\x00\x00\x00\x00",
            b"\xC7\x08\x00\x66AAABBBB",
            b"\xD7\x05\xFF\xFF\xFF\xFF\0\0\0\0",
            b"\xD6\x00\x66AAA",
            b"\xD7\x00\xFF\xFF\xFF\xFD\0\0\0\0",
            b"\x07",
        ] {
            for header in [stamp.to_vec(), [b"\x92", stamp, b"\x80"].concat()] {
                let event = [b"\x92", header.as_slice(), BODY].concat();
                assert_eq!(log_event(&event), Some(LogEvent { header: &header, body: BODY }), "{stamp:X?}");
            }
        }
    }

    #[test]
    fn values_that_are_not_events_are_unchanged() {
        let marker = |seconds: &[u8]| [b"\x92\x92\xD7\x00", seconds, b"\0\0\0\0\x80", BODY].concat();
        let wide = |seconds: &[u8]| [b"\x92\x92\xC7\x08\x00", seconds, b"\0\0\0\0\x80", BODY].concat();
        let others = [
            marker(b"\xFF\xFF\xFF\xFF"),
            marker(b"\xFF\xFF\xFF\xFE"),
            wide(b"\xFF\xFF\xFF\xFF"),
            b"\xC0".to_vec(),
            b"\xD4\x63\x01".to_vec(),
            b"\x90".to_vec(),
            b"\x91\x80".to_vec(),
            b"\x93\x01\x80\x80".to_vec(),
            b"\x92\x01\xA1x".to_vec(),
            b"\x80".to_vec(),
        ];
        for other in others {
            assert_eq!(rewritten(&other), None, "{other:X?}");
            let chunk = [other.as_slice(), EVENT, &other, &other, EVENT, &other, EVENT, EVENT, &other].concat();
            let expected = [other.as_slice(), b"!", &other, &other, &other, EVENT, b"!", &other].concat();
            assert_eq!(rewritten(&chunk), Some(expected), "{other:X?}");
        }
    }

    #[test]
    fn an_unreadable_tail_is_unchanged() {
        for tail in
            [&EVENT[..EVENT.len() - 1], b"\x92", b"\xC1 and more", b"\xDD\xFF\xFF\xFF\xFF", b"\xC6\xFF\xFF\xFF\xFF"]
        {
            assert_eq!(rewritten(tail), None);
            assert_eq!(rewritten(&[EVENT, tail].concat()), Some([b"!", tail].concat()));
        }
    }

    #[test]
    fn an_empty_chunk_is_unchanged() {
        assert_eq!(rewritten(b""), None);
    }

    #[test]
    fn a_panic_leaves_its_event_unchanged() {
        let mut out = Vec::new();
        let mut count = 0;
        let result = rewrite(&EVENT.repeat(4), &mut out, |_, out| {
            out.push(b'!');
            count += 1;
            assert!(count % 2 == 1, "event {count} is bad");
            Change::Replaced
        });
        assert_eq!(result, Rewritten { change: Change::Replaced, panic: Some(("event 2 is bad".to_owned(), 2)) });
        assert_eq!(out, [b"!", EVENT, b"!", EVENT].concat());
    }
}
