//! Statistics of a run: counts, sizes and speed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use eset_filter::Status;
use indicatif::HumanCount;

use crate::terminal::harmless;

/// The maximum number of event types that are counted by name, because senders can invent any number of them.
const MAX_EVENT_TYPES: usize = 100;
/// The maximum length of an event type that is counted by name, in bytes.
const MAX_NAME: usize = 60;

/// The counts of a run.
#[derive(Debug)]
pub(crate) struct Stats {
    started: Instant,
    /// Messages read.
    pub(crate) messages: u64,
    /// Messages that were dropped on purpose.
    pub(crate) dropped: u64,
    /// Messages longer than `--max-message`.
    pub(crate) cut: u64,
    /// Messages that the module failed on; `None` without a module.
    pub(crate) lost: Option<u64>,
    /// Records written.
    pub(crate) emitted: u64,
    /// Size of the decompressed input, in bytes.
    pub(crate) bytes_in: u64,
    /// Size of the output, in bytes.
    pub(crate) bytes_out: u64,
    statuses: [u64; Status::ALL.len()],
    /// Records without a message, which have no status.
    untouched: u64,
    event_types: BTreeMap<String, u64>,
    untyped: u64,
    other_types: u64,
}

impl Stats {
    pub(crate) fn new(has_module: bool) -> Self {
        Self {
            started: Instant::now(),
            messages: 0,
            dropped: 0,
            cut: 0,
            lost: has_module.then_some(0),
            emitted: 0,
            bytes_in: 0,
            bytes_out: 0,
            statuses: [0; Status::ALL.len()],
            untouched: 0,
            event_types: BTreeMap::new(),
            untyped: 0,
            other_types: 0,
        }
    }

    /// Counts a record, including one that `--errors-only` omits.
    pub(crate) fn count(&mut self, status: Option<Status>, event_type: Option<&str>) {
        match status {
            Some(status) => self.statuses[status as usize] += 1,
            None => self.untouched += 1,
        }
        *self.event_type(event_type) += 1;
    }

    fn event_type(&mut self, name: Option<&str>) -> &mut u64 {
        let Some(name) = name else { return &mut self.untyped };
        let is_new = !self.event_types.contains_key(name);
        if is_new && (self.event_types.len() == MAX_EVENT_TYPES || name.len() > MAX_NAME) {
            return &mut self.other_types;
        }
        if is_new {
            self.event_types.insert(name.to_owned(), 0);
        }
        self.event_types.get_mut(name).unwrap_or(&mut self.other_types)
    }

    /// Returns the counts as human-readable text: aligned, one per line.
    pub(crate) fn render(&self) -> String {
        self.render_after(self.started.elapsed())
    }

