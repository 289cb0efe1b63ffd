//! JSON: the objects in a payload, one after another.

use alloc::vec::Vec;

use super::unescaped::Unescaped;
use super::wrapper::{self, Wrapper};
use crate::fields::{Allowance, Collected, Place, Sent};
use crate::json::{self, Break, KnownKeys, Nested, Outcome, Span, Value, Visitor};
use crate::limits::MAX_NAMES;
use crate::schema::EVENT_TYPE;
use crate::status::Status;
use crate::syslog::{self, Envelope};

/// Reads the objects of a payload, one after another, in one pass over the text.
///
/// An object is an event if at least one of its members is complete and has a key of the schema. Anything inside the
/// braces of a broken object is part of that object, except an object with an `event_type`. All other text is skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Objects {
    start: usize,
    at: usize,
    end: usize,
    /// The number of braces of a broken object that are still open.
    inside: u32,
    /// The search inside such an object, set while `at` is before its break.
    search: Option<Search>,
    /// Whether no brace has been read yet.
    is_first: bool,
    /// Whether there has been no object yet, so that the first one may wrap the message.
    may_wrap: bool,
    /// The status of a message without an event, until an event is found.
    without_event: Option<Status>,
    /// The brace of the event read last, or else the first brace.
    brace: usize,
    /// Whether that event, or the wrapper, is in the unescaped text.
    is_unescaped: bool,
    /// The start of the text before the next event that has not been checked for fragments of events.
    beside: usize,
    /// Whether text outside the events may be a fragment of one.
    leaves_out: bool,
    /// Whether there is a quote directly before the object that is still open.
    is_quoted: bool,
    /// The allowance for flattening further events.
    allowance: Allowance,
    /// Whether the object read last exceeded the allowance.
    exceeded: bool,
    /// The number of bytes of names still allowed, including the wrapper's names in the next event.
    names_left: usize,
    /// The number of bytes of the wrapper's names.
    outer_names: usize,
    /// Whether the wrapper's members are no longer flattened.
    is_outer_text: bool,
    /// The number of bytes that may still be read ahead for objects that are too deep.
    ahead: usize,
}

/// The texts and buffers that the objects of a message are read with.
pub(crate) struct Texts<'t> {
    pub(crate) message: &'t str,
    pub(crate) unescaped: &'t mut Unescaped,
    /// The braces that are open at the break of the object that is searched, its own first, as offsets in its text.
    pub(crate) open: &'t mut Vec<usize>,
    pub(crate) scratch: &'t mut Vec<u8>,
}

/// A search for events inside a broken object that has no `event_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Search {
    /// The offset of the break, where reading continues after the search.
    end: usize,
    /// The number of braces that are open after the break.
    inside: u32,
    /// The object in which open objects are entered: the offsets of its brace and its break in the message.
    brace: usize,
    broken_at: usize,
    /// The same offsets in the text that contains the object.
    object: (usize, usize),
    /// Whether that object is escaped once too often.
    is_escaped: bool,
    /// A bit for each object in [`Texts::open`], set if it has an `event_type` after the break. These objects are
    /// nested too deeply, and continue after the break.
    go_on: u64,
    /// The number of objects in [`Texts::open`] that have been entered.
    entered: usize,
    /// The end of the nested object that is also searched, because it broke earlier. Objects that break inside it are
    /// not searched, because each search reads the text again.
    until: usize,
}

impl Search {
    /// Returns the text that contains the object.
    fn text<'t>(&self, message: &'t str, unescaped: &'t Unescaped) -> &'t str {
        if self.is_escaped { unescaped.text() } else { message }
    }
}

/// The result of [`Objects::next`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An event, which has been collected.
    Event(Status),
    /// The message contains no event.
    Nothing(Status),
    /// An object that wraps a message, which is in [`Texts::scratch`].
    Wrapper(Wrapper),
}

