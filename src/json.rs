//! A streaming reader of JSON (RFC 8259) for messages that may be truncated or malformed anywhere.
//!
//! The reader walks a text once and passes each value to a [`Visitor`] as a range of the text. It builds no tree,
//! allocates nothing and does not recurse: each open level is a bit in a 64-bit word. If the text ends early or breaks
//! off, everything visited up to that point stays valid, which makes it possible to recover truncated messages.
//!
//! `reader` implements the grammar, `form` the forms in which strings are written, `string` the search for their ends,
//! and `scalar` numbers and literals. `items` iterates over complete arrays and objects, `keys` finds known keys, and
//! `text` resolves and writes escapes. `scan` contains the byte searches that all of them use.
//!
//! Why not `serde_json`? Its visitors recurse with the input, it allocates a scratch buffer for each text that contains
//! an escape, its errors are boxed, and truncated nested values yield nothing. DESIGN.md has the figures.

mod form;
mod items;
mod keys;
mod reader;
mod scalar;
mod scan;
mod stop;
mod string;
mod text;

pub(crate) use items::{items, read_value};
pub(crate) use keys::KnownKeys;
pub(crate) use reader::{
    break_before_members, open_braces, open_objects, past, plain_key, plain_string, plain_value, read_object,
    read_quoted_object, with_later_member,
};
pub(crate) use scan::{find_byte, find_either, find_special, find_special_or_non_ascii, skip_whitespace};
pub(crate) use stop::Break;
pub use text::JsonText;
pub(crate) use text::{
    Sink, escape_into, escape_lengths, escaped_length, fitting_plain, resolve, unescape, unescape_outer,
};

/// The range of a string in a text, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The offset of the first byte.
    pub(crate) start: usize,
    /// The offset past the last byte.
    pub(crate) end: usize,
    /// The kind of escapes in the string.
    pub(crate) escapes: Escapes,
}

/// The kind of escapes in a string, in ascending order. A string with several kinds has the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Escapes {
    /// No escapes.
    None,
    /// Only the escapes that every JSON writer uses: `\"`, `\\`, and the two-character escapes for control characters.
    Usual,
    /// Also other escapes: `\/`, or `\u` with four digits.
    Any,
    /// Also unescaped control characters. They are not valid JSON (nor is [`Escapes::Wrong`]), but their meaning is
    /// unambiguous. When written, they take more bytes than in the source.
    Control,
    /// Also backslashes that do not begin a valid escape. They stand for themselves.
    Wrong,
}

impl Span {
    /// Returns this range of the text.
    #[inline]
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns the bytes in this range of the text.
    #[inline]
    pub(crate) fn bytes(self, text: &str) -> &[u8] {
        text.as_bytes().get(self.start..self.end).unwrap_or_default()
    }
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A string. Its span excludes the quotes.
    String,
    /// A number.
    Number,
    /// A number of 10³⁰⁸ or more, which is outside the range of a double or close to its limit.
    HugeNumber,
    /// `true`.
    True,
    /// `false`.
    False,
    /// `null`.
    Null,
    /// An array.
    Array,
    /// An object that is read as one value.
    Object,
}

/// A complete value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// The type.
    pub(crate) shape: Shape,
    /// The range in the text, and the kind of escapes in it.
    pub(crate) span: Span,
    /// The number of levels of an array or object, including itself; 0 for other values.
    pub(crate) levels: u8,
    /// Whether the value is or contains a [`Shape::HugeNumber`].
    pub(crate) huge: bool,
}

impl Value {
    /// Creates a string.
    pub(crate) const fn string(span: Span) -> Self {
        Self { shape: Shape::String, span, levels: 0, huge: false }
    }

    /// Returns whether this is an object without members.
    pub(crate) fn is_empty_object(&self, text: &str) -> bool {
        self.shape == Shape::Object && reader::is_empty_object(text.as_bytes(), self.span.start)
    }
}

/// How to read an object that is a member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nested {
    /// Its members are visited, followed by [`Visitor::leave`].
    Enter,
    /// It is visited as one value if it is complete, otherwise not at all.
    Whole,
}

/// Receives the members of an object as they are read.
pub(crate) trait Visitor {
    /// The location of a string: in the text that is read, or where [`Visitor::resolve`] has written it.
    type Place: Copy + From<Span>;

    /// Visits a member whose value is a string.
    fn string(&mut self, text: &str, key: Self::Place, value: Self::Place);

    /// Visits a member whose value is complete and not a string.
    fn value(&mut self, text: &str, key: Self::Place, value: Value);

    /// Visits a member whose value is an object with members, and decides how to read it.
    fn nested(&mut self, text: &str, key: Self::Place) -> Nested;

    /// Visits the end of the object that was entered last.
    fn leave(&mut self);

    /// Returns the keys that are known at this point, which stay valid until the next member whose key is passed as a
    /// location. Finding a known key takes less time than reading any other key.
    fn known_keys(&self) -> Option<&'static KnownKeys> {
        None
    }

    /// Visits a member with a known key whose value is a string without escapes.
    fn known_plain_string(&mut self, _text: &str, _key: usize, _value: Span) {}

    /// Visits a member with a known key whose value is a string.
    fn known_string(&mut self, _text: &str, _key: usize, _value: Self::Place) {}

    /// Visits a member with a known key whose value is a literal or a number.
    fn known_scalar(&mut self, _text: &str, _key: usize, _value: Value) {}

    /// Reports a string that contains something other than JSON: [`Escapes::Control`] or [`Escapes::Wrong`].
    fn damaged(&mut self, _string: Span) {}

    /// Resolves the outer string's escapes in a string of JSON that is itself inside a JSON string. `start` is the
    /// offset after the opening quote. Returns the location of the resolved contents, and the offset in `text` of their
    /// end: the string's closing quote or that of the outer string. Returns `None` if the string cannot be resolved.
    fn resolve(&mut self, _text: &[u8], _start: usize) -> Option<(Self::Place, usize)> {
        None
    }
}

/// The result of reading an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The offset past the closing brace, or of the break.
    pub(crate) end: usize,
    /// The reason why reading stopped, or `None` if the object is complete.
    pub(crate) stopped: Option<Break>,
    /// The number of objects open at a [`Break::Broken`]; 0 if not even a first key was found, as in `{eth0}`.
    pub(crate) open: u32,
    /// Whether the text is an object at all: it is complete or has a first key.
    pub(crate) is_object: bool,
}
