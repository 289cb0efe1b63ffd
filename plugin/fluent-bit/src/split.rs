//! Keeps chunks small, for outputs that send each chunk as one request to an API with a limit.
//!
//! A chunk collects the events of an input with the same tag. Fluent Bit closes it at each flush (`flush`, one second
//! by default), or at 2,048,000 bytes of MessagePack, which no setting changes. So only part of a second's events keep
//! their tag. The rest get new tags, each with at most as many events as fit into a request.
//!
//! Source: Fluent Bit, `src/flb_input_chunk.c` (`FLB_INPUT_CHUNK_FS_MAX_SIZE`) and `src/flb_engine_dispatch.c`.

use std::ops::Range;
use std::time::Instant;

use crate::chunk::{self, Entry};
use crate::json_size::json_size;

/// The bytes that an output adds to each record: its time and a comma between records.
const AROUND: usize = 64;

/// The number of runs before run numbers are reused. Shippers keep counters for each tag, so the number of tags must be
/// limited. By the time a number is reused, its first run has long been sent.
const RUNS: u64 = 10_000;

/// Divides chunks into the part that keeps its tag and the parts that get other tags.
#[derive(Debug)]
pub(crate) struct Split {
    /// The maximum size of a request, in bytes of JSON.
    limit: usize,
    /// The number of bytes that may still keep their tag.
    budget: f64,
    /// When the budget was last updated.
    filled: Instant,
    /// The run that takes the excess.
    run: u64,
    /// The number of bytes in that run.
    taken: usize,
}

/// A part of a chunk that gets another tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The number of its run.
    pub(crate) run: u64,
    /// Its position in the chunk.
    pub(crate) range: Range<usize>,
}

impl Split {
    pub(crate) fn new(limit: usize, now: Instant) -> Self {
        Self { limit, budget: limit as f64 / 2.0, filled: now, run: 0, taken: 0 }
    }

    /// Returns the size of the beginning of a chunk that keeps its tag, and the parts into which the rest is divided.
    /// Half the limit keeps its tag at once, and another half in each second after that. This is no more than the limit
    /// between two flushes. A chunk that contains anything other than events is kept whole, as are groups, which must
    /// not be divided.
    pub(crate) fn divide(&mut self, chunk: &[u8], now: Instant) -> (usize, Vec<Part>) {
        self.fill(now);
        let mut stays = 0;
        let mut parts: Vec<Part> = Vec::new();
        for Entry { range, event } in chunk::entries(chunk) {
            let Some(size) = event.and_then(|event| json_size(event.body, 0)) else { return (chunk.len(), Vec::new()) };
            let size = size + AROUND;
            if parts.is_empty() && size as f64 <= self.budget {
                self.budget -= size as f64;
                stays = range.end;
                continue;
            }
            if self.taken > 0 && self.taken + size > self.limit {
                self.run = (self.run + 1) % RUNS;
                self.taken = 0;
            }
            self.taken += size;
            match parts.last_mut().filter(|part| part.run == self.run) {
                Some(part) => part.range.end = range.end,
                None => parts.push(Part { run: self.run, range }),
            }
        }
        (stays, parts)
    }

    fn fill(&mut self, now: Instant) {
        let half = self.limit as f64 / 2.0;
        let gained = now.duration_since(self.filled).as_secs_f64() * half;
        self.budget = half.min(self.budget + gained);
        self.filled = now;
    }
}

/// Returns the tag of a run.
pub(crate) fn tag(of: &[u8], run: u64) -> Vec<u8> {
    [of, PART, run.to_string().as_bytes()].concat()
}

/// Returns whether a tag belongs to a run. Events with such a tag have been filtered already.
pub(crate) fn is_part(tag: &[u8]) -> bool {
    let number = tag.rsplitn(2, |byte| *byte == b'-').next().unwrap_or_default();
    !number.is_empty() && number.iter().all(u8::is_ascii_digit) && tag[..tag.len() - number.len()].ends_with(PART)
}

