//! The format of an event, and occasional variations in how its sender writes it.

use fastrand::Rng;

use crate::events::pick;
use crate::ids::hash;

/// The format of ESET's export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Payload {
    /// `{"event_type":"Threat_Event",…}`
    #[default]
    Json,
    /// `CEF:0|ESET|Protect|11.1.20.0|183|File scanner cleaned a virus|5|cat=ESET Threat Event …`
    Cef,
    /// `LEEF:1.0|ESET|RemoteAdministrator|11.1.20.0|Threat Event|cat=ESET Threat Event…`
    Leef,
    /// A random mix of these formats, as from several servers
    Mixed,
}

/// The format of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Cef,
    Leef,
}

impl Payload {
    /// Returns the format of a message. The choice depends only on the seed and the number of the message, so that it
    /// does not affect the values of the events.
    pub(crate) fn format(self, seed: u64, message: u64) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Cef => Format::Cef,
            Self::Leef => Format::Leef,
            Self::Mixed => *pick(&mut own_rng(seed, message, "format"), &[Format::Json, Format::Cef, Format::Leef]),
        }
    }
}

/// Variations of the form of a message. They are drawn from a separate random generator, so that the values of the
/// events are the same in every format.
pub(crate) struct Quirks(Option<Rng>);

impl Quirks {
    /// Returns the variations of one message of a seed.
    pub(crate) fn of(seed: u64, message: u64) -> Self {
        Self(Some(own_rng(seed, message, "quirks")))
    }

    /// Returns quirks that never vary.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Returns `true` with a probability of one in `n`.
    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 1
    }

    /// Returns a random number below `n`, where 0 selects the usual variant. Without variations, the number is always
    /// 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        self.0.as_mut().map_or(0, |rng| rng.u32(..n))
    }

    /// Returns a random entry of a table, whose first entry is the usual variant. Without variations, it is always that
    /// entry.
    pub(crate) fn pick<'t, T>(&mut self, table: &'t [T]) -> &'t T {
        &table[self.below(table.len() as u32) as usize]
    }
}

fn own_rng(seed: u64, message: u64, purpose: &str) -> Rng {
    Rng::with_seed(hash(hash(seed, purpose) ^ message, purpose))
}
