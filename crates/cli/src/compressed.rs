//! Compressed captures: gzip and Zstandard are recognised by their first bytes and decompressed.
//!
//! The contents may be far larger than the file, and are never in memory as a whole: a decoder holds only its window,
//! of 32 KiB (gzip) or at most 128 MiB (Zstandard, which refuses frames that need more).

use std::io::{self, Cursor, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

/// How much is asked of a decoder at once, in bytes. What it has written of that when it meets damage is lost.
const STEP: usize = 16 * 1024;

/// A format with what its data begin with. A skippable frame of Zstandard, which parallel compressors write first, has 16
/// forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Gzip,
    Zstd,
}

impl Format {
    /// The format of data that begin so.
    fn of(prefix: &[u8]) -> Option<Self> {
        match prefix {
            [0x1F, 0x8B, 8, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Whether it takes more than these bytes to tell the format.
    fn is_open(prefix: &[u8]) -> bool {
        matches!(
            prefix,
            [] | [0x1F]
                | [0x1F, 0x8B]
                | [0x28 | 0x50..=0x5F]
                | [0x28, 0xB5]
                | [0x28, 0xB5, 0x2F]
                | [0x50..=0x5F, 0x2A]
                | [0x50..=0x5F, 0x2A, 0x4D]
        )
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// The source's data, decompressed where they are compressed.
///
/// # Errors
///
/// The source fails at its first bytes.
pub(crate) fn plain(mut source: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    let prefix = prefix(&mut source)?;
    let format = Format::of(&prefix);
    let source = Cursor::new(prefix).chain(source);
    Ok(match format {
        None => Box::new(source),
        Some(Format::Gzip) => Box::new(Decoder { data: MultiGzDecoder::new(source), format: Format::Gzip }),
        Some(Format::Zstd) => Box::new(Decoder { data: zstd::Decoder::new(source)?, format: Format::Zstd }),
    })
}

/// As few of the first bytes as tell the format: what is behind them may be a long time in coming.
fn prefix(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut prefix = Vec::new();
    let mut byte = [0];
    while Format::is_open(&prefix) {
        match source.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => prefix.push(byte[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(prefix)
}

/// A decoder whose errors say what is wrong with the file.
struct Decoder<D> {
    data: D,
    format: Format,
}

impl<D: Read> Read for Decoder<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(STEP);
        self.data.read(&mut buffer[..length]).map_err(|error| self.explain(error))
    }
}

impl<D> Decoder<D> {
    fn explain(&self, error: io::Error) -> io::Error {
        // Those are the system's, which have nothing to do with the format.
        if error.raw_os_error().is_some() || error.kind() == ErrorKind::Interrupted {
            return error;
        }
        let name = self.format.name();
        let text = match error.kind() {
            ErrorKind::UnexpectedEof => format!("its {name} data ends early"),
            _ => format!("its {name} data cannot be decompressed: {error}"),
        };
        io::Error::new(error.kind(), text)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const TEXT: &[u8] = b"one\ntwo\nthree\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// What is read, and why no more.
    fn read(data: Vec<u8>) -> (Vec<u8>, Option<String>) {
        let mut read = Vec::new();
        let error = plain(Cursor::new(data)).unwrap().read_to_end(&mut read).err();
        (read, error.map(|error| error.to_string()))
    }

    /// A text that does not shrink to nothing.
    fn long_text() -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(1);
        (0..300_000).flat_map(|_| rng.u32(..).to_string().into_bytes()).collect()
    }

    #[test]
    fn plain_data_stay_as_they_are() {
        for data in
            [&b""[..], b"<", b"<14>x", b"\x1F", b"\x1F\x8B", b"\x1F\x8B\x07x", b"(\xB5/x", b"P*M\x19", b"Px", b"_*M"]
        {
            assert_eq!(read(data.to_vec()), (data.to_vec(), None), "{}", data.escape_ascii());
        }
    }

    #[test]
    fn both_formats_are_decompressed() {
        let long = long_text();
        for text in [b"", TEXT, &long] {
            for data in [gzip(text), zstd(text)] {
                assert!(read(data) == (text.to_vec(), None));
            }
        }
    }

    #[test]
    fn several_members_are_one_text() {
        let twice = [TEXT, TEXT].concat();
        assert_eq!(read([gzip(TEXT), gzip(b""), gzip(TEXT)].concat()), (twice.clone(), None));
        assert_eq!(read([zstd(TEXT), zstd(b""), zstd(TEXT)].concat()), (twice, None));
        let skippable = b"\x5A\x2A\x4D\x18\x03\0\0\0abc";
        assert_eq!(read([&skippable[..], &zstd(TEXT), skippable].concat()), (TEXT.to_vec(), None));
    }

    #[test]
    fn what_ends_early_is_read_to_its_end() {
        let long = long_text();
        for (name, data) in [("gzip", gzip(&long)), ("zstd", zstd(&long))] {
            for cut in [5, data.len() / 2, data.len() - 1] {
                let (given, error) = read(data[..cut].to_vec());
                assert_eq!(error, Some(format!("its {name} data ends early")), "{cut}");
                assert!(long.starts_with(&given));
                assert!(given.len() + 256 * 1024 > long.len() * cut / data.len(), "{name}: {} at {cut}", given.len());
            }
        }
    }

    #[test]
    fn damage_is_told() {
        let long = long_text();
        for (name, data) in [("gzip", gzip(&long)), ("zstd", zstd(&long))] {
            let told = format!("its {name} data cannot be decompressed: ");
            let last = data.len() - 1;
            for at in [last / 2, last - 5, last] {
                let mut damaged = data.clone();
                damaged[at] ^= 0x55;
                let (given, error) = read(damaged);
                let error = error.unwrap_or_else(|| panic!("{name}: damage at {at} is not seen"));
                assert!(error.starts_with(&told) || error.ends_with("ends early"), "{error}");
                assert!(given.len() > long.len() / 3, "{name}: {} bytes before {at}", given.len());
            }
            let (given, error) = read([&data, &b"and then more text"[..]].concat());
            assert!(given == long);
            let error = error.unwrap_or_default();
            assert!(error.starts_with(&told), "{error}");
        }
    }

    #[test]
    fn a_window_beyond_all_bounds_is_refused() {
        // A frame header that asks for a window of 1 GiB, and an empty block.
        let (given, error) = read(b"\x28\xB5\x2F\xFD\x00\xA0\x01\x00\x00".to_vec());
        assert_eq!(given, b"");
        assert!(error.is_some_and(|error| error.contains("too much memory")));
    }

    #[test]
    fn no_more_is_waited_for_than_tells_the_format() {
        struct Slow(u8);
        impl Read for Slow {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                assert!(self.0 < 2, "the second byte is no more than looked at");
                self.0 += 1;
                buffer[0] = b"PRI"[usize::from(self.0) - 1];
                Ok(1)
            }
        }
        assert_eq!(prefix(&mut Slow(0)).unwrap(), b"PR");
    }
}
