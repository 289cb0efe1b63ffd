//! Reading messages, one a line: any bytes, of any length.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Large enough that reading costs no more than the copying.
const BUFFER: usize = 256 * 1024;

/// The lines of a file or of stdin.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    /// The line that did not lie in the reader's buffer as a whole.
    line: Vec<u8>,
    /// How much of the reader's buffer the line given last takes up, in bytes.
    given: usize,
    paused: bool,
    read: u64,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'l> {
    /// A line, without its newline.
    Line(&'l [u8]),
    /// The next line has to be waited for: now is the time to let go of what is done.
    Pause,
    /// Nothing more.
    End,
}

/// Opens a file, or stdin for `-`.
///
/// # Errors
///
/// The file cannot be opened.
pub(crate) fn open(path: &Path) -> io::Result<Lines<Box<dyn Read>>> {
    let source: Box<dyn Read> = if is_stdin(path) { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
    Ok(Lines::new(source))
}

/// Whether the path stands for stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl<R: Read> Lines<R> {
    fn new(source: R) -> Self {
        let reader = BufReader::with_capacity(BUFFER, source);
        Self { reader, line: Vec::new(), given: 0, paused: false, read: 0 }
    }

    /// How many bytes the lines given so far have, newlines included.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// The next line. A last one without newline counts; nothing but the newline is taken off.
    ///
    /// # Errors
    ///
    /// The source fails. What it gave of a line before that is lost.
    pub(crate) fn next(&mut self) -> io::Result<Next<'_>> {
        self.reader.consume(std::mem::take(&mut self.given));
        if let Some(end) = memchr::memchr(b'\n', self.reader.buffer()) {
            self.given = end + 1;
            self.read += self.given as u64;
            return Ok(Next::Line(&self.reader.buffer()[..end]));
        }
        self.paused = !self.paused;
        if self.paused {
            return Ok(Next::Pause);
        }
        self.line.clear();
        let length = self.reader.read_until(b'\n', &mut self.line)?;
        self.read += length as u64;
        if length == 0 {
            return Ok(Next::End);
        }
        Ok(Next::Line(self.line.strip_suffix(b"\n").unwrap_or(&self.line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(text);
        let mut found = Vec::new();
        loop {
            match lines.next().unwrap() {
                Next::Line(line) => found.push(line.to_vec()),
                Next::Pause => {}
                Next::End => break,
            }
        }
        assert_eq!(lines.bytes_read(), text.len() as u64);
        found
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
        let mut lines = Lines::new((&b"a\nb"[..]).chain(&b"\nc\n"[..]));
        let expected =
            [Next::Pause, Next::Line(b"a"), Next::Pause, Next::Line(b"b"), Next::Line(b"c"), Next::Pause, Next::End];
        for expected in expected {
            assert_eq!(lines.next().unwrap(), expected);
        }
    }
}
