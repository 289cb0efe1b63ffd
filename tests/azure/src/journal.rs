//! The journal of everything that has arrived: calls with their sizes, records, marks and complaints.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use crate::ingestion::Body;
use crate::settings::Keep;
use crate::stream::Mark;

/// A call to the token endpoint or the data collection endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When the whole call had arrived.
    pub at: Instant,
    /// Whether the call requested a token. Otherwise it was for the data collection endpoint.
    pub is_token: bool,
    /// The status of the answer; `None` if the connection was closed instead.
    pub status: Option<u16>,
    /// Azure's error code if the call was refused, or empty.
    pub code: String,
    /// The length of the body as sent, in bytes.
    pub sent: usize,
    /// The length of the body before compression, in bytes.
    pub uncompressed: usize,
    /// The number of accepted records.
    pub accepted: usize,
}

/// A defect in records that Azure accepts but does not store completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The defect.
    pub what: String,
    /// The number of records with the defect.
    pub count: usize,
    /// The first of these records, as JSON.
    pub example: String,
}

/// The totals of a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Calls to the data collection endpoint.
    pub calls: usize,
    /// Calls to the data collection endpoint that were not answered with 204.
    pub failed: usize,
    /// Records accepted.
    pub accepted: usize,
    /// Tokens issued.
    pub tokens: usize,
    /// The longest body as sent, in bytes, including refused ones.
    pub largest_sent: usize,
    /// The longest body before compression, in bytes, including refused ones.
    pub largest_uncompressed: usize,
}

/// How often each marked event has been accepted.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// For each seed, how often each number has arrived, indexed by the number.
    seeds: HashMap<u64, Vec<u8>>,
    distinct: u64,
}

/// The numbers in marks are below this limit. A larger one comes from a damaged mark, and memory use grows with the
/// number.
const MAX_NUMBER: u64 = 1 << 32;

impl Marks {
    /// Returns how often the event `id-<seed>-<number>` has arrived, at most 255.
    #[must_use]
    pub fn count(&self, seed: u64, number: u64) -> u8 {
        let numbers = self.seeds.get(&seed).map(Vec::as_slice).unwrap_or_default();
        usize::try_from(number).ok().and_then(|number| numbers.get(number)).copied().unwrap_or_default()
    }

    /// Returns the number of distinct events that have arrived.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        self.distinct
    }

    fn add(&mut self, mark: Mark) {
        let Mark::Event { seed, number: number @ 0..MAX_NUMBER } = mark else { return };
        let numbers = self.seeds.entry(seed).or_default();
        let number = number as usize;
        if numbers.len() <= number {
            numbers.resize(number + 1, 0);
        }
        self.distinct += u64::from(numbers[number] == 0);
        numbers[number] = numbers[number].saturating_add(1);
    }
}

/// The record of all calls to an endpoint.
#[derive(Debug)]
pub struct Journal {
    keep: Keep,
    entries: Mutex<Entries>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Entries {
    calls: Vec<Call>,
    records: Vec<Box<RawValue>>,
    marks: Marks,
    complaints: BTreeMap<String, (usize, String)>,
    summary: Summary,
}

impl Journal {
    pub(crate) fn new(keep: Keep) -> Self {
        Self { keep, entries: Mutex::default(), changed: Condvar::new() }
    }

    /// Returns the totals up to now.
    pub fn summary(&self) -> Summary {
        self.entries().summary
    }

    /// Returns the calls in the order of their arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.entries().calls.clone()
    }

    /// Returns the accepted records in the order of their arrival; none with [`Keep::Marks`].
    pub fn records(&self) -> Vec<Box<RawValue>> {
        self.entries().records.clone()
    }

    /// Removes the accepted records from the journal and returns them.
    pub fn take_records(&self) -> Vec<Box<RawValue>> {
        std::mem::take(&mut self.entries().records)
    }

    /// Returns how often each marked event has been accepted.
    pub fn marks(&self) -> Marks {
        self.entries().marks.clone()
    }

    /// Returns the defects of accepted records, each defect once.
    pub fn complaints(&self) -> Vec<Complaint> {
        let complaint = |(what, (count, example)): (&String, &(usize, String))| Complaint {
            what: what.clone(),
            count: *count,
            example: example.clone(),
        };
        self.entries().complaints.iter().map(complaint).collect()
    }

    /// Waits until `is_enough` returns `true`. Returns whether that happened before the timeout.
    pub fn wait(&self, timeout: Duration, is_enough: impl Fn(&Summary, &Marks) -> bool) -> bool {
        let not_enough = |entries: &mut Entries| !is_enough(&entries.summary, &entries.marks);
        let waited = self.changed.wait_timeout_while(self.entries(), timeout, not_enough);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Waits until more than `known` calls have arrived. Returns whether that happened before the timeout.
    pub fn wait_for_call(&self, timeout: Duration, known: usize) -> bool {
        let waited = self.changed.wait_timeout_while(self.entries(), timeout, |entries| entries.calls.len() <= known);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Adds a call, and its records if it was accepted.
    pub(crate) fn enter(&self, call: Call, accepted: Body) {
        let mut entries = self.entries();
        let summary = &mut entries.summary;
        if call.is_token {
            summary.tokens += usize::from(call.status == Some(200));
        } else {
            summary.calls += 1;
            summary.failed += usize::from(call.status != Some(204));
            summary.accepted += call.accepted;
            summary.largest_sent = summary.largest_sent.max(call.sent);
            summary.largest_uncompressed = summary.largest_uncompressed.max(call.uncompressed);
        }
        entries.calls.push(call);
        for (what, at) in accepted.complaints {
            let first = || (0, accepted.records[at].0.get().to_owned());
            entries.complaints.entry(what).or_insert_with(first).0 += 1;
        }
        for (record, mark) in accepted.records {
            entries.marks.add(mark);
            if self.keep == Keep::Records {
                entries.records.push(record);
            }
        }
        drop(entries);
        self.changed.notify_all();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
