//! The grammar: reads objects member by member, and whole values.

use alloc::vec::Vec;

use super::form::{Form, Plain, Quoted};
use super::keys::KnownKeys;
use super::scalar::{scalar, scalar_value};
use super::scan::skip_whitespace;
use super::stop::{Break, Step, Stop, missing_key, stop};
use super::{Escapes, Nested, Outcome, Shape, Span, Value, Visitor};
use crate::limits::MAX_DEPTH;

/// Reads the object whose opening brace is at `open`.
pub(crate) fn read_object(text: &str, open: usize, visitor: &mut impl Visitor) -> Outcome {
    let mut progress = Progress { open: 1, has_key: false };
    match members::<Plain>(text, open, visitor, &mut progress) {
        Ok(end) => Outcome { end, stopped: None, open: 0, is_object: true },
        Err(stop) => {
            let is_known = progress.has_key && stop.why == Break::Broken;
            let open = if is_known { open_objects(&text.as_bytes()[open..stop.at], 0) } else { 0 };
            Outcome { end: stop.at, stopped: Some(stop.why), open, is_object: progress.has_key }
        }
    }
}

/// Returns the number of objects that are open at the end of JSON that breaks off. `before` is the number of objects
/// open at its start. No string may be open at either end.
pub(crate) fn open_objects(json: &[u8], before: u32) -> u32 {
    let mut open = before;
    for_each_brace(json, 0, &mut |_, opens| open = if opens { open + 1 } else { open.saturating_sub(1) });
    open
}

/// Appends the offsets of the braces from `at` on whose objects are open where the JSON breaks off. No string may be
/// open at `at`.
pub(crate) fn open_braces(json: &[u8], at: usize, braces: &mut Vec<usize>) {
    for_each_brace(json, at, &mut |brace, opens| match opens {
        true => braces.push(brace),
        false => drop(braces.pop()),
    });
}

/// Returns which of the objects that are open at `end` may have a member named `key` after `end`. This is none of them
/// unless the object at `start` breaks off at `end` because it is nested too deeply. The result has a bit for each
/// object, the lowest for the outermost. At most `most` bytes are searched, and `most` is reduced by the number of
/// bytes searched.
#[cold]
pub(crate) fn with_later_member(json: &[u8], start: usize, end: usize, key: &[u8], most: &mut usize) -> u64 {
    // One bit for each open level, the lowest for the innermost: 1 for an object, 0 for an array.
    let (mut objects, mut open, mut at) = (0_u64, 0, start);
    while let Some(mark) = next_mark(&json[..end], &mut at) {
        match mark {
            b'{' | b'[' => (objects, open) = (objects << 1 | u64::from(mark == b'{'), open + 1),
            b'}' | b']' => (objects, open) = (objects >> 1, open - 1),
            _ => {}
        }
    }
    let (mut found, mut inside) = (0, 0_u32);
    at = end;
    while open == MAX_DEPTH || at > end {
        let before = at;
        let mark = next_mark(json, &mut at).filter(|_| open > 0 && *most > 0);
        *most = most.saturating_sub(at - before);
        match mark {
            Some(b'{' | b'[') => inside += 1,
            Some(b'}' | b']') if inside > 0 => inside -= 1,
            Some(b'}' | b']') => (objects, open) = (objects >> 1, open - 1),
            Some(_) if inside == 0 && objects & 1 == 1 && may_end_with(&json[..at - 1], key) => {
                found |= 1 << (objects.count_ones() - 1);
            }
            Some(_) => {}
            None => break,
        }
    }
    found
}

/// Returns whether the JSON may end with this key. If there are escapes near the end, they may be part of the key.
fn may_end_with(json: &[u8], key: &[u8]) -> bool {
    const LONGEST_ESCAPE: usize = r"\u0001".len();
    let json = json.trim_ascii_end();
    let last = &json[json.len().saturating_sub(key.len() * LONGEST_ESCAPE)..];
    last.ends_with(key) || last.contains(&b'\\')
}

/// Visits the braces outside strings: the offset of each, and whether it is an opening brace.
#[cold]
fn for_each_brace(json: &[u8], mut at: usize, visit: &mut dyn FnMut(usize, bool)) {
    while let Some(mark) = next_mark(json, &mut at) {
        if let b'{' | b'}' = mark {
            visit(at - 1, mark == b'{');
        }
    }
}

/// Returns the next bracket, brace or colon outside strings, and moves `at` past it.
fn next_mark(json: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let byte = *json.get(*at)?;
        *at += 1;
        match byte {
            b'{' | b'}' | b'[' | b']' | b':' => return Some(byte),
            b'"' => *at = plain_string(json, *at).map_or(json.len(), |(_, after)| after),
            _ => {}
        }
    }
}