const PART: &[u8] = b".part-";

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// An event whose JSON counts as 1000 bytes.
    fn event() -> Vec<u8> {
        let text = 1000 - AROUND - json_size(b"\x81\xA1m\xDA\x00\x00", 0).unwrap();
        let head = [b"\x92\x07\x81\xA1m\xDA".as_slice(), &u16::try_from(text).unwrap().to_be_bytes()].concat();
        [head, vec![b'x'; text]].concat()
    }

    /// The number of events that keep their tag, and the number of events in each run.
    fn divided(split: &mut Split, events: usize, now: Instant) -> (usize, Vec<(u64, usize)>) {
        let size = event().len();
        let chunk = event().repeat(events);
        let (stays, parts) = split.divide(&chunk, now);
        let mut end = stays;
        for part in &parts {
            assert_eq!(part.range.start, end);
            end = part.range.end;
        }
        assert_eq!(end, chunk.len());
        (stays / size, parts.iter().map(|part| (part.run, part.range.len() / size)).collect())
    }

    #[test]
    fn half_the_limit_keeps_its_tag_at_once_and_half_per_second() {
        let start = Instant::now();
        let mut split = Split::new(10_000, start);
        assert_eq!(divided(&mut split, 3, start), (3, vec![]));
        assert_eq!(divided(&mut split, 3, start), (2, vec![(0, 1)]));
        assert_eq!(divided(&mut split, 1, start + Duration::from_millis(100)), (0, vec![(0, 1)]));
        assert_eq!(divided(&mut split, 1, start + Duration::from_millis(201)), (1, vec![]));
        assert_eq!(divided(&mut split, 9, start + Duration::from_secs(60)), (5, vec![(0, 4)]));
    }

    #[test]
    fn short_intervals_add_up() {
        let start = Instant::now();
        let mut split = Split::new(10_000, start);
        assert_eq!(divided(&mut split, 5, start), (5, vec![]));
        for nanosecond in 1..=1_000_001 {
            split.fill(start + Duration::from_nanos(200 * nanosecond));
        }
        assert_eq!(divided(&mut split, 1, start + Duration::from_millis(201)), (1, vec![]));
    }

    #[test]
    fn a_run_stays_within_the_limit() {
        let start = Instant::now();
        let mut split = Split::new(10_000, start);
        assert_eq!(divided(&mut split, 30, start), (5, vec![(0, 10), (1, 10), (2, 5)]));
        assert_eq!(divided(&mut split, 7, start), (0, vec![(2, 5), (3, 2)]));
    }

    #[test]
    fn an_event_above_the_limit_gets_its_own_run() {
        let start = Instant::now();
        let mut split = Split::new(900, start);
        assert_eq!(divided(&mut split, 3, start), (0, vec![(0, 1), (1, 1), (2, 1)]));
    }

    #[test]
    fn a_chunk_with_other_values_is_kept_whole() {
        let start = Instant::now();
        let group = b"\x92\x92\xD7\x00\xFF\xFF\xFF\xFF\0\0\0\0\x80\x80";
        for other in [group.as_slice(), b"\xC0", b"\xC1", b"\x92"] {
            let chunk = [event().repeat(20), other.to_vec()].concat();
            assert_eq!(Split::new(10_000, start).divide(&chunk, start), (chunk.len(), vec![]));
        }
    }

    #[test]
    fn the_tag_of_a_run_is_recognised() {
        assert_eq!(tag(b"eset", 12), b"eset.part-12");
        for (tag, expected) in [
            ("eset.part-12", true),
            ("eset.part-0", true),
            (".part-0", true),
            ("eset.part-", false),
            ("eset.part-x", false),
            ("eset.part-1x", false),
            ("eset-1", false),
            ("eset", false),
            ("", false),
        ] {
            assert_eq!(is_part(tag.as_bytes()), expected, "{tag}");
        }
    }
}