impl Objects {
    /// Creates a reader. `start` and `end` are the offsets of the payload, `brace` is the offset of the first brace in
    /// it, and `length` is the length of the message in bytes.
    #[inline]
    pub(crate) fn new(start: usize, brace: usize, end: usize, length: usize) -> Self {
        Self {
            start,
            at: brace,
            end,
            inside: 0,
            search: None,
            is_first: true,
            may_wrap: true,
            without_event: Some(Status::Text),
            brace,
            is_unescaped: false,
            beside: start,
            leaves_out: false,
            is_quoted: false,
            allowance: Allowance::of_names(MAX_NAMES.saturating_mul(length)),
            exceeded: false,
            names_left: MAX_NAMES.saturating_mul(length),
            outer_names: 0,
            is_outer_text: false,
            ahead: MAX_AHEAD + length,
        }
    }

    /// Creates a reader without objects, for a message of `length` bytes that is not JSON.
    pub(crate) fn none(length: usize) -> Self {
        Self::new(0, 0, 0, length)
    }

    /// Reads the members of a wrapper in the form that the next event carries, unless they already have that form.
    /// `is_first` is true before the first event.
    #[cold]
    pub(crate) fn read_wrapper(&mut self, wrapper: Wrapper, text: &str, members: &mut Collected, is_first: bool) {
        self.may_wrap = false;
        let fits = self.allowance.objects > 0 && self.outer_names <= self.names_left;
        if !is_first && (fits || self.is_outer_text) {
            return;
        }
        let allowance = Allowance { names: self.names_left, ..self.allowance };
        self.is_outer_text = allowance.objects == 0;
        if wrapper.read(text, allowance, members) {
            self.allowance.objects = 0;
        }
        self.outer_names = members.names();
        self.allowance.names = self.names_left.saturating_sub(self.outer_names);
    }

    /// Collects the members of the next event. Returns `None` after the last one.
    pub(crate) fn next(&mut self, texts: &mut Texts<'_>, collected: &mut Collected) -> Option<Found> {
        let text = texts.message.get(..self.end)?;
        loop {
            let Some(brace) = self.next_brace(text) else {
                if self.leave(text) {
                    continue;
                }
                self.leave_out_rest(text);
                collected.clear();
                return self.without_event.take().map(Found::Nothing);
            };
            if self.search.is_some() && self.enters(text, brace, texts, collected) {
                continue;
            }
            let was_inside = self.inside > 0 || self.search.is_some();
            self.is_unescaped = false;
            let mut outcome = self.read(text, brace, collected);
            if outcome.stopped.is_some() && opens_escaped(text, brace) {
                outcome = self.read_escaped(text, brace, texts.unescaped, collected);
            }
            self.move_past(&outcome, brace);
            let is_esets = collected.has(EVENT_TYPE);
            if !is_esets
                && self.may_wrap
                && outcome.stopped.is_none()
                && let Some(wrapper) = self.wrapper(texts, brace, collected)
            {
                return Some(Found::Wrapper(wrapper));
            }
            let is_event = is_esets || (!was_inside && collected.is_event());
            let status = status(&outcome, collected);
            if is_event {
                self.names_left = self.names_left.saturating_sub(collected.names() + self.outer_names);
                self.allowance.names = self.names_left.saturating_sub(self.outer_names);
                self.take(text, brace, was_inside, outcome.stopped == Some(Break::Broken));
                collected.origins.set_object(brace, outcome.stopped.is_none());
            } else {
                self.skip(text, brace, was_inside, &outcome);
            }
            if !is_esets && outcome.stopped.is_some() {
                self.search_inside(text, brace, &outcome, is_event);
            }
            self.may_wrap &= !outcome.is_object;
            if is_event {
                return Some(Found::Event(status));
            }
        }
    }

    /// Accepts the object read last as an event.
    #[inline]
    fn take(&mut self, text: &str, brace: usize, was_inside: bool, is_open: bool) {
        if was_inside {
            self.beside = self.at;
        } else {
            self.leave_out_before(text, brace, is_open);
        }
        self.brace = brace;
        self.without_event = None;
        if self.exceeded {
            self.allowance.objects = 0;
        }
    }

