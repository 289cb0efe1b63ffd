//! Finds the ends of strings that contain escapes.

use super::Escapes;
use super::scan::find;
use super::stop::{Break, Step, stop};
use super::text::control_characters;

/// Returns the offset of the closing quote of a string whose first run of plain text ends at `at`, and the kind of its
/// escapes.
#[inline(never)]
pub(super) fn escaped_string(bytes: &[u8], mut at: usize) -> Step<(usize, Escapes)> {
    let mut escapes = Escapes::Usual;
    loop {
        let (kind, end) = match bytes.get(at) {
            Some(b'"') => return Ok((at, escapes)),
            Some(b'\\') => escape(bytes, at)?,
            Some(_) => (Escapes::Control, at + control_characters(&bytes[at..])),
            None => return stop(at, Break::Early),
        };
        escapes = escapes.max(kind);
        at = find::<false>(bytes, end);
    }
}

/// Returns the kind of the escape at `at`, and the offset past it.
#[inline]
fn escape(bytes: &[u8], at: usize) -> Step<(Escapes, usize)> {
    let rest = &bytes[at + 1..];
    let (kind, valid, whole) = match rest {
        [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => (Escapes::Usual, 1, 1),
        [b'/', ..] => (Escapes::Any, 1, 1),
        [b'u', digits @ ..] => {
            (Escapes::Any, 1 + digits.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count(), 5)
        }
        _ => (Escapes::Wrong, 0, 1),
    };
    match valid == whole {
        true => Ok((kind, at + 1 + whole)),
        false if valid == rest.len() => stop(bytes.len(), Break::Early),
        false => Ok((Escapes::Wrong, at + 1)),
    }
}
