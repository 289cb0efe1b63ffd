//! The forms in which JSON strings are written: in plain JSON, or in JSON inside a string of other JSON.

use super::keys::{Keys, KnownKeys};
use super::scan::{chunk_at, find, find_special, find_special_or_non_ascii, skip_whitespace};
use super::stop::{Break, Step, misplaced, stop};
use super::string::escaped_string;
use super::{Escapes, Span, Visitor};

/// How strings are written in the text.
pub(super) trait Form {
    /// The delimiter that opens and closes a string.
    const QUOTE: &'static str;
    /// The delimiter between two members if the value of the first is a string, including the closing quote.
    const LINK: Token;
    /// The delimiter between two members if the value of the first is not a string.
    const COMMA: Token;
    /// The delimiter between a key and a value that is not a string.
    const COLON: Token;
    /// Whether arrays, and objects that are read as one value, are supported.
    const HAS_CONTAINERS: bool;

    /// Returns whether a string opens or closes at `at`.
    fn is_quote(bytes: &[u8], at: usize) -> bool;

    /// Returns the known keys in this form.
    fn keys(known: &KnownKeys) -> &Keys;

    /// Returns the end of the run of plain text that begins at `start`.
    fn plain_end(bytes: &[u8], start: usize) -> usize;

    /// Behaves like [`Form::plain_end`], inlined for the loop that reads most strings.
    fn plain_end_inlined(bytes: &[u8], start: usize) -> usize;

    /// Reads a string whose first escape is at `at`, and returns it with the offset of its closing quote.
    fn escaped<V: Visitor>(bytes: &[u8], start: usize, at: usize, visitor: &mut V) -> Step<(V::Place, usize)>;

    /// Returns the offset of the first byte from `at` on that is not whitespace.
    #[inline(always)]
    fn skip_whitespace(bytes: &[u8], at: usize) -> usize {
        skip_whitespace(bytes, at)
    }

    /// Skips the comma or colon that must be at `at`, and the whitespace after it.
    #[inline(always)]
    fn past(bytes: &[u8], at: usize, delimiter: u8) -> Step<usize> {
        if bytes.get(at) == Some(&delimiter) { Ok(Self::skip_whitespace(bytes, at + 1)) } else { misplaced(bytes, at) }
    }

    /// Reads a string, and returns it with the offset past its closing quote. `start` is the offset after the opening
    /// quote. Most strings have no escapes and are a single run of plain text.
    #[inline(always)]
    fn string<V: Visitor>(bytes: &[u8], start: usize, visitor: &mut V) -> Step<(V::Place, usize)> {
        let (place, end) = Self::ending(bytes, start, Self::plain_end(bytes, start), visitor)?;
        Ok((place, end + Self::QUOTE.len()))
    }

    /// Reads a string whose first run of plain text ends at `end`, and returns it with the offset of its closing quote.
    #[inline(always)]
    fn ending<V: Visitor>(bytes: &[u8], start: usize, end: usize, visitor: &mut V) -> Step<(V::Place, usize)> {
        if Self::is_quote(bytes, end) {
            return Ok((Span { start, end, escapes: Escapes::None }.into(), end));
        }
        Self::escaped(bytes, start, end, visitor)
    }
}

/// Plain JSON.
pub(super) struct Plain;

/// JSON in ASCII inside a string of other JSON: a backslash precedes each of its quotes, and each of its backslashes is
/// doubled.
pub(super) struct Quoted;

impl Form for Plain {
    const QUOTE: &'static str = r#"""#;
    const LINK: Token = Token::new(r#"",""#);
    const COMMA: Token = Token::new(r#",""#);
    const COLON: Token = Token::new(r#"":"#);
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
    fn plain_end_inlined(bytes: &[u8], start: usize) -> usize {
        find::<false>(bytes, start)
    }

    #[inline(always)]
    fn escaped<V: Visitor>(bytes: &[u8], start: usize, at: usize, visitor: &mut V) -> Step<(V::Place, usize)> {
        let (end, escapes) = escaped_string(bytes, at)?;
        if escapes >= Escapes::Control {
            visitor.damaged(Span { start, end, escapes });
        }
        Ok((Span { start, end, escapes }.into(), end))
    }
}

impl Form for Quoted {
    const QUOTE: &'static str = r#"\""#;
    const LINK: Token = Token::new(r#"\",\""#);
    const COMMA: Token = Token::new(r#",\""#);
    const COLON: Token = Token::new(r#"\":"#);
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

    #[inline(always)]
    fn plain_end_inlined(bytes: &[u8], start: usize) -> usize {
        find::<true>(bytes, start)
    }

    /// Skips only spaces, because other whitespace would have to be escaped in the outer string.
    #[inline(always)]
    fn skip_whitespace(bytes: &[u8], mut at: usize) -> usize {
        while let Some(b' ') = bytes.get(at) {
            at += 1;
        }
        at
    }

    #[inline(always)]
    fn escaped<V: Visitor>(bytes: &[u8], start: usize, at: usize, visitor: &mut V) -> Step<(V::Place, usize)> {
        match visitor.resolve(bytes, start) {
            Some((place, end)) if Self::is_quote(bytes, end) => Ok((place, end)),
            Some((_, end)) => stop(end, Break::Early),
            None => stop(at, Break::Broken),
        }
    }
}

/// Up to eight bytes that are compared in one step.
#[derive(Clone, Copy)]
pub(super) struct Token {
    word: u64,
    mask: u64,
    pub(super) length: usize,
}

impl Token {
    const fn new(text: &str) -> Self {
        let mut bytes = [0; 8];
        bytes.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
        let mask = u64::MAX >> (64 - 8 * text.len());
        Self { word: u64::from_le_bytes(bytes), mask, length: text.len() }
    }

    /// Returns whether the token is at `at`. It is not found in the last seven bytes of the text.
    #[inline(always)]
    pub(super) fn is_at(self, bytes: &[u8], at: usize) -> bool {
        chunk_at(bytes, at).is_some_and(|word| u64::from_le_bytes(*word) & self.mask == self.word)
    }
}
