//! Reads messages, one per line. A line can contain any bytes, and is cut at a maximum length.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::rc::Rc;

use crate::compressed;

/// The size of the read buffer, in bytes: large enough that system calls cost less than copying.
const BUFFER: usize = 256 * 1024;

/// The lines of a file or of stdin, decompressed.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    /// A line that was not in the reader's buffer as a whole.
    line: Vec<u8>,
    /// The maximum length of a line, in bytes.
    max_line: usize,
    /// The number of bytes that the last returned line occupies in the reader's buffer.
    returned: usize,
    /// Whether the next bytes are the rest of a line that was cut.
    is_rest: bool,
    paused: bool,
    read: u64,
    /// The error to return after the last line.
    failed: Option<io::Error>,
    /// The number of bytes read from the file, before decompression.
    file_position: Rc<Cell<u64>>,
}

/// The result of reading a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'l> {
    /// A line, without its newline.
    Line(&'l [u8]),
    /// The beginning of a line that is longer than the limit.
    Cut(&'l [u8]),
    /// The next read may block, so pending output should be written now.
    Pause,
    /// The end of the input.
    End,
}

/// Opens a file, or stdin for `-`, to read lines of at most `max_line` bytes.
///
/// # Errors
///
/// The file cannot be opened, or its first bytes cannot be read.
pub(crate) fn open(path: &Path, max_line: usize) -> io::Result<Lines<Box<dyn Read>>> {
    let source: Box<dyn Read> = if is_stdin(path) { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
    let position = Rc::new(Cell::new(0));
    let counted = Counted { source, position: Rc::clone(&position) };
    Ok(Lines { file_position: position, ..Lines::new(compressed::plain(counted)?, max_line) })
}

/// Returns whether the path means stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl<R: Read> Lines<R> {
    fn new(source: R, max_line: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER, source),
            line: Vec::new(),
            max_line,
            returned: 0,
            is_rest: false,
            paused: false,
            read: 0,
            failed: None,
            file_position: Rc::default(),
        }
    }

    /// Returns the number of bytes in the lines read so far, including newlines and the parts that were cut off.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// Returns the number of bytes read from the file, before decompression.
    pub(crate) fn file_position(&self) -> u64 {
        self.file_position.get()
    }

    /// Returns the next line. Only the newline is removed, and the last line needs none. The rest of a line that was
    /// cut is skipped.
    ///
    /// # Errors
    ///
    /// The source fails. If part of a line was read before that, the part is returned first.
    pub(crate) fn next(&mut self) -> io::Result<Next<'_>> {
        let returned = std::mem::take(&mut self.returned);
        self.consume(returned);
        while self.is_rest && !self.skip_buffered() {
            if self.pauses() {
                return Ok(Next::Pause);
            }
            if fill(&mut self.reader)?.is_empty() {
                return Ok(Next::End);
            }
        }
        if let Some(end) = memchr::memchr(b'\n', self.reader.buffer()) {
            self.returned = end + 1;
            return Ok(bounded(&self.reader.buffer()[..end], self.max_line));
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.pauses() {
            return Ok(Next::Pause);
        }
        self.read_line()
    }

    /// Returns whether to announce a pause: once before each read that may block.
    fn pauses(&mut self) -> bool {
        self.paused = !self.paused;
        self.paused
    }

    fn consume(&mut self, length: usize) {
        self.reader.consume(length);
        self.read += length as u64;
    }

    /// Skips the buffered rest of a line, and returns whether the end of the line was reached.
    fn skip_buffered(&mut self) -> bool {
        let newline = memchr::memchr(b'\n', self.reader.buffer());
        self.consume(newline.map_or(self.reader.buffer().len(), |end| end + 1));
        self.is_rest = newline.is_none();
        !self.is_rest
    }

    /// Collects a line from several buffers, up to the limit.
    fn read_line(&mut self) -> io::Result<Next<'_>> {
        self.line.clear();
        let mut is_cut = false;
        let mut is_at_end = false;
        while !is_cut {
            let buffer = match fill(&mut self.reader) {
                Ok(buffer) => buffer,
                Err(error) if self.line.is_empty() => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            };
            is_at_end = buffer.is_empty();
            let newline = memchr::memchr(b'\n', buffer);
            let end = newline.unwrap_or(buffer.len());
            is_cut = end > self.max_line - self.line.len();
            append(&mut self.line, &buffer[..end], self.max_line);
            self.consume(newline.map_or(end, |end| end + 1));
            self.is_rest = is_cut && newline.is_none();
            if newline.is_some() {
                return Ok(if is_cut { Next::Cut(&self.line) } else { Next::Line(&self.line) });
            }
            if is_at_end {
                break;
            }
        }
        Ok(match () {
            () if is_cut => Next::Cut(&self.line),
            () if is_at_end && self.line.is_empty() => Next::End,
            () => Next::Line(&self.line),
        })
    }
}

/// Returns the contents of the buffer, after filling it if it is empty.
fn fill<R: Read>(reader: &mut BufReader<R>) -> io::Result<&[u8]> {
    while let Err(error) = reader.fill_buf() {
        if error.kind() != ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(reader.buffer())
}

fn bounded(line: &[u8], max: usize) -> Next<'_> {
    if line.len() > max { Next::Cut(&line[..max]) } else { Next::Line(line) }
}

