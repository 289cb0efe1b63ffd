//! A recursive-descent reader for JSON (RFC 8259). If the text ends early or breaks, it keeps the complete members. It
//! accepts unambiguous damage: raw control characters, backslashes that do not begin an escape, and objects that were
//! escaped once too often.

use super::Json;

/// The maximum number of nested objects and arrays.
const MAX_LEVELS: usize = 64;

/// The part of an object that could be read.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// The members whose values are complete.
    pub(super) members: Vec<(String, Json)>,
    /// The next member, if its value is an incomplete object.
    pub(super) cut: Option<(String, Box<Object>)>,
}

/// The reason why an object is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The text ends.
    Early,
    /// There is an unexpected character.
    Broken,
    /// The last string ends with a brace, at which another message begins.
    Glued,
}

/// The result of reading an object.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) object: Object,
    /// The offset after the object, or of its fault.
    pub(super) end: usize,
    pub(super) fault: Option<Fault>,
    /// The number of objects that are open at the fault.
    pub(super) open: usize,
    /// Whether there is a first key with its colon. Without one, the brace is an ordinary character.
    pub(super) has_key: bool,
    /// Whether the whole text ends early, and not only the string that contains the object.
    pub(super) is_text_over: bool,
    /// The key of the object's own member whose string ends early, and the offset of that string.
    pub(super) cut_string: Option<(String, usize)>,
    /// Whether there is a backslash that does not begin an escape.
    pub(super) has_wrong_escape: bool,
    /// Whether there is anything that RFC 8259 does not allow.
    pub(super) is_damaged: bool,
}

/// Reads the object at the offset `brace`. It may be escaped once too often.
pub(super) fn read(text: &str, brace: usize) -> Reading {
    let inside = text[brace + 1..].trim_start_matches([' ', '\t', '\n', '\r']);
    if inside.starts_with("\\\"") { read_escaped(text, brace) } else { read_plain(text, brace) }
}

fn read_plain(text: &str, brace: usize) -> Reading {
    let mut reader = Reader::new(text, brace);
    let mut object = Object::default();
    let fault = reader.object(&mut object).err();
    let Reader { at, open, has_key, has_wrong_escape, has_raw_control, cut_string, .. } = reader;
    if fault == Some(Fault::Glued) {
        // The string with the brace of the other message does not belong to the truncated message.
        return Reading { fault, is_text_over: false, ..read_plain(&text[..at], brace) };
    }
    let is_text_over = fault == Some(Fault::Early);
    let end = if is_text_over { text.len() } else { at };
    let is_damaged = has_wrong_escape || has_raw_control;
    Reading { object, end, fault, open, has_key, is_text_over, cut_string, has_wrong_escape, is_damaged }
}

