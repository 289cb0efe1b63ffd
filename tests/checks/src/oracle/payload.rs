//! A message's payload: what it is, and the events in it.

use super::Json;
use super::flat::{self, Allowance};
use super::reader::{self, Fault};
use super::{Body, Status};

/// What a body holds.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Heartbeat,
    Text,
    Events(Vec<Event>),
}

/// An event with its fields and additional fields.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) status: Status,
    pub(super) fields: Vec<(String, Json)>,
    pub(super) additional: Vec<(String, Json)>,
}

/// A message without what stands around any body.
pub(super) fn trim(mut message: &str) -> &str {
    const ENDS: [&str; 8] = [" ", "\t", "\r", "\n", "\0", "#015", "#012", "#000"];
    const STARTS: [&str; 8] = [" ", "\t", "\r", "\n", "\0", "\u{FEFF}", "ï»¿", "ÿþ"];
    while let Some(text) = ENDS.iter().find_map(|end| message.strip_suffix(end)) {
        message = text;
    }
    while let Some(text) = STARTS.iter().find_map(|start| message.strip_prefix(start)) {
        message = text;
    }
    message
}

/// Reads the body of a message that has so many bytes.
pub(super) fn read(body: Body<'_>, length: usize) -> Found {
    match body.text {
        text if text.contains('{') => Found::Events(events(text, length)),
        "HEARTBEAT" => Found::Heartbeat,
        "" if !body.has_header => Found::Nothing,
        _ => Found::Text,
    }
}

fn events(text: &str, length: usize) -> Vec<Event> {
    let mut events = Vec::new();
    let mut allowance = Allowance::of(length);
    let mut at = 0;
    // How many braces are still to close of an object that broke.
    let mut inside = 0_usize;
    let mut ended_inside_the_last = false;
    while let Some(offset) = text[at..].find(['{', '}']) {
        let brace = at + offset;
        at = brace + 1;
        if text[brace..].starts_with('}') {
            inside = inside.saturating_sub(1);
            continue;
        }
        let reading = reader::read(text, brace);
        at = at.max(reading.end);
        ended_inside_the_last = reading.fault == Some(Fault::Early);
        let flat = flat::flatten(&reading.object, allowance);
        // Inside of another object that broke it takes an `event_type`.
        let has_event_type = flat.fields.iter().any(|(name, _)| name == "event_type");
        if (reading.fault.is_none() || flat.any) && (inside == 0 || has_event_type) {
            allowance = flat.allowance;
            events.push(Event { status: status(reading.fault), fields: flat.fields, additional: flat.additional });
        }
        inside = match reading.fault {
            None => inside,
            Some(Fault::Broken) if inside > 0 || reading.has_key => inside + reading.open,
            Some(Fault::Broken) => inside,
            // Another message begins there.
            Some(Fault::Early | Fault::Glued) => 0,
        };
    }
    if events.is_empty() {
        let status = if ended_inside_the_last { Status::Truncated } else { Status::Malformed };
        events.push(Event { status, fields: Vec::new(), additional: Vec::new() });
    }
    events
}

fn status(fault: Option<Fault>) -> Status {
    match fault {
        None => Status::Ok,
        Some(Fault::Broken) => Status::Malformed,
        Some(Fault::Early | Fault::Glued) => Status::Truncated,
    }
}
