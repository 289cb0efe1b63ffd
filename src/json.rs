//! A streaming reader of JSON (RFC 8259) for messages that may be cut or broken anywhere.
//!
//! The reader walks a text once and hands each value to a [`Visitor`] as a place in the text. It builds nothing,
//! allocates nothing, and does not recurse: what is open is a bit in a word. Where the text ends early or breaks off,
//! what was visited before stays valid, which is what the recovery of cut messages rests on.
//!
//! Why not `serde_json` here? Its visitors recurse with the input, its scratch space is allocated anew for each text
//! with an escape in it, its errors are boxed, and nested values that are cut yield nothing. DESIGN.md has the figures.

use crate::scan::find_special;

/// The most levels of objects and arrays in each other, the outermost counted.
pub const MAX_DEPTH: u32 = 64;

/// A string's place in the text, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte, in bytes.
    pub start: usize,
    /// Offset past the last byte, in bytes.
    pub end: usize,
    /// Which escapes it has.
    pub escapes: Escapes,
}

/// What escapes stand in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// None.
    None,
    /// Only such as every writer of JSON uses: `\"`, `\\` and those of two characters for control characters.
    Usual,
    /// Others as well: `\/`, or `\u` with four digits.
    Any,
}

impl Span {
    /// The text at the place.
    #[must_use]
    #[inline]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// The bytes at the place.
    #[must_use]
    #[inline]
    pub(crate) fn bytes(self, text: &str) -> &[u8] {
        text.as_bytes().get(self.start..self.end).unwrap_or_default()
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
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
pub struct Value {
    /// What it is.
    pub shape: Shape,
    /// Where it stands.
    pub span: Span,
    /// How many levels of arrays and objects it has, itself counted: 0 for what is neither.
    pub levels: u32,
    /// Whether it is or holds a [`Shape::HugeNumber`].
    pub huge: bool,
}

impl Value {
    /// Whether it is an object without members.
    #[must_use]
    pub fn is_empty_object(&self, text: &str) -> bool {
        self.shape == Shape::Object && is_empty_object(text.as_bytes(), self.span.start)
    }
}

/// What is done with an object that is a member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// Its members are visited, then [`Visitor::leave`].
    Enter,
    /// It is visited as one value, complete or not at all.
    Whole,
}

/// Takes an object's members as they are read.
pub trait Visitor {
    /// A member whose value is complete.
    fn member(&mut self, text: &str, key: Span, value: Value);

    /// A member whose value is an object with members.
    fn nested(&mut self, text: &str, key: Span) -> Nested;

    /// The end of the object entered last.
    fn leave(&mut self);
}

/// Why reading stopped before the object was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The text ends.
    Early,
    /// Something else than JSON stands there, or more than [`MAX_DEPTH`] levels are open.
    Broken,
    /// A string has swallowed the `{` that stands there: the text was cut, and another object follows without a gap.
    Glued,
}

/// How far an object could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Offset past what was read, in bytes: past the closing brace, or of the break.
    pub end: usize,
    /// `None` for a complete object.
    pub stopped: Option<Break>,
    /// How many objects and arrays were open at the break; 0 where not even a first key stood there, as in `{eth0}`.
    pub open: u32,
}

/// Reads the object whose opening brace is at `open`.
pub fn read_object(text: &str, open: usize, visitor: &mut impl Visitor) -> Outcome {
    let mut progress = Progress { open: 1, has_key: false };
    match members(text, open + 1, visitor, &mut progress) {
        Ok(end) => Outcome { end, stopped: None, open: 0 },
        Err(stop) => {
            Outcome { end: stop.at, stopped: Some(stop.why), open: if progress.has_key { progress.open } else { 0 } }
        }
    }
}

/// Reads one complete value, of any shape, at the beginning of `text`; `None` where there is none.
#[must_use]
pub fn read_value(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    value(bytes, skip_blanks(bytes, 0), 0).ok().map(|(value, _)| value)
}

/// An element of an array, or a member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// A member's key.
    pub key: Option<Span>,
    /// Its value.
    pub value: Value,
}

