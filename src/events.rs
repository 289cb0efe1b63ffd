//! The events of one message, one after the other, within the bounds of [`crate::bounds`].

use crate::bounds::{self, Room, Size};
use crate::encode;
use crate::event::{Event, Frame};
use crate::fields::Collected;
use crate::options::{Heartbeats, Options, Raw, SyslogFields};
use crate::payload::{Objects, Payload};
use crate::status::Status;
use crate::syslog;

/// The events of one message. An event must be let go before the next is asked for, which is why this is no `Iterator`.
#[derive(Debug)]
pub struct Events<'f> {
    options: &'f Options,
    memory: Memory<'f>,
    frame: Frame<'f>,
    left: Left<'f>,
    /// Which of the two that are collected is the next to be given.
    current: usize,
    /// The room that is left for records, where there are several.
    room: Room,
    /// The most bytes that all records may have.
    most: usize,
    /// What the last record that there is room for grows by.
    growth: Option<Size>,
    /// Whether an event has carried `raw_message`. If all did, the output could grow with the square of the message.
    has_raw: bool,
    /// Whether text is left out that may be a piece of an event.
    leaves_out: bool,
    small: usize,
}

/// The filter's memory.
#[derive(Debug)]
pub(crate) struct Memory<'f> {
    pub(crate) collected: &'f mut [Collected; 2],
    pub(crate) scratch: &'f mut Vec<u8>,
}

/// What is left of a message.
#[derive(Clone, Copy, Debug)]
enum Left<'f> {
    Nothing,
    /// An event without members.
    One(Status),
    Objects(Objects),
    /// An event that has been collected and has room, and what follows it.
    Collected(Draft<'f>, Size, Objects),
}

/// What an event has beside its members.
#[derive(Clone, Copy, Debug)]
struct Draft<'f> {
    status: Status,
    raw: Option<&'f str>,
    /// Whether it has been held to the limit for records, and has lost something.
    is_cut: bool,
}

impl<'f> Events<'f> {
    /// `text` is the message, which had `length` bytes as it came in.
    pub(crate) fn new(options: &'f Options, small: usize, memory: Memory<'f>, text: &'f str, length: usize) -> Self {
        let envelope = syslog::parse(text);
        let left = match Payload::of(&envelope, text, length) {
            Payload::Json(objects) => Left::Objects(objects),
            Payload::Heartbeat if options.heartbeats == Heartbeats::Keep => Left::One(Status::Heartbeat),
            Payload::Text if envelope.present || !envelope.body.is_empty() => Left::One(Status::Text),
            Payload::Heartbeat | Payload::Text => Left::Nothing,
        };
        let frame = Frame { text, envelope, with_syslog: options.syslog_fields == SyslogFields::All };
        let most = bounds::most(length);
        Self { options, memory, frame, left, current: 0, room: Room::of(most), most, growth: None, has_raw: false, leaves_out: false, small }
    }