    /// Skips the object read last, which is not an event.
    #[cold]
    fn skip(&mut self, text: &str, brace: usize, was_inside: bool, outcome: &Outcome) {
        if !was_inside {
            if outcome.stopped.is_none() {
                self.leave_out_before(text, brace, false);
            }
            self.leaves_out |= text.get(brace..self.at).is_some_and(has_quote);
        }
        if self.search.is_none() {
            let is_cut = outcome.stopped == Some(Break::Early) && self.at == self.end;
            let status = if is_cut { Status::Truncated } else { Status::Text };
            self.without_event = self.without_event.map(|_| status);
        }
    }

    /// Returns the object read last, which is complete, as a wrapper if it is the only object and wraps a message.
    #[cold]
    fn wrapper(&mut self, texts: &mut Texts<'_>, brace: usize, collected: &Collected) -> Option<Wrapper> {
        let text = texts.message.get(..self.end)?;
        if contains_object(text, self.at, texts.unescaped) {
            return None;
        }
        let (start, object) = match self.is_unescaped {
            true => (texts.unescaped.find(text, brace), texts.unescaped.text()),
            false => (brace, text),
        };
        let key = wrapper::message_key(object, collected, texts.scratch)?;
        self.leave_out_before(text, brace, false);
        self.leave_out_rest(text);
        self.brace = brace;
        Some(Wrapper {
            #[cfg(feature = "places")]
            in_message: brace,
            brace: start,
            key,
        })
    }

    /// Continues inside the broken object at `brace`, which has no `event_type`. If the object is not an event, reading
    /// continues after its brace. If it is an event, reading continues at an object that is escaped once too often in
    /// the string in which the event ends, if there is one.
    #[cold]
    fn search_inside(&mut self, text: &str, brace: usize, outcome: &Outcome, is_event: bool) {
        let start = match is_event {
            true if outcome.stopped == Some(Break::Early) && !self.is_unescaped => find_in_cut_message(text, brace),
            false if outcome.is_object => Some(brace + 1),
            _ => None,
        };
        let Some(start) = start else { return };
        let (end, inside) = (self.at, self.inside);
        let is_escaped = self.is_unescaped;
        let object = (brace, end);
        let search =
            Search { end, inside, brace, broken_at: end, object, is_escaped, go_on: 0, entered: 0, until: start };
        let next = match self.search {
            None => search,
            Some(outer) if is_escaped && (!outer.is_escaped || brace >= outer.until) => {
                Search { end: outer.end, inside: outer.inside, until: end, ..search }
            }
            Some(outer) if brace >= outer.until => Search { until: end, ..outer },
            Some(_) => return,
        };
        (self.at, self.inside, self.search) = (start, 0, Some(next));
    }

    /// Continues after the brace of an object that is open where the object around it breaks, unless the inner object
    /// is an event. Returns whether the inner object is entered.
    #[cold]
    fn enters(&mut self, text: &str, brace: usize, texts: &mut Texts<'_>, collected: &mut Collected) -> bool {
        let Texts { unescaped, open, .. } = texts;
        // An escaped object breaks the object around it, which is not escaped, but is not broken itself.
        let is_open = |search: &Search| brace < search.broken_at && (search.is_escaped || !opens_escaped(text, brace));
        let Some(search) = self.search.as_mut().filter(|search| is_open(search)) else { return false };
        if search.entered == 0 || open.first() != Some(&search.object.0) {
            if search.is_escaped {
                search.object = unescaped.object(text, search.brace, search.broken_at);
            }
            let (object, (start, end)) = (search.text(text, unescaped), search.object);
            open.clear();
            json::open_braces(&object.as_bytes()[..end], start, open);
            search.go_on = json::with_later_member(object.as_bytes(), start, end, EVENT_KEY, &mut self.ahead);
            search.entered = search.entered.max(1);
        }
        let start = if search.is_escaped { unescaped.find(text, brace) } else { brace };
        if open.get(search.entered) != Some(&start) {
            return false;
        }
        let goes_on = search.go_on >> search.entered & 1 == 1 && self.ahead > 0;
        search.entered += 1;
        let (object, next) = (search.text(text, unescaped), open.get(search.entered).copied());
        let object_end = search.object.1 + 1;
        // All open objects break at the same offset, so the member that contains the next one is incomplete. A member
        // before that is complete only if a comma follows it.
        let before = if goes_on { None } else { object.get(..next.unwrap_or(object_end)) };
        let has_member = |before: &str| json::find_byte(&before.as_bytes()[start..], b',').is_some();
        let enters = (next.is_some() && before.is_some_and(|before| !has_member(before))) || {
            let end = self.collect(before.unwrap_or(object), start, collected).end;
            self.ahead = self.ahead.saturating_sub(if goes_on { end - start } else { 0 });
            !collected.has(EVENT_TYPE)
        };
        if enters {
            self.at = brace + 1;
        }
        enters
    }

