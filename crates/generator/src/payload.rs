//! Which format an event is written in, and what its sender does differently now and then.

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
    /// Each event in any of them, as from several servers
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
    /// The format of a seed's message, so that the values in it are the same whatever the format of the others.
    pub(crate) fn format(self, seed: u64, message: u64) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Cef => Format::Cef,
            Self::Leef => Format::Leef,
            Self::Mixed => *pick(&mut own_rng(seed, message, "format"), &[Format::Json, Format::Cef, Format::Leef]),
        }
    }
}

/// What varies between messages but not in what they say. It is drawn apart from the events' values, which are the same in
/// each format.
pub(crate) struct Quirks(Option<Rng>);

impl Quirks {
    /// Those of one message of a seed.
    pub(crate) fn of(seed: u64, message: u64) -> Self {
        Self(Some(own_rng(seed, message, "quirks")))
    }

    /// Everything as usual.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Whether this is one of the messages of which there is one in `n`.
    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 1
    }

    /// A number below `n`; the usual one is 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        self.0.as_mut().map_or(0, |rng| rng.u32(..n))
    }

    /// Any entry of a table; the first is the usual one.
    pub(crate) fn pick<'t, T>(&mut self, table: &'t [T]) -> &'t T {
        &table[self.below(table.len() as u32) as usize]
    }
}

fn own_rng(seed: u64, message: u64, purpose: &str) -> Rng {
    Rng::with_seed(hash(hash(seed, purpose) ^ message, purpose))
}