    /// The next event; `None` when there are no more.
    #[expect(clippy::should_implement_trait, reason = "the event borrows from the events")]
    #[inline]
    pub fn next(&mut self) -> Option<Event<'_>> {
        if self.options.single {
            return self.only();
        }
        let status = match &mut self.left {
            Left::Objects(objects) => {
                let status = objects.next(self.frame.text, &mut self.memory.collected[0])?;
                if let Some(brace) = objects.brace_behind_text() {
                    self.frame.take_header_before(brace);
                }
                if objects.may_go_on(self.frame.text) {
                    let objects = *objects;
                    return Some(self.first_of_several(status, objects));
                }
                self.leaves_out = objects.leaves_out();
                status
            }
            Left::One(status) => {
                let status = *status;
                self.without_members(status)
            }
            Left::Collected(draft, size, objects) => {
                let (draft, size, objects) = (*draft, *size, *objects);
                self.current ^= 1;
                return Some(self.one_of_several(draft, size, objects));
            }
            Left::Nothing => return None,
        };
        self.left = Left::Nothing;
        let draft = self.draft(status);
        Some(self.event(draft))
    }

    /// The first event, and `None` after it: what [`Options::single`] stands for.
    #[inline]
    pub(crate) fn only(&mut self) -> Option<Event<'_>> {
        let status = match std::mem::replace(&mut self.left, Left::Nothing) {
            Left::Objects(mut objects) => {
                let [first, next] = &mut *self.memory.collected;
                let status = objects.next(self.frame.text, first)?;
                if let Some(brace) = objects.brace_behind_text() {
                    self.frame.take_header_before(brace);
                }
                let is_multiple = objects.may_go_on(self.frame.text) && objects.next(self.frame.text, next).is_some();
                self.leaves_out = objects.leaves_out();
                if is_multiple { Status::Multiple } else { status }
            }
            Left::One(status) => self.without_members(status),
            Left::Collected(..) | Left::Nothing => return None,
        };
        let draft = self.draft(status);
        Some(self.event(draft))
    }

    fn without_members(&mut self, status: Status) -> Status {
        self.memory.collected[0].clear();
        status
    }

    #[inline]
    fn event(&self, draft: Draft<'f>) -> Event<'_> {
        self.frame.event(&self.memory.collected[self.current], draft.status, draft.raw)
    }

    /// What goes with the current event.
    #[inline]
    fn draft(&mut self, status: Status) -> Draft<'f> {
        let draft = Draft { status, raw: self.raw(status), is_cut: false };
        let is_small = self.frame.text.len() <= self.small && self.memory.collected[self.current].growth() == 0;
        if is_small { draft } else { self.limited(draft) }
    }

    fn raw(&self, status: Status) -> Option<&'f str> {
        let is_due = self.options.raw.is_for(status) || (self.leaves_out && self.options.raw != Raw::Never);
        (is_due && !self.has_raw).then_some(self.frame.text)
    }

    /// Holds the current event to the limit for records, and to the bound for all records of the message.
    #[inline(never)]
    fn limited(&mut self, draft: Draft<'f>) -> Draft<'f> {
        let most = self.options.record_limit.unwrap_or(usize::MAX).min(self.most);
        if bounds::estimate(&self.memory.collected[self.current], draft.raw) <= most {
            return draft;
        }
        let cut =
            Draft { status: Status::Truncated, raw: draft.raw.or_else(|| self.raw(Status::Truncated)), is_cut: true };
        if self.json_size(draft) <= most {
            return draft;
        }
        let excess = self.json_size(cut).saturating_sub(most);
        let Memory { collected, scratch } = &mut self.memory;
        let raw = bounds::shrink(&self.frame, &mut collected[self.current], cut.raw, excess, scratch);
        Draft { raw, ..cut }
    }

    fn json_size(&mut self, draft: Draft<'f>) -> usize {
        let Memory { collected, scratch } = &mut self.memory;
        encode::json::write(&self.frame.event(&collected[self.current], draft.status, draft.raw), scratch);
        let size = scratch.len();
        scratch.clear();
        size
    }

    fn size(&mut self, draft: Draft<'f>) -> Size {
        let Memory { collected, scratch } = &mut self.memory;
        Size::of(&self.frame.event(&collected[self.current], draft.status, draft.raw), scratch)
    }

    /// The first event where others may follow.
    #[inline(never)]
    fn first_of_several(&mut self, status: Status, objects: Objects) -> Event<'_> {
        if self.raw(status).is_none() && self.options.raw != Raw::Never {
            self.leaves_out = self.will_leave_out(objects);
        }
        let draft = self.draft(status);
        let size = self.size(draft);
        self.one_of_several(draft, size, objects)
    }

    /// Whether text is left out anywhere in the message: the first event tells so.
    fn will_leave_out(&mut self, mut objects: Objects) -> bool {
        while !objects.leaves_out() && objects.next(self.frame.text, &mut self.memory.collected[1]).is_some() {}
        objects.leaves_out()
    }

    /// The current event. It is the last one if there is no room for the next.
    #[inline(never)]
    fn one_of_several(&mut self, draft: Draft<'f>, size: Size, mut objects: Objects) -> Event<'_> {
        self.left = Left::Nothing;
        self.has_raw |= draft.raw.is_some();
        self.current ^= 1;
        let next = objects.next(self.frame.text, &mut self.memory.collected[self.current]).map(|status| {
            let draft = self.draft(status);
            (draft, self.size(draft))
        });
        self.current ^= 1;
        let Some((next, next_size)) = next else { return self.event(draft) };
        match self.room.without(size).filter(|room| self.has_room(*room, next, next_size, objects)) {
            Some(room) => {
                self.room = room;
                self.left = Left::Collected(next, next_size, objects);
                self.event(draft)
            }
            None => {
                let draft = self.last(draft);
                self.event(draft)
            }
        }
    }

    /// Whether there is room for an event, also if it is the last one for want of more.
    fn has_room(&mut self, room: Room, draft: Draft<'f>, size: Size, mut objects: Objects) -> bool {
        let Some(room) = room.without(size) else { return false };
        if !objects.may_go_on(self.frame.text) {
            return true;
        }
        let raw = (self.options.raw != Raw::Never).then_some(self.frame.text);
        let scratch = &mut *self.memory.scratch;
        let growth = match draft.raw {
            Some(_) => Size::of_growth(None, scratch),
            None => *self.growth.get_or_insert_with(|| Size::of_growth(raw, scratch)),
        };
        room.without(growth).is_some()
    }

    /// What goes with the current event as the last one that there is room for.
    fn last(&mut self, draft: Draft<'f>) -> Draft<'f> {
        let status = if draft.is_cut { Status::Truncated } else { Status::Multiple };
        let raw = (self.options.raw != Raw::Never).then_some(self.frame.text);
        self.limited(Draft { status, raw, ..draft })
    }
}
