//! Checks whether Fluent Bit accepts an answer from the module and reads it correctly.
//!
//! The `wasm` filter of Fluent Bit converts the answer to MessagePack. An answer that its parser refuses costs more
//! than the record: the filter frees the memory of the previous record a second time, which crashes it. An answer
//! that the parser accepts may still do damage. A second value after the object is written to the chunk after the
//! record, and a record that is nested too deeply is written as well. Either way the rest of the chunk is lost. So this
//! check is as strict as the strictest parser of the versions 2.1 to 5.1, and as JSON itself (RFC 8259).
//!
//! # Limits
//!
//! The check does not cover how older versions read numbers; see "Where a host differs" in docs/contract.md.
//!
//! Source: Fluent Bit, `plugins/filter_wasm/filter_wasm.c`, `src/flb_pack.c`, `lib/yyjson-0.12.0`, `lib/jsmn`, and
//! `MSGPACK_EMBED_STACK_SIZE` in `lib/msgpack-c`.

pub mod samples;

use std::collections::HashSet;

/// The maximum number of nested arrays and objects. Fluent Bit before 4.0 reads MessagePack of 32 levels, one of which
/// is the event around the record. Since 4.0 it reads 64.
pub const MAX_LEVELS: usize = 31;

/// Checks an answer. An empty answer drops the record.
///
/// # Errors
///
/// Returns what is wrong with the answer, and at which byte.
pub fn check(answer: &[u8]) -> Result<(), String> {
    if answer.is_empty() { Ok(()) } else { read(answer, true) }
}

fn read(answer: &[u8], names_once: bool) -> Result<(), String> {
    let text = str::from_utf8(answer).map_err(|error| format!("it is not UTF-8: {error}"))?;
    let mut reader = Reader { text, at: 0, names_once };
    reader.skip_spaces();
    if reader.peek() != Some(b'{') {
        return Err(reader.fault("it is not an object"));
    }
    reader.value(Place::Record)?;
    reader.skip_spaces();
    if reader.at < text.len() { Err(reader.fault("there is text after the object")) } else { Ok(()) }
}

/// Checks the answer to a record. A record that passes unchanged keeps the text of the host. An answer may contain a
/// name twice if the record does, which the host never writes.
pub fn check_answer_to(record: &[u8], answer: &[u8]) {
    if answer.is_empty() || answer == record.trim_ascii() {
        return;
    }
    let checked = read(answer, read(record, true).is_ok());
    checked.unwrap_or_else(|fault| panic!("{fault}: {}", String::from_utf8_lossy(answer)));
}

/// The position of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The record itself.
    Record,
    /// A member of the record.
    Field,
    /// A value inside this many arrays and objects.
    Level(usize),
}

impl Place {
    fn level(self) -> usize {
        match self {
            Self::Record => 0,
            Self::Field => 1,
            Self::Level(level) => level,
        }
    }

    fn inside(self) -> Self {
        if self == Self::Record { Self::Field } else { Self::Level(self.level() + 1) }
    }

    /// Returns whether names must be unique: in the record and in `additional_fields`. In an object within an array the
    /// last value of a name counts.
    fn is_flat(self) -> bool {
        self.level() < 2
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    names_once: bool,
}

impl Reader<'_> {
    fn fault(&self, what: &str) -> String {
        format!("{what} at byte {}", self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Skips a byte if it is the next one, and returns whether it was.
    fn accept(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.accept(byte) { Ok(()) } else { Err(self.fault(&format!("no {:?}", char::from(byte)))) }
    }

    /// Reads a value. The recursion is bounded because deeper nesting is refused.
    fn value(&mut self, place: Place) -> Result<(), String> {
        self.skip_spaces();
        match self.peek() {
            Some(b'{' | b'[') if place.level() == MAX_LEVELS => Err(self.fault("it is nested too deeply")),
            Some(b'{') => self.object(place),
            Some(b'[') => self.array(place),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.literal(),
        }
    }

    fn object(&mut self, place: Place) -> Result<(), String> {
        self.expect(b'{')?;
        self.skip_spaces();
        if self.accept(b'}') {
            return Ok(());
        }
        let mut keys = HashSet::new();
        loop {
            self.skip_spaces();
            let key = self.string()?;
            if self.names_once && place.is_flat() && !keys.insert(key) {
                return Err(self.fault("a name occurs twice"));
            }
            self.skip_spaces();
            self.expect(b':')?;
            self.value(place.inside())?;
            self.skip_spaces();
            if !self.accept(b',') {
                return self.expect(b'}');
            }
        }
    }

    fn array(&mut self, place: Place) -> Result<(), String> {
        self.expect(b'[')?;
        self.skip_spaces();
        if self.accept(b']') {
            return Ok(());
        }
        loop {
            self.value(place.inside())?;
            self.skip_spaces();
            if !self.accept(b',') {
                return self.expect(b']');
            }
        }
    }

    /// Reads a string and returns its text. The host reads half a surrogate pair, which the module never writes, as
    /// U+FFFD.
    fn string(&mut self) -> Result<String, String> {
        self.expect(b'"')?;
        let mut units = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(char) = rest.chars().next() else { return Err(self.fault("a string is not closed")) };
            match char {
                '"' => break,
                '\\' => units.push(self.escape()?),
                '\0'..' ' => return Err(self.fault("a control character is not escaped")),
                _ => {
                    units.extend_from_slice(char.encode_utf16(&mut [0; 2]));
                    self.at += char.len_utf8();
                }
            }
        }
        self.at += 1;
        Ok(String::from_utf16_lossy(&units))
    }

    fn escape(&mut self) -> Result<u16, String> {
        let escape = &self.text.as_bytes()[self.at + 1..];
        let (unit, length) = match escape {
            [plain @ (b'"' | b'\\' | b'/'), ..] => (u16::from(*plain), 2),
            [b'b', ..] => (0x08, 2),
            [b'f', ..] => (0x0C, 2),
            [b'n', ..] => (0x0A, 2),
            [b'r', ..] => (0x0D, 2),
            [b't', ..] => (0x09, 2),
            [b'u', digits @ ..] => (self.hex(digits)?, 6),
            _ => return Err(self.fault("an escape is unknown")),
        };
        self.at += length;
        Ok(unit)
    }

    fn hex(&self, digits: &[u8]) -> Result<u16, String> {
        let digits = digits.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        digits
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.fault("an escape lacks four digits"))
    }

    /// Reads a number. The parser also refuses a number outside the range of doubles.
    fn number(&mut self) -> Result<(), String> {
        let start = self.at;
        self.accept(b'-');
        if !self.accept(b'0') {
            self.digits()?;
        }
        if self.accept(b'.') {
            self.digits()?;
        }
        if self.accept(b'e') || self.accept(b'E') {
            let _ = self.accept(b'+') || self.accept(b'-');
            self.digits()?;
        }
        let number = self.text[start..self.at].parse::<f64>();
        if number.is_ok_and(f64::is_finite) {
            Ok(())
        } else {
            Err(self.fault("a number outside the range of doubles ends"))
        }
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.fault("a number has no digit")) }
    }

    fn literal(&mut self) -> Result<(), String> {
        let word = ["true", "false", "null"].into_iter().find(|word| self.text[self.at..].starts_with(word));
        let word = word.ok_or_else(|| self.fault("there is no value"))?;
        self.at += word.len();
        Ok(())
    }
}
