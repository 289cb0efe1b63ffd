//! A streaming reader of JSON (RFC 8259) for messages that may be cut or broken anywhere.
//!
//! The reader walks a text once and hands each value to a [`Visitor`] as a place in the text. It builds nothing,
//! allocates nothing, and does not recurse: what is open is a bit in a word. Where the text ends early or breaks off,
//! what was visited before stays valid, which is what the recovery of cut messages rests on.
//!
//! Why not `serde_json` here? Its visitors recurse with the input, its scratch space is allocated anew for each text
//! with an escape in it, its errors are boxed, and nested values that are cut yield nothing. DESIGN.md has the figures.

use crate::keys::{Keys, KnownKeys};
use crate::limits::MAX_DEPTH;
use crate::scan::{chunk_at, find_special, find_special_or_non_ascii};

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
    /// Usual ones. The place is not in the text that is read but in what the filter has made of it.
    Resolved,
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
    /// A string.
    pub(crate) const fn text(span: Span) -> Self {
        Self { shape: Shape::String, span, levels: 0, huge: false }
    }

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
    /// How many objects were open where the text is [`Break::Broken`]; 0 where not even a first key stood there, as in
    /// `{eth0}`.
    pub open: u32,
}

/// Reads the object whose opening brace is at `open`.
pub fn read_object(text: &str, open: usize, visitor: &mut impl Visitor) -> Outcome {
    collect_object(text, open, &mut Visiting(visitor))
}

/// The same for a [`Collector`].
pub(crate) fn collect_object(text: &str, open: usize, collector: &mut impl Collector) -> Outcome {
    let mut progress = Progress { open: 1, has_key: false };
    match members::<Plain>(text, open, collector, &mut progress) {
        Ok(end) => Outcome { end, stopped: None, open: 0 },
        Err(stop) => {
            let is_known = progress.has_key && stop.why == Break::Broken;
            let open = if is_known { open_objects(&text.as_bytes()[open..stop.at]) } else { 0 };
            Outcome { end: stop.at, stopped: Some(stop.why), open }
        }
    }
}

/// How many objects are open at the end of JSON that breaks off there.
#[cold]
fn open_objects(json: &[u8]) -> u32 {
    let (mut open, mut at) = (0, 0);
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            b'"' => at = plain_string(json, at).map_or(json.len(), |(_, after)| after),
            _ => {}
        }
    }
    open
}

/// Reads the object whose opening brace is at `open`, inside a string of other JSON whose escapes are not resolved. Hands
/// on the offset past what was read, and whether that is the whole object; if not, the outer string ends inside of one of
/// the object's. `None` where there is anything but ASCII and what JSON is usually written with: a blank between its parts
/// other than `0x20`, an array, an object without members, or `\u` for ASCII.
pub(crate) fn collect_quoted_object(text: &str, open: usize, collector: &mut impl Collector) -> Option<(usize, bool)> {
    let mut progress = Progress { open: 1, has_key: false };
    match members::<Quoted>(text, open, collector, &mut progress) {
        Ok(end) => Some((end, true)),
        Err(Stop { at, why: Break::Early }) => Some((at, false)),
        Err(_) => None,
    }
}

/// What becomes of an object, whose opening brace is at `open`, if not even a key with its colon stands in it, and it is not
/// empty either. To see that takes much less than to read the object.
pub(crate) fn break_before_members(text: &str, open: usize) -> Option<Outcome> {
    let bytes = text.as_bytes();
    let at = skip_blanks(bytes, open + 1);
    let Stop { at, why } = if bytes.get(at) == Some(&b'}') { return None } else { plain_key(bytes, at).err()? };
    Some(Outcome { end: at, stopped: Some(why), open: 0 })
}

/// Reads one complete value, of any shape, at the beginning of `text`; `None` where there is none.
#[must_use]
pub fn read_value(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    plain_value(bytes, skip_blanks(bytes, 0), 0).ok().map(|(value, _)| value)
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
            let (key, after) = plain_key(bytes, at).ok()?;
            (item_key, at) = (Some(key), after);
        }
        let (value, after) = plain_value(bytes, at, 0).ok()?;
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

