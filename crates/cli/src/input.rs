//! Reads messages, one per line: any bytes, of any length up to a limit.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::rc::Rc;

use crate::compressed;

/// Large enough that reading costs no more than the copying.
const BUFFER: usize = 256 * 1024;

/// The lines of a file or of stdin, decompressed.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    /// The line that did not lie in the reader's buffer as a whole.
    line: Vec<u8>,
    /// The most bytes of a line that are given.
    max_line: usize,
    /// How much of the reader's buffer the line given last takes up, in bytes.
    given: usize,
    /// Whether what comes next is still the rest of a line that was cut.
    is_rest: bool,
    paused: bool,
    read: u64,
    /// Why there is nothing behind the line given last.
    failed: Option<io::Error>,
    /// How much of the file is read, in bytes as they are there.
    file_position: Rc<Cell<u64>>,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'l> {
    /// A line, without its newline.
    Line(&'l [u8]),
    /// The beginning of a line that is longer than the limit.
    Cut(&'l [u8]),
    /// The next line has to be waited for: now is the time to let go of what is done.
    Pause,
    /// Nothing more.
    End,
}

/// Opens a file, or stdin for `-`, to be read in lines of at most so many bytes.
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

/// Whether the path stands for stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl<R: Read> Lines<R> {
    fn new(source: R, max_line: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER, source),
            line: Vec::new(),
            max_line,
            given: 0,
            is_rest: false,
            paused: false,
            read: 0,
            failed: None,
            file_position: Rc::default(),
        }
    }

    /// How many bytes the lines given so far have, newlines and what was cut off included.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// How many bytes of the file were read, compressed as they may be.
    pub(crate) fn file_position(&self) -> u64 {
        self.file_position.get()
    }

    /// The next line. A last one without newline counts; nothing but the newline is taken off. The rest of a line that was
    /// cut is skipped.
    ///
    /// # Errors
    ///
    /// The source fails. What it gave of a line before that is given first.
    pub(crate) fn next(&mut self) -> io::Result<Next<'_>> {
        let given = std::mem::take(&mut self.given);
        self.consume(given);
        while self.is_rest && !self.skip_buffered() {
            if self.pauses() {
                return Ok(Next::Pause);
            }
            if fill(&mut self.reader)?.is_empty() {
                return Ok(Next::End);
            }
        }
        if let Some(end) = memchr::memchr(b'\n', self.reader.buffer()) {
            self.given = end + 1;
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

    /// Every wait is announced, once.
    fn pauses(&mut self) -> bool {
        self.paused = !self.paused;
        self.paused
    }

    fn consume(&mut self, length: usize) {
        self.reader.consume(length);
        self.read += length as u64;
    }

    /// Skips the rest of a line, as far as it is in the buffer. Tells whether that is its end.
    fn skip_buffered(&mut self) -> bool {
        let newline = memchr::memchr(b'\n', self.reader.buffer());
        self.consume(newline.map_or(self.reader.buffer().len(), |end| end + 1));
        self.is_rest = newline.is_none();
        !self.is_rest
    }

    /// Gathers a line from several buffers, no more of it than the limit.
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

/// What is in the buffer, which is filled where it is empty.
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

/// Appends what there is room for up to a limit, which the memory for it does not exceed either.
fn append(line: &mut Vec<u8>, bytes: &[u8], max: usize) {
    let bytes = &bytes[..bytes.len().min(max - line.len())];
    let needed = line.len() + bytes.len();
    if needed > line.capacity() {
        let capacity = needed.max(2 * line.capacity()).min(max);
        line.reserve_exact(capacity - line.len());
    }
    line.extend_from_slice(bytes);
}

/// A source that tells how far it was read.
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

    /// The lines, each with whether it was cut.
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
    fn only_newlines_divide_and_are_taken_off() {
        assert_eq!(lines(b""), [b""; 0]);
        assert_eq!(lines(b"\n"), [b""]);
        assert_eq!(lines(b"a\r\n\n b\0\xFF"), [&b"a\r"[..], b"", b" b\0\xFF"]);
    }

    #[test]
    fn a_line_may_be_longer_than_the_buffer() {
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
                    let (given, lines) = cut_lines(text.as_slice(), max);
                    let mut expected: Vec<_> = before.lines().map(|line| (line.as_bytes().to_vec(), false)).collect();
                    expected.push((long[..max].to_vec(), over > 0));
                    let after = after.strip_prefix('\n').unwrap_or_default();
                    expected.extend(after.lines().map(|line| (line.as_bytes().to_vec(), false)));
                    assert!(given == expected, "{max} {over} {before:?} {after:?}");
                    assert_eq!(lines.bytes_read(), text.len() as u64);
                    assert!(lines.line.capacity() <= max, "{} bytes for {max}", lines.line.capacity());
                }
            }
        }
    }

    #[test]
    fn a_cut_line_is_there_before_its_rest() {
        let mut lines = Lines::new((&b"abcd"[..]).chain(&b"ef"[..]).chain(&b"gh\ni"[..]), 3);
        let mut given = Vec::new();
        while given.last().is_none_or(|last| last != "End") {
            given.push(match lines.next().unwrap() {
                Next::Line(line) => format!("Line {}", line.escape_ascii()),
                Next::Cut(line) => format!("Cut {}", line.escape_ascii()),
                other => format!("{other:?}"),
            });
        }
        assert_eq!(given, ["Pause", "Cut abc", "Pause", "Pause", "Pause", "Line i", "Pause", "End"]);
    }

    #[test]
    fn what_was_read_before_a_failure_is_given_first() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let mut lines = Lines::new((&b"a\nb"[..]).chain(Failing), NO_LIMIT);
        let mut given = Vec::new();
        let error = loop {
            match lines.next() {
                Ok(Next::Pause) => {}
                Ok(Next::Line(line)) => given.push(line.to_vec()),
                Ok(next) => panic!("{next:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!((given, error.to_string()), (vec![b"a".to_vec(), b"b".to_vec()], "broken".to_owned()));
    }
}