/// Reads an escaped object. It unescapes the text up to the first unescaped quote, which ends the string around the
/// object.
fn read_escaped(text: &str, brace: usize) -> Reading {
    let mut reader = Reader::new(text, brace);
    let (mut unescaped, mut places, mut wrong) = (String::new(), Vec::new(), Vec::new());
    while let Some(character) = reader.next().filter(|character| *character != '"') {
        let (place, before) = (reader.at, unescaped.len());
        reader.has_wrong_escape = false;
        if character != '\\' {
            reader.at += character.len_utf8();
            unescaped.push(character);
        } else if let Ok(character) = reader.escape() {
            unescaped.push(character);
        } else {
            // The text ends in an escape.
            unescaped.push_str(reader.rest());
            reader.at = text.len();
        }
        if reader.has_wrong_escape {
            wrong.push(before);
        }
        places.resize(unescaped.len(), place);
    }
    let is_string_over = reader.next() == Some('"');
    places.push(if is_string_over { reader.at } else { text.len() });
    // A brace directly before the quote belongs to another message, which begins there.
    let is_appended = is_string_over && unescaped.len() > 1 && unescaped.ends_with('{');
    let mut reading = read_plain(&unescaped[..unescaped.len() - usize::from(is_appended)], 0);
    if is_appended && reading.fault == Some(Fault::Early) {
        reading.fault = Some(Fault::Glued);
    }
    let is_wrong_inside = wrong.iter().any(|place| *place < reading.end);
    reading.has_wrong_escape |= is_wrong_inside;
    reading.is_damaged = true;
    reading.is_text_over &= !is_string_over;
    reading.end = places[reading.end];
    reading.cut_string = None;
    reading
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The number of open objects and arrays.
    levels: usize,
    /// The number of open objects.
    open: usize,
    has_key: bool,
    has_wrong_escape: bool,
    has_raw_control: bool,
    cut_string: Option<(String, usize)>,
    /// The offset after the closing quote of the last string.
    last_string: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, at: usize) -> Self {
        let (has_key, has_wrong_escape, has_raw_control) = (false, false, false);
        let cut_string = None;
        Self { text, at, levels: 0, open: 0, has_key, has_wrong_escape, has_raw_control, cut_string, last_string: 0 }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, mark: char) -> bool {
        let is_there = self.next() == Some(mark);
        self.at += if is_there { mark.len_utf8() } else { 0 };
        is_there
    }

    fn spaces(&mut self) {
        while let Some(' ' | '\t' | '\n' | '\r') = self.next() {
            self.at += 1;
        }
    }

    /// Returns the fault for an unexpected character or for the end of the text.
    fn fault(&self) -> Fault {
        if self.rest().is_empty() { Fault::Early } else { Fault::Broken }
    }

    /// Reads a delimiter in an object or array, with the white space around it.
    fn mark(&mut self, mark: char) -> Result<(), Fault> {
        self.spaces();
        if !self.take(mark) {
            return Err(self.maybe_glued());
        }
        self.spaces();
        Ok(())
    }

    fn maybe_glued(&mut self) -> Fault {
        let before = self.text[..self.at].trim_end_matches([' ', '\t', '\n', '\r']);
        if !self.rest().is_empty() && before.len() == self.last_string && before.ends_with("{\"") {
            self.at = before.len() - 2;
            return Fault::Glued;
        }
        self.fault()
    }

    fn enter(&mut self) -> Result<(), Fault> {
        if self.levels == MAX_LEVELS {
            return Err(Fault::Broken);
        }
        self.levels += 1;
        Ok(())
    }

    fn object(&mut self, object: &mut Object) -> Result<(), Fault> {
        self.enter()?;
        self.at += 1;
        self.open += 1;
        self.spaces();
        let mut is_first = true;
        while !self.take('}') {
            if !is_first {
                self.mark(',')?;
            }
            is_first = false;
            let key = self.key()?;
            if self.next() == Some('{') {
                let mut inner = Object::default();
                if let Err(fault) = self.object(&mut inner) {
                    object.cut = Some((key, Box::new(inner)));
                    return Err(fault);
                }
                object.members.push((key, Json::Object(inner.members)));
            } else {
                let (start, is_string) = (self.at, self.next() == Some('"'));
                match self.value() {
                    Ok(value) => object.members.push((key, value)),
                    Err(fault) => {
                        self.cut_string = Some((key, start)).filter(|_| is_string && self.levels == 1);
                        return Err(fault);
                    }
                }
            }
            self.spaces();
        }
        self.open -= 1;
        self.levels -= 1;
        Ok(())
    }

    fn key(&mut self) -> Result<String, Fault> {
        if self.next() != Some('"') {
            return Err(self.fault());
        }
        let key = self.string()?;
        self.mark(':')?;
        self.has_key = true;
        Ok(key)
    }

    fn value(&mut self) -> Result<Json, Fault> {
        match self.next() {
            Some('"') => self.string().map(Json::Text),
            Some('[') => self.array(),
            Some('{') => {
                let mut object = Object::default();
                self.object(&mut object)?;
                Ok(Json::Object(object.members))
            }
            Some('-' | '0'..='9') => self.number(),
            _ => self.literal(),
        }
    }

    fn array(&mut self) -> Result<Json, Fault> {
        self.enter()?;
        self.at += 1;
        self.spaces();
        let mut items = Vec::new();
        while !self.take(']') {
            if !items.is_empty() {
                self.mark(',')?;
            }
            items.push(self.value()?);
            self.spaces();
        }
        self.levels -= 1;
        Ok(Json::Array(items))
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut text = String::new();
        while !self.take('"') {
            match self.next() {
                Some('\\') => text.push(self.escape()?),
                None => return Err(Fault::Early),
                Some(character) => {
                    self.has_raw_control |= character < ' ';
                    self.at += character.len_utf8();
                    text.push(character);
                }
            }
        }
        self.last_string = self.at;
        Ok(text)
    }

    /// Reads an escape, or two that form a surrogate pair. Half a pair is U+FFFD.
    fn escape(&mut self) -> Result<char, Fault> {
        let first = self.escape_unit()?;
        if (0xD800..0xDC00).contains(&first) && self.rest().starts_with("\\u") {
            let (after_first, had_wrong_escape) = (self.at, self.has_wrong_escape);
            match self.escape_unit() {
                Ok(second @ 0xDC00..0xE000) => {
                    let pair = [first as u16, second as u16];
                    return Ok(char::decode_utf16(pair).next().unwrap().unwrap());
                }
                _ => (self.at, self.has_wrong_escape) = (after_first, had_wrong_escape),
            }
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Reads an escape and returns its number, which may be a surrogate. A backslash that does not begin an escape is
    /// read as a backslash.
    fn escape_unit(&mut self) -> Result<u32, Fault> {
        let after = &self.rest()[1..];
        let unit = match after.chars().next() {
            Some(character @ ('"' | '\\' | '/')) => character.into(),
            Some('b') => 0x08,
            Some('f') => 0x0C,
            Some('n') => 0x0A,
            Some('r') => 0x0D,
            Some('t') => 0x09,
            Some('u') => {
                let digits: String = after[1..].chars().take(4).take_while(char::is_ascii_hexdigit).collect();
                if digits.len() == 4 {
                    self.at += 6;
                    return Ok(u32::from_str_radix(&digits, 16).unwrap());
                }
                if after.len() == 1 + digits.len() {
                    return Err(Fault::Early);
                }
                return Ok(self.wrong_escape());
            }
            None => return Err(Fault::Early),
            Some(_) => return Ok(self.wrong_escape()),
        };
        self.at += 2;
        Ok(unit)
    }

    fn wrong_escape(&mut self) -> u32 {
        self.at += 1;
        self.has_wrong_escape = true;
        '\\'.into()
    }

    /// Reads a number. A number at the end of the text may be cut off, so it is incomplete.
    fn number(&mut self) -> Result<Json, Fault> {
        let word = self.word();
        if word.len() == self.rest().len() {
            let begins_one = is_number(word) || is_number(&format!("{word}0"));
            return Err(if begins_one { Fault::Early } else { Fault::Broken });
        }
        if !is_number(word) {
            return Err(Fault::Broken);
        }
        let number = word.to_owned();
        self.at += number.len();
        Ok(Json::Number(number))
    }

    fn literal(&mut self) -> Result<Json, Fault> {
        for (word, value) in [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)] {
            if self.word() == word {
                self.at += word.len();
                return Ok(value);
            }
            if word.starts_with(self.rest()) {
                return Err(Fault::Early);
            }
        }
        Err(Fault::Broken)
    }

    /// Returns the next characters that can be part of a number or a literal: letters, digits, signs, points and
    /// underscores.
    fn word(&self) -> &str {
        let rest = self.rest();
        let belongs = |character: char| character.is_ascii_alphanumeric() || "+-._".contains(character);
        &rest[..rest.find(|character| !belongs(character)).unwrap_or(rest.len())]
    }
}

/// Returns whether a text is a number (RFC 8259, section 6).
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(are_digits)
        && exponent.is_none_or(|exponent| are_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}