/// A visitor that knows keys, and can take strings which stand in strings of other JSON.
pub(crate) trait Collector: Visitor {
    /// The keys that are known where reading has got to, until the next member that comes by [`Visitor::member`] or
    /// [`Visitor::nested`]. To find one takes less time than to read any key.
    fn known_keys(&self) -> Option<&'static KnownKeys> {
        None
    }

    /// A member with a known key, and text without escapes for a value.
    fn known_text(&mut self, _text: &str, _key: usize, _value: Span) {}

    /// A member with a known key, and a string, a literal or a number for a value.
    fn known_value(&mut self, _text: &str, _key: usize, _value: Value) {}

    /// A string in a string of other JSON whose escapes are not resolved; `start` is behind its opening quote. Gives the
    /// place of its contents with those escapes resolved, and the offset in `text` of its end: a quote of its own or of the
    /// outer string. `None` where that is not possible.
    fn resolve(&mut self, _text: &[u8], _start: usize) -> Option<(Span, usize)> {
        None
    }
}

/// Any visitor.
struct Visiting<'v, V>(&'v mut V);

impl<V: Visitor> Visitor for Visiting<'_, V> {
    fn member(&mut self, text: &str, key: Span, value: Value) {
        self.0.member(text, key, value);
    }

    fn nested(&mut self, text: &str, key: Span) -> Nested {
        self.0.nested(text, key)
    }

    fn leave(&mut self) {
        self.0.leave();
    }
}

impl<V: Visitor> Collector for Visiting<'_, V> {}

/// How strings are written in the text.
trait Form {
    /// What opens and closes a string.
    const QUOTE: &'static str;
    /// What stands between two members, the first of which is text.
    const LINK: Literal;
    /// What stands between two members otherwise.
    const COMMA: Literal;
    /// What stands between a key and its value if that is no text.
    const COLON: Literal;
    /// Whether arrays are read, and objects that are not walked into.
    const HAS_CONTAINERS: bool;

    /// Whether a string opens or closes at `at`.
    fn is_quote(bytes: &[u8], at: usize) -> bool;

    /// The known keys in this form.
    fn keys(known: &KnownKeys) -> &Keys;

    /// The offset of what ends the run of plain text that begins at `start`.
    fn plain_end(bytes: &[u8], start: usize) -> usize;

    /// A string with escapes, the first of which is at `at`, and the offset of its closing quote.
    fn escaped(bytes: &[u8], start: usize, at: usize, collector: &mut impl Collector) -> Step<(Span, usize)>;

    /// The offset of what is no blank.
    #[inline(always)]
    fn skip_blanks(bytes: &[u8], at: usize) -> usize {
        skip_blanks(bytes, at)
    }

    /// A comma or colon that is due, and the blanks behind it.
    #[inline(always)]
    fn past(bytes: &[u8], at: usize, mark: u8) -> Step<usize> {
        if bytes.get(at) == Some(&mark) { Ok(Self::skip_blanks(bytes, at + 1)) } else { misplaced(bytes, at) }
    }

    /// A string, from behind its opening quote to past the closing one. Most have no escapes and are one run of plain text.
    #[inline(always)]
    fn string(bytes: &[u8], start: usize, collector: &mut impl Collector) -> Step<(Span, usize)> {
        let (span, end) = Self::ending(bytes, start, Self::plain_end(bytes, start), collector)?;
        Ok((span, end + Self::QUOTE.len()))
    }

    /// A string whose first run of plain text ends at `end`, and the offset of its closing quote.
    #[inline(always)]
    fn ending(bytes: &[u8], start: usize, end: usize, collector: &mut impl Collector) -> Step<(Span, usize)> {
        if Self::is_quote(bytes, end) {
            return Ok((Span { start, end, escapes: Escapes::None }, end));
        }
        Self::escaped(bytes, start, end, collector)
    }
}

