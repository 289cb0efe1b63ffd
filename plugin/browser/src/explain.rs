//! Records with the places of their members, for programs that show where in a message a value stands.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use eset_filter::{Filter, MemberPlace, Places};
use wasm_bindgen::prelude::*;

use crate::records::Records;

/// A record, and where it comes from. Offsets are in UTF-16 code units, as JavaScript has them, and -1 where there is no such place.
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
    /// The record, in an array.
    #[must_use]
    pub fn record(&self) -> JsValue {
        self.record.clone()
    }

    /// Whether the event is an object that is complete.
    #[wasm_bindgen(js_name = isWhole)]
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Begin and end of the header, of the outer header, of the payload, and of the event.
    #[must_use]
    pub fn places(&self) -> Vec<i32> {
        self.places.clone()
    }

    /// The members' names. Additional fields follow an empty one.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// What part of the message each member is from.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        self.parts.clone()
    }

    /// Begin and end of each member's key, and those of its value.
    #[must_use]
    pub fn members(&self) -> Vec<i32> {
        self.members.clone()
    }
}

/// The records of a message with their places.
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

/// How many UTF-16 code units stand before an offset in bytes.
struct Units {
    /// Offsets behind characters beyond ASCII, in bytes and in units.
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
        let behind = self.known.partition_point(|(end, _)| *end <= offset);
        let (end, units) = behind.checked_sub(1).map_or((0, 0), |last| self.known[last]);
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
