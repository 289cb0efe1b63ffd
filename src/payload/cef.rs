//! CEF: labels define the meaning of numbered keys.

use super::pairs::{Collector, Pair, Range, position};
use crate::schema::{NameKind, find_name};

/// The names of numbered keys, without the digit. The value of the key with `Label` appended defines the meaning of a
/// numbered key.
static NUMBERED: [&str; 5] = ["cs", "cn", "deviceCustomDate", "c6a", "flexString"];

/// The number of slots: at least one for each digit after each name.
const SLOTS: usize = 64;

/// The prefix of ESET's own keys, which consist of words.
const OWN: &[u8] = b"ESETProtect";

/// Returns the slot of a numbered key.
#[inline(never)]
fn slot(key: &[u8]) -> Option<usize> {
    let (digit @ b'1'..=b'9', name) = key.split_last()? else { return None };
    Some((position(&NUMBERED, name)? * 10 + usize::from(digit - b'0')) % SLOTS)
}

/// Returns the slot of the numbered key that a label belongs to.
fn slot_of_label(key: &[u8]) -> Option<usize> {
    slot(key.strip_suffix(b"Label")?)
}

/// Puts the pairs of an event into a collector.
#[cold]
pub(super) fn put(pairs: &[Pair], collector: &mut Collector<'_>) {
    let mut labels: [Range; SLOTS] = [(0, 0); SLOTS];
    // The offsets of the last value and the last non-empty value of each numbered key. All other values are ignored:
    // they have no effect, and the label would have to be read again for each.
    let (mut last, mut last_full) = ([0; SLOTS], [0; SLOTS]);
    for pair in pairs {
        let key = collector.bytes(pair.key);
        if let Some(slot) = slot_of_label(key) {
            labels[slot] = pair.value;
        } else if let Some(slot) = slot(key) {
            last[slot] = pair.value.0;
            if !pair.is_empty() {
                last_full[slot] = pair.value.0;
            }
        }
    }
    for pair in pairs {
        let key = collector.bytes(pair.key);
        let name = Collector::plain(pair.key);
        let (field, name) = match (slot_of_label(key), slot(key)) {
            (Some(slot), _) if last[slot] > 0 => continue,
            (_, Some(slot)) if ![last[slot], last_full[slot]].contains(&pair.value.0) => continue,
            (_, Some(slot)) => {
                let (field, words) = collector.field_of(labels[slot]);
                (field, if words.is_empty() { name } else { words })
            }
            _ if key.starts_with(OWN) => (collector.field_of((pair.key.0 + OWN.len(), pair.key.1)).0, name),
            _ => (find_name(NameKind::CefKey, key, collector.types), name),
        };
        collector.collected.origins.set_next(pair.key, pair.value);
        collector.put(field, name, pair.value);
    }
}