/// The items of a complete array or object, in their order.
///
/// ```
/// use eset_filter::json;
///
/// let array = r#"[1, "two"]"#;
/// let texts: Vec<_> = json::items(array).map(|item| item.value.span.of(array)).collect();
/// assert_eq!(texts, ["1", "two"]);
/// ```
pub fn items(container: &str) -> impl Iterator<Item = Item> {
    let bytes = container.as_bytes();
    let is_object = container.starts_with('{');
    let mut at = skip_blanks(bytes, 1);
    std::iter::from_fn(move || {
        let mut item_key = None;
        if is_object {
            let (key, after) = key(bytes, at).ok()?;
            (item_key, at) = (Some(key), after);
        }
        let (value, after) = value(bytes, at, 0).ok()?;
        let after = skip_blanks(bytes, after);
        at = past(bytes, after, b',').unwrap_or(after);
        Some(Item { key: item_key, value })
    })
}

/// Where and why reading stopped.
pub(crate) struct Stop {
    at: usize,
    why: Break,
}

/// What was read. The functions below take the offset of what they read and hand on the offset past it.
pub(crate) type Step<T> = Result<T, Stop>;

#[cold]
fn stop<T>(at: usize, why: Break) -> Step<T> {
    Err(Stop { at, why })
}

/// How far an object has been read, as an [`Outcome`] tells it.
struct Progress {
    open: u32,
    has_key: bool,
}

/// The members of an object, from behind its opening brace to past the closing one.
#[inline]
fn members(text: &str, start: usize, visitor: &mut impl Visitor, progress: &mut Progress) -> Step<usize> {
    let bytes = text.as_bytes();
    let mut at = skip_blanks(bytes, start);
    if bytes.get(at) == Some(&b'}') {
        return Ok(at + 1);
    }
    loop {
        let (key, after) = key(bytes, at)?;
        progress.has_key = true;
        let is_nested = bytes.get(after) == Some(&b'{') && !is_empty_object(bytes, after);
        if is_nested && visitor.nested(text, key) == Nested::Enter {
            at = skip_blanks(bytes, enter(after, &mut progress.open)?);
            continue;
        }
        let (value, after) = value(bytes, after, progress.open)?;
        visitor.member(text, key, value);
        if let Some(next) = directly_past(bytes, after, b',') {
            at = next;
            continue;
        }
        at = skip_blanks(bytes, after);
        while bytes.get(at) == Some(&b'}') {
            progress.open -= 1;
            if progress.open == 0 {
                return Ok(at + 1);
            }
            visitor.leave();
            at = skip_blanks(bytes, at + 1);
        }
        at = past(bytes, at, b',')?;
    }
}

/// A member's key with its colon and the blanks around it.
#[inline(always)]
pub(crate) fn key(bytes: &[u8], at: usize) -> Step<(Span, usize)> {
    if bytes.get(at) != Some(&b'"') {
        return stop(at, if at == bytes.len() { Break::Early } else { Break::Broken });
    }
    let (key, after) = string(bytes, at)?;
    match directly_past(bytes, after, b':') {
        Some(at) => Ok((key, at)),
        None => Ok((key, past(bytes, skip_blanks(bytes, after), b':')?)),
    }
}

/// The same as [`past`] where there are no blanks, which is how JSON comes over the wire.
#[inline(always)]
fn directly_past(bytes: &[u8], at: usize, mark: u8) -> Option<usize> {
    match bytes.get(at..)? {
        [found, next, ..] if *found == mark && *next > b' ' => Some(at + 1),
        _ => None,
    }
}

/// A comma or colon that is due, and the blanks behind it.
#[inline(always)]
pub(crate) fn past(bytes: &[u8], at: usize, mark: u8) -> Step<usize> {
    if bytes.get(at) == Some(&mark) { Ok(skip_blanks(bytes, at + 1)) } else { misplaced(bytes, at) }
}