    /// Continues after an object that was searched, or after an event inside it that ends later. Returns whether there
    /// was a search.
    fn leave(&mut self, text: &str) -> bool {
        let Some(Search { end, inside, go_on, .. }) = self.search.take() else { return false };
        (self.at, self.inside) = match text.as_bytes().get(end..self.at) {
            Some(after) if go_on > 0 => (self.at, json::open_objects(after, inside)),
            _ => (end, inside),
        };
        true
    }

    /// Returns whether there may be another event. If not, all of the message has been checked for text that is left
    /// out.
    #[inline]
    pub(crate) fn may_go_on(&mut self, message: &str) -> bool {
        self.at < self.end && self.may_go_on_from(message)
    }

    #[cold]
    fn may_go_on_from(&mut self, message: &str) -> bool {
        let Some(text) = message.get(..self.end) else { return false };
        let may_go_on = json::find_byte(&text.as_bytes()[self.at..], b'{').is_some();
        if !may_go_on {
            self.leave_out_rest(text);
        }
        may_go_on
    }

    /// Returns the brace of the event read last, or else of the first object, if there is text between the envelope and
    /// the brace.
    #[inline]
    pub(crate) fn brace_after_text(&self) -> Option<usize> {
        (self.brace > self.start).then_some(self.brace)
    }

    /// Returns whether the event read last, or the wrapper, is in the unescaped text.
    #[inline]
    pub(crate) fn is_unescaped(&self) -> bool {
        self.is_unescaped
    }

    /// Returns whether text outside the events, as far as it has been checked, may be a fragment of one.
    pub(crate) fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    /// Checks the text before the object read last, which opens at `brace`. `is_open` says whether further braces of
    /// the object may follow.
    #[inline(never)]
    fn leave_out_before(&mut self, text: &str, brace: usize, is_open: bool) {
        let beside = self.beside;
        self.beside = self.at;
        if beside < brace {
            self.leave_out(text, beside, brace, is_open);
        }
    }

    /// Checks the text from `beside` to `brace`. A pair of quotes around the object is not left-out text, nor is a
    /// header directly before it.
    #[cold]
    fn leave_out(&mut self, text: &str, beside: usize, brace: usize, is_open: bool) {
        let before = text.get(beside..=brace).unwrap_or_default();
        self.is_quoted = before.ends_with("\"{");
        let mut end = brace - usize::from(self.is_quoted);
        if has_quote(before)
            && let Some((header, _)) = syslog::parse_before_brace(before, Envelope::default())
        {
            end = beside + header;
        }
        self.leaves_out |= text.get(beside..end).is_some_and(has_quote);
        if !is_open {
            self.close_quote(text.as_bytes().get(self.at));
        }
    }

    /// Checks for the quote after an object that has a quote before it. `next` is the byte after the object.
    #[cold]
    fn close_quote(&mut self, next: Option<&u8>) {
        if core::mem::take(&mut self.is_quoted) {
            match next {
                Some(b'"') => self.beside += 1,
                _ => self.leaves_out = true,
            }
        }
    }

    /// Checks the text after the last event.
    #[cold]
    fn leave_out_rest(&mut self, text: &str) {
        self.leaves_out |= self.is_quoted || (self.inside == 0 && text.get(self.beside..).is_some_and(has_quote));
    }

