//! The payload of a message: its kind, and the events in it.

use std::ops::Range;

use super::Json;
use super::fields;
use super::flat::{self, Allowance};
use super::pairs::{self, Said};
use super::reader::{self, Fault, Object, Reading};
use super::{Body, Status};

/// The keys under which a relay puts a message, in order of precedence.
const MESSAGE_KEYS: [&str; 5] = ["message", "log", "msg", "MESSAGE", "Message"];

/// The contents of a body.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    /// An event in a format other than JSON. Its fields are not determined here.
    Said(Said),
    /// No event, but a record with this status.
    Alone(Status),
    Events {
        events: Vec<Event>,
        /// Whether text beside the events may be part of an event.
        is_text_left_out: bool,
    },
}

/// An event with its fields and additional fields.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) status: Status,
    pub(super) fields: Vec<(String, Json)>,
    pub(super) additional: Vec<(String, Json)>,
}

/// The white space, NUL and byte-order marks that may precede a message.
const STARTS: [&str; 8] = [" ", "\t", "\r", "\n", "\0", "\u{FEFF}", "ï»¿", "ÿþ"];

/// Removes padding, line endings and byte-order marks around a message.
pub(super) fn trim(mut message: &str) -> &str {
    const ENDS: [&str; 8] = [" ", "\t", "\r", "\n", "\0", "#015", "#012", "#000"];
    while let Some(text) = ENDS.iter().find_map(|end| message.strip_suffix(end)) {
        message = text;
    }
    while let Some(text) = STARTS.iter().find_map(|start| message.strip_prefix(start)) {
        message = text;
    }
    message
}

/// Reads the body of a message of `length` bytes. `body_of` returns the body of a wrapped message.
pub(super) fn read(body: Body<'_>, length: usize, body_of: &dyn Fn(&str) -> Body<'_>) -> Found {
    if let Some(said) = pairs::formatted(body.text) {
        return said.map_or(Found::Alone(Status::Text), Found::Said);
    }
    let scan = Scan::of(body.text, length, &[]);
    match scan.wrapper() {
        Some(wrapper) => wrapper.read(&scan, length, body_of),
        None => found(scan, body, body_of),
    }
}

fn found(scan: Scan<'_>, body: Body<'_>, body_of: &dyn Fn(&str) -> Body<'_>) -> Found {
    if !scan.events.is_empty() {
        let is_text_left_out = scan.is_text_left_out(&[]);
        return Found::Events { events: scan.events, is_text_left_out };
    }
    if let Some(said) = pairs::notification(after_header(body.text, body_of)) {
        return Found::Said(said);
    }
    Found::Alone(match body.text {
        _ if scan.ended_inside_the_last => Status::Truncated,
        text if text == HEARTBEAT || (body.has_header && is_relayed_heartbeat(text)) => Status::Heartbeat,
        "" if !body.has_header => return Found::Nothing,
        _ => Status::Text,
    })
}

/// Returns the text after a header with a PRI that ends directly before the first brace. Without such a header it
/// returns the whole text.
fn after_header<'t>(text: &'t str, body_of: &dyn Fn(&str) -> Body<'_>) -> &'t str {
    let brace = text.find('{').unwrap_or_default();
    let is_header =
        |at: &usize| body_of(&text[*at..brace + 1]).text == "{" && body_of(&text[*at..brace + 1]).has_header;
    let starts = text[..brace].match_indices('<').map(|(at, _)| at);
    if starts.into_iter().any(|at| is_header(&at)) { &text[brace..] } else { text }
}

const HEARTBEAT: &str = "HEARTBEAT";

/// Returns whether a text is an optional word, a tag, and the heartbeat directly after it.
fn is_relayed_heartbeat(text: &str) -> bool {
    let is_after_word =
        |(word, rest): (&str, &str)| is_part(word, &['{']) && is_tagged(rest.trim_start_matches(BLANKS));
    is_tagged(text) || text.split_once(' ').is_some_and(is_after_word)
}

/// Returns whether a text is a tag with a colon, and the heartbeat directly after it.
fn is_tagged(text: &str) -> bool {
    let tag = text.strip_suffix(HEARTBEAT).and_then(|before| before.trim_end_matches(BLANKS).strip_suffix(':'));
    tag.is_some_and(|tag| match tag.split_once('[') {
        Some((name, procid)) => {
            let is_procid = |procid: &str| (1..=255).contains(&procid.len()) && !procid.contains([' ', '[', ']', '{']);
            is_part(name, &NOT_IN_NAMES) && procid.strip_suffix(']').is_some_and(is_procid)
        }
        None => is_part(tag, &NOT_IN_NAMES),
    })
}