    fn render_after(&self, time: Duration) -> String {
        let rows = self.rows(time);
        let label_width = rows.iter().map(|row| row.label.chars().count()).max().unwrap_or_default();
        let number_width = rows.iter().map(|row| row.number.len()).max().unwrap_or_default();
        let mut text = String::new();
        for Row { label, number, unit } in &rows {
            let line = format!("{label:label_width$}  {number:>number_width$} {unit}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn rows(&self, time: Duration) -> Vec<Row> {
        let mut rows = vec![Row::count("messages", self.messages)];
        rows.push(Row { unit: "heartbeats and empty messages", ..Row::count("  dropped", self.dropped) });
        rows.extend(Row { unit: "at --max-message", ..Row::count("  cut", self.cut) }.if_any());
        rows.extend(
            self.lost.map(|lost| Row { unit: "messages on which the module failed", ..Row::count("  lost", lost) }),
        );
        rows.push(Row::count("records", self.emitted));
        rows.push(Row::heading("parse_status"));
        let seen = Status::ALL.iter().filter(|status| self.statuses[**status as usize] > 0);
        rows.extend(seen.map(|status| {
            let row = Row { unit: meaning(*status), ..Row::count(status.name(), self.statuses[*status as usize]) };
            row.indented()
        }));
        rows.extend(Row::count("(none)", self.untouched).if_any().map(Row::indented));
        rows.push(Row::heading("event_type"));
        let mut types: Vec<_> = self.event_types.iter().collect();
        types.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        rows.extend(types.into_iter().map(|(name, count)| Row::count(&harmless(name), *count).indented()));
        rows.extend(Row::count("(other)", self.other_types).if_any().map(Row::indented));
        rows.extend(Row::count("(none)", self.untyped).if_any().map(Row::indented));
        rows.push(Row { unit: "bytes", ..Row::count("in", self.bytes_in) });
        rows.push(Row { unit: "bytes", ..Row::count("out", self.bytes_out) });
        let seconds = time.as_secs_f64();
        rows.push(Row { label: "time".to_owned(), number: format!("{seconds:.3}"), unit: "s" });
        let speed = self.bytes_in as f64 / 1e6 / seconds.max(f64::EPSILON);
        rows.push(Row { label: "speed".to_owned(), number: format!("{speed:.1}"), unit: "MB/s in" });
        rows
    }
}

/// Explains a status if the user can do something about it.
fn meaning(status: Status) -> &'static str {
    match status {
        Status::Truncated => "cut by ESET PROTECT at 8000 characters, or by a relay",
        Status::Malformed => "damaged in transit: see --errors-only",
        Status::Text => "not an event: check what else sends here",
        Status::Notification => "text about a detection: may duplicate an exported event",
        Status::Multiple => "joined by a relay: make it end each message with a newline",
        _ => "",
    }
}

struct Row {
    label: String,
    number: String,
    unit: &'static str,
}

impl Row {
    fn heading(label: &str) -> Self {
        Self { label: label.to_owned(), number: String::new(), unit: "" }
    }

    fn count(label: &str, count: u64) -> Self {
        Self { label: label.to_owned(), number: HumanCount(count).to_string(), unit: "" }
    }

    fn indented(mut self) -> Self {
        self.label.insert_str(0, "  ");
        self
    }

    fn if_any(self) -> Option<Self> {
        (self.number != "0").then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_aligned_and_the_most_frequent_comes_first() {
        let mut stats = Stats::new(true);
        stats.messages = 1234;
        stats.cut = 1;
        stats.emitted = 4;
        stats.bytes_in = 3_000_000;
        stats.count(Some(Status::Ok), Some("Audit_Event"));
        stats.count(Some(Status::Ok), Some("Threat_Event"));
        stats.count(Some(Status::Truncated), Some("Threat_Event"));
        stats.count(None, None);
        let expected = "\
messages            1,234
  dropped               0 heartbeats and empty messages
  cut                   1 at --max-message
  lost                  0 messages on which the module failed
records                 4
parse_status
  ok                    2
  truncated             1 cut by ESET PROTECT at 8000 characters, or by a relay
  (none)                1
event_type
  Threat_Event          2
  Audit_Event           1
  (none)                1
in              3,000,000 bytes
out                     0 bytes
time                1.500 s
speed                 2.0 MB/s in
";
        assert_eq!(stats.render_after(Duration::from_millis(1500)), expected);
    }

    #[test]
    fn unknown_event_types_are_bounded_and_harmless() {
        let mut stats = Stats::new(false);
        for number in 0..1000 {
            stats.count(None, Some(&number.to_string()));
        }
        stats.count(None, Some(&"x".repeat(1000)));
        stats.count(None, Some("0"));
        assert_eq!((stats.event_types.len(), stats.other_types), (MAX_EVENT_TYPES, 901));
        assert_eq!(stats.event_types["0"], 2);

        let mut stats = Stats::new(false);
        stats.count(None, Some("\u{1b}[31m"));
        assert!(!stats.render().contains('\u{1b}'));
    }

    #[test]
    fn zero_time_is_not_a_division_by_zero() {
        assert!(Stats::new(false).render_after(Duration::ZERO).contains(" 0.0 MB/s"));
    }
}
