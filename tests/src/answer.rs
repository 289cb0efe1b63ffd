//! Whether Fluent Bit accepts an answer of the module, and reads it correctly.
//!
//! Its `wasm` filter turns the answer into MessagePack, and what its parser refuses costs more than the record: the filter
//! frees the last record's memory once more, which ends the process. What the parser takes may still be damage: a second
//! value behind the object gets into the chunk behind the record, and so does a record that is nested too deeply, and what
//! follows in the chunk is lost then. So this is as strict as the strictest of the parsers there are from 2.1 to 5.1, and
//! as JSON itself (RFC 8259).
//!
//! # What it does not do
//!
//! It does not tell what older versions make of a number; see "Where a host differs" in docs/contract.md.
//!
//! Source: Fluent Bit, `plugins/filter_wasm/filter_wasm.c`, `src/flb_pack.c`, `lib/yyjson-0.12.0`, `lib/jsmn`, and
//! `MSGPACK_EMBED_STACK_SIZE` in `lib/msgpack-c`.

pub mod samples;

use std::collections::HashSet;

/// How many levels of arrays and objects there may be. Before 4.0 Fluent Bit reads MessagePack of 32, of which the event
/// around the record is one; since then of 64.
pub const MAX_LEVELS: usize = 31;

/// Checks an answer, which is empty where the record is dropped.
///
/// # Errors
///
/// What is wrong with it, and where.
pub fn check(answer: &[u8]) -> Result<(), String> {
    if answer.is_empty() { Ok(()) } else { read(answer, true) }
}

fn read(answer: &[u8], names_once: bool) -> Result<(), String> {
    let text = str::from_utf8(answer).map_err(|error| format!("it is not UTF-8: {error}"))?;
    let mut reader = Reader { text, at: 0, names_once };
    reader.skip_blanks();
    if reader.peek() != Some(b'{') {
        return Err(reader.fault("it is no object"));
    }
    reader.value(Place::Record)?;
    reader.skip_blanks();
    if reader.at < text.len() { Err(reader.fault("something follows the object")) } else { Ok(()) }
}

/// Checks the answer to a record. What passes unchanged is the host's own text. A record that has a name twice, which
/// the host never writes, may keep it twice.
pub fn check_answer_to(record: &[u8], answer: &[u8]) {
    if answer.is_empty() || answer == record.trim_ascii() {
        return;
    }
    let checked = read(answer, read(record, true).is_ok());
    checked.unwrap_or_else(|fault| panic!("{fault}: {}", String::from_utf8_lossy(answer)));
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is the record.
    Record,
    /// It is a member of the record.
    Field,
    /// So many arrays and objects are around it.
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

    /// Whether a name counts once: of the record's own and of `additional_fields`. In an array's objects the last one counts.
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

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes past a byte, if it comes next.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.takes(byte) { Ok(()) } else { Err(self.fault(&format!("no {:?}", char::from(byte)))) }
    }

    /// The recursion is bounded: what is nested deeper is refused.
    fn value(&mut self, place: Place) -> Result<(), String> {
        self.skip_blanks();
        match self.peek() {
            Some(b'{' | b'[') if place.level() == MAX_LEVELS => Err(self.fault("it is nested too deeply")),
            Some(b'{') => self.object(place),
            Some(b'[') => self.array(place),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, place: Place) -> Result<(), String> {
        self.expect(b'{')?;
        self.skip_blanks();
        if self.takes(b'}') {
            return Ok(());
        }
        let mut keys = HashSet::new();
        loop {
            self.skip_blanks();
            let key = self.string()?;
            if self.names_once && place.is_flat() && !keys.insert(key) {
                return Err(self.fault("a name comes twice"));
            }
            self.skip_blanks();
            self.expect(b':')?;
            self.value(place.inside())?;
            self.skip_blanks();
            if !self.takes(b',') {
                return self.expect(b'}');
            }
        }
    }

    fn array(&mut self, place: Place) -> Result<(), String> {
        self.expect(b'[')?;
        self.skip_blanks();
        if self.takes(b']') {
            return Ok(());
        }
        loop {
            self.value(place.inside())?;
            self.skip_blanks();
            if !self.takes(b',') {
                return self.expect(b']');
            }
        }
    }

    /// The text of a string. Half a surrogate pair, which the module itself never writes, is U+FFFD to the host.
    fn string(&mut self) -> Result<String, String> {
        self.expect(b'"')?;
        let mut units = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(char) = rest.chars().next() else { return Err(self.fault("a string does not end")) };
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
            _ => return Err(self.fault("an escape is none")),
        };
        self.at += length;
        Ok(unit)
    }

    fn hex(&self, digits: &[u8]) -> Result<u16, String> {
        let digits = digits.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        digits
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.fault("an escape has no four digits"))
    }

    /// The parser refuses a number that no double holds, too.
    fn number(&mut self) -> Result<(), String> {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        let number = self.text[start..self.at].parse::<f64>();
        if number.is_ok_and(f64::is_finite) { Ok(()) } else { Err(self.fault("a number is beyond all doubles before")) }
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.fault("a number has no digit")) }
    }

    fn word(&mut self) -> Result<(), String> {
        let word = ["true", "false", "null"].into_iter().find(|word| self.text[self.at..].starts_with(word));
        let word = word.ok_or_else(|| self.fault("there is no value"))?;
        self.at += word.len();
        Ok(())
    }
}