    #[inline]
    fn next_brace(&mut self, text: &str) -> Option<usize> {
        if self.is_first {
            return Some(self.at);
        }
        let rest = text.as_bytes().get(self.at..)?;
        if self.inside == 0 {
            let brace = self.at + json::find_byte(rest, b'{')?;
            return Some(brace).filter(|brace| self.search.is_none_or(|search| *brace < search.end));
        }
        self.next_brace_inside(rest)
    }

    #[cold]
    fn next_brace_inside(&mut self, rest: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            at += json::find_either::<b'{', b'}'>(&rest[at..]);
            if *rest.get(at)? == b'{' {
                return Some(self.at + at);
            }
            at += 1;
            if self.inside > 0 {
                self.inside -= 1;
                self.beside = self.at + at;
                if self.inside == 0 {
                    self.close_quote(rest.get(at));
                }
            }
        }
    }

    /// Reads the object that opens at `brace`. In nearly every message, the first brace opens an event.
    #[inline(always)]
    fn read(&mut self, text: &str, brace: usize, collected: &mut Collected) -> Outcome {
        if !core::mem::replace(&mut self.is_first, false) {
            return self.read_further(text, brace, collected);
        }
        collected.start(self.allowance);
        let outcome = json::read_object(text, brace, collected);
        if outcome.stopped == Some(Break::Glued) || collected.is_void(text) {
            return self.collect(text, brace, collected);
        }
        collected.settle(outcome.end - brace);
        outcome
    }

    /// Behaves like [`Objects::read`], for braces after the first. Any text may contain any number of braces, so
    /// braces that do not open an object are skipped early.
    #[inline(never)]
    fn read_further(&mut self, text: &str, brace: usize, collected: &mut Collected) -> Outcome {
        match json::break_before_members(text, brace) {
            Some(outcome) => {
                collected.clear();
                outcome
            }
            None => self.collect(text, brace, collected),
        }
    }

    /// Reads the object that opens at `brace` and is escaped once too often.
    #[cold]
    fn read_escaped(
        &mut self,
        text: &str,
        brace: usize,
        unescaped: &mut Unescaped,
        collected: &mut Collected,
    ) -> Outcome {
        self.is_unescaped = true;
        let start = unescaped.find(text, brace);
        let outcome = self.read_further(unescaped.text(), start, collected);
        collected.origins.set_resolved(start);
        Outcome { end: unescaped.in_message(text, outcome.end), ..outcome }
    }

    /// Moves past the object read from `brace`.
    #[inline]
    fn move_past(&mut self, outcome: &Outcome, brace: usize) {
        self.at = outcome.end.max(brace + 1);
        match outcome.stopped {
            None => {}
            Some(_) if self.search.is_some() => {}
            // Inside a broken object, a brace that does not open an object must still be closed.
            Some(Break::Broken) => self.inside += if self.inside > 0 { outcome.open.max(1) } else { outcome.open },
            Some(Break::Early | Break::Glued) if self.inside > 0 => {
                self.inside = 0;
                self.beside = self.at;
                self.close_quote(None);
            }
            Some(Break::Early | Break::Glued) => {}
        }
    }

    /// Collects the object that opens at `brace`. If another object is glued to it, collects only up to that object.
    #[inline(never)]
    fn collect(&mut self, text: &str, brace: usize, collected: &mut Collected) -> Outcome {
        let outcome = self.collect_within_allowance(text, brace, collected);
        if outcome.stopped != Some(Break::Glued) {
            return outcome;
        }
        let cut = text.get(..outcome.end).unwrap_or_default();
        let cut = self.collect_within_allowance(cut, brace, collected);
        Outcome { stopped: Some(Break::Glued), ..cut }
    }

    fn collect_within_allowance(&mut self, text: &str, brace: usize, collected: &mut Collected) -> Outcome {
        collected.start(self.allowance);
        let mut outcome = json::read_object(text, brace, collected);
        let exceeded = collected.exceeded();
        self.exceeded = exceeded.is_some();
        if let Some(allowance) = exceeded {
            collected.start(allowance);
            outcome = json::read_object(text, brace, collected);
        }
        if collected.has_misfit_guid(text) {
            collected.start_strictly();
            outcome = json::read_object(text, brace, collected);
        }
        collected.settle(outcome.end - brace);
        outcome
    }
}

