//! Records with the places of their members, for programs that show where in a message a value comes from.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use eset_filter::{Filter, MemberPlace, Places};
use wasm_bindgen::prelude::*;

use crate::records::Records;

/// A record and its origin. Offsets are in UTF-16 code units, as in JavaScript, and -1 if the place is absent.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Explained {
    record: JsValue,
    is_whole: bool,
    places: Vec<i32>,
    names: Vec<String>,
    parts: Vec<String>,
    members: Vec<i32>,
}

#[wasm_bindgen]
impl Explained {
    /// Returns the record, in an array.
    #[must_use]
    pub fn record(&self) -> JsValue {
        self.record.clone()
    }

    /// Returns whether the event is a complete object.
    #[wasm_bindgen(js_name = isWhole)]
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns the start and end of the header, the outer header, the payload and the event.
    #[must_use]
    pub fn places(&self) -> Vec<i32> {
        self.places.clone()
    }

    /// Returns the names of the members. Those after an empty name are additional fields.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Returns the part of the message that each member comes from.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        self.parts.clone()
    }

    /// Returns the start and end of each member's key and of its value.
    #[must_use]
    pub fn members(&self) -> Vec<i32> {
        self.members.clone()
    }
}

/// Returns the records of a message with their places.
pub(crate) fn explain(filter: &mut Filter, records: &mut Records, message: &str) -> Vec<Explained> {
    let units = Units::new(message);
    let mut found = Vec::new();
    let mut events = filter.parse_str(message);
    while let Some(event) = events.next() {
        records.add(&event);
        found.push(Explained::new(records.take(), &events.places(), &units));
    }
    found
}

impl Explained {
    fn new(record: JsValue, places: &Places, units: &Units) -> Self {
        let Places { header, outer_header, payload, event, members, .. } = places;
        let range = |range: &Option<Range<usize>>| {
            range.as_ref().map_or([-1, -1], |range| [units.of(range.start), units.of(range.end)])
        };
        let (fields, additional): (Vec<_>, Vec<_>) = members.iter().partition(|member| !member.is_additional);
        let name = |member: &&MemberPlace| member.name.clone();
        let members = || fields.iter().chain(&additional);
        Self {
            record,
            is_whole: places.is_whole,
            places: [header, outer_header, payload, event].into_iter().flat_map(range).collect(),
            names: fields.iter().map(name).chain([String::new()]).chain(additional.iter().map(name)).collect(),
            parts: members().map(|member| member.part.name().into()).collect(),
            members: members().flat_map(|member| range(&member.key).into_iter().chain(range(&member.value))).collect(),
        }
    }
}

/// Converts byte offsets to UTF-16 code units.
struct Units {
    /// The end of each non-ASCII character, in bytes and in units.
    known: Vec<(usize, usize)>,
}

impl Units {
    fn new(text: &str) -> Self {
        let mut known = Vec::new();
        let mut more = 0;
        for (at, character) in text.char_indices().filter(|(_, character)| !character.is_ascii()) {
            more += character.len_utf8() - character.len_utf16();
            let end = at + character.len_utf8();
            known.push((end, end - more));
        }
        Self { known }
    }

    fn of(&self, offset: usize) -> i32 {
        let before = self.known.partition_point(|(end, _)| *end <= offset);
        let (end, units) = before.checked_sub(1).map_or((0, 0), |last| self.known[last]);
        (units + offset - end) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_as_javascript_does() {
        let text = "aé\u{FFFD}😀b€";
        let units = Units::new(text);
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            assert_eq!(units.of(offset), text[..offset].encode_utf16().count() as i32, "{offset}");
        }
    }
}
