//! Cuts a record that has too many bytes of JSON. It loses its largest additional fields, then the ends of its longest
//! texts, and then the end of `raw_message`, until it fits.

use alloc::vec::Vec;

use crate::encode;
use crate::event::{Frame, Sources};
use crate::fields::Collected;
use crate::json::{escaped_length, fitting_plain};
use crate::limits::LEAST_TEXT;
use crate::schema::FIELD_SLOTS;
use crate::status::Status;

/// Cuts the collected members and then `raw`, so that the record with both loses `excess` bytes of JSON. Returns the
/// rest of `raw`.
#[inline(never)]
pub(crate) fn shrink<'m>(
    frame: &Frame<'m>,
    sources: Sources<'_>,
    collected: &mut Collected,
    raw: Option<&'m str>,
    excess: usize,
    scratch: &mut Vec<u8>,
) -> Option<&'m str> {
    let excess = drop_entries(frame, sources, collected, excess, scratch);
    let excess = shorten_texts(sources.text, collected, excess);
    raw.map(|raw| {
        if excess == 0 {
            return raw;
        }
        let most = escaped_length(raw.as_bytes()).saturating_sub(excess);
        raw.get(..fitting_plain(raw, most).0).unwrap_or_default()
    })
}

/// Drops additional fields while the record is too large by `excess` bytes: the largest first, and the later of two
/// that are equally large. Returns the remaining excess.
fn drop_entries(
    frame: &Frame<'_>,
    sources: Sources<'_>,
    collected: &mut Collected,
    mut excess: usize,
    scratch: &mut Vec<u8>,
) -> usize {
    if excess == 0 {
        return 0;
    }
    let mut sizes = Vec::new();
    for (key, value) in frame.event(sources, collected, Status::Truncated, None).all_additional_fields() {
        encode::json::write_additional_field(key, value, scratch);
        sizes.push(scratch.len());
        scratch.clear();
    }
    collected.drop_entries(&mut |a, b| (sizes[a], a) < (sizes[b], b), &mut |at| {
        let is_dropped = excess > 0;
        excess = excess.saturating_sub(sizes[at]);
        is_dropped
    });
    excess
}

/// Cuts off the ends of texts while the record is too large by `excess` bytes: the longest text first, and the later of
/// two that are equally long. Returns the remaining excess.
fn shorten_texts(message: &str, collected: &mut Collected, mut excess: usize) -> usize {
    if excess == 0 {
        return 0;
    }
    let mut lengths = [0; FIELD_SLOTS];
    collected.for_each_text(message, |field, text| lengths[field] = text.fitting(usize::MAX).1);
    while excess > 0
        && let Some((field, length)) = lengths.iter().copied().enumerate().max_by_key(|(_, length)| *length)
        && length > LEAST_TEXT
    {
        let left = collected.shorten(message, field, length.saturating_sub(excess).max(LEAST_TEXT));
        excess = excess.saturating_sub(length - left);
        lengths[field] = 0;
    }
    excess
}