/// Reads the object whose opening brace is at `open`, inside a string of other JSON whose escapes are not resolved.
///
/// Returns the offset past the last byte read, and whether the object is complete. If it is not, the outer string ends
/// inside one of the object's strings. Returns `None` if the object is not ASCII or is not written in the usual way: if
/// it contains whitespace other than `0x20` between tokens, an array, an object without members, or `\u` for an ASCII
/// character.
pub(crate) fn read_quoted_object(text: &str, open: usize, visitor: &mut impl Visitor) -> Option<(usize, bool)> {
    let mut progress = Progress { open: 1, has_key: false };
    match members::<Quoted>(text, open, visitor, &mut progress) {
        Ok(end) => Some((end, true)),
        Err(Stop { at, why: Break::Early }) => Some((at, false)),
        Err(_) => None,
    }
}

/// Returns the outcome of reading the object whose opening brace is at `open`, if it is not empty and does not even
/// begin with a key and a colon. Checking this is much cheaper than reading the object.
pub(crate) fn break_before_members(text: &str, open: usize) -> Option<Outcome> {
    let bytes = text.as_bytes();
    let at = skip_whitespace(bytes, open + 1);
    let Stop { at, why } = if bytes.get(at) == Some(&b'}') { return None } else { plain_key(bytes, at).err()? };
    Some(Outcome { end: at, stopped: Some(why), open: 0, is_object: false })
}

/// How far an object has been read, for its [`Outcome`].
struct Progress {
    open: u32,
    has_key: bool,
}

/// Reads the members of an object from its opening brace on, and returns the offset past its closing brace.
#[inline]
fn members<F: Form>(text: &str, open: usize, visitor: &mut impl Visitor, progress: &mut Progress) -> Step<usize> {
    let mut next = Next { at: open, delimiter: b'{' };
    loop {
        if let Some(keys) = visitor.known_keys() {
            next = known_members::<F>(text, next, keys, visitor, progress)?;
            if progress.open == 1 && text.as_bytes().get(next.at) == Some(&b'}') {
                return Ok(next.at + 1);
            }
        }
        next = any_member::<F, _>(text, next, visitor, progress)?;
        if progress.open == 0 {
            return Ok(next.at);
        }
    }
}

/// The offset of the next member, and the delimiter that must be there: an opening brace or a comma.
#[derive(Clone, Copy)]
struct Next {
    at: usize,
    delimiter: u8,
}

/// Reads the next members, as long as their keys are known, their values are strings or scalars, and there is no
/// whitespace between tokens. This is the fast path for nearly all members of nearly all objects.
#[inline(never)]
fn known_members<F: Form>(
    text: &str,
    next: Next,
    keys: &'static KnownKeys,
    visitor: &mut impl Visitor,
    progress: &mut Progress,
) -> Step<Next> {
    let bytes = text.as_bytes();
    // No step below reads more than 32 bytes at once. Checking the length here spares the steps a check.
    if bytes.len() < 32 || bytes.get(next.at) != Some(&next.delimiter) || !F::is_quote(bytes, next.at + 1) {
        return Ok(next);
    }
    let mut at = next.at + 1 + F::QUOTE.len();
    loop {
        let end = if let Some((key, start)) = F::keys(keys).find_before_text(bytes, at) {
            progress.has_key = true;
            let end = F::plain_end_inlined(bytes, start);
            if F::LINK.is_at(bytes, end) {
                visitor.known_plain_string(text, key, Span { start, end, escapes: Escapes::None });
                at = end + F::LINK.length;
                continue;
            }
            let (value, end) = F::ending(bytes, start, end, visitor)?;
            visitor.known_string(text, key, value);
            end + F::QUOTE.len()
        } else {
            let Some((key, start)) = key_before_scalar::<F>(bytes, at, keys) else { break };
            progress.has_key = true;
            let (value, end) = scalar_value(bytes, start)?;
            visitor.known_scalar(text, key, value);
            end
        };
        if !F::COMMA.is_at(bytes, end) {
            return Ok(Next { at: end, delimiter: b',' });
        }
        at = end + F::COMMA.length;
    }
    let at = at - F::QUOTE.len() - 1;
    Ok(Next { at, delimiter: bytes[at] })
}

/// Finds the known key at `at`, the offset after its opening quote, if its value is a scalar. Returns the number of the
/// key and the offset of the value.
#[inline(never)]
fn key_before_scalar<F: Form>(bytes: &[u8], at: usize, keys: &KnownKeys) -> Option<(usize, usize)> {
    let rest = bytes.get(at..)?;
    let (key, after) = rest.split_at(rest.iter().position(|byte| *byte == F::QUOTE.as_bytes()[0])?);
    let is_scalar = matches!(after.get(F::COLON.length), Some(b'-' | b'0'..=b'9' | b'f' | b'n' | b't'));
    let known = if is_scalar && F::COLON.is_at(after, 0) { keys.find(key)? } else { return None };
    Some((known, at + key.len() + F::COLON.length))
}

