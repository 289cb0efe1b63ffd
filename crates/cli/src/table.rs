//! Records as a human-readable table: one line per record, with the columns that say what happened.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use eset_filter::syslog;
use unicode_width::UnicodeWidthChar;

use crate::fields::Fields;
use crate::terminal::harmless_char;

/// A table of a fixed width.
#[derive(Debug)]
pub(crate) struct Table {
    /// The columns that fit, with their widths.
    columns: Vec<(&'static Column, usize)>,
}

#[derive(Debug)]
struct Column {
    title: &'static str,
    kind: Kind,
    /// The width below which the column is useless.
    min: usize,
    /// The column's share of the remaining width.
    weight: usize,
    /// The order in which columns are omitted if they do not fit: the highest number first, and 0 never.
    spare: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Time,
    Severity,
    EventType,
    Host,
    User,
    What,
    Action,
    Status,
}

#[rustfmt::skip]
const COLUMNS: [Column; 8] = [
    Column { title: "TIME (UTC)", kind: Kind::Time,      min: 19, weight: 0, spare: 0 },
    Column { title: "SEVERITY",   kind: Kind::Severity,  min: 11, weight: 0, spare: 0 },
    Column { title: "EVENT",      kind: Kind::EventType, min: 12, weight: 2, spare: 1 },
    Column { title: "HOST",       kind: Kind::Host,      min: 10, weight: 3, spare: 0 },
    Column { title: "USER",       kind: Kind::User,      min: 8,  weight: 3, spare: 3 },
    Column { title: "WHAT",       kind: Kind::What,      min: 16, weight: 6, spare: 0 },
    Column { title: "ACTION",     kind: Kind::Action,    min: 8,  weight: 3, spare: 2 },
    Column { title: "STATUS",     kind: Kind::Status,    min: 9,  weight: 0, spare: 0 },
];

const GAP: usize = 2;

/// The fields that say what happened, the most informative first.
const WHAT: [&str; 10] = [
    "threat_name",
    "rule_name",
    "rulename",
    "event",
    "cause",
    "action",
    "detail",
    "description",
    "object_uri",
    "raw_message",
];

/// The fields that say what was done about it.
const ACTION: [&str; 3] = ["action_taken", "result", "action"];

impl Table {
    /// Returns a table with lines of `width` characters, or of the minimum width if that is larger.
    pub(crate) fn new(width: usize) -> Self {
        let mut columns: Vec<_> = COLUMNS.iter().collect();
        let least = |columns: &[&Column]| {
            columns.iter().map(|column| column.min).sum::<usize>() + GAP * columns.len().saturating_sub(1)
        };
        while least(&columns) > width
            && let Some(most) = columns.iter().map(|column| column.spare).max().filter(|spare| *spare > 0)
        {
            columns.retain(|column| column.spare < most);
        }
        let room = width.saturating_sub(least(&columns));
        let weights = columns.iter().map(|column| column.weight).sum::<usize>().max(1);
        let share = |column: &Column| column.min + room * column.weight / weights;
        Self { columns: columns.into_iter().map(|column| (column, share(column))).collect() }
    }

    /// Appends the header line.
    pub(crate) fn write_header(&self, out: &mut Vec<u8>) {
        self.write_line(out, |column| (Cow::Borrowed(column.title), Style::new().bold()));
    }

    /// Appends the line of a record.
    pub(crate) fn write(&self, record: &Fields<'_>, out: &mut Vec<u8>) {
        let row = Row { record };
        self.write_line(out, |column| row.cell(column.kind));
    }

    fn write_line<'c>(&self, out: &mut Vec<u8>, cell: impl Fn(&Column) -> (Cow<'c, str>, Style)) {
        let mut pending = 0;
        for (column, width) in &self.columns {
            let (text, style) = cell(column);
            let (text, used) = fit(&text, *width);
            out.extend(std::iter::repeat_n(b' ', pending));
            out.extend_from_slice(format!("{style}{text}{style:#}").as_bytes());
            pending = width - used + GAP;
        }
        out.push(b'\n');
    }
}

/// A record as a row of cells.
struct Row<'r> {
    record: &'r Fields<'r>,
}

impl<'r> Row<'r> {
    fn cell(&self, kind: Kind) -> (Cow<'r, str>, Style) {
        let plain = |text: Option<Cow<'r, str>>| (text.unwrap_or_default(), Style::new());
        match kind {
            Kind::Time => plain(self.text("occurred").map(time)),
            Kind::Severity => {
                let text = self.text("severity").unwrap_or_default();
                let style = severity_style(&text);
                (text, style)
            }
            Kind::EventType => plain(self.text("event_type").map(event_type)),
            Kind::Host => plain(self.first(&["hostname", "ipv4", "ipv6"], None)),
            Kind::User => plain(self.first(&["username", "account", "user"], None)),
            Kind::What => plain(self.what()),
            Kind::Action => plain(self.first(&ACTION, self.name_of_first(&WHAT))),
            Kind::Status => {
                let text = self.text("parse_status").unwrap_or(Cow::Borrowed("-"));
                let style = if text == "ok" { Style::new() } else { AnsiColor::Yellow.on_default() };
                (text, style)
            }
        }
    }

