//! Events in CEF and LEEF: a header of parts that end with `|`, followed by pairs.

use alloc::vec::Vec;

use super::pairs::{self, Collector, HEADER_ESCAPES, Pair, Range, Syntax};
use super::{cef, leef};
use crate::fields::{Allowance, Collected};
use crate::json::find_either;
use crate::limits::MAX_CHARACTERS;
use crate::schema::{EventTypes, SEVERITY_SPELLING};
use crate::status::Status;
use crate::syslog::{self, Envelope};

/// An ESET event in one of these formats. It extends to the end of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Formatted {
    is_cef: bool,
    /// Whether the header of this version has a part that names the delimiter.
    has_delimiter: bool,
    /// Whether the message has reached the maximum length, so that it must have been cut.
    is_cut: bool,
    /// The offset of the header parts after the vendor, and the offset of the end of the message.
    start: usize,
    end: usize,
}

/// Line endings and NULs, and rsyslog's escapes for them.
const ENDINGS: [&str; 6] = ["\r", "\n", "\0", "#015", "#012", "#000"];

/// The names in `additional_fields` of the header parts after the vendor and product. LEEF has only the first two. The
/// last part is the severity, which has a field.
const PARTS: [&str; 4] = ["product_version", "event_class_id", "event_name", ""];
const CLASS_ID: usize = 1;
const PARTS_OF_LEEF: usize = 2;

impl Formatted {
    /// Returns the event in the body of a message, which begins with the header of one of the formats. Returns `None`
    /// if the event is from another vendor.
    #[cold]
    pub(super) fn of(envelope: &Envelope<'_>, text: &str) -> Option<Self> {
        let body = envelope.body;
        let offset = |part| syslog::offset_of(part, text);
        let after_vendor = syslog::after_format_version(body)?.strip_prefix("ESET|")?;
        let is_cut = is_cut(text.get(offset(envelope.innermost_header())..)?);
        let (is_cef, has_delimiter) = (body.starts_with(syslog::CEF), !body.starts_with("LEEF:1"));
        Some(Self { is_cef, has_delimiter, is_cut, start: offset(after_vendor), end: offset(body) + body.len() })
    }

    /// Returns the value of `payload_format`.
    pub(crate) fn name(self) -> &'static str {
        if self.is_cef { "cef" } else { "leef" }
    }

    /// Collects the event. Returns its status and whether text is left out.
    #[cold]
    pub(crate) fn read(
        self,
        text: &str,
        pairs: &mut Vec<Pair>,
        scratch: &mut Vec<u8>,
        collected: &mut Collected,
    ) -> (Status, bool) {
        let Self { is_cef, has_delimiter, is_cut, start, end } = self;
        let bytes = text.as_bytes().get(..end).unwrap_or_default();
        collected.start(Allowance::of_names(usize::MAX));
        pairs.clear();
        let mut parts = [(0, 0); PARTS.len()];
        let most = if is_cef { PARTS.len() } else { PARTS_OF_LEEF };
        let (mut found, mut at) = (0, part_end(bytes, start).unwrap_or(end));
        for part in parts.iter_mut().take(most) {
            let Some(end) = part_end(bytes, at) else { break };
            *part = (at, end - 1);
            (found, at) = (found + 1, end);
        }
        let (is_whole, mut leaves_out) = (found == most, false);
        if is_whole {
            let mut delimiter = ([b' '; 4], 1);
            if !is_cef {
                (delimiter, at) = leef::delimiter(bytes, at, has_delimiter);
            }
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            let (bytes_of_delimiter, length) = delimiter;
            let separator = bytes_of_delimiter.get(..length).unwrap_or_default();
            leaves_out = pairs::split(bytes, at, Syntax { separator, has_escapes: is_cef }, pairs) > at;
            if is_cut {
                pairs.pop();
            }
        }
        let types = EventTypes::NONE;
        let mut collector = Collector { text, collected, scratch, types, has_escapes: is_cef, time_form: b"" };
        collector.put_event_type(pairs, parts[CLASS_ID]);
        for (part, name) in parts.into_iter().zip(PARTS).filter(|(part, _)| part.0 < part.1) {
            let is_escaped = bytes.get(part.0..part.1).is_some_and(|part| part.contains(&b'\\'));
            // A severity with escapes cannot be one of the numbers.
            let name = if name.is_empty() && is_escaped { "severity" } else { name };
            let name = collector.collected.resolved(name.as_bytes());
            collector.collected.origins.set_next(Range::default(), part);
            if name.is_empty() {
                collector.put(Some(SEVERITY_SPELLING), name, part);
            } else {
                let part = collector.place(part, HEADER_ESCAPES);
                collector.collected.add_text(text, name, part);
            }
        }
        let put = if is_cef { cef::put } else { leef::put };
        put(pairs, &mut collector);
        collected.settle(end - start + collected.resolved_length());
        (if is_whole && !is_cut { Status::Ok } else { Status::Truncated }, leaves_out)
    }
}

/// Returns the offset after the `|` that ends a part of the header.
#[inline(never)]
fn part_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += find_either::<b'|', b'\\'>(bytes.get(at..)?);
        match bytes.get(at)? {
            b'|' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// Returns whether a message has reached the maximum length of ESET's messages. Line endings and NULs at its end do not
/// count.
fn is_cut(innermost_header: &str) -> bool {
    let mut text = innermost_header;
    while let Some(rest) = ENDINGS.iter().find_map(|ending| text.strip_suffix(ending)) {
        text = rest;
    }
    text.bytes().filter(|byte| byte & 0xC0 != 0x80).count() >= MAX_CHARACTERS
}