/// The maximum number of bytes read ahead, in addition to the length of the message.
const MAX_AHEAD: usize = 1024;

/// The key of the member that makes an object an event wherever the object occurs.
const EVENT_KEY: &[u8] = b"\"event_type\"";

/// Returns the status of an event.
#[inline]
fn status(outcome: &Outcome, collected: &Collected) -> Status {
    match outcome.stopped {
        None if !collected.has_wrong_escapes() => Status::Ok,
        None | Some(Break::Broken) => Status::Malformed,
        Some(Break::Early | Break::Glued) => Status::Truncated,
    }
}

/// Returns the offset of the first brace from `at` on.
fn next_brace(text: &str, at: usize) -> Option<usize> {
    json::find_byte(text.as_bytes().get(at..)?, b'{').map(|offset| at + offset)
}

/// Returns whether an object with a key, or an empty object, opens from `at` on.
#[cold]
fn contains_object(message: &str, mut at: usize, unescaped: &mut Unescaped) -> bool {
    while let Some(brace) = next_brace(message, at) {
        let is_escaped = opens_escaped(message, brace);
        let (text, start) = match is_escaped {
            true => {
                let start = unescaped.find(message, brace);
                (unescaped.text(), start)
            }
            false => (message, brace),
        };
        let Some(Outcome { end, .. }) = json::break_before_members(text, start) else { return true };
        let end = if is_escaped { unescaped.in_message(message, end) } else { end };
        at = end.max(brace + 1);
    }
    false
}

/// Returns whether an object that is escaped once too often opens at `brace`.
fn opens_escaped(text: &str, brace: usize) -> bool {
    let bytes = text.as_bytes();
    let key = json::skip_whitespace(bytes, brace + 1);
    bytes.get(key..).is_some_and(|key| key.starts_with(b"\\\""))
}

/// Returns the first object that is escaped once too often in a wrapped message, if the object at `brace` wraps the
/// message and is cut inside it.
#[cold]
fn find_in_cut_message(text: &str, brace: usize) -> Option<usize> {
    let mut at = brace + 1;
    loop {
        let found = next_brace(text, at)?;
        at = found + 1;
        if opens_escaped(text, found) {
            match json::plain_string(text.as_bytes(), at) {
                Ok((_, end)) => at = end,
                Err(_) if json::open_objects(&text.as_bytes()[brace..], 0) > 1 => return None,
                Err(_) => return wrapper::is_message(text, found).then_some(found),
            }
        }
    }
}

/// Returns whether the text contains a quote, in which case it may be a fragment of JSON.
#[inline(never)]
fn has_quote(text: &str) -> bool {
    json::find_byte(text.as_bytes(), b'"').is_some()
}

impl Visitor for Collected {
    type Place = Place;

    fn string(&mut self, text: &str, key: Place, value: Place) {
        self.member(text, key, Sent::Text(value));
    }

    fn value(&mut self, text: &str, key: Place, value: Value) {
        self.member(text, key, Sent::Value(value));
    }

    fn nested(&mut self, text: &str, key: Place) -> Nested {
        self.enter(text, key)
    }

    fn leave(&mut self) {
        self.leave();
    }

