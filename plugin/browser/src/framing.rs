//! Finds the messages in a capture: one per line, or octet-counted frames (RFC 6587, section 3.4.1).

use core::ops::Range;

/// The maximum number of digits in an octet count.
const MAX_DIGITS: usize = 8;

/// The number of bytes after a frame that show whether another frame follows: an octet count, a space and a PRI.
const AHEAD: usize = MAX_DIGITS + " <191>".len();

/// The next item in a capture.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A message, and its length in bytes including its terminator.
    Message(Range<usize>, usize),
    /// The start of a line that is longer than the limit. The rest of the line is not a message.
    Cut(Range<usize>),
    /// More of the capture is needed.
    Unknown,
    /// The end of the capture.
    End,
}

/// Returns the next message in the available part of a capture. `searched` is the number of bytes known to contain no
/// newline; the search continues after them.
pub(crate) fn next(bytes: &[u8], is_end: bool, limit: usize, searched: &mut usize) -> Next {
    if bytes.is_empty() {
        return if is_end { Next::End } else { Next::Unknown };
    }
    match frame(bytes, is_end, limit) {
        Frame::Whole(end) => {
            *searched = 0;
            let trimmed = bytes[..end].strip_suffix(b"\n").map_or(end, <[u8]>::len);
            let newline = usize::from(trimmed == end && bytes.get(end) == Some(&b'\n'));
            return Next::Message(0..trimmed, end + newline);
        }
        Frame::Unknown => return Next::Unknown,
        Frame::None => {}
    }
    let newline = memchr::memchr(b'\n', &bytes[*searched..]).map(|at| *searched + at);
    *searched = bytes.len();
    match newline.or(is_end.then_some(bytes.len())) {
        None if bytes.len() <= limit => Next::Unknown,
        Some(end) if end <= limit => {
            *searched = 0;
            Next::Message(0..end, end + usize::from(newline.is_some()))
        }
        _ => {
            *searched = 0;
            Next::Cut(0..limit)
        }
    }
}

/// The frame at the start of the bytes, if any.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    /// A frame that ends at this offset.
    Whole(usize),
    None,
    Unknown,
}

/// Returns the frame at the start of the bytes. Its number is only treated as an octet count if the frame is followed
/// by a newline, another frame or the end of the capture: lines may keep the octet count of a frame they were in.
fn frame(bytes: &[u8], is_end: bool, limit: usize) -> Frame {
    let Some((count, start)) = count(bytes) else {
        let may_become = !is_end && bytes.len() < AHEAD && bytes.iter().all(|byte| b"0123456789 <>".contains(byte));
        return if may_become && bytes[0].is_ascii_digit() { Frame::Unknown } else { Frame::None };
    };
    let end = start + count;
    if end > limit {
        return Frame::None;
    }
    let Some(after) = bytes.get(end..) else { return if is_end { Frame::None } else { Frame::Unknown } };
    let ends_line = bytes[end - 1] == b'\n';
    match after {
        [b'\n', ..] => Frame::Whole(end),
        _ if ends_line && !after.is_empty() => Frame::Whole(end),
        _ if self::count(after).is_some() => Frame::Whole(end),
        [] if is_end => Frame::Whole(end),
        _ if !is_end && after.len() < AHEAD => Frame::Unknown,
        _ => Frame::None,
    }
}

/// Returns an octet count that is followed by a PRI, and the offset after the count and the space.
fn count(bytes: &[u8]) -> Option<(usize, usize)> {
    let digits = bytes.iter().take(MAX_DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
    let (count, after) = bytes.split_at(digits);
    let after = after.strip_prefix(b" <")?;
    let pri = after.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let is_pri = pri > 0 && after.get(pri) == Some(&b'>');
    let count = str::from_utf8(count).ok()?.parse().ok().filter(|count| *count > pri + 1)?;
    is_pri.then_some((count, digits + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the messages of a capture that arrives in parts of `step` bytes. A cut message ends with `…`.
    fn messages(capture: &str, step: usize, limit: usize) -> Vec<String> {
        let bytes = capture.as_bytes();
        let (mut found, mut start, mut there, mut searched) = (Vec::new(), 0, 0, 0);
        loop {
            match next(&bytes[start..there], there == bytes.len(), limit, &mut searched) {
                Next::Message(message, length) => {
                    found.push(capture[start..][message].to_owned());
                    start += length;
                }
                Next::Cut(message) => {
                    found.push(format!("{}…", &capture[start..][message]));
                    start += capture[start..].find('\n').map_or(capture.len() - start, |at| at + 1);
                    there = there.max(start);
                }
                Next::Unknown => there = (there + step).min(bytes.len()),
                Next::End => return found,
            }
        }
    }

    #[test]
    fn lines_and_frames_in_parts_of_any_length() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("\n", &[""]),
            ("a\r\n\nb", &["a\r", "", "b"]),
            ("5 <14>6 <14>x", &["5 <14>6 <14>x"]),
            ("5 <14>a6 <14>bc", &["5 <14>a", "6 <14>bc"]),
            ("5 <14>a\n6 <14>bc\n", &["5 <14>a", "6 <14>bc"]),
            ("6 <14>a\n6 <14>b\n", &["6 <14>a", "6 <14>b"]),
            ("9 <14>{\n1}\n5 <14>b", &["9 <14>{\n1}", "5 <14>b"]),
            // Wrong octet counts, and numbers that are not octet counts.
            ("8 <14>a\nb", &["8 <14>a", "b"]),
            ("9 <14>a\nb", &["9 <14>a", "b"]),
            ("12 <14\nb", &["12 <14", "b"]),
            ("12345", &["12345"]),
            ("99999999 <14>a\nb", &["99999999 <14>a", "b"]),
            ("123456789 <14>a", &["123456789 <14>a"]),
            ("0 <14>a\n4 <14>b", &["0 <14>a", "4 <14>b"]),
        ];
        for (capture, expected) in cases {
            for step in 1..=capture.len() + 1 {
                assert_eq!(messages(capture, step, 100), *expected, "{capture:?} {step}");
            }
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_cut() {
        for step in 1..12 {
            assert_eq!(messages("abcde\nf\n7 <14>abc", step, 3), ["abc…", "f", "7 <…"]);
        }
    }
}
