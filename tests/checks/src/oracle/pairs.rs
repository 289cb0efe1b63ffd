//! A plain reader for the formats other than JSON. An event in CEF or LEEF is a list of key-value pairs, and a
//! notification is text. The mapping of keys to fields is not repeated here. The reader only checks that the values of
//! a record come from the message. Comparisons with the generator, which writes the same events in each format, cover
//! the rest.

use super::fields::{self, FIELDS, Kind};
use super::{Json, typed};

/// A message with this many characters is considered truncated.
const CUT_AT: usize = 8000;

const EVENT_TYPES: [&str; 8] = [
    "Threat_Event",
    "FirewallAggregated_Event",
    "HipsAggregated_Event",
    "Audit_Event",
    "EnterpriseInspectorAlert_Event",
    "BlockedFiles_Event",
    "FilteredWebsites_Event",
    "Incident_Event",
];

const SEVERITIES: [&str; 6] = ["Information", "Notice", "Warning", "Error", "Critical", "Fatal"];

/// The fields of a notification, each with the label before it.
const LABELS: [(&str, &str); 8] = [
    ("threat_type", "Detection type:"),
    ("threat_name", "Detection name:"),
    ("hostname", "Computer name:"),
    ("username", "Logged user:"),
    ("occurred", "Time of occurrence:"),
    ("scanner_id", "Scanner:"),
    ("object_uri", "Object:"),
    ("action_taken", "Action performed:"),
];

/// The contents of a message in a format other than JSON.
#[derive(Debug)]
pub(super) struct Said {
    format: Option<&'static str>,
    /// The possible values: the parts of the header and the values of the pairs, or the text of a notification.
    texts: Vec<String>,
    has_whole_header: bool,
    is_long: bool,
    /// Whether a relay has put the message into an object. The other members of that object then become additional
    /// fields, whose values are not in `texts`.
    is_wrapped: bool,
}

/// Reads a body that begins with a CEF or LEEF header. Returns `Some(None)` if the vendor is not ESET, and `None` if
/// there is no such header.
pub(super) fn formatted(body: &str) -> Option<Option<Said>> {
    let (format, count) = if body.starts_with("CEF:") { ("cef", 6) } else { ("leef", 4) };
    let (version, rest) = body.strip_prefix("CEF:").or_else(|| body.strip_prefix("LEEF:"))?.split_once('|')?;
    let is_version = (1..=4).contains(&version.len()) && version.bytes().all(|byte| b"0123456789.O".contains(&byte));
    if !is_version {
        return None;
    }
    let (parts, pairs) = header(rest, count);
    if parts.first().is_none_or(|vendor| vendor != "ESET") {
        return Some(None);
    }
    let mut said = Said {
        format: Some(format),
        has_whole_header: pairs.is_some(),
        is_long: body.chars().count() >= CUT_AT,
        texts: parts,
        is_wrapped: false,
    };
    let pairs = pairs.unwrap_or_default();
    if format == "cef" {
        said.texts.extend(values(pairs.trim_ascii_start(), " ", &[]).iter().map(|value| without_escapes(value)));
    } else {
        // Since version 2.0 the attributes may begin after the name of a delimiter. Damage may have changed that name.
        let name = pairs.split_once('|').filter(|_| !version.starts_with('1'));
        let named = name.and_then(|(name, _)| delimiter(name));
        for pairs in [Some(pairs), name.map(|(_, pairs)| pairs)].into_iter().flatten() {
            let of_relay = ["\t", "#011", " "].into_iter().find(|separator| pairs.contains(separator)).unwrap_or("\t");
            for separator in named.iter().map(String::as_str).chain([of_relay]) {
                let values = values(pairs.trim_ascii_start(), separator, SPACES);
                said.texts.extend(values.iter().flat_map(|value| [*value, value.trim_ascii_end()]).map(str::to_owned));
            }
        }
    }
    Some(Some(said))
}

/// Reads a body that contains the label of a detection.
pub(super) fn notification(body: &str) -> Option<Said> {
    let is_there = |label: &str| {
        body.match_indices(label).any(|(at, _)| !body[..at].chars().next_back().is_some_and(char::is_alphabetic))
    };
    (is_there(LABELS[0].1) || is_there(LABELS[1].1)).then(|| Said {
        format: None,
        texts: vec![body.to_owned()],
        has_whole_header: true,
        is_long: false,
        is_wrapped: false,
    })
}

/// Returns the parts of a header, each of which ends with `|`. If there are `count` parts, it also returns the text
/// after them.
fn header(text: &str, count: usize) -> (Vec<String>, Option<&str>) {
    let (mut parts, mut part, mut rest) = (Vec::new(), String::new(), text.chars());
    while let Some(character) = rest.next() {
        let escaped = rest.clone().next().filter(|next| character == '\\' && ['|', '\\'].contains(next));
        match (character, escaped) {
            ('|', _) => parts.push(std::mem::take(&mut part)),
            (_, Some(escaped)) => {
                rest.next();
                part.push(escaped);
            }
            (other, None) => part.push(other),
        }
        if parts.len() == count {
            return (parts, Some(rest.as_str()));
        }
    }
    (parts, None)
}