/// The break at a place where a colon, a comma or a closing mark was due.
#[cold]
fn misplaced<T>(bytes: &[u8], at: usize) -> Step<T> {
    if at == bytes.len() {
        return stop(at, Break::Early);
    }
    let before = bytes[..at].trim_ascii_end();
    if before.ends_with(b"{\"") {
        return stop(before.len() - 2, Break::Glued);
    }
    stop(at, Break::Broken)
}

/// Whether the object that opens at `at` has no members. It is then a value like any other.
#[inline(never)]
fn is_empty_object(bytes: &[u8], at: usize) -> bool {
    bytes.get(at) == Some(&b'{') && bytes.get(skip_blanks(bytes, at + 1)) == Some(&b'}')
}

/// The opening mark of an array or object, unless too many are open.
#[inline(never)]
fn enter(at: usize, open: &mut u32) -> Step<usize> {
    if *open == MAX_DEPTH {
        return stop(at, Break::Broken);
    }
    *open += 1;
    Ok(at + 1)
}

/// A value, inside as many arrays and objects as are `open`.
#[inline(always)]
pub(crate) fn value(bytes: &[u8], at: usize, open: u32) -> Step<(Value, usize)> {
    match bytes.get(at) {
        Some(b'"') => {
            let (span, end) = string(bytes, at)?;
            Ok((Value { shape: Shape::String, span, levels: 0, huge: false }, end))
        }
        Some(mark @ (b'[' | b'{')) => {
            let ((levels, huge), end) = container(bytes, at, open)?;
            let shape = if *mark == b'[' { Shape::Array } else { Shape::Object };
            Ok((Value { shape, span: Span { start: at, end, escapes: Escapes::None }, levels, huge }, end))
        }
        _ => {
            let (shape, end) = scalar(bytes, at)?;
            let span = Span { start: at, end, escapes: Escapes::None };
            Ok((Value { shape, span, levels: 0, huge: shape == Shape::HugeNumber }, end))
        }
    }
}

/// An array or object as one value: its levels, and whether it holds a huge number.
#[inline(never)]
fn container(bytes: &[u8], start: usize, outer: u32) -> Step<((u32, bool), usize)> {
    let mut open = outer;
    // A bit for each open container, the innermost lowest: 1 is an object.
    let mut objects = 0_u64;
    let mut deepest = 0;
    let mut huge = false;
    let mut at = start;
    loop {
        let opens = matches!(bytes.get(at), Some(b'[' | b'{'));
        if opens {
            objects = objects << 1 | u64::from(bytes[at] == b'{');
            at = enter(at, &mut open)?;
            deepest = deepest.max(open - outer);
        } else if bytes.get(at) == Some(&b'"') {
            at = string(bytes, at)?.1;
        } else {
            let (shape, end) = scalar(bytes, at)?;
            huge |= shape == Shape::HugeNumber;
            at = end;
        }
        at = skip_blanks(bytes, at);
        let mut closes = false;
        while bytes.get(at) == Some(if objects & 1 == 1 { &b'}' } else { &b']' }) {
            closes = true;
            open -= 1;
            objects >>= 1;
            at += 1;
            if open == outer {
                return Ok(((deepest, huge), at));
            }
            at = skip_blanks(bytes, at);
        }
        if closes || !opens {
            at = past(bytes, at, b',')?;
        }
        if objects & 1 == 1 {
            at = key(bytes, at)?.1;
        }
    }
}

/// A string, from its opening to past its closing quote. Most have no escapes and are one run of plain text.
#[inline(always)]
fn string(bytes: &[u8], at: usize) -> Step<(Span, usize)> {
    let start = at + 1;
    let end = find_special(bytes, start);
    if bytes.get(end) == Some(&b'"') {
        return Ok((Span { start, end, escapes: Escapes::None }, end + 1));
    }
    let (end, escapes) = escaped_string(bytes, end)?;
    Ok((Span { start, end, escapes }, end + 1))
}

