//! Damage to messages, as relays, buffers and attackers cause it.

use fastrand::Rng;

/// A change to a message. Positions are taken modulo the length of the message, so that every change applies to every
/// message.
#[derive(Clone, Copy, Debug)]
pub enum Mutation {
    /// Cuts the message off at a position.
    Cut(u16),
    /// Changes the bits of the byte at a position.
    Flip(u16, u8),
    /// Inserts one of the [`TOKENS`] at a position.
    Insert(u16, u8),
    /// Replaces the message from a position on with the tail of another message.
    Splice(u16, u16),
    /// Appends a copy of the bytes between two positions.
    Repeat(u16, u16),
}

/// Bytes with a meaning to parsers of syslog, JSON, CEF and LEEF.
#[rustfmt::skip]
pub const TOKENS: &[&[u8]] = &[
    b"{", b"}", b"[", b"]", b"\"", b"\\", b":", b",", b"-", b"1e9", b"null", b"true", b"\\u", b"\\ud83d",
    b"\"event_type\":\"", b"\0", b"\n", b"#012", b"<14>", b"<14>1 ", b" - ", b"HEARTBEAT",
    b"\xEF\xBB\xBF", b"\xC3", b"{\\\"", b"{\"message\":\"", b"\"}", b"<13>Oct 30 05:31:11 relay1 ", b"Okt 30 05:31:11 ", b" CEST ",
    b"relay1 srv ERAServer[75]: ", b"2026-10-30 05:31:10 ", b"2026-02-27T16:25:37Z stdout F ",
    b"=", b"|", b"\t", b"#011", b"\\=", b" cs1=", b" cs1Label=", b" suser=C:\\", b" a_b =", b"CEF:0|ESET|Protect|1|183|a|5|",
    b"CEF:0|Other|", b"LEEF:2.0|ESET|RemoteAdministrator|1|a|^|", b"LEEF:1.0|ESET|", b"cat=ESET RA Audit Event",
    b"Detection type: ", b" Scanner:",
];

impl Mutation {
    /// Returns the change that these four numbers encode.
    pub fn new(kind: u8, place: u16, other: u16, byte: u8) -> Self {
        match kind % 5 {
            0 => Self::Cut(place),
            1 => Self::Flip(place, byte),
            2 => Self::Insert(place, byte),
            3 => Self::Splice(place, other),
            _ => Self::Repeat(place, other),
        }
    }

    /// Returns a random change.
    pub fn random(rng: &mut Rng) -> Self {
        Self::new(rng.u8(..), rng.u16(..), rng.u16(..), rng.u8(..))
    }

    /// Applies the change to a message. `others` are the messages that [`Mutation::Splice`] takes its tails from.
    pub fn apply(self, message: &mut Vec<u8>, others: &[Vec<u8>]) {
        let place = |place: u16, of: &[u8]| usize::from(place) % (of.len() + 1);
        match self {
            Self::Cut(at) => message.truncate(place(at, message)),
            Self::Flip(at, bits) => {
                let at = place(at, message);
                if let Some(byte) = message.get_mut(at) {
                    *byte ^= bits.max(1);
                }
            }
            Self::Insert(at, token) => {
                let at = place(at, message);
                message.splice(at..at, TOKENS[usize::from(token) % TOKENS.len()].iter().copied());
            }
            Self::Splice(at, from) => {
                let other = &others[usize::from(from) % others.len()];
                message.truncate(place(at, message));
                message.extend_from_slice(&other[place(from, other)..]);
            }
            Self::Repeat(from, to) => {
                let (from, to) = (place(from, message), place(to, message));
                message.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
}