/// Returns the delimiter that the header of LEEF 2.0 declares with this text.
fn delimiter(name: &str) -> Option<String> {
    let number = name.strip_prefix("0x").or_else(|| name.strip_prefix('x'));
    let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
    number.map(String::from).or_else(|| (name.chars().count() == 1).then(|| name.to_owned()))
}

/// The characters allowed between a LEEF key and the `=`.
const SPACES: &[char] = &[' ', '\t', '\r', '\n', '\u{c}'];

/// Returns the values of the pairs. A value ends at the separator before the next key.
fn values<'t>(pairs: &'t str, separator: &str, spaces: &[char]) -> Vec<&'t str> {
    // A key begins directly after a separator.
    let mut keys = Vec::new();
    for (at, _) in pairs.char_indices() {
        let may_begin = at == 0 || pairs[..at].ends_with(separator);
        if let Some(value) = after_key(&pairs[at..], spaces).filter(|_| may_begin) {
            keys.push((at, pairs.len() - value.len()));
        }
    }
    let ends = keys.iter().skip(1).map(|(next, _)| next - separator.len()).chain([pairs.len()]);
    keys.iter().zip(ends).filter_map(|((_, start), end)| pairs.get(*start..end)).collect()
}

/// Returns the text after the key and the `=` at the start of a text.
fn after_key<'t>(text: &'t str, spaces: &[char]) -> Option<&'t str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let rest = text.trim_start_matches(is_part);
    let is_key = text.len() > rest.len() && text.starts_with(|first: char| first.is_ascii_alphabetic());
    rest.trim_start_matches(spaces).strip_prefix('=').filter(|_| is_key)
}

/// Unescapes a CEF value. A path with single backslashes keeps them.
fn without_escapes(value: &str) -> String {
    let (mut text, mut is_path, mut rest) = (String::new(), false, value.chars());
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some(escaped @ ('\\' | '=')) => text.push(escaped),
            _ => is_path = true,
        }
    }
    if is_path { value.replace(r"\=", "=") } else { text }
}

impl Said {
    /// Returns the same contents, marked as wrapped in an object by a relay.
    pub(super) fn wrapped(self) -> Self {
        Self { is_wrapped: true, ..self }
    }

    /// Checks a record without the members `syslog_…`. `characters` is the length of the message.
    pub(super) fn check(&self, record: &Json, characters: usize) {
        self.check_status(record, characters);
        let said = |name: &str, value: &Json| match (fields::find(name).map(|at| FIELDS[at].1), value) {
            (Some(Kind::Text | Kind::Guid), Json::Text(text)) => self.has(text) || is_word(name, text),
            (Some(Kind::Int), Json::Number(number)) => self.has(number),
            (Some(Kind::Bool), Json::Bool(value)) => self.has_bool(*value),
            // A timestamp is rewritten, so it cannot be compared.
            (Some(Kind::DateTime), Json::Text(_)) => true,
            _ => false,
        };
        for (name, value) in record.members() {
            let is_said = match name.as_str() {
                "parse_status" | "raw_message" => true,
                "payload_format" => value.text() == self.format,
                "additional_fields" => value.members().iter().all(|(_, value)| self.is_said_besides(value)),
                name => said(name, value),
            };
            assert!(is_said, "{name}: {value} is not in {self:?}");
        }
    }

    fn check_status(&self, record: &Json, characters: usize) {
        let status = record.get("parse_status").and_then(Json::text).unwrap_or_default();
        let is_right = match status {
            "notification" => {
                self.format.is_none() && record.get("event_type").and_then(Json::text) == Some(EVENT_TYPES[0])
            }
            "ok" => self.format.is_some() && self.has_whole_header && !self.is_long,
            "truncated" => self.format.is_some() && (!self.has_whole_header || characters >= CUT_AT),
            "malformed" => self.is_wrapped,
            _ => false,
        };
        assert!(is_right, "{record} of {self:?}");
    }

    fn is_said_besides(&self, value: &Json) -> bool {
        self.is_wrapped || value.text().is_some_and(|text| self.has(text))
    }

    fn has(&self, text: &str) -> bool {
        match self.format {
            Some(_) => self.texts.iter().any(|known| known == text),
            None => self.texts[0].contains(text),
        }
    }

    /// Returns whether a text may mean this bool. The digits 0 and 1 may mean either, because `deviceDirection` is
    /// inverted.
    fn has_bool(&self, value: bool) -> bool {
        let is_same = |text: &String| match typed::typed(Kind::Bool, &Json::Text(text.clone())) {
            typed::Typed::Fits(known) => known == Json::Bool(value) || ["0", "1"].contains(&text.as_str()),
            _ => false,
        };
        self.texts.iter().any(is_same)
    }
}

fn is_word(name: &str, text: &str) -> bool {
    match name {
        "event_type" => EVENT_TYPES.contains(&text),
        "severity" => SEVERITIES.contains(&text),
        _ => false,
    }
}