const BLANKS: [char; 2] = [' ', '\t'];

const NOT_IN_NAMES: [char; 3] = [' ', ':', '{'];

/// Returns whether a text is a part of a header that may precede the heartbeat, rather than a byte-order mark, white
/// space, a PRI or the beginning of another format.
fn is_part(text: &str, excluded: &[char]) -> bool {
    let pri = text.strip_prefix('<').and_then(|text| text.split_once('>')).map(|(number, _)| number);
    let is_pri = pri.is_some_and(|pri| (1..=3).contains(&pri.len()) && pri.bytes().all(|byte| byte.is_ascii_digit()));
    let is_mark = STARTS.iter().any(|start| text.starts_with(start));
    (1..=255).contains(&text.len())
        && !text.contains(excluded)
        && !is_pri
        && !is_mark
        && pairs::formatted(text).is_none()
}

/// The only object of a payload, into which a relay has put a message.
struct Wrapper<'o> {
    message: &'o str,
    around: Vec<(String, Json)>,
    has_wrong_escape: bool,
}

impl Wrapper<'_> {
    fn read(&self, outer: &Scan<'_>, length: usize, body_of: &dyn Fn(&str) -> Body<'_>) -> Found {
        let body = body_of(self.message);
        let found = match pairs::formatted(body.text) {
            Some(said) => said.map_or(Found::Alone(Status::Text), Found::Said),
            None => found(Scan::of(body.text, length, &self.around), body, body_of),
        };
        match found {
            Found::Said(said) => Found::Said(said.wrapped()),
            Found::Events { mut events, is_text_left_out } => {
                for event in events.iter_mut().filter(|event| self.has_wrong_escape && event.status == Status::Ok) {
                    event.status = Status::Malformed;
                }
                Found::Events { events, is_text_left_out: is_text_left_out || outer.is_text_left_out(&outer.others_at) }
            }
            Found::Alone(Status::Heartbeat) => found,
            _ => Found::Alone(Status::Text),
        }
    }
}

/// A scan of a text for objects, and its results.
struct Scan<'t> {
    text: &'t str,
    around: &'t [(String, Json)],
    events: Vec<Event>,
    allowance: Allowance,
    /// The ranges of events in the text.
    events_at: Vec<Range<usize>>,
    /// The ranges of other complete objects.
    others_at: Vec<Range<usize>>,
    /// The outermost objects in the text.
    objects: Vec<Reading>,
    ended_inside_the_last: bool,
}

/// A broken object that is not closed yet.
struct Broken {
    start: usize,
    is_event: bool,
    /// The number of braces that are still open.
    open: usize,
}

impl<'t> Scan<'t> {
    fn of(text: &'t str, length: usize, around: &'t [(String, Json)]) -> Self {
        let mut scan = Self {
            text,
            around,
            events: Vec::new(),
            allowance: Allowance::of(length),
            events_at: Vec::new(),
            others_at: Vec::new(),
            objects: Vec::new(),
            ended_inside_the_last: false,
        };
        scan.scan();
        scan
    }

    fn scan(&mut self) {
        let text = self.text;
        let (mut at, mut broken) = (0, None::<Broken>);
        while let Some(offset) = text[at..].find(['{', '}']) {
            let brace = at + offset;
            at = brace + 1;
            if text[brace..].starts_with('}') {
                if let Some(object) = broken.as_mut() {
                    object.open -= 1;
                }
                if let Some(object) = broken.take_if(|object| object.open == 0) {
                    self.close(&object, at);
                }
                continue;
            }
            let reading = reader::read(text, brace);
            at = at.max(reading.end);
            self.ended_inside_the_last = reading.is_text_over;
            let is_event = self.take_event(&reading.object, &reading, broken.is_some());
            let is_object = reading.fault.is_none() || reading.has_key;
            let cut_message = reading.cut_string.as_ref().filter(|(key, _)| MESSAGE_KEYS.contains(&key.as_str()));
            match cut_message {
                _ if !is_object || reading.fault.is_none() => {}
                _ if !is_event => self.scan_inside(brace + 1, at),
                Some((_, start)) if !has_event_type(&reading.object) => self.scan_inside(*start, at),
                _ => {}
            }
            match reading.fault {
                None if broken.is_none() && is_event => self.events_at.push(brace..at),
                None if broken.is_none() => self.others_at.push(brace..at),
                None => {}
                Some(Fault::Broken) if broken.is_some() => {
                    broken.as_mut().unwrap().open += reading.open;
                }
                Some(Fault::Broken) if is_object => {
                    broken = Some(Broken { start: brace, is_event, open: reading.open });
                }
                Some(Fault::Broken) => {}
                // Another message begins at this offset, or the text ends.
                Some(Fault::Early | Fault::Glued) => {
                    let object = broken.take().unwrap_or(Broken { start: brace, is_event, open: 0 });
                    self.close(&object, at);
                }
            }
            if is_object {
                self.objects.push(reading);
            }
        }
        if let Some(object) = broken {
            self.close(&object, text.len());
        }
    }