/// JSON as it is.
struct Plain;

/// JSON in ASCII inside a string of other JSON: each of its quotes stands behind a backslash, and each of its backslashes
/// is two.
struct Quoted;

impl Form for Plain {
    const QUOTE: &'static str = r#"""#;
    const LINK: Literal = Literal::new(r#"",""#);
    const COMMA: Literal = Literal::new(r#",""#);
    const COLON: Literal = Literal::new(r#"":"#);
    const HAS_CONTAINERS: bool = true;

    #[inline(always)]
    fn is_quote(bytes: &[u8], at: usize) -> bool {
        bytes.get(at) == Some(&b'"')
    }

    #[inline(always)]
    fn keys(known: &KnownKeys) -> &Keys {
        &known.plain
    }

    #[inline(always)]
    fn plain_end(bytes: &[u8], start: usize) -> usize {
        find_special(bytes, start)
    }

    #[inline(always)]
    fn escaped(bytes: &[u8], start: usize, at: usize, _collector: &mut impl Collector) -> Step<(Span, usize)> {
        let (end, escapes) = escaped_string(bytes, at)?;
        Ok((Span { start, end, escapes }, end))
    }
}

impl Form for Quoted {
    const QUOTE: &'static str = r#"\""#;
    const LINK: Literal = Literal::new(r#"\",\""#);
    const COMMA: Literal = Literal::new(r#",\""#);
    const COLON: Literal = Literal::new(r#"\":"#);
    const HAS_CONTAINERS: bool = false;

    #[inline(always)]
    fn is_quote(bytes: &[u8], at: usize) -> bool {
        chunk_at(bytes, at) == Some(br#"\""#)
    }

    #[inline(always)]
    fn keys(known: &KnownKeys) -> &Keys {
        &known.quoted
    }

    #[inline(always)]
    fn plain_end(bytes: &[u8], start: usize) -> usize {
        find_special_or_non_ascii(bytes, start)
    }

    /// The others would have to be escapes in the outer string.
    #[inline(always)]
    fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
        while let Some(b' ') = bytes.get(at) {
            at += 1;
        }
        at
    }

    #[inline(always)]
    fn escaped(bytes: &[u8], start: usize, at: usize, collector: &mut impl Collector) -> Step<(Span, usize)> {
        match collector.resolve(bytes, start) {
            Some((span, end)) if Self::is_quote(bytes, end) => Ok((span, end)),
            Some((_, end)) => stop(end, Break::Early),
            None => stop(at, Break::Broken),
        }
    }
}

/// Up to eight bytes, to be compared in one step.
#[derive(Clone, Copy)]
pub(crate) struct Literal {
    word: u64,
    mask: u64,
    length: usize,
}

impl Literal {
    const fn new(text: &str) -> Self {
        let mut bytes = [0; 8];
        bytes.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
        let mask = u64::MAX >> (64 - 8 * text.len());
        Self { word: u64::from_le_bytes(bytes), mask, length: text.len() }
    }

    /// Whether it stands at `at`. Not seen among the last bytes.
    #[inline(always)]
    fn is_at(self, bytes: &[u8], at: usize) -> bool {
        chunk_at(bytes, at).is_some_and(|word| u64::from_le_bytes(*word) & self.mask == self.word)
    }
}

/// The members of an object, from its opening brace to past the closing one.
#[inline]
fn members<F: Form>(text: &str, open: usize, collector: &mut impl Collector, progress: &mut Progress) -> Step<usize> {
    let mut next = Next { at: open, mark: b'{' };
    loop {
        if let Some(keys) = collector.known_keys() {
            next = known_members::<F>(text, next, keys, collector, progress)?;
            if progress.open == 1 && text.as_bytes().get(next.at) == Some(&b'}') {
                return Ok(next.at + 1);
            }
        }
        next = any_member::<F>(text, next, collector, progress)?;
        if progress.open == 0 {
            return Ok(next.at);
        }
    }
}

/// Where the next member is to be looked for, and the mark that has to stand before it, an opening brace or a comma.
#[derive(Clone, Copy)]
struct Next {
    at: usize,
    mark: u8,
}

/// The next members, as long as their keys are known, their values are text or scalars, and nothing stands between that
/// need not. These are nearly all members of nearly all objects, so this goes straight.
#[inline(never)]
fn known_members<F: Form>(
    text: &str,
    next: Next,
    keys: &'static KnownKeys,
    collector: &mut impl Collector,
    progress: &mut Progress,
) -> Step<Next> {
    let bytes = text.as_bytes();
    // That many bytes are more than any step below looks at, and to know that they are there spares it a check.
    if bytes.len() < 32 || bytes.get(next.at) != Some(&next.mark) || !F::is_quote(bytes, next.at + 1) {
        return Ok(next);
    }
    let mut at = next.at + 1 + F::QUOTE.len();
    loop {
        let (key, value, end) = if let Some((key, start)) = F::keys(keys).find_before_text(bytes, at) {
            progress.has_key = true;
            let end = F::plain_end(bytes, start);
            if F::LINK.is_at(bytes, end) {
                collector.known_text(text, key, Span { start, end, escapes: Escapes::None });
                at = end + F::LINK.length;
                continue;
            }
            let (value, end) = F::ending(bytes, start, end, collector)?;
            (key, Value::text(value), end + F::QUOTE.len())
        } else {
            let Some((key, start)) = key_before_scalar::<F>(bytes, at, keys) else { break };
            progress.has_key = true;
            let (value, end) = scalar_value(bytes, start)?;
            (key, value, end)
        };
        collector.known_value(text, key, value);
        if !F::COMMA.is_at(bytes, end) {
            return Ok(Next { at: end, mark: b',' });
        }
        at = end + F::COMMA.length;
    }
    let at = at - F::QUOTE.len() - 1;
    Ok(Next { at, mark: bytes[at] })
}

/// A known key at `at`, behind its opening quote, if a scalar is its value, and the offset of that.
#[inline(never)]
fn key_before_scalar<F: Form>(bytes: &[u8], at: usize, keys: &KnownKeys) -> Option<(usize, usize)> {
    let rest = bytes.get(at..)?;
    let (key, behind) = rest.split_at(rest.iter().position(|byte| *byte == F::QUOTE.as_bytes()[0])?);
    let is_scalar = matches!(behind.get(F::COLON.length), Some(b'-' | b'0'..=b'9' | b'f' | b'n' | b't'));
    let known = if is_scalar && F::COLON.is_at(behind, 0) { keys.find(key)? } else { return None };
    Some((known, at + key.len() + F::COLON.length))
}

/// A member of any kind, or the end of the outermost object.
#[inline(never)]
fn any_member<F: Form>(text: &str, next: Next, collector: &mut impl Collector, progress: &mut Progress) -> Step<Next> {
    let bytes = text.as_bytes();
    let is_first = next.mark == b'{';
    let mut at = F::skip_blanks(bytes, next.at + usize::from(is_first));
    while bytes.get(at) == Some(&b'}') {
        progress.open -= 1;
        if progress.open == 0 {
            return Ok(Next { at: at + 1, ..next });
        }
        collector.leave();
        at = F::skip_blanks(bytes, at + 1);
    }
    if !is_first {
        at = F::past(bytes, at, b',')?;
    }
    let (key, after) = key::<F>(bytes, at, collector)?;
    progress.has_key = true;
    let is_nested = bytes.get(after) == Some(&b'{') && !is_empty_object(bytes, after);
    if is_nested && collector.nested(text, key) == Nested::Enter {
        enter(after, &mut progress.open)?;
        return Ok(Next { at: after, mark: b'{' });
    }
    let (value, after) = value::<F>(bytes, after, progress.open, collector)?;
    collector.member(text, key, value);
    Ok(Next { at: after, mark: b',' })
}

/// A member's key with its colon and the blanks around it.
#[inline(always)]
fn key<F: Form>(bytes: &[u8], at: usize, collector: &mut impl Collector) -> Step<(Span, usize)> {
    if !F::is_quote(bytes, at) {
        return no_key(bytes, at);
    }
    let (key, after) = F::string(bytes, at + F::QUOTE.len(), collector)?;
    Ok((key, F::past(bytes, F::skip_blanks(bytes, after), b':')?))
}

/// [`key`] in JSON as it is.
pub(crate) fn plain_key(bytes: &[u8], at: usize) -> Step<(Span, usize)> {
    if bytes.get(at) != Some(&b'"') {
        return no_key(bytes, at);
    }
    let (key, after) = plain_string(bytes, at + 1)?;
    Ok((key, past(bytes, skip_blanks(bytes, after), b':')?))
}

/// The break at a place where a key was due.
#[cold]
fn no_key<T>(bytes: &[u8], at: usize) -> Step<T> {
    stop(at, if at == bytes.len() { Break::Early } else { Break::Broken })
}

/// [`value`] in JSON as it is.
pub(crate) fn plain_value(bytes: &[u8], at: usize, open: u32) -> Step<(Value, usize)> {
    value::<Plain>(bytes, at, open, &mut Nobody)
}

/// [`Form::string`] in JSON as it is.
#[inline(never)]
pub(crate) fn plain_string(bytes: &[u8], start: usize) -> Step<(Span, usize)> {
    Plain::string(bytes, start, &mut Nobody)
}

/// A collector of nothing: JSON as it is takes none to read a string.
struct Nobody;

impl Visitor for Nobody {
    fn member(&mut self, _text: &str, _key: Span, _value: Value) {}

    fn nested(&mut self, _text: &str, _key: Span) -> Nested {
        Nested::Whole
    }

    fn leave(&mut self) {}
}

impl Collector for Nobody {}

/// [`Form::past`] in JSON as it is.
#[inline(always)]
pub(crate) fn past(bytes: &[u8], at: usize, mark: u8) -> Step<usize> {
    Plain::past(bytes, at, mark)
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
fn value<F: Form>(bytes: &[u8], at: usize, open: u32, collector: &mut impl Collector) -> Step<(Value, usize)> {
    if F::is_quote(bytes, at) {
        let (span, end) = F::string(bytes, at + F::QUOTE.len(), collector)?;
        return Ok((Value::text(span), end));
    }
    match bytes.get(at) {
        Some(mark @ (b'[' | b'{')) if F::HAS_CONTAINERS => {
            let ((levels, huge), end) = container(bytes, at, open)?;
            let shape = if *mark == b'[' { Shape::Array } else { Shape::Object };
            Ok((Value { shape, span: Span { start: at, end, escapes: Escapes::None }, levels, huge }, end))
        }
        _ => scalar_value(bytes, at),
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
            at = plain_string(bytes, at + 1)?.1;
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
            at = plain_key(bytes, at)?.1;
        }
    }
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

/// A literal or a number as a value.
fn scalar_value(bytes: &[u8], at: usize) -> Step<(Value, usize)> {
    let (shape, end) = scalar(bytes, at)?;
    let span = Span { start: at, end, escapes: Escapes::None };
    Ok((Value { shape, span, levels: 0, huge: shape == Shape::HugeNumber }, end))
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
    if bytes.get(end).is_none_or(|byte| !continues_scalar(*byte)) { Ok((shape, end)) } else { stop(at, Break::Broken) }
}

/// A number (RFC 8259, section 6). One that touches the end of the text may have been cut, so it is not complete.
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
        let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end = digits(exponent);
        valid = end > exponent;
    }
    match bytes.get(end) {
        Some(byte) if valid && !continues_scalar(*byte) => {
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

/// Whether a byte behind a number or literal makes it part of another word. Anything else ends it, also where it is no
/// delimiter of JSON's: the comma that is missing in `{"count":1"user":"x"}` casts no doubt on the number.
fn continues_scalar(byte: u8) -> bool {
    byte != b',' && (byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_'))
}

#[inline(always)]
pub(crate) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}
