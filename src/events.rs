//! The events of one message, one at a time, within the bounds of [`crate::bounds`].

use alloc::string::String;
use alloc::vec::Vec;

use crate::bounds::{self, Room, Size};
use crate::encode;
use crate::event::{Event, Frame};
use crate::fields::Collected;
use crate::options::{Heartbeats, Options, Raw, SyslogFields};
use crate::payload::{self, Formatted, Found, Objects, Pair, Payload, Texts, Unescaped, Wrapper};
#[cfg(feature = "places")]
use crate::places::Around;
use crate::status::Status;
use crate::syslog::{self, Envelope};

/// The events of one message. This is not an `Iterator`, because an event must be dropped before the next one is
/// requested.
///
/// ```
/// use eset_filter::{Filter, Options};
///
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.parse(br#"{"user":"ann"} {"user":"bob"}"#);
/// let mut count = 0;
/// while let Some(event) = events.next() {
///     assert!(event.emits("user"));
///     count += 1;
/// }
/// assert_eq!(count, 2);
/// ```
#[derive(Debug)]
pub struct Events<'f> {
    options: &'f Options,
    pub(crate) memory: &'f mut Memory,
    /// The buffer for a wrapped message. `None` once one has been unwrapped into it.
    wrapped: Option<&'f mut String>,
    pub(crate) frame: Frame<'f>,
    left: Left<'f>,
    /// The index in [`Memory::collected`] of the current event.
    pub(crate) current: usize,
    /// The room left for records, if there are several.
    room: Room,
    /// The maximum total size of all records, in bytes.
    most: usize,
    /// The growth of the last record that fits, which gets the status `multiple` and `raw_message`.
    growth: Option<Size>,
    /// Whether an event has carried `raw_message`. If every event did, the output could grow with the square of the
    /// message's length.
    has_raw: bool,
    /// Whether text was left out that may be part of an event.
    leaves_out: bool,
    /// The object around the message.
    pub(crate) wrapper: Option<Wrapper>,
    /// Whether the wrapper's members refer to the unescaped text.
    pub(crate) is_wrapper_unescaped: bool,
    /// The length of the message as it was received, in bytes.
    length: usize,
    small: usize,
    /// The data that the places of all events share. `None` until places are requested.
    #[cfg(feature = "places")]
    pub(crate) around: Option<Around>,
}

/// The buffers that a filter keeps from message to message.
#[derive(Debug)]
pub(crate) struct Memory {
    /// The unread part of the payload, if [`Left`] says that there may be more objects.
    objects: Objects,
    /// The current event and the next one.
    pub(crate) collected: [Collected; 2],
    /// The buffer that records are written to in order to measure them.
    scratch: Vec<u8>,
    /// The members of the object around the message.
    wrapper: Collected,
    /// The parts of the message that were escaped once too often, unescaped.
    pub(crate) unescaped: Unescaped,
    /// The braces that are open where an object breaks off.
    open: Vec<usize>,
    /// The pairs of an event that is not JSON.
    pairs: Vec<Pair>,
}

/// The part of a message that has not been read yet.
#[derive(Clone, Copy, Debug)]
enum Left<'f> {
    /// The whole message.
    Message,
    Nothing,
    /// An event without members.
    One(Status),
    Notification,
    /// An event in CEF or LEEF.
    Formatted(Formatted),
    Objects,
    /// An event that has been collected and fits, and possibly more objects.
    Collected(Draft<'f>, Size),
}

/// The parts of an event apart from its members.
#[derive(Clone, Copy, Debug)]
struct Draft<'f> {
    status: Status,
    raw: Option<&'f str>,
    /// Whether its members refer to the unescaped text.
    is_unescaped: bool,
    /// Whether something was cut from it to keep it within a size limit.
    is_cut: bool,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            objects: Objects::default(),
            collected: [Collected::new(), Collected::new()],
            scratch: Vec::new(),
            wrapper: Collected::new(),
            unescaped: Unescaped::default(),
            open: Vec::new(),
            pairs: Vec::new(),
        }
    }

    /// Returns the objects, the texts that they are read from, and the collected event that they are read into.
    fn texts<'t>(&'t mut self, message: &'t str, place: usize) -> (&'t mut Objects, Texts<'t>, &'t mut Collected) {
        let Self { objects, collected, scratch, unescaped, open, .. } = self;
        (objects, Texts { message, unescaped, open, scratch }, &mut collected[place])
    }

    /// Reads the next event of the payload into `collected[place]`.
    fn next(&mut self, message: &str, place: usize) -> Option<Found> {
        let (objects, mut texts, collected) = self.texts(message, place);
        objects.next(&mut texts, collected)
    }
}