/// Reads a member of any kind, or the end of the outermost object.
#[inline(never)]
fn any_member<F: Form, V: Visitor>(text: &str, next: Next, visitor: &mut V, progress: &mut Progress) -> Step<Next> {
    let bytes = text.as_bytes();
    let is_first = next.delimiter == b'{';
    let mut at = F::skip_whitespace(bytes, next.at + usize::from(is_first));
    while bytes.get(at) == Some(&b'}') {
        progress.open -= 1;
        if progress.open == 0 {
            return Ok(Next { at: at + 1, ..next });
        }
        visitor.leave();
        at = F::skip_whitespace(bytes, at + 1);
    }
    if !is_first {
        at = F::past(bytes, at, b',')?;
    }
    let (key, after) = key::<F, V>(bytes, at, visitor)?;
    progress.has_key = true;
    let is_nested = bytes.get(after) == Some(&b'{') && !is_empty_object(bytes, after);
    if is_nested && visitor.nested(text, key) == Nested::Enter {
        enter(after, &mut progress.open)?;
        return Ok(Next { at: after, delimiter: b'{' });
    }
    let after = if F::is_quote(bytes, after) {
        let (value, after) = F::string(bytes, after + F::QUOTE.len(), visitor)?;
        visitor.string(text, key, value);
        after
    } else {
        let (value, after) = value::<F>(bytes, after, progress.open)?;
        visitor.value(text, key, value);
        after
    };
    Ok(Next { at: after, delimiter: b',' })
}

/// Reads a key, the colon after it and the whitespace around the colon.
#[inline(always)]
fn key<F: Form, V: Visitor>(bytes: &[u8], at: usize, visitor: &mut V) -> Step<(V::Place, usize)> {
    if !F::is_quote(bytes, at) {
        return missing_key(bytes, at);
    }
    let (key, after) = F::string(bytes, at + F::QUOTE.len(), visitor)?;
    Ok((key, F::past(bytes, F::skip_whitespace(bytes, after), b':')?))
}

/// Reads a key in plain JSON, as [`key`] does.
pub(crate) fn plain_key(bytes: &[u8], at: usize) -> Step<(Span, usize)> {
    if bytes.get(at) != Some(&b'"') {
        return missing_key(bytes, at);
    }
    let (key, after) = plain_string(bytes, at + 1)?;
    Ok((key, past(bytes, skip_whitespace(bytes, after), b':')?))
}

/// Reads a value in plain JSON. `open` is the number of arrays and objects around it.
pub(crate) fn plain_value(bytes: &[u8], at: usize, open: u32) -> Step<(Value, usize)> {
    if bytes.get(at) == Some(&b'"') {
        let (span, end) = plain_string(bytes, at + 1)?;
        return Ok((Value::string(span), end));
    }
    value::<Plain>(bytes, at, open)
}

/// Reads a string in plain JSON, as [`Form::string`] does.
#[inline(never)]
pub(crate) fn plain_string(bytes: &[u8], start: usize) -> Step<(Span, usize)> {
    Plain::string(bytes, start, &mut Nobody)
}

/// A visitor that ignores everything, because reading a string of plain JSON does not need one.
struct Nobody;

impl Visitor for Nobody {
    type Place = Span;

    fn string(&mut self, _text: &str, _key: Span, _value: Span) {}

    fn value(&mut self, _text: &str, _key: Span, _value: Value) {}

    fn nested(&mut self, _text: &str, _key: Span) -> Nested {
        Nested::Whole
    }

    fn leave(&mut self) {}
}

/// Skips a delimiter in plain JSON, as [`Form::past`] does.
#[inline(always)]
pub(crate) fn past(bytes: &[u8], at: usize, delimiter: u8) -> Step<usize> {
    Plain::past(bytes, at, delimiter)
}

/// Returns whether the object that opens at `at` has no members. Such an object is read as one value.
#[inline(never)]
pub(super) fn is_empty_object(bytes: &[u8], at: usize) -> bool {
    bytes.get(at) == Some(&b'{') && bytes.get(skip_whitespace(bytes, at + 1)) == Some(&b'}')
}

/// Skips the opening bracket of an array or object, unless too many are open.
#[inline(never)]
fn enter(at: usize, open: &mut u32) -> Step<usize> {
    if *open == MAX_DEPTH {
        return stop(at, Break::Broken);
    }
    *open += 1;
    Ok(at + 1)
}

