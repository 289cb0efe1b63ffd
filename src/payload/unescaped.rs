//! Unescapes objects that were escaped once too often, such as `{\"event_type\":\"Audit_Event\"}`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json;

/// The unescaped text of objects that were escaped once too often. A part of a message, up to a quote that is not
/// escaped, is unescaped once for all objects in it.
#[derive(Debug, Default)]
pub(crate) struct Unescaped {
    text: String,
    scratch: Vec<u8>,
    /// The start of the part that was unescaped last, the object found last in it, a position after that, and the end
    /// of the part. Each is an offset in the message and the matching offset in the text.
    start: (usize, usize),
    found: (usize, usize),
    place: (usize, usize),
    end: (usize, usize),
}

impl Unescaped {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Prepares for another message.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.leave();
    }

    /// Prepares for a message inside the current one. The text is kept.
    pub(crate) fn leave(&mut self) {
        self.end.0 = 0;
    }

    /// Returns the offset in the text of the object that opens at `brace`. The text ends with the string that contains
    /// the object.
    #[cold]
    pub(super) fn find(&mut self, message: &str, brace: usize) -> usize {
        if !(self.start.0..self.end.0).contains(&brace) {
            self.make(message, brace);
        }
        // Objects inside a broken object are looked up after it, so the position may have to move back.
        for before in [self.found, self.start] {
            if brace < self.place.0 {
                self.place = before;
            }
        }
        self.advance(message, (brace, usize::MAX));
        self.found = self.place;
        self.found.1
    }

    /// Returns the offset in the message of an offset in the text, which must not be before the object found last.
    #[cold]
    pub(super) fn in_message(&mut self, message: &str, offset: usize) -> usize {
        self.advance(message, (usize::MAX, offset));
        self.place.0
    }

    /// Returns the offsets in the text at which the object at `brace` begins and breaks.
    #[cold]
    pub(super) fn object(&mut self, message: &str, brace: usize, broken_at: usize) -> (usize, usize) {
        let start = self.find(message, brace);
        self.advance(message, (broken_at, usize::MAX));
        (start, self.place.1)
    }

    fn make(&mut self, message: &str, start: usize) {
        let bytes = message.as_bytes();
        self.scratch.clear();
        let mut end = json::unescape(bytes, start, &mut self.scratch);
        // A brace directly before that quote opens an object that is not escaped.
        if end < bytes.len() && self.scratch.pop_if(|last| *last == b'{').is_some() {
            end -= 1;
        }
        self.start = (start, self.text.len());
        self.text.push_str(str::from_utf8(&self.scratch).unwrap_or_default());
        (self.found, self.place) = (self.start, self.start);
        self.end = (end, self.text.len());
    }

    /// Advances to the first position that reaches either offset.
    fn advance(&mut self, message: &str, to: (usize, usize)) {
        let bytes = message.as_bytes();
        let (mut at, mut made) = self.place;
        while at < to.0 && made < to.1 && at < self.end.0 {
            let (length, written) = match bytes.get(at..at + 2) {
                Some([b'\\', b'"' | b'\\']) => (2, 1),
                Some([b'\\', _]) => json::escape_lengths(&bytes[at..]),
                _ => (1, 1),
            };
            (at, made) = (at + length, made + written);
        }
        self.place = (at, made);
    }
}