impl<'f> Events<'f> {
    /// Creates the events of a message. `text` is the message, and `length` is its length as it was received, in bytes.
    pub(crate) fn new(
        options: &'f Options,
        small: usize,
        memory: &'f mut Memory,
        wrapped: &'f mut String,
        text: &'f str,
        length: usize,
    ) -> Self {
        let with_syslog = options.syslog_fields == SyslogFields::All;
        let most = bounds::most(length);
        Self {
            options,
            memory,
            wrapped: Some(wrapped),
            frame: Frame { message: text, text, envelope: Envelope::default(), with_syslog, format: None },
            left: Left::Message,
            current: 0,
            room: Room::of(most),
            most,
            growth: None,
            has_raw: false,
            leaves_out: false,
            wrapper: None,
            is_wrapper_unescaped: false,
            length,
            small,
            #[cfg(feature = "places")]
            around: None,
        }
    }

    /// Recognises the payload after the envelope.
    #[inline(never)]
    fn begin(&mut self) {
        let Frame { text, envelope, .. } = &self.frame;
        self.left = match Payload::of(envelope, text) {
            Payload::Json { start, brace, end } => {
                self.memory.objects = Objects::new(start, brace, end, self.length);
                Left::Objects
            }
            Payload::Formatted(formatted) => Left::Formatted(formatted),
            Payload::Notification => Left::Notification,
            Payload::Heartbeat if self.options.heartbeats == Heartbeats::Keep => Left::One(Status::Heartbeat),
            Payload::Text if envelope.present || !envelope.body.is_empty() => Left::One(Status::Text),
            Payload::Heartbeat | Payload::Text => Left::Nothing,
        };
    }

