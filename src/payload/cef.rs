//! CEF: labels say what numbered keys mean.

use super::pairs::{Collector, Pair, Range, position};
use crate::schema::{NameKind, find_name};

/// Keys that are numbered, and mean what the key with `Label` behind says.
static NUMBERED: [&str; 5] = ["cs", "cn", "deviceCustomDate", "c6a", "flexString"];

/// A place for each digit behind each of them.
const SLOTS: usize = 64;

/// What stands before ESET's own keys, which are words.
const OWN: &[u8] = b"ESETProtect";

/// The place of a numbered key.
#[inline(never)]
fn slot(key: &[u8]) -> Option<usize> {
    let (digit @ b'1'..=b'9', name) = key.split_last()? else { return None };
    Some((position(&NUMBERED, name)? * 10 + usize::from(digit - b'0')) % SLOTS)
}

/// The place of the key that a label is of.
fn slot_of_label(key: &[u8]) -> Option<usize> {
    slot(key.strip_suffix(b"Label")?)
}

/// Puts the pairs of an event into a collector.
#[cold]
pub(super) fn put(pairs: &[Pair], collector: &mut Collector<'_>) {
    let mut labels: [Range; SLOTS] = [(0, 0); SLOTS];
    // Where the last values of each numbered key begin: of all, and of those that are not empty. The others count for nothing, and
    // would read a label again for each.
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
