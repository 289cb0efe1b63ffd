//! A streaming reader of JSON (RFC 8259) for messages that may be cut or broken anywhere.
//!
//! The reader walks a text once and hands each value to a [`Visitor`] as a place in the text. It builds nothing,
//! allocates nothing, and does not recurse: what is open is a bit in a word. Where the text ends early or breaks off,
//! what was visited before stays valid, which is what the recovery of cut messages rests on.
//!
//! Why not `serde_json` here? Its visitors recurse with the input, its scratch space is allocated anew for each text
//! with an escape in it, its errors are boxed, and nested values that are cut yield nothing. DESIGN.md has the figures.

/// The most levels of objects and arrays in each other, the outermost counted.
pub const MAX_DEPTH: u32 = 64;

/// A string's place in the text, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte, in bytes.
    pub start: usize,
    /// Offset past the last byte, in bytes.
    pub end: usize,
    /// Whether there are escapes to resolve.
    pub escaped: bool,
}

impl Span {
    /// The text at the place.
    #[must_use]
    #[inline]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string; the span is what stands between its quotes.
    String,
    /// A number.
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
    /// An array with so many levels of arrays and objects in it, itself counted.
    Array {
        /// The levels.
        levels: u32,
    },
    /// An object that is not walked into.
    Object {
        /// Whether it has no members.
        empty: bool,
    },
}

/// A complete value: what it is, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub shape: Shape,
    /// Where it stands.
    pub span: Span,
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
    let mut reader = Reader { bytes: text.as_bytes(), at: open, open: 0, has_key: false };
    let stopped = reader.object(text, visitor).err();
    Outcome { end: reader.at, stopped, open: if reader.has_key { reader.open } else { 0 } }
}

/// Reads one complete value, of any shape, at the beginning of `text`; `None` where there is none.
#[must_use]
pub fn read_value(text: &str) -> Option<Value> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0, open: 0, has_key: false };
    reader.skip_blanks();
    reader.value().ok()
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
    let mut reader = Reader { bytes: container.as_bytes(), at: 1, open: 0, has_key: false };
    let is_object = container.starts_with('{');
    std::iter::from_fn(move || {
        reader.skip_blanks();
        reader.take(b',');
        reader.skip_blanks();
        let key = if is_object { Some(reader.key().ok()?) } else { None };
        Some(Item { key, value: reader.value().ok()? })
    })
}

type Step<T = ()> = Result<T, Break>;

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    open: u32,
    has_key: bool,
}

