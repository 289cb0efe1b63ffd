//! Turns the body of a log event into the bodies of the events in its message.

use eset_filter::record::{self, Record, ShipperOptions};
use eset_filter::{Filter, encode};

use crate::chunk::{Change, LogEvent};
use crate::msgpack::{self, Kind};

/// Filters log events one by one.
#[derive(Debug)]
pub(crate) struct RecordFilter {
    filter: Filter,
    message_key: Option<String>,
    members: Vec<Member>,
}

/// The position of a member in the body.
#[derive(Clone, Copy, Debug)]
struct Member {
    /// The text of the key. Empty if the key is not text.
    key: (usize, usize),
    /// The text of the value, if it is text.
    text: Option<(usize, usize)>,
    start: usize,
    end: usize,
}

impl RecordFilter {
    pub(crate) fn new(options: ShipperOptions) -> Self {
        let ShipperOptions { filter, message_key, .. } = options;
        Self { filter: Filter::new(filter), message_key, members: Vec::new() }
    }

    /// Appends the events found in a log event's message, each with the header of the log event. A log event without a
    /// message is unchanged.
    pub(crate) fn translate(&mut self, event: LogEvent<'_>, out: &mut Vec<u8>) -> Change {
        let Self { filter, message_key, members } = self;
        let LogEvent { header, body } = event;
        if read_members(body, members).is_none() {
            return Change::None;
        }
        let record = Body { bytes: body, members };
        let Some(message) = record::find_message(&record, message_key.as_deref()) else { return Change::None };
        let Some((start, end)) = members[message].text else { return Change::None };
        let mut events = filter.parse(&body[start..end]);
        while let Some(event) = events.next() {
            let kept = || record::kept(&record, message, &event).map(|at| members[at]);
            out.push(PAIR);
            out.extend_from_slice(header);
            encode::msgpack::write_map(&event, event.name_count() + kept().count(), out);
            for Member { start, end, .. } in kept() {
                out.extend_from_slice(&body[start..end]);
            }
        }
        Change::Replaced
    }
}

/// The MessagePack marker of an array with two items.
const PAIR: u8 = 0x92;

/// Reads the positions of the members of a complete map.
fn read_members(body: &[u8], members: &mut Vec<Member>) -> Option<()> {
    members.clear();
    let map = msgpack::head(body, 0)?;
    let Kind::Map(count) = map.kind else { return None };
    let mut start = map.end;
    for _ in 0..count {
        let key = msgpack::head(body, start)?;
        let value = if key.kind == Kind::Text { key.end } else { msgpack::end(body, start)? };
        let head = msgpack::head(body, value)?;
        let is_text = head.kind == Kind::Text;
        let end = if is_text { head.end } else { msgpack::end(body, value)? };
        members.push(Member {
            key: if key.kind == Kind::Text { (key.start, key.end) } else { (start, start) },
            text: is_text.then_some((head.start, head.end)),
            start,
            end,
        });
        start = end;
    }
    Some(())
}

struct Body<'b> {
    bytes: &'b [u8],
    members: &'b [Member],
}

impl Record for Body<'_> {
    fn key_count(&self) -> usize {
        self.members.len()
    }

    fn key(&self, at: usize) -> &[u8] {
        let (start, end) = self.members[at].key;
        &self.bytes[start..end]
    }

    fn is_string(&self, at: usize) -> bool {
        self.members[at].text.is_some()
    }
}