/// Appends bytes up to a total length of `max`, and allocates no more than that.
fn append(line: &mut Vec<u8>, bytes: &[u8], max: usize) {
    let bytes = &bytes[..bytes.len().min(max - line.len())];
    let needed = line.len() + bytes.len();
    if needed > line.capacity() {
        let capacity = needed.max(2 * line.capacity()).min(max);
        line.reserve_exact(capacity - line.len());
    }
    line.extend_from_slice(bytes);
}

/// A source that counts the bytes read from it.
struct Counted<R> {
    source: R,
    position: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.position.set(self.position.get() + length as u64);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_LIMIT: usize = 1 << 30;

    /// Returns the lines, each with whether it was cut, and the reader.
    fn cut_lines(source: impl Read, max: usize) -> (Vec<(Vec<u8>, bool)>, Lines<impl Read>) {
        let mut lines = Lines::new(source, max);
        let mut found = Vec::new();
        loop {
            match lines.next().unwrap() {
                Next::Line(line) => found.push((line.to_vec(), false)),
                Next::Cut(line) => found.push((line.to_vec(), true)),
                Next::Pause => {}
                Next::End => break,
            }
        }
        (found, lines)
    }

    fn lines(text: &[u8]) -> Vec<Vec<u8>> {
        let (found, lines) = cut_lines(text, NO_LIMIT);
        assert_eq!(lines.bytes_read(), text.len() as u64);
        found.into_iter().map(|(line, is_cut)| if is_cut { panic!("a line was cut") } else { line }).collect()
    }

    #[test]
    fn only_newlines_separate_lines_and_are_removed() {
        assert_eq!(lines(b""), [b""; 0]);
        assert_eq!(lines(b"\n"), [b""]);
        assert_eq!(lines(b"a\r\n\n b\0\xFF"), [&b"a\r"[..], b"", b" b\0\xFF"]);
    }

    #[test]
    fn a_line_can_be_longer_than_the_buffer() {
        let long = vec![b'x'; 3 * BUFFER + 1];
        let text = [&b"first\n"[..], &long, b"\nlast\n"].concat();
        assert_eq!(lines(&text), [b"first".to_vec(), long, b"last".to_vec()]);
    }

    #[test]
    fn there_is_a_pause_before_each_wait() {
        let mut lines = Lines::new((&b"a\nb"[..]).chain(&b"\nc\n"[..]), NO_LIMIT);
        let expected =
            [Next::Pause, Next::Line(b"a"), Next::Pause, Next::Line(b"b"), Next::Line(b"c"), Next::Pause, Next::End];
        for expected in expected {
            assert_eq!(lines.next().unwrap(), expected);
        }
    }

    #[test]
    fn a_long_line_is_cut_and_its_rest_skipped() {
        for max in [1, 2, 7, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER] {
            for over in [0, 1, 2, BUFFER, 5 * BUFFER] {
                let long = vec![b'x'; max + over];
                for (before, after) in [("", ""), ("", "\n"), ("a\n", "\nb\nc"), ("\n", "\n\n")] {
                    let text = [before.as_bytes(), &long, after.as_bytes()].concat();
                    let (found, lines) = cut_lines(text.as_slice(), max);
                    let mut expected: Vec<_> = before.lines().map(|line| (line.as_bytes().to_vec(), false)).collect();
                    expected.push((long[..max].to_vec(), over > 0));
                    let after = after.strip_prefix('\n').unwrap_or_default();
                    expected.extend(after.lines().map(|line| (line.as_bytes().to_vec(), false)));
                    assert!(found == expected, "{max} {over} {before:?} {after:?}");
                    assert_eq!(lines.bytes_read(), text.len() as u64);
                    assert!(lines.line.capacity() <= max, "{} bytes for {max}", lines.line.capacity());
                }
            }
        }
    }

    #[test]
    fn a_cut_line_is_returned_before_its_rest_is_read() {
        let mut lines = Lines::new((&b"abcd"[..]).chain(&b"ef"[..]).chain(&b"gh\ni"[..]), 3);
        let mut results = Vec::new();
        while results.last().is_none_or(|last| last != "End") {
            results.push(match lines.next().unwrap() {
                Next::Line(line) => format!("Line {}", line.escape_ascii()),
                Next::Cut(line) => format!("Cut {}", line.escape_ascii()),
                other => format!("{other:?}"),
            });
        }
        assert_eq!(results, ["Pause", "Cut abc", "Pause", "Pause", "Pause", "Line i", "Pause", "End"]);
    }

    #[test]
    fn lines_before_a_failure_are_returned_first() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let mut lines = Lines::new((&b"a\nb"[..]).chain(Failing), NO_LIMIT);
        let mut found = Vec::new();
        let error = loop {
            match lines.next() {
                Ok(Next::Pause) => {}
                Ok(Next::Line(line)) => found.push(line.to_vec()),
                Ok(next) => panic!("{next:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!((found, error.to_string()), (vec![b"a".to_vec(), b"b".to_vec()], "broken".to_owned()));
    }
}