impl Reader<'_> {
    fn object(&mut self, text: &str, visitor: &mut impl Visitor) -> Step {
        self.at += 1;
        self.open = 1;
        self.skip_blanks();
        if self.take(b'}') {
            self.open = 0;
            return Ok(());
        }
        loop {
            let key = self.key()?;
            self.has_key = true;
            if self.peek()? == b'{' && !self.is_empty_object() && visitor.nested(text, key) == Nested::Enter {
                self.enter()?;
                self.skip_blanks();
                continue;
            }
            let value = self.value()?;
            visitor.member(text, key, value);
            while !self.comma_or(b'}')? {
                self.open -= 1;
                if self.open == 0 {
                    return Ok(());
                }
                visitor.leave();
            }
        }
    }

    /// Whether the object that opens here has no members. It is then a value like any other.
    fn is_empty_object(&self) -> bool {
        let mut inside = Self { at: self.at + 1, ..*self };
        inside.skip_blanks();
        inside.bytes.get(inside.at) == Some(&b'}')
    }

    /// A member's key with its colon and the blanks around it.
    #[inline]
    fn key(&mut self) -> Step<Span> {
        if self.peek()? != b'"' {
            return Err(Break::Broken);
        }
        let key = self.string()?;
        self.skip_blanks();
        if !self.take(b':') {
            return Err(self.misplaced());
        }
        self.skip_blanks();
        Ok(key)
    }

    /// Moves past a comma (true) or the closing mark (false), whichever comes next.
    #[inline]
    fn comma_or(&mut self, close: u8) -> Step<bool> {
        self.skip_blanks();
        let comma = match self.bytes.get(self.at) {
            Some(b',') => true,
            Some(mark) if *mark == close => false,
            _ => return Err(self.misplaced()),
        };
        self.at += 1;
        if comma {
            self.skip_blanks();
        }
        Ok(comma)
    }

    /// The break at a place where a colon, a comma or a closing mark was due.
    #[cold]
    fn misplaced(&mut self) -> Break {
        if self.at == self.bytes.len() {
            return Break::Early;
        }
        let before = self.bytes[..self.at].trim_ascii_end();
        if before.ends_with(b"{\"") {
            self.at = before.len() - 2;
            return Break::Glued;
        }
        Break::Broken
    }

    #[inline]
    fn value(&mut self) -> Step<Value> {
        let start = self.at;
        let shape = match self.peek()? {
            b'"' => return Ok(Value { shape: Shape::String, span: self.string()? }),
            b't' => self.literal(b"true", Shape::True)?,
            b'f' => self.literal(b"false", Shape::False)?,
            b'n' => self.literal(b"null", Shape::Null)?,
            b'-' | b'0'..=b'9' => self.number()?,
            b'[' | b'{' => self.container()?,
            _ => return Err(Break::Broken),
        };
        Ok(Value { shape, span: Span { start, end: self.at, escaped: false } })
    }

    /// An array or object as one value.
    fn container(&mut self) -> Step<Shape> {
        let (outer, is_array) = (self.open, self.bytes[self.at] == b'[');
        let empty = self.is_empty_object();
        // A bit for each open container, the innermost lowest: 1 is an object.
        let mut objects = 0_u64;
        let mut deepest = 0;
        loop {
            let opens = self.peek()?;
            if matches!(opens, b'[' | b'{') {
                self.enter()?;
                objects = objects << 1 | u64::from(opens == b'{');
                deepest = deepest.max(self.open - outer);
                self.skip_blanks();
                if !self.at_close(objects)? {
                    if objects & 1 == 1 {
                        self.key()?;
                    }
                    continue;
                }
            } else {
                self.value()?;
            }
            while self.at_close(objects)? || !self.comma_or(b',')? {
                self.at += 1;
                self.open -= 1;
                objects >>= 1;
                if self.open == outer {
                    return Ok(if is_array { Shape::Array { levels: deepest } } else { Shape::Object { empty } });
                }
            }
            if objects & 1 == 1 {
                self.key()?;
            }
        }
    }

    /// Whether the innermost open container closes here, after blanks.
    fn at_close(&mut self, objects: u64) -> Step<bool> {
        self.skip_blanks();
        let close = if objects & 1 == 1 { b'}' } else { b']' };
        Ok(self.peek()? == close)
    }

    fn enter(&mut self) -> Step {
        if self.open == MAX_DEPTH {
            return Err(Break::Broken);
        }
        self.open += 1;
        self.at += 1;
        Ok(())
    }

    /// A string, from its opening to past its closing quote.
    #[inline]
    fn string(&mut self) -> Step<Span> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = find_special(self.bytes, self.at);
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    let end = self.at;
                    self.at += 1;
                    return Ok(Span { start, end, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(Break::Broken),
                None => return Err(Break::Early),
            }
        }
    }

    #[inline]
    fn escape(&mut self) -> Step {
        let rest = &self.bytes[self.at + 1..];
        let (valid, whole) = match rest {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => (1, 1),
            [b'u', digits @ ..] => (1 + digits.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count(), 5),
            _ => (0, 1),
        };
        if valid == whole {
            self.at += 1 + whole;
            return Ok(());
        }
        if valid == rest.len() { Err(self.early()) } else { Err(Break::Broken) }
    }

    /// The break at the end of the text.
    #[cold]
    fn early(&mut self) -> Break {
        self.at = self.bytes.len();
        Break::Early
    }

    fn literal(&mut self, word: &[u8], shape: Shape) -> Step<Shape> {
        let rest = &self.bytes[self.at..];
        if !rest.starts_with(word) {
            return Err(if word.starts_with(rest) { self.early() } else { Break::Broken });
        }
        self.at += word.len();
        if self.bytes.get(self.at).is_none_or(|byte| is_delimiter(*byte)) { Ok(shape) } else { Err(Break::Broken) }
    }

    /// A number. One that touches the end of the text may have been cut, so it is not complete.
    fn number(&mut self) -> Step<Shape> {
        let start = self.at;
        self.take(b'-');
        let mut valid = self.take(b'0') || self.digits();
        if valid && self.take(b'.') {
            valid = self.digits();
        }
        if valid && (self.take(b'e') || self.take(b'E')) {
            let _sign = self.take(b'+') || self.take(b'-');
            valid = self.digits();
        }
        match self.bytes.get(self.at) {
            None => Err(Break::Early),
            Some(byte) if valid && is_delimiter(*byte) => Ok(Shape::Number),
            Some(_) => {
                self.at = start;
                Err(Break::Broken)
            }
        }
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at > start
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Step<u8> {
        self.bytes.get(self.at).copied().ok_or(Break::Early)
    }

    #[inline]
    fn take(&mut self, mark: u8) -> bool {
        let taken = self.bytes.get(self.at) == Some(&mark);
        self.at += usize::from(taken);
        taken
    }
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
}

/// The offset, from `at` on, of the first byte that ends a run of plain text in a string: `"`, `\` or a control
/// character. The text's length where there is none.
///
/// Eight bytes a step, as a word: most strings of an event are 8 to 40 bytes long, too short for a wider scan to pay.
#[must_use]
#[inline]
pub(crate) fn find_special(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        // A byte's high bit is set where the byte is zero after the subtraction's borrow; false hits come only behind a
        // true one, and the first is what counts.
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        let below_quote = quote.wrapping_sub(ONES) & !quote;
        let below_backslash = backslash.wrapping_sub(ONES) & !backslash;
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (below_quote | below_backslash | control) & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}