    fn what(&self) -> Option<Cow<'r, str>> {
        let name = self.name_of_first(&WHAT)?;
        let text = self.text(name)?;
        match name {
            "action" => Some(self.text("detail").map(|detail| format!("{text}: {detail}").into()).unwrap_or(text)),
            "raw_message" => Some(syslog::parse(&text).body.to_owned().into()),
            _ => Some(text),
        }
    }

    fn text(&self, name: &str) -> Option<Cow<'r, str>> {
        self.record.text(name)
    }

    /// Returns the first of the fields that has text, except the field `shown` in another column.
    fn first(&self, names: &[&str], shown: Option<&str>) -> Option<Cow<'r, str>> {
        names.iter().filter(|name| Some(**name) != shown).find_map(|name| self.text(name))
    }

    fn name_of_first(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().find(|name| self.text(name).is_some()).copied()
    }
}

/// Formats `2021-06-21T09:46:15.123Z` as `2021-06-21 09:46:15`.
fn time(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.split_once('T') {
        Some((date, time)) => Cow::Owned(format!("{date} {}", time.split(['.', 'Z']).next().unwrap_or_default())),
        None => text,
    }
}

fn event_type(text: Cow<'_, str>) -> Cow<'_, str> {
    text.strip_suffix("_Event").map(|short| Cow::Owned(short.to_owned())).unwrap_or(text)
}

/// Returns the style of one of ESET's severities.
fn severity_style(severity: &str) -> Style {
    match severity {
        "Fatal" | "Critical" => AnsiColor::Red.on_default().bold(),
        "Error" => AnsiColor::Red.on_default(),
        "Warning" => AnsiColor::Yellow.on_default(),
        "Notice" => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    }
}

/// Replaces control characters and cuts the text to a width. Returns the text and the width that it occupies.
fn fit(text: &str, width: usize) -> (String, usize) {
    /// No language combines more characters into one cell. More would only make the line long.
    const MAX_CHARS_PER_CELL: usize = 4;
    let (mut fitting, mut used) = (String::new(), 0);
    // The length in bytes and the width of the longest text that leaves space for `…`.
    let (mut cut_at, mut cut_used) = (0, 0);
    for (count, char) in text.chars().map(harmless_char).enumerate() {
        let char_width = char.width().unwrap_or(0);
        if used + char_width > width || count == width * MAX_CHARS_PER_CELL {
            fitting.truncate(cut_at);
            fitting.push('…');
            return (fitting, cut_used + 1);
        }
        fitting.push(char);
        used += char_width;
        if used < width {
            (cut_at, cut_used) = (fitting.len(), used);
        }
    }
    (fitting, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(width: usize, record: &str) -> String {
        let (table, mut out) = (Table::new(width), Vec::new());
        table.write(&Fields::of(record).unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_fit_their_width() {
        assert_eq!(fit("four", 4), ("four".to_owned(), 4));
        assert_eq!(fit("fives", 4), ("fiv…".to_owned(), 4));
        assert_eq!(fit("日本語", 6), ("日本語".to_owned(), 6));
        assert_eq!(fit("日本語", 5), ("日本…".to_owned(), 5));
        assert_eq!(fit("日本語", 4), ("日…".to_owned(), 3));
        assert_eq!(fit("\u{1b}[2J\r\nx\u{202e}", 20), ("\u{fffd}[2J  x\u{fffd}".to_owned(), 8));
        assert_eq!(fit(&"e\u{301}".repeat(1000), 4).1, 4);
        assert!(fit(&"\u{301}".repeat(1000), 4).0.chars().count() <= 17);
    }

    #[test]
    fn widths_add_up_and_narrow_tables_omit_columns() {
        for width in [75, 80, 100, 120, 160, 400] {
            let table = Table::new(width);
            let used = table.columns.iter().map(|(_, width)| width + GAP).sum::<usize>() - GAP;
            assert!(used <= width && used + table.columns.len() > width, "{width}: {used}");
        }
        let titles = |width| Table::new(width).columns.iter().map(|(column, _)| column.title).collect::<Vec<_>>();
        assert_eq!(titles(160).len(), COLUMNS.len());
        assert_eq!(titles(80), ["TIME (UTC)", "SEVERITY", "HOST", "WHAT", "STATUS"]);
        assert_eq!(titles(0), titles(80));
    }

    #[test]
    fn an_event_is_one_line() {
        let record = r#"{"event_type":"Audit_Event","ipv4":"10.0.0.7","occurred":"2021-06-21T09:46:15.5Z","severity":"Error","action":"Login attempt","user":"ann","result":"Failed","parse_status":"ok"}"#;
        let words: Vec<_> =
            line(160, record).split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect();
        let red = "\u{1b}[31mError\u{1b}[0m";
        assert_eq!(words, ["2021-06-21 09:46:15", red, "Audit", "10.0.0.7", "ann", "Login attempt", "Failed", "ok"]);
    }

    #[test]
    fn the_most_informative_text_says_what_happened() {
        let shown = line(160, r#"{"action":"Login","detail":"Authenticating ann"}"#);
        assert!(shown.contains("Login: Authenticating ann"));
        let shown = line(160, r#"{"parse_status":"text","raw_message":"<12>Oct 30 05:31:10 srv era[7]: Out of disk"}"#);
        assert!(shown.contains("  Out of disk  "), "{shown}");
    }

    #[test]
    fn a_field_is_shown_once() {
        let shown = line(160, r#"{"action":"Blocked","parse_status":"ok"}"#);
        assert_eq!(shown.matches("Blocked").count(), 1);
        let shown = line(160, r#"{"cause":"Policy","action":"Blocked"}"#);
        assert!(shown.contains("Policy") && shown.contains("Blocked"));
    }
}
