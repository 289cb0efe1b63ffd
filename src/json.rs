//! A streaming reader of JSON (RFC 8259) for messages that may be cut or broken anywhere.
//!
//! The reader walks a text once and passes each value to a [`Visitor`] as a place in the text. It builds nothing,
//! allocates nothing, and does not recurse: each open level is a bit in a word. If the text ends early or breaks off,
//! everything visited before stays valid, which makes the recovery of cut messages possible.
//!
//! `reader` has the grammar, `form` how strings are written, `string` where they end, `scalar` numbers and literals, `items` walks what is complete,
//! `keys` finds known keys, `text` resolves and writes escapes, and `scan` is the search all of them rest on.
//!
//! Why not `serde_json` here? Its visitors recurse with the input, its scratch space is allocated anew for each text
//! with an escape in it, its errors are boxed, and nested values that are cut yield nothing. DESIGN.md has the figures.

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
    read_quoted_object, with_member_behind,
};
pub(crate) use scan::{find_byte, find_either, find_special, find_special_or_non_ascii, skip_whitespace};
pub(crate) use stop::Break;
pub use text::JsonText;
pub(crate) use text::{
    Sink, escape_into, escape_lengths, escaped_length, fitting_plain, resolve, unescape, unescape_outer,
};

/// A string's place in the text, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Offset of the first byte, in bytes.
    pub(crate) start: usize,
    /// Offset past the last byte, in bytes.
    pub(crate) end: usize,
    /// Which escapes it has.
    pub(crate) escapes: Escapes,
}

/// What escapes stand in a string, the usual ones first: what has several kinds has the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Escapes {
    /// None.
    None,
    /// Only such as every writer of JSON uses: `\"`, `\\` and those of two characters for control characters.
    Usual,
    /// Others as well: `\/`, or `\u` with four digits.
    Any,
    /// Also control characters that are not escaped. Neither these nor what follows are JSON, but what they stand for is
    /// beyond doubt. They are written as more bytes than they have.
    Control,
    /// Also backslashes before what makes no escape, which are backslashes.
    Wrong,
}

impl Span {
    /// The text at the place.
    #[inline]
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// The bytes at the place.
    #[inline]
    pub(crate) fn bytes(self, text: &str) -> &[u8] {
        text.as_bytes().get(self.start..self.end).unwrap_or_default()
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A string; the span is what stands between its quotes.
    String,
    /// A number.
    Number,
    /// A number of 10³⁰⁸ or more, which is beyond a double's range or close to its end.
    HugeNumber,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
    /// An array.
    Array,
    /// An object that is not walked into.
    Object,
}

/// A complete value: what it is, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// What it is.
    pub(crate) shape: Shape,
    /// Where it stands, and what escapes there are in it.
    pub(crate) span: Span,
    /// How many levels of arrays and objects it has, itself counted: 0 for what is neither.
    pub(crate) levels: u8,
    /// Whether it is or holds a [`Shape::HugeNumber`].
    pub(crate) huge: bool,
}

impl Value {
    /// A string.
    pub(crate) const fn string(span: Span) -> Self {
        Self { shape: Shape::String, span, levels: 0, huge: false }
    }

    /// Whether it is an object without members.
    pub(crate) fn is_empty_object(&self, text: &str) -> bool {
        self.shape == Shape::Object && reader::is_empty_object(text.as_bytes(), self.span.start)
    }
}

/// What is done with an object that is a member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nested {
    /// Its members are visited, then [`Visitor::leave`].
    Enter,
    /// It is visited as one value, complete or not at all.
    Whole,
}

/// Takes an object's members as they are read.
pub(crate) trait Visitor {
    /// A string's place: in the text that is read, or where [`Visitor::resolve`] has put it.
    type Place: Copy + From<Span>;

    /// A member whose value is a string.
    fn string(&mut self, text: &str, key: Self::Place, value: Self::Place);

    /// A member whose value is complete, and no string.
    fn value(&mut self, text: &str, key: Self::Place, value: Value);

    /// A member whose value is an object with members.
    fn nested(&mut self, text: &str, key: Self::Place) -> Nested;

    /// The end of the object entered last.
    fn leave(&mut self);

    /// The keys that are known where reading has got to, until the next member whose key comes as a place. To find one takes
    /// less time than to read any key.
    fn known_keys(&self) -> Option<&'static KnownKeys> {
        None
    }

    /// A member with a known key, and a string without escapes for a value.
    fn known_plain_string(&mut self, _text: &str, _key: usize, _value: Span) {}

    /// A member with a known key, and a string for a value.
    fn known_string(&mut self, _text: &str, _key: usize, _value: Self::Place) {}

    /// A member with a known key, and a literal or a number for a value.
    fn known_scalar(&mut self, _text: &str, _key: usize, _value: Value) {}

    /// A string with something in it that is not JSON: [`Escapes::Control`] or [`Escapes::Wrong`].
    fn damaged(&mut self, _string: Span) {}

    /// A string in a string of other JSON whose escapes are not resolved; `start` is behind its opening quote. Gives the
    /// place of its contents with those escapes resolved, and the offset in `text` of its end: a quote of its own or of the
    /// outer string. `None` where that is not possible.
    fn resolve(&mut self, _text: &[u8], _start: usize) -> Option<(Self::Place, usize)> {
        None
    }
}

/// How far an object could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Offset past what was read, in bytes: past the closing brace, or of the break.
    pub(crate) end: usize,
    /// `None` for a complete object.
    pub(crate) stopped: Option<Break>,
    /// How many objects were open where the text is [`Break::Broken`]; 0 where not even a first key stood there, as in
    /// `{eth0}`.
    pub(crate) open: u32,
    /// Whether it is an object at all: complete, or with a first key.
    pub(crate) is_object: bool,
}
