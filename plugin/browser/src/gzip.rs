//! Decompresses gzip (RFC 1952) in parts of any length, with any number of members.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crc::{CRC_32_ISO_HDLC, Crc, Digest, Table};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

/// The first bytes of a member.
pub(crate) const MAGIC: [u8; 3] = [0x1F, 0x8B, 8];

/// The maximum output of a decompression step, in bytes.
const STEP: usize = 32 * 1024;

/// The longest accepted header, in bytes: it may contain a file name, a comment and a 64 KiB extra field.
const MAX_HEADER: usize = 128 * 1024;

static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// A gzip decoder.
pub(crate) struct Decoder {
    inflate: Box<InflateState>,
    place: Place,
    checksum: Digest<'static, u32, Table<1>>,
    length: u32,
}

/// The decoder's position in a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    Data,
    Trailer,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self {
            inflate: InflateState::new_boxed(DataFormat::Raw),
            place: Place::Header,
            checksum: CRC.digest(),
            length: 0,
        }
    }

    /// Decompresses a piece of the input and returns its length in bytes. Returns `None` if more input is needed first.
    ///
    /// # Errors
    ///
    /// The data is damaged. The error says how.
    pub(crate) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Option<usize>, &'static str> {
        match self.place {
            Place::Header => self.header(input),
            Place::Data => self.data(input, out),
            Place::Trailer => self.trailer(input),
        }
    }

    /// Returns whether the data may end here: after a complete member, with no input left.
    pub(crate) fn may_end(&self, input: &[u8]) -> bool {
        self.place == Place::Header && input.is_empty()
    }

    fn header(&mut self, input: &[u8]) -> Result<Option<usize>, &'static str> {
        if !input.starts_with(&MAGIC[..MAGIC.len().min(input.len())]) {
            return Err("the gzip data is damaged: other data follows a complete member");
        }
        let length = header_length(input);
        if length.is_some() {
            self.inflate.reset(DataFormat::Raw);
            (self.checksum, self.length, self.place) = (CRC.digest(), 0, Place::Data);
        } else if input.len() > MAX_HEADER {
            return Err("the gzip data is damaged: a header is too long");
        }
        Ok(length)
    }

    fn data(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Option<usize>, &'static str> {
        let start = out.len();
        out.resize(start + STEP, 0);
        let result = inflate(&mut self.inflate, input, &mut out[start..], MZFlush::None);
        out.truncate(start + result.bytes_written);
        self.checksum.update(&out[start..]);
        self.length = self.length.wrapping_add(result.bytes_written as u32);
        match result.status {
            Ok(MZStatus::StreamEnd) => self.place = Place::Trailer,
            Ok(_) | Err(MZError::Buf) if result.bytes_consumed == 0 && result.bytes_written == 0 => return Ok(None),
            Ok(_) | Err(MZError::Buf) => {}
            Err(_) => return Err("the gzip data is damaged: it cannot be decompressed"),
        }
        Ok(Some(result.bytes_consumed))
    }

    fn trailer(&mut self, input: &[u8]) -> Result<Option<usize>, &'static str> {
        let Some(([a, b, c, d, e, f, g, h], _)) = input.split_first_chunk() else { return Ok(None) };
        let checksum = core::mem::replace(&mut self.checksum, CRC.digest()).finalize();
        if (checksum, self.length) != (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h])) {
            return Err("the gzip data is damaged: its checksum is wrong");
        }
        self.place = Place::Header;
        Ok(Some(8))
    }
}

/// Returns the length of a member header (section 2.3) that starts with [`MAGIC`], or `None` if it is incomplete.
fn header_length(input: &[u8]) -> Option<usize> {
    const FLAGS: usize = 3;
    const FIXED: usize = 10;
    let flags = *input.get(FLAGS)?;
    let has = |bit: u8| flags >> bit & 1 == 1;
    let mut length = FIXED;
    if has(2) {
        let (extra, _) = input.get(length..)?.split_first_chunk()?;
        length += 2 + usize::from(u16::from_le_bytes(*extra));
    }
    // A name and a comment.
    for bit in [3, 4] {
        if has(bit) {
            length += memchr::memchr(0, input.get(length..)?)? + 1;
        }
    }
    if has(1) {
        length += 2;
    }
    (input.len() >= length).then_some(length)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};

    use super::*;

    fn member(text: &[u8], builder: GzBuilder) -> Vec<u8> {
        let mut encoder = builder.write(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Decompresses data that arrives in parts of `part` bytes. Returns the output and the error that ended it, if any.
    fn decompressed(data: &[u8], part: usize) -> (Vec<u8>, Option<&'static str>) {
        let (mut decoder, mut out, mut taken, mut there) = (Decoder::new(), Vec::new(), 0, 0);
        loop {
            match decoder.step(&data[taken..there], &mut out) {
                Ok(Some(length)) => taken += length,
                Ok(None) if there < data.len() => there = (there + part).min(data.len()),
                Ok(None) if decoder.may_end(&data[taken..]) => return (out, None),
                Ok(None) => return (out, Some("early")),
                Err(why) => return (out, Some(why)),
            }
        }
    }

    #[test]
    fn members_in_parts_of_any_length() {
        let long: Vec<u8> = (0..200_000_u32).flat_map(|number| number.wrapping_mul(number).to_le_bytes()).collect();
        let header = GzBuilder::new().filename("capture.log").comment("made here").extra(vec![0; 300]);
        let data =
            [member(b"first\n", header), member(b"", GzBuilder::new()), member(&long, GzBuilder::new())].concat();
        let expected = [b"first\n", long.as_slice()].concat();
        for part in [1, 7, 4096, data.len()] {
            assert!(decompressed(&data, part) == (expected.clone(), None), "{part}");
        }
    }

    #[test]
    fn damage_is_reported() {
        let whole = member(b"a capture", GzBuilder::new().filename("name"));
        for length in 1..whole.len() {
            assert_eq!(decompressed(&whole[..length], 5).1, Some("early"), "{length}");
        }
        for at in [0, 1, 2, whole.len() - 1, whole.len() - 8] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(decompressed(&damaged, 5).1.unwrap().contains("damaged"), "{at}");
        }
        let trailing = [whole.as_slice(), b"\0"].concat();
        assert!(decompressed(&trailing, 5).1.unwrap().contains("follows a complete member"));
    }
}