/// Reads a value other than a string. `open` is the number of arrays and objects around it.
#[inline(always)]
fn value<F: Form>(bytes: &[u8], at: usize, open: u32) -> Step<(Value, usize)> {
    match bytes.get(at) {
        Some(opener @ (b'[' | b'{')) if F::HAS_CONTAINERS => {
            let Contents { levels, huge, escapes, end } = container(bytes, at, open)?;
            let shape = if *opener == b'[' { Shape::Array } else { Shape::Object };
            Ok((Value { shape, span: Span { start: at, end, escapes }, levels, huge }, end))
        }
        _ => scalar_value(bytes, at),
    }
}

/// The properties of an array or object that is read as one value.
struct Contents {
    levels: u8,
    huge: bool,
    escapes: Escapes,
    /// The offset past it.
    end: usize,
}

/// Reads an array or object as one value.
#[inline(never)]
fn container(bytes: &[u8], start: usize, outer: u32) -> Step<Contents> {
    let mut open = outer;
    // One bit for each open container, the lowest for the innermost: 1 for an object, 0 for an array.
    let mut objects = 0_u64;
    let mut deepest = 0;
    let mut huge = false;
    let mut escapes = Escapes::None;
    let mut at = start;
    loop {
        let opens = matches!(bytes.get(at), Some(b'[' | b'{'));
        if opens {
            objects = objects << 1 | u64::from(bytes[at] == b'{');
            at = enter(at, &mut open)?;
            deepest = deepest.max(open - outer);
        } else if bytes.get(at) == Some(&b'"') {
            let (text, end) = plain_string(bytes, at + 1)?;
            escapes = escapes.max(text.escapes);
            at = end;
        } else {
            let (shape, end) = scalar(bytes, at)?;
            huge |= shape == Shape::HugeNumber;
            at = end;
        }
        at = skip_whitespace(bytes, at);
        let mut closes = false;
        while bytes.get(at) == Some(if objects & 1 == 1 { &b'}' } else { &b']' }) {
            closes = true;
            open -= 1;
            objects >>= 1;
            at += 1;
            if open == outer {
                return Ok(Contents { levels: deepest as u8, huge, escapes, end: at });
            }
            at = skip_whitespace(bytes, at);
        }
        if closes || !opens {
            at = past(bytes, at, b',')?;
        }
        if objects & 1 == 1 {
            let (key, end) = plain_key(bytes, at)?;
            escapes = escapes.max(key.escapes);
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reader visits, one line per step.
    #[derive(Default)]
    struct Steps(Vec<String>);

    impl Visitor for Steps {
        type Place = Span;

        fn string(&mut self, text: &str, key: Span, value: Span) {
            self.0.push(format!("{}: \"{}\"", key.of(text), value.of(text)));
        }

        fn value(&mut self, text: &str, key: Span, value: Value) {
            self.0.push(format!("{}: {:?} {}", key.of(text), value.shape, value.span.of(text)));
        }

        fn nested(&mut self, text: &str, key: Span) -> Nested {
            self.0.push(format!("{} {{", key.of(text)));
            Nested::Enter
        }

        fn leave(&mut self) {
            self.0.push("}".to_owned());
        }
    }

    #[test]
    fn members_are_read_until_the_object_breaks_off() {
        let cases: &[(&str, &[&str], Option<Break>, usize)] = &[
            ("{}", &[], None, 2),
            (r#"{"a":"b"} "#, &[r#"a: "b""#], None, 9),
            ("{ \"a\" :\t1 ,\r\n\"b\" : null }", &["a: Number 1", "b: Null null"], None, 25),
            (r#"{"a":{"b":true},"c":{}}"#, &["a {", "b: True true", "}", "c: Object {}"], None, 23),
            (r#"{"a":[1,{"b":2}]}"#, &[r#"a: Array [1,{"b":2}]"#], None, 17),
            (r#"{"a":1e309}"#, &["a: HugeNumber 1e309"], None, 11),
            (r#"{"a"#, &[], Some(Break::Early), 3),
            (r#"{"a":"b","c":"#, &[r#"a: "b""#], Some(Break::Early), 13),
            (r#"{"a":12"#, &[], Some(Break::Early), 7),
            (r#"{"a":1"b":2}"#, &["a: Number 1"], Some(Break::Broken), 6),
            (r#"{"a":tru}"#, &[], Some(Break::Broken), 5),
            (r#"{"a":01}"#, &[], Some(Break::Broken), 5),
            (r#"{"a":"b{"c":1}"#, &[r#"a: "b{""#], Some(Break::Glued), 7),
        ];
        for (text, steps, stopped, end) in cases {
            let mut read = Steps::default();
            let outcome = read_object(text, 0, &mut read);
            assert_eq!(read.0, *steps, "{text}");
            assert_eq!((outcome.stopped, outcome.end), (*stopped, *end), "{text}");
        }
    }
}
