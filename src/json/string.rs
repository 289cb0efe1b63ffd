//! Strings with escapes, as far as where they end.

use super::Escapes;
use super::scan::find_special;
use super::stop::{Break, Step, cut_or_broken, stop};

/// The offset of the closing quote of a string whose first run of plain text ends at `at`, and which escapes it has.
#[inline(never)]
pub(super) fn escaped_string(bytes: &[u8], mut at: usize) -> Step<(usize, Escapes)> {
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