    #[inline(always)]
    fn known_keys(&self) -> Option<&'static KnownKeys> {
        self.known_keys()
    }

    #[inline(always)]
    fn known_plain_string(&mut self, text: &str, key: usize, value: Span) {
        self.known_text(text, key, value.into());
    }

    #[inline(always)]
    fn known_string(&mut self, text: &str, key: usize, value: Place) {
        self.known_text(text, key, value);
    }

    #[inline(always)]
    fn known_scalar(&mut self, text: &str, key: usize, value: Value) {
        self.known_value(text, key, value);
    }

    fn damaged(&mut self, string: Span) {
        self.note_damage(string);
    }

    fn resolve(&mut self, text: &[u8], start: usize) -> Option<(Place, usize)> {
        self.resolve(text, start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a payload. Returns the status and number of fields of each result, and whether text is left out.
    fn read(payload: &str) -> (Vec<(Status, usize)>, bool) {
        let (mut unescaped, mut scratch) = (Unescaped::default(), Vec::new());
        let mut open = Vec::new();
        let (unescaped, scratch) = (&mut unescaped, &mut scratch);
        let mut texts = Texts { message: payload, unescaped, open: &mut open, scratch };
        let brace = payload.find('{').unwrap_or_default();
        let mut objects = Objects::new(0, brace, payload.len(), payload.len());
        let (mut collected, mut results) = (Collected::new(), Vec::new());
        while let Some(found) = objects.next(&mut texts, &mut collected) {
            match found {
                Found::Event(status) | Found::Nothing(status) => results.push((status, collected.field_count())),
                Found::Wrapper(_) => return (results, objects.leaves_out()),
            }
        }
        (results, objects.leaves_out())
    }

    #[test]
    fn objects_of_a_payload() {
        use Status::{Malformed, Ok, Text, Truncated};
        let cases: &[(&str, &[(Status, usize)])] = &[
            (r#"{"user":"a"}"#, &[(Ok, 1)]),
            (r#"{"user":"a"} and {"hash":"b","user":"c"}"#, &[(Ok, 1), (Ok, 2)]),
            (r#"{eth0} {"user":"a"}"#, &[(Ok, 1)]),
            (r#"{"user":""}"#, &[(Ok, 0)]),
            (r#"{"user":{"a":1}}"#, &[(Ok, 0)]),
            (r#"{"user":{"a":1"#, &[(Truncated, 0)]),
            ("{}", &[(Text, 0)]),
            ("{", &[(Truncated, 0)]),
            ("{eth0}", &[(Text, 0)]),
            (r#"{"a":{"user":"b"}}"#, &[(Text, 0)]),
            (r#"{"a":"b","user":"c"#, &[(Truncated, 0)]),
            (r#"{"a":"x{"b":1}"#, &[(Text, 0)]),
            (r#"{"a":1 x {"user":"b"}} {"user":"c"}"#, &[(Ok, 1)]),
            (r#"{"a":1 x {"event_type":"A"}}"#, &[(Ok, 1)]),
            (r#"{"user":"a","hash":"b"#, &[(Truncated, 1)]),
            (r#"{"user":"a","hash":}"#, &[(Malformed, 1)]),
            ("{\"user\":\"a\tb\\n\n\"}", &[(Ok, 1)]),
            (r#"{"user":"C:\Data","hash":"\u12"}"#, &[(Malformed, 2)]),
            (r#"{"user":"a","a":["\x"]}"#, &[(Malformed, 1)]),
            (r#"{"user":"a","a\x":1}"#, &[(Malformed, 1)]),
            (r#"{"user":"\x","a":{"b":1"#, &[(Truncated, 1)]),
            (r#"{"user":"a","hash":"\u12"#, &[(Truncated, 1)]),
            (r#"{\"user\":\"a\",\"hash\":\"C:\\\\x\"}"#, &[(Ok, 2)]),
            (r#"["{ \"user\":\"a\"}","{\"user\":\"b\"} {\"user\":\"c\"}"]"#, &[(Ok, 1), (Ok, 1), (Ok, 1)]),
            (r#"{\"user\":\"a\"}{"user":"b"}"#, &[(Ok, 1), (Ok, 1)]),
            (r#"{\"user\":\"a\",\"hash\":\"b{"user":"b"}"#, &[(Truncated, 1), (Ok, 1)]),
            (r#"{\"user\":\"C:\Data\"}"#, &[(Malformed, 1)]),
            (r#"{\"user\":\"a\",\"hash\":\"b"#, &[(Truncated, 1)]),
            (r#""{\"user\":\"a\",\"hash\":\"b""#, &[(Truncated, 1)]),
            (r#"{\"user\":\"a\",\"hash\":"b\"}"#, &[(Truncated, 1)]),
            (r#"{\\\"user\\\":\\\"a\\\"}"#, &[(Text, 0)]),
            (r#"{"host":"a","message":"{\"event_type\":\"A\"}"#, &[(Ok, 1)]),
            (r#"{"host":"a","message":"{\"user\":\"A\"}"#, &[(Truncated, 0)]),
            (r#"{"host":"a","message":"{\"event_type\":\"A\",\"user\":\"b\",\"x"#, &[(Truncated, 2)]),
            (r#"{"hostname":"a","message":"{\"event_type\":\"A\"}"#, &[(Truncated, 1), (Ok, 1)]),
            (r#"{"host":"a","x":"{\"a\"}","message":"{\"event_type\":\"A\"}","y":1"#, &[(Ok, 1)]),
            (r#"{"hostname":"a","message":"{\"event_type\":\"A\"}","x":1"#, &[(Truncated, 1)]),
            (r#"{"hostname":"a","log" : "\"x\" {\"event_type\":\"A\"}"#, &[(Truncated, 1), (Ok, 1)]),
            (r#"{"hostname":"a","text":"{\"event_type\":\"A\"}"#, &[(Truncated, 1)]),
            (r#"{"hostname":"a","x":[{"message":"{\"event_type\":\"A\"}"#, &[(Truncated, 1)]),
            (r#"{"a":{"event_type":"A"},"b":{"user":"b"},"c":[{"event_type":"C"},{"event_ty"#, &[(Ok, 1), (Ok, 1)]),
            (r#"{"a":{"b":{"event_type":"A"}},"c":{"d":{"event_type":"B","x":{"y":oops"#, &[(Malformed, 1)]),
            (r#"{"a":{"event_type":"A"},"b":oops {"user":"c"}} {"user":"d"}"#, &[(Ok, 1), (Ok, 1)]),
            (r#"{"event_type":"A","message":"{\"event_type\":\"A\"}"#, &[(Truncated, 1)]),
            (r#"{"user":"a","hash":"{"event_type":"B"}"#, &[(Truncated, 1), (Ok, 1)]),
            (r#"{"user":"a" {"hash":"b"} {"hash":"c"}}"#, &[(Malformed, 1)]),
            (r#"{"user":"a" {"event_type":"B"} {"hash":"c"}}"#, &[(Malformed, 1), (Ok, 1)]),
        ];
        for (payload, expected) in cases {
            assert_eq!(read(payload).0, *expected, "{payload}");
        }
    }

    #[test]
    fn text_that_is_left_out() {
        let cases = [
            (r#"{"user":"a"}"#, false),
            (r#"@cee: [{"user":"a"}, {"user":"b"}]"#, false),
            (r#""{"user":"a"}""#, false),
            (r#""{}" and "{"user":"a"}""#, false),
            (r#""{"user":"a"}"#, true),
            (r#"{"user":"a"}""#, true),
            (r#"{"user":"a"} "" {"user":"b"}"#, true),
            (r#"ser":"a"}{"user":"b"}"#, true),
            (r#"{"user":"a"}{"new":1}"#, true),
            (r#"{"new":1}{"user":"a"}"#, true),
            (r#"{"user":"a"}{"new":1 x}{"user":"b"}"#, true),
            (r#"{"user":"a"}{"user":"b" "c"}"#, false),
            (r#"{"user":"a"}{"user":"b" "c"} "d""#, true),
            (r#"{"user":"a"}"{"user":"b" "c"}""#, false),
            (r#"{"user":"a"}"{"user":"b" "c"} "#, true),
            (r#"{"user":"a"}"{"user":"b" "c""#, true),
            (r#"{"user":"a" "b" {"event_type":"c"} "d""#, false),
            (r#"{"user":"a" "b" {"event_type":"c"} "d"} "e""#, true),
            (r#"{"user":"a" "b" {"event_type":"c","d":"#, false),
            (r#"{\"user\":\"a\"}"#, false),
            (r#""{\"user\":\"a\"}""#, false),
            (r#"{\"user\":\"a\"}""#, true),
            (r#"{\"user\":\"a\"} \"b\""#, true),
            (r#"{"host":"a","message":"{\"event_type\":\"A\"}"#, true),
            (r#"{"message":"b"}"#, false),
            (r#""b" {"message":"b"}"#, true),
        ];
        for (payload, expected) in cases {
            assert_eq!(read(payload).1, expected, "{payload}");
        }
    }
}
