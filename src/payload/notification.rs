//! Notifications: English text for people, in which each value follows a label.

use alloc::vec::Vec;

use super::pairs::{Collector, Range};
use crate::fields::{Allowance, Collected};
use crate::json::find_byte;
use crate::schema::EventTypes;
use crate::syslog;

/// The labels, without their colons, and the field of each. Every notification of a detection contains one of the first
/// two.
static LABELS: [(&str, &str); 8] = [
    ("Detection type", "threat_type"),
    ("Detection name", "threat_name"),
    ("Computer name", "hostname"),
    ("Logged user", "username"),
    ("Time of occurrence", "occurred"),
    ("Scanner", "scanner_id"),
    ("Object", "object_uri"),
    ("Action performed", "action_taken"),
];
const NEEDED: usize = 2;
const NEEDED_INITIAL: u8 = b'D';

/// The timestamp format. A timestamp without an offset is in the time zone of the server, which is unknown.
const TIME: &[u8] = b"M/d/yy, h:mm:ss a z";

/// Returns the first label from `at` on: its position in [`LABELS`], and its range with the colon.
#[inline(never)]
fn next_label(text: &str, mut at: usize) -> Option<(usize, Range)> {
    loop {
        let end = at + find_byte(text.as_bytes().get(at..)?, b':')?;
        let before = text.as_bytes().get(at..end)?;
        at = end + 1;
        // Nearly every colon follows a byte that is not the last letter of a label.
        if !matches!(before.last(), Some(b'd' | b'e' | b'r' | b't')) {
            continue;
        }
        for (which, (label, _)) in LABELS.iter().enumerate() {
            let begins = before.strip_suffix(label.as_bytes());
            if begins.is_some_and(|begins| !begins.last().is_some_and(u8::is_ascii_alphabetic)) {
                return Some((which, (end - label.len(), end + 1)));
            }
        }
    }
}

/// Returns whether a body is a notification of a detection.
#[cold]
pub(crate) fn is_notification(body: &str) -> bool {
    let (bytes, mut at) = (body.as_bytes(), 0);
    while let Some(offset) = bytes.get(at..).and_then(|rest| find_byte(rest, NEEDED_INITIAL)) {
        let (before, rest) = bytes.split_at(at + offset);
        let is_needed = |(label, _): &(&str, _)| {
            rest.strip_prefix(label.as_bytes()).is_some_and(|rest| rest.first() == Some(&b':'))
        };
        if !before.last().is_some_and(u8::is_ascii_alphabetic) && LABELS.iter().take(NEEDED).any(is_needed) {
            return true;
        }
        at += offset + 1;
    }
    false
}

/// Collects the values after the labels of a body.
#[cold]
pub(crate) fn read(text: &str, body: &str, scratch: &mut Vec<u8>, collected: &mut Collected) {
    let start = syslog::offset_of(body, text);
    let end = start + body.len();
    let whole = text.get(..end).unwrap_or_default();
    collected.start(Allowance::of_names(usize::MAX));
    let types = EventTypes::NONE;
    let mut collector = Collector { text, collected, scratch, types, has_escapes: false, time_form: TIME };
    collector.put_event_type_at(0);
    let mut label = next_label(whole, start);
    while let Some((which, words)) = label {
        label = next_label(whole, words.1);
        let value_end = label.map_or(end, |(_, words)| words.0);
        let value = syslog::trim_end(whole.get(words.1..value_end).unwrap_or_default());
        let value_end = words.1 + value.len();
        let value_start = value_end - syslog::skip_any_marks(value).len();
        let (_, name) = collector.field_of((words.0, words.1 - 1));
        let field = LABELS.get(which).and_then(|(_, field)| collector.field_named(field));
        collector.collected.origins.set_next((words.0, words.1 - 1), (value_start, value_end));
        collector.put(field, name, (value_start, value_end));
    }
    collected.settle(body.len() + collected.resolved_length());
}