    /// Returns the next event, or `None` if there are no more.
    #[expect(clippy::should_implement_trait, reason = "the event borrows from the events")]
    #[inline]
    pub fn next(&mut self) -> Option<Event<'_>> {
        if self.options.single {
            return self.only();
        }
        if let Left::Collected(draft, size) = self.left {
            self.current ^= 1;
            return Some(self.one_of_several(draft, size));
        }
        let draft = self.first()?;
        if let Left::Objects = self.left {
            if self.memory.objects.may_go_on(self.frame.text) {
                return Some(self.first_of_several(draft));
            }
            self.leaves_out |= self.memory.objects.leaves_out();
        }
        self.left = Left::Nothing;
        let draft = self.finished(draft);
        Some(self.event(draft))
    }

    /// Returns the first event, then `None`, as [`Options::single`] requires.
    #[inline]
    pub(crate) fn only(&mut self) -> Option<Event<'_>> {
        let mut draft = self.first()?;
        if let Left::Objects = self.left {
            if self.memory.objects.may_go_on(self.frame.text) && self.memory.next(self.frame.text, 1).is_some() {
                draft.status = Status::Multiple;
            }
            self.leaves_out |= self.memory.objects.leaves_out();
        }
        self.left = Left::Nothing;
        let draft = self.finished(draft);
        Some(self.event(draft))
    }

    /// Collects the first event and applies the header right before it.
    #[inline(always)]
    fn first(&mut self) -> Option<Draft<'f>> {
        if let Left::Message = self.left {
            self.memory.unescaped.clear();
            self.frame.envelope.take(self.frame.text);
            self.begin();
        }
        loop {
            match self.left {
                Left::Objects => {}
                Left::One(status) => {
                    self.left = Left::Nothing;
                    self.memory.collected[0].clear();
                    return Some(Draft::new(status, false));
                }
                Left::Formatted(_) | Left::Notification => return Some(self.first_of_pairs()),
                Left::Message | Left::Collected(..) | Left::Nothing => return None,
            }
            let found = self.memory.next(self.frame.text, 0)?;
            if let Some(brace) = self.memory.objects.brace_after_text() {
                self.frame.take_header_before(brace);
            }
            if let Found::Wrapper(wrapper) = found {
                self.leaves_out = self.memory.objects.leaves_out();
                self.is_wrapper_unescaped = self.memory.objects.is_unescaped();
                self.unwrap(wrapper);
                continue;
            }
            let is_unescaped = self.memory.objects.is_unescaped();
            if let Found::Nothing(_) = found {
                self.left = Left::Nothing;
                if payload::is_notification(self.frame.envelope.body) {
                    self.left = Left::Notification;
                    continue;
                }
            }
            return Some(Draft::new(self.found(found, 0), is_unescaped));
        }
    }

    /// Collects the only event of a message in a format other than JSON.
    #[cold]
    fn first_of_pairs(&mut self) -> Draft<'f> {
        let Memory { collected, pairs, scratch, .. } = &mut *self.memory;
        let status = match core::mem::replace(&mut self.left, Left::Nothing) {
            Left::Formatted(formatted) => {
                self.frame.format = Some(formatted.name());
                let (status, leaves_out) = formatted.read(self.frame.text, pairs, scratch, &mut collected[0]);
                self.leaves_out |= leaves_out;
                status
            }
            _ => {
                let Frame { text, envelope, .. } = self.frame;
                payload::read_notification(text, envelope.body, scratch, &mut collected[0]);
                Status::Notification
            }
        };
        if self.wrapper.is_some() {
            // No JSON object competes with the wrapper's members for the allowance.
            self.memory.objects = Objects::none(self.length);
            self.read_wrapper(true);
        }
        Draft::new(self.found(Found::Event(status), 0), false)
    }

    /// Returns the status of what was found, after adding the members of the wrapper to an event.
    #[inline]
    fn found(&mut self, found: Found, place: usize) -> Status {
        let (Found::Event(status) | Found::Nothing(status)) = found else { return Status::Text };
        if self.wrapper.is_some() { self.found_in_wrapper(found, status, place) } else { status }
    }

    #[cold]
    fn found_in_wrapper(&mut self, found: Found, status: Status, place: usize) -> Status {
        let members = &self.memory.wrapper;
        match found {
            Found::Event(_) => {
                self.memory.collected[place].put_before(members);
                if status == Status::Ok && members.has_wrong_escapes() { Status::Malformed } else { status }
            }
            Found::Nothing(_) | Found::Wrapper(_) => Status::Text,
        }
    }

    /// Continues with the wrapped message.
    #[cold]
    fn unwrap(&mut self, wrapper: Wrapper) {
        self.left = Left::Nothing;
        let Some(wrapped) = self.wrapped.take() else { return };
        wrapped.clear();
        wrapped.push_str(str::from_utf8(&self.memory.scratch).unwrap_or_default());
        self.frame.text = wrapped;
        self.frame.envelope = syslog::parse_inside(wrapped, self.frame.envelope);
        self.wrapper = Some(wrapper);
        self.memory.unescaped.leave();
        self.begin();
        if let Left::Objects = self.left {
            self.read_wrapper(true);
        }
    }

    /// Reads the members of the wrapper in the form that they have in the next event.
    fn read_wrapper(&mut self, is_first: bool) {
        if let Some(wrapper) = self.wrapper {
            let Memory { objects, wrapper: members, unescaped, .. } = &mut *self.memory;
            let text = self.frame.sources(unescaped.text(), false, self.is_wrapper_unescaped).outer;
            objects.read_wrapper(wrapper, text, members, is_first);
        }
    }

    #[inline]
    fn event(&self, draft: Draft<'f>) -> Event<'_> {
        let sources = self.frame.sources(self.memory.unescaped.text(), draft.is_unescaped, self.is_wrapper_unescaped);
        self.frame.event(sources, &self.memory.collected[self.current], draft.status, draft.raw)
    }

    /// Completes the current event with `raw_message` and applies the size limits.
    #[inline]
    fn finished(&mut self, draft: Draft<'f>) -> Draft<'f> {
        let draft = Draft { raw: self.raw(draft.status), ..draft };
        let has_growth = self.wrapper.is_some() || self.memory.collected[self.current].growth() > 0;
        let is_small = self.frame.message.len() <= self.small && !has_growth;
        if is_small { draft } else { self.limited(draft) }
    }

    fn raw(&self, status: Status) -> Option<&'f str> {
        let is_due = self.options.raw.is_for(status) || (self.leaves_out && self.options.raw != Raw::Never);
        (is_due && !self.has_raw).then_some(self.frame.message)
    }

    /// Cuts the current event to the record limit and to the bound for all records of the message.
    #[inline(never)]
    fn limited(&mut self, draft: Draft<'f>) -> Draft<'f> {
        let most = self.options.record_limit.unwrap_or(usize::MAX).min(self.most);
        if bounds::is_within(most, &self.memory.collected[self.current], draft.raw) {
            return draft;
        }
        let size = self.json_size(draft);
        if size <= most {
            return draft;
        }
        let raw = draft.raw.or_else(|| self.raw(Status::Truncated));
        let cut = Draft { status: Status::Truncated, raw, is_cut: true, ..draft };
        let added = if draft.raw.is_none() { bounds::raw_member(raw) } else { 0 };
        let excess = (size + added + cut.status.name().len()).saturating_sub(most + draft.status.name().len());
        let Memory { collected, scratch, unescaped, .. } = &mut *self.memory;
        let sources = self.frame.sources(unescaped.text(), draft.is_unescaped, self.is_wrapper_unescaped);
        let raw = bounds::shrink(&self.frame, sources, &mut collected[self.current], cut.raw, excess, scratch);
        Draft { raw, ..cut }
    }

    fn json_size(&mut self, draft: Draft<'f>) -> usize {
        self.write(draft);
        let size = self.memory.scratch.len();
        self.memory.scratch.clear();
        size
    }

    fn size(&mut self, draft: Draft<'f>) -> Size {
        self.write(draft);
        Size::taken(&mut self.memory.scratch)
    }

    /// Writes the current event as JSON in order to measure it.
    fn write(&mut self, draft: Draft<'f>) {
        let Memory { collected, scratch, unescaped, .. } = &mut *self.memory;
        let sources = self.frame.sources(unescaped.text(), draft.is_unescaped, self.is_wrapper_unescaped);
        scratch.clear();
        encode::json::write(&self.frame.event(sources, &collected[self.current], draft.status, draft.raw), scratch);
    }

    /// Returns the first event of a message that may contain others.
    #[inline(never)]
    fn first_of_several(&mut self, draft: Draft<'f>) -> Event<'_> {
        if self.raw(draft.status).is_none() && self.options.raw != Raw::Never {
            self.leaves_out = self.will_leave_out();
        }
        let draft = self.finished(draft);
        let size = self.size(draft);
        self.one_of_several(draft, size)
    }

    /// Returns whether text is left out anywhere in the message. The first event must report this.
    fn will_leave_out(&mut self) -> bool {
        let (objects, mut texts, collected) = self.memory.texts(self.frame.text, 1);
        let mut objects = *objects;
        while !objects.leaves_out() && objects.next(&mut texts, collected).is_some() {}
        objects.leaves_out()
    }

    /// Returns the current event. It is the last one if there is no room for the next one.
    #[inline(never)]
    fn one_of_several(&mut self, draft: Draft<'f>, size: Size) -> Event<'_> {
        self.left = Left::Nothing;
        self.has_raw |= draft.raw.is_some();
        self.current ^= 1;
        self.read_wrapper(false);
        let next = self.memory.next(self.frame.text, self.current).map(|found| {
            let status = self.found(found, self.current);
            let draft = self.finished(Draft::new(status, self.memory.objects.is_unescaped()));
            (draft, self.size(draft))
        });
        self.current ^= 1;
        let Some((next, next_size)) = next else { return self.event(draft) };
        match self.room.without(size).filter(|room| self.has_room(*room, next, next_size)) {
            Some(room) => {
                self.room = room;
                self.left = Left::Collected(next, next_size);
                self.event(draft)
            }
            None => {
                let draft = self.last(draft);
                self.event(draft)
            }
        }
    }

    /// Returns whether there is room for an event, even if it turns out to be the last one that fits and grows by
    /// `multiple` and `raw_message`.
    fn has_room(&mut self, room: Room, draft: Draft<'f>, size: Size) -> bool {
        let Some(room) = room.without(size) else { return false };
        if !self.memory.objects.may_go_on(self.frame.text) {
            return true;
        }
        let raw = (self.options.raw != Raw::Never).then_some(self.frame.message);
        let scratch = &mut self.memory.scratch;
        let growth = match draft.raw {
            Some(_) => Size::of_growth(None, scratch),
            None => *self.growth.get_or_insert_with(|| Size::of_growth(raw, scratch)),
        };
        room.without(growth).is_some()
    }

    /// Completes the current event as the last one that fits.
    fn last(&mut self, draft: Draft<'f>) -> Draft<'f> {
        let status = if draft.is_cut { Status::Truncated } else { Status::Multiple };
        let raw = (self.options.raw != Raw::Never).then_some(self.frame.message);
        self.limited(Draft { status, raw, ..draft })
    }
}

impl Draft<'_> {
    fn new(status: Status, is_unescaped: bool) -> Self {
        Self { status, raw: None, is_unescaped, is_cut: false }
    }
}
