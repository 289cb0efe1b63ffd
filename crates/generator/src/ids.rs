//! Identifiers that look random but are derived from their input, so that a computer or file keeps its identifier.

use std::fmt;

/// Returns a number for the name that also depends on the seed.
pub(crate) fn hash(seed: u64, name: &str) -> u64 {
    name.bytes().fold(mix(seed), |state, byte| mix(state ^ u64::from(byte)))
}

/// Displays as a random UUID (RFC 9562, version 4) derived from a number.
pub(crate) struct Uuid(pub(crate) u64);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (high, low) = (mix(self.0), mix(!self.0));
        let variant = 0x8000 | (low >> 48 & 0x3fff);
        write!(f, "{:08x}-{:04x}-4{:03x}", high >> 32, high >> 16 & 0xffff, high & 0xfff)?;
        write!(f, "-{variant:04x}-{:012x}", low & 0xffff_ffff_ffff)
    }
}

/// Displays as the SHA-1 of a file in ESET's form: 40 upper-case hexadecimal digits.
pub(crate) struct Sha1(u64);

impl Sha1 {
    /// Derives a hash from the file name. It is not a real SHA-1.
    pub(crate) fn of(name: &str) -> Self {
        Self(hash(0, name))
    }
}

impl fmt::Display for Sha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}{:016X}{:08X}", self.0, mix(self.0), mix(!self.0) >> 32)
    }
}

/// Spreads a number over all 64 bits (the finaliser of SplitMix64).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_their_shape() {
        for number in [0, 1, u64::MAX] {
            let uuid = Uuid(number).to_string();
            let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
            assert_eq!(uuid.as_bytes()[14], b'4');
            assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        }
        let hash = Sha1::of("a").to_string();
        assert_eq!(hash.len(), 40);
        assert_eq!(hash, Sha1::of("a").to_string());
        assert_ne!(hash, Sha1::of("b").to_string());
    }
}
