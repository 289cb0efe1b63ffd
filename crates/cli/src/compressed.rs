//! Decompresses captures. gzip and Zstandard are recognised by their first bytes.
//!
//! The contents can be far larger than the file, and are never in memory as a whole. A decoder keeps only its window:
//! 32 KiB for gzip, and at most 128 MiB for Zstandard, which refuses frames that need more.

use std::io::{self, Cursor, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

/// The number of bytes to request from a decoder in one read. If the decoder meets damage during a read, the bytes it
/// has already decoded in that read are lost.
const STEP: usize = 16 * 1024;

/// A compression format. Zstandard data can also begin with a skippable frame, which has 16 magic numbers. Parallel
/// compressors write one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Gzip,
    Zstd,
}

impl Format {
    /// Returns the format of data with this prefix.
    fn of(prefix: &[u8]) -> Option<Self> {
        match prefix {
            [0x1F, 0x8B, 8, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Returns whether the format cannot be determined without more bytes.
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

/// Returns a reader of the source that decompresses its data if they are compressed.
///
/// # Errors
///
/// The first bytes of the source cannot be read.
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

/// Reads only as many bytes as are needed to determine the format, because the next ones may take a long time to
/// arrive.
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

/// A decoder that reports what is wrong with the file.
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
        // An error of the operating system has nothing to do with the format.
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

    /// Returns the decompressed bytes, and the error that ended reading, if any.
    fn read(data: Vec<u8>) -> (Vec<u8>, Option<String>) {
        let mut read = Vec::new();
        let error = plain(Cursor::new(data)).unwrap().read_to_end(&mut read).err();
        (read, error.map(|error| error.to_string()))
    }

    /// Returns a long text that does not compress well.
    fn long_text() -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(1);
        (0..300_000).flat_map(|_| rng.u32(..).to_string().into_bytes()).collect()
    }

    #[test]
    fn plain_data_is_unchanged() {
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
    fn several_members_are_concatenated() {
        let twice = [TEXT, TEXT].concat();
        assert_eq!(read([gzip(TEXT), gzip(b""), gzip(TEXT)].concat()), (twice.clone(), None));
        assert_eq!(read([zstd(TEXT), zstd(b""), zstd(TEXT)].concat()), (twice, None));
        let skippable = b"\x5A\x2A\x4D\x18\x03\0\0\0abc";
        assert_eq!(read([&skippable[..], &zstd(TEXT), skippable].concat()), (TEXT.to_vec(), None));
    }

    #[test]
    fn truncated_data_is_read_to_its_end() {
        let long = long_text();
        for (name, data) in [("gzip", gzip(&long)), ("zstd", zstd(&long))] {
            for cut in [5, data.len() / 2, data.len() - 1] {
                let (output, error) = read(data[..cut].to_vec());
                assert_eq!(error, Some(format!("its {name} data ends early")), "{cut}");
                assert!(long.starts_with(&output));
                assert!(output.len() + 256 * 1024 > long.len() * cut / data.len(), "{name}: {} at {cut}", output.len());
            }
        }
    }

    #[test]
    fn damage_is_reported() {
        let long = long_text();
        for (name, data) in [("gzip", gzip(&long)), ("zstd", zstd(&long))] {
            let message = format!("its {name} data cannot be decompressed: ");
            let last = data.len() - 1;
            for at in [last / 2, last - 5, last] {
                let mut damaged = data.clone();
                damaged[at] ^= 0x55;
                let (output, error) = read(damaged);
                let error = error.unwrap_or_else(|| panic!("{name}: damage at {at} is not reported"));
                assert!(error.starts_with(&message) || error.ends_with("ends early"), "{error}");
                assert!(output.len() > long.len() / 3, "{name}: {} bytes before {at}", output.len());
            }
            let (output, error) = read([&data, &b"and then more text"[..]].concat());
            assert!(output == long);
            let error = error.unwrap_or_default();
            assert!(error.starts_with(&message), "{error}");
        }
    }

    #[test]
    fn an_excessive_window_is_refused() {
        // A frame header that requests a window of 1 GiB, and an empty block.
        let (output, error) = read(b"\x28\xB5\x2F\xFD\x00\xA0\x01\x00\x00".to_vec());
        assert_eq!(output, b"");
        assert!(error.is_some_and(|error| error.contains("too much memory")));
    }

    #[test]
    fn only_the_bytes_that_determine_the_format_are_read() {
        struct Slow(u8);
        impl Read for Slow {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                assert!(self.0 < 2, "a byte after the second one is read");
                self.0 += 1;
                buffer[0] = b"PRI"[usize::from(self.0) - 1];
                Ok(1)
            }
        }
        assert_eq!(prefix(&mut Slow(0)).unwrap(), b"PR");
    }
}