    fn close(&mut self, object: &Broken, end: usize) {
        if object.is_event {
            self.events_at.push(object.start..end);
        }
    }

    /// Scans an incomplete object that is not from ESET for objects that are.
    fn scan_inside(&mut self, start: usize, end: usize) {
        let mut at = start;
        while let Some(offset) = self.text[at..end].find('{') {
            let brace = at + offset;
            let reading = reader::read(self.text, brace);
            let is_event = self.take_event(&reading.object, &reading, true);
            // An object that is still open at the break is incomplete, even if it is not nested too deeply when read on
            // its own.
            let is_over = is_event || (reading.fault.is_none() && reading.end <= end);
            at = if is_over { end.min(reading.end.max(brace + 1)) } else { brace + 1 };
        }
    }

    /// Adds an object if it is an event. Inside a broken object an event must have an `event_type`.
    fn take_event(&mut self, object: &Object, reading: &Reading, is_inside: bool) -> bool {
        let flat = flat::flatten(self.around, object, self.allowance);
        let has_known_key = object.members.iter().any(|(key, _)| fields::find(key).is_some());
        if !has_known_key || (is_inside && !has_event_type(object)) {
            return false;
        }
        self.allowance = flat.allowance;
        let status = match reading.fault {
            None if reading.has_wrong_escape => Status::Malformed,
            None => Status::Ok,
            Some(Fault::Broken) => Status::Malformed,
            Some(Fault::Early | Fault::Glued) => Status::Truncated,
        };
        self.events.push(Event { status, fields: flat.fields, additional: flat.additional });
        true
    }

    /// Returns whether text outside the events and the ranges `also_taken` contains a quote, apart from a pair of
    /// quotes around an object.
    fn is_text_left_out(&self, also_taken: &[Range<usize>]) -> bool {
        let mut is_left = vec![true; self.text.len()];
        for taken in self.events_at.iter().chain(also_taken) {
            is_left[taken.clone()].fill(false);
        }
        let bytes = self.text.as_bytes();
        let is_quote = |at: usize, is_left: &[bool]| bytes.get(at) == Some(&b'"') && is_left[at];
        for object in self.events_at.iter().chain(&self.others_at) {
            let before = object.start.wrapping_sub(1);
            if is_quote(before, &is_left) && is_quote(object.end, &is_left) {
                (is_left[before], is_left[object.end]) = (false, false);
            }
        }
        (0..bytes.len()).any(|at| is_quote(at, &is_left))
    }

    fn wrapper(&self) -> Option<Wrapper<'_>> {
        let [Reading { object, fault: None, has_wrong_escape, .. }] = &self.objects[..] else { return None };
        if has_event_type(object) {
            return None;
        }
        let last = |key: &str| object.members.iter().rposition(|(known, _)| known == key);
        let text = |at: &usize| object.members[*at].1.text().filter(|text| !trim(text).is_empty()).is_some();
        let at = MESSAGE_KEYS.into_iter().filter_map(last).find(text)?;
        let (key, message) = &object.members[at];
        let around = object.members.iter().filter(|(other, _)| other != key).cloned().collect();
        Some(Wrapper { message: message.text()?, around, has_wrong_escape: *has_wrong_escape })
    }
}

/// Returns whether an object has an `event_type` that is not empty.
fn has_event_type(object: &Object) -> bool {
    let flat = flat::flatten(&[], object, Allowance::of(0));
    flat.fields.iter().any(|(name, _)| name == "event_type")
}