/// The offset of the closing quote of a string whose first run of plain text ends at `at`, and which escapes it has.
#[inline(never)]
fn escaped_string(bytes: &[u8], mut at: usize) -> Step<(usize, Escapes)> {
    let mut escapes = Escapes::Usual;
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok((at, escapes)),
            Some(b'\\') => {
                if let Some(b'u' | b'/') = bytes.get(at + 1) {
                    escapes = Escapes::Any;
                }
                at = find_special(bytes, escape(bytes, at)?);
            }
            Some(_) => return stop(at, Break::Broken),
            None => return stop(at, Break::Early),
        }
    }
}

#[inline]
fn escape(bytes: &[u8], at: usize) -> Step<usize> {
    let rest = &bytes[at + 1..];
    let (valid, whole) = match rest {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => (1, 1),
        [b'u', digits @ ..] => (1 + digits.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count(), 5),
        _ => (0, 1),
    };
    if valid == whole { Ok(at + 1 + whole) } else { cut_or_broken(bytes, at, valid == rest.len()) }
}

/// The break inside a token: the text ends in it, or something stands in it that does not belong there.
#[cold]
fn cut_or_broken<T>(bytes: &[u8], at: usize, is_cut: bool) -> Step<T> {
    if is_cut { stop(bytes.len(), Break::Early) } else { stop(at, Break::Broken) }
}

/// A literal or a number.
#[inline(never)]
fn scalar(bytes: &[u8], at: usize) -> Step<(Shape, usize)> {
    let (word, shape): (&[u8], _) = match bytes.get(at) {
        Some(b't') => (b"true", Shape::True),
        Some(b'f') => (b"false", Shape::False),
        Some(b'n') => (b"null", Shape::Null),
        Some(b'-' | b'0'..=b'9') => return number(bytes, at),
        _ => return cut_or_broken(bytes, at, at == bytes.len()),
    };
    let rest = &bytes[at..];
    if !rest.starts_with(word) {
        return cut_or_broken(bytes, at, word.starts_with(rest));
    }
    let end = at + word.len();
    if bytes.get(end).is_none_or(|byte| is_delimiter(*byte)) { Ok((shape, end)) } else { stop(at, Break::Broken) }
}

/// A number. One that touches the end of the text may have been cut, so it is not complete.
fn number(bytes: &[u8], start: usize) -> Step<(Shape, usize)> {
    let take = |at: usize, mark: u8| at + usize::from(bytes.get(at) == Some(&mark));
    let digits = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let first = take(start, b'-');
    let mut end = take(first, b'0');
    if end == first {
        end = digits(first);
    }
    let mut valid = end > first;
    if valid && bytes.get(end) == Some(&b'.') {
        let fraction = end + 1;
        end = digits(fraction);
        valid = end > fraction;
    }
    if valid && matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = take(take(end + 1, b'+'), b'-');
        end = digits(exponent);
        valid = end > exponent;
    }
    match bytes.get(end) {
        Some(byte) if valid && is_delimiter(*byte) => {
            let huge = is_huge(&bytes[first..end]);
            Ok((if huge { Shape::HugeNumber } else { Shape::Number }, end))
        }
        next => cut_or_broken(bytes, start, next.is_none()),
    }
}

/// Whether a number, without its sign, is 10³⁰⁸ or more: by the place of its first digit that is not zero.
fn is_huge(number: &[u8]) -> bool {
    const MAX_PLACES: i64 = 308;
    let mut parts = number.split(|byte| matches!(byte, b'e' | b'E'));
    let mantissa = parts.next().unwrap_or_default();
    let (exponent, is_negative) = match parts.next() {
        Some([b'-', digits @ ..]) => (digits, true),
        Some([b'+', digits @ ..] | digits) => (digits, false),
        None if mantissa.len() as i64 <= MAX_PLACES => return false,
        None => (&b""[..], false),
    };
    let whole = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    let Some(first) = mantissa.iter().position(|byte| !matches!(byte, b'0' | b'.')) else { return false };
    let places = if first < whole { (whole - first) as i64 } else { -((first - whole - 1) as i64) };
    let add = |sum: i64, digit: &u8| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    let exponent = exponent.iter().fold(0, add);
    places.saturating_add(if is_negative { -exponent } else { exponent }) > MAX_PLACES
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
}

#[inline(always)]
pub(crate) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}
