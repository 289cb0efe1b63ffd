//! The envelope: the syslog headers of a message, and the body after them.
//!
//! Every part is optional, a part that does not match is treated as absent, and parsing cannot fail. ESET's own formats
//! (RFC 3164 and RFC 5424), headers from which relays have removed parts, and bare payloads are all accepted.
//!
//! Nearly every message has one header, right before the payload. The module `relayed` parses all other messages.
//!
//! # Limitations
//!
//! Parts are validated only as far as needed to recognise them: a host name may contain anything except spaces. MSGID
//! and STRUCTURED-DATA are recognised and skipped, because ESET sends neither.

mod relayed;

use crate::fields::{DateTime, is_month};
use crate::json::find_either;
use crate::limits::MAX_PART;

/// The parts that were found in the syslog headers of a message, and the body after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope<'m> {
    /// The facility name (RFC 5424, section 6.2.1), such as `user`.
    pub facility: Option<&'static str>,
    /// The severity name (RFC 5424, section 6.2.1), such as `warning`.
    pub severity: Option<&'static str>,
    /// The timestamp, as written in the header.
    pub timestamp: Option<&'m str>,
    /// The HOSTNAME of the innermost header that has one.
    pub hostname: Option<&'m str>,
    /// The relay: the HOSTNAME of the outermost header that has one, if it differs from [`Envelope::hostname`].
    pub relay: Option<&'m str>,
    /// The APP-NAME of RFC 5424, or the name in the RFC 3164 tag.
    pub appname: Option<&'m str>,
    /// The PROCID of RFC 5424, or the bracketed part of the RFC 3164 tag.
    pub procid: Option<&'m str>,
    /// The text after the headers, without the byte-order marks before it and the line endings and padding after it.
    pub body: &'m str,
    /// Whether any part of a header was found, even if it was empty (`-`).
    pub present: bool,
    /// The number of headers found.
    headers: u8,
    /// The text from the innermost header on.
    innermost_header: &'m str,
}

const FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];

const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// An example of the date before the `T` in an RFC 5424 TIMESTAMP.
const DATE: &str = "2026-02-27";

/// The payload of the heartbeats that ESET sends on a connection that is kept open.
pub(crate) const HEARTBEAT: &str = "HEARTBEAT";

/// The prefixes of the version in CEF and LEEF headers.
pub(crate) const CEF: &str = "CEF:";
pub(crate) const LEEF: &str = "LEEF:";

/// The maximum number of headers that are removed from a message.
const MAX_HEADERS: u8 = 4;

/// The NILVALUE of RFC 5424. ESET also writes it for an unknown host.
const NIL: &str = "-";

/// Parses the envelope of a message.
///
/// ```
/// let envelope = eset_filter::syslog::parse("<15>Oct 30 05:31:10 co7 ERAServer[75]: {}");
/// assert_eq!(envelope.hostname, Some("co7"));
/// assert_eq!(envelope.body, "{}");
/// ```
#[must_use]
pub fn parse(message: &str) -> Envelope<'_> {
    let mut envelope = Envelope::default();
    envelope.take(message);
    envelope
}

/// Parses the envelope of a message that is wrapped in another message, whose envelope is `outer`.
pub(crate) fn parse_inside<'m>(message: &'m str, outer: Envelope<'m>) -> Envelope<'m> {
    relayed::parse(skip_marks(trim_end(message)), Envelope { headers: 0, ..outer })
}

/// Returns whether a message consists only of the padding, line endings and byte-order marks that may surround one.
#[cold]
pub(crate) fn is_blank(message: &str) -> bool {
    skip_marks(trim_end(message)).is_empty()
}

/// Finds the header that begins with a PRI and ends right before the last byte of `text`, an opening brace. Returns its
/// offset and the envelope. The header follows other text, and `outer` is the envelope around it.
#[cold]
pub(crate) fn parse_before_brace<'m>(text: &'m str, outer: Envelope<'m>) -> Option<(usize, Envelope<'m>)> {
    let mut end = text.len();
    for _ in 0..MAX_HEADERS {
        let begins = |at: &usize| text.as_bytes()[*at] == b'<' && pri(after(text, *at)).is_some();
        end = (0..end).rev().find(begins)?;
        let envelope = relayed::parse(after(text, end), outer);
        if envelope.body.len() == 1 {
            return Some((end, envelope));
        }
    }
    None
}

/// Returns whether the body of a message is an ESET heartbeat. Relays may have left a tag before it, and one token
/// before the tag.
#[cold]
pub(crate) fn is_heartbeat(envelope: &Envelope<'_>) -> bool {
    let body = envelope.body;
    let is_tagged = |text| Tag::parse(text).is_some_and(|tag| tag.colon && tag.rest == HEARTBEAT);
    let is_relayed = || is_tagged(body) || token(body).is_some_and(|(_, text)| is_tagged(text));
    body == HEARTBEAT || (envelope.headers > 0 && is_relayed())
}

impl<'m> Envelope<'m> {
    /// Returns the text from the innermost header on.
    pub(crate) fn innermost_header(&self) -> &'m str {
        self.innermost_header
    }

    /// Parses the envelope of a message into `self`, which must be empty.
    #[inline]
    pub(crate) fn take(&mut self, message: &'m str) {
        let text = skip_marks(trim_end(message));
        self.take_direct(text);
        if !begins_payload(self.body) || relayed::begins_with_cri(text) {
            *self = relayed::parse(text, Envelope::default());
        }
    }

    /// Parses the envelope of a message that no relay has changed, which has one header.
    #[inline]
    fn take_direct(&mut self, text: &'m str) {
        let framed = skip_octet_count(text);
        let rest = self.take_pri(framed);
        let has_pri = rest.len() < framed.len();
        let rest = self.take_rfc5424(rest, has_pri).unwrap_or_else(|| self.take_rfc3164(rest, has_pri));
        self.present = rest.len() < text.len();
        self.headers = u8::from(self.present);
        self.body = skip_marks(rest);
        self.innermost_header = framed;
    }

    /// Parses `<PRI>`. A value above 191 means no facility and no severity.
    fn take_pri(&mut self, text: &'m str) -> &'m str {
        let Some((pri, rest)) = pri(text) else { return text };
        self.facility = FACILITIES.get(pri / SEVERITIES.len()).copied();
        self.severity = self.facility.and(SEVERITIES.get(pri % SEVERITIES.len()).copied());
        rest
    }

    /// Parses the part of an RFC 5424 header after its PRI (section 6):
    /// `VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA`. Returns `None` if the text does not begin
    /// with a version and a timestamp. The header may break off anywhere after these.
    fn take_rfc5424(&mut self, text: &'m str, has_pri: bool) -> Option<&'m str> {
        let rest = text.strip_prefix("1 ").or_else(|| after_version(text))?;
        let any_timestamp = || token(rest).filter(|(part, _)| is_timestamp(part, has_pri));
        let (timestamp, mut rest) = usual_timestamp(rest).or_else(any_timestamp)?;
        self.timestamp = not_nil(timestamp);
        for part in [&mut self.hostname, &mut self.appname, &mut self.procid] {
            let Some((text, after)) = token(rest) else { return Some(rest) };
            (*part, rest) = (not_nil(text), after);
        }
        Some(after_structured_data(rest))
    }

    /// Parses the part of an RFC 3164 header after its PRI (section 4.1): `TIMESTAMP HOSTNAME TAG`. The timestamp may
    /// also be in ISO 8601, as rsyslog writes it.
    #[inline(never)]
    fn take_rfc3164(&mut self, text: &'m str, has_pri: bool) -> &'m str {
        let mut rest = text;
        if let Some((timestamp, after)) = bsd_timestamp(text).or_else(|| iso_timestamp(text)) {
            self.timestamp = Some(timestamp);
            rest = after;
        }
        self.take_host_and_tag(rest, has_pri)
    }

    /// Parses the host and the tag. The timestamp before them may be missing.
    fn take_host_and_tag(&mut self, rest: &'m str, has_pri: bool) -> &'m str {
        let has_timestamp = self.timestamp.is_some();
        let is_first = |tag: &Tag<'_>| if has_timestamp { tag.is_explicit() } else { has_pri || tag.is_certain() };
        if let Some(tag) = Tag::parse(rest).filter(is_first) {
            return self.take_tag(tag);
        }
        let Some((host, after)) = token(rest).filter(|(_, after)| !after.is_empty()) else { return rest };
        let tag = Tag::parse(after);
        if !has_timestamp && !tag.is_some_and(|tag| tag.procid.is_some() && tag.colon) {
            return rest;
        }
        self.take_host(host);
        tag.map_or(after, |tag| self.take_tag(tag))
    }

    fn take_host(&mut self, host: &'m str) {
        self.hostname = not_nil(host);
    }

    fn take_tag(&mut self, tag: Tag<'m>) -> &'m str {
        self.appname = not_nil(tag.name);
        self.procid = tag.procid.and_then(not_nil);
        tag.rest
    }
}

/// Parses a timestamp as ESET writes it, such as `2026-02-27T16:25:37.704Z`, and returns it with the text after the
/// spaces that follow. Other timestamps are read as tokens.
#[inline(always)]
fn usual_timestamp(text: &str) -> Option<(&str, &str)> {
    let (timestamp, rest) = text.split_at_checked("2026-02-27T16:25:37.704Z".len())?;
    let rest = rest.strip_prefix(' ')?;
    DateTime::is_usual_rfc3339(timestamp.as_bytes().first_chunk()?).then(|| (timestamp, skip_whitespace(rest)))
}

/// Returns whether a token is accepted as an RFC 5424 TIMESTAMP (section 6.2.3). It may be NILVALUE only if a PRI
/// precedes it.
#[inline(never)]
fn is_timestamp(timestamp: &str, has_pri: bool) -> bool {
    let is_nil = has_pri && timestamp == NIL;
    let has_time = timestamp.as_bytes().get(DATE.len()) == Some(&b'T');
    is_nil || (has_time && DateTime::parse(timestamp.as_bytes()).is_some())
}

/// An RFC 3164 tag, `name[procid]:`, in which the brackets or the colon may be missing.
#[derive(Clone, Copy)]
struct Tag<'m> {
    name: &'m str,
    procid: Option<&'m str>,
    colon: bool,
    rest: &'m str,
}

impl<'m> Tag<'m> {
    /// Parses a tag. A name without brackets and colon is a tag only right before the payload. Elsewhere it is a host
    /// or part of the text.
    fn parse(text: &'m str) -> Option<Self> {
        let end = text.bytes().position(|byte| matches!(byte, b' ' | b'[' | b':' | b'{'))?;
        if !(1..=MAX_PART).contains(&end) {
            return None;
        }
        let (name, rest) = text.split_at_checked(end)?;
        let (procid, rest) = brackets(rest).map_or((None, rest), |(procid, rest)| (Some(procid), rest));
        let (colon, after) = rest.strip_prefix(':').map_or((false, rest), |rest| (true, rest));
        let tag = Self { name, procid, colon, rest: skip_whitespace(after) };
        let ends_here = tag.rest.len() < after.len() || skip_marks(after).len() < after.len() || begins_payload(after);
        let is_tag = if tag.is_explicit() { ends_here || after.is_empty() } else { tag.precedes_payload() };
        (is_tag && !is_not_a_token(name)).then_some(tag)
    }

    /// Returns whether the tag has brackets or a colon, so that it cannot be a host.
    fn is_explicit(&self) -> bool {
        self.colon || self.procid.is_some()
    }

    /// Returns whether this is a tag even if no other part of a header precedes it.
    fn is_certain(&self) -> bool {
        self.colon && (self.procid.is_some() || self.precedes_payload())
    }

    fn precedes_payload(&self) -> bool {
        begins_payload(skip_marks(self.rest))
    }
}

#[inline(never)]
fn begins_payload(text: &str) -> bool {
    text.starts_with('{') || text == HEARTBEAT || begins_format(text)
}

/// Returns whether the text begins with `CEF:` or `LEEF:`, a version (which may be the letter `O`) and `|`.
#[inline]
pub(crate) fn begins_format(text: &str) -> bool {
    text.starts_with(['C', 'L']) && after_format_version(text).is_some()
}

/// Returns the text after the version of a CEF or LEEF header and the `|` that follows it.
#[cold]
pub(crate) fn after_format_version(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(CEF).or_else(|| text.strip_prefix(LEEF))?;
    let version = rest.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'O')).count();
    after(rest, version).strip_prefix('|').filter(|_| (1..=MAX_VERSION).contains(&version))
}

/// The maximum length of a CEF or LEEF version, in bytes: that of `2.0` and one more digit.
const MAX_VERSION: usize = 4;

/// Skips the octet count (RFC 6587, section 3.4.1), `MSG-LEN SP`, if a PRI follows it.
#[inline]
fn skip_octet_count(text: &str) -> &str {
    if text.bytes().next().is_some_and(|first| first.is_ascii_digit()) { skip_digits(text) } else { text }
}

#[inline(never)]
fn skip_digits(text: &str) -> &str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match after(text, digits).strip_prefix(' ') {
        Some(rest) if digits > 0 && pri(rest).is_some() => rest,
        _ => text,
    }
}

/// Parses `<PRI>` and returns its number and the text after it.
fn pri(text: &str) -> Option<(usize, &str)> {
    const MAX_DIGITS: usize = 3;
    let bytes = text.as_bytes().strip_prefix(b"<")?;
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(MAX_DIGITS + 1) {
        match byte {
            b'0'..=b'9' => number = number * 10 + usize::from(byte - b'0'),
            b'>' if at > 0 => return Some((number, skip_whitespace(after(text, at + 2)))),
            _ => return None,
        }
    }
    None
}

/// Returns the text after an RFC 5424 VERSION. Any version of up to three digits is accepted, not only `1`.
#[inline(never)]
fn after_version(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    after(text, digits).strip_prefix(' ').filter(|_| (1..=3).contains(&digits))
}

fn not_nil(part: &str) -> Option<&str> {
    (part != NIL).then_some(part)
}

/// Returns the token up to the next space, and the text after the spaces. A payload, a byte-order mark or the PRI of
/// another header is not a token.
#[inline(never)]
fn token(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let end = find_either::<b' ', b'{'>(bytes);
    if !(1..=MAX_PART).contains(&end) || is_not_a_token(text) {
        return None;
    }
    let mut after = end;
    match bytes.get(end) {
        Some(b'{') => return None,
        Some(_) => after += 1,
        None => {}
    }
    while let Some(b' ' | b'\t') = bytes.get(after) {
        after += 1;
    }
    Some((text.get(..end)?, text.get(after..)?))
}

/// Parses `[procid]` and returns the PROCID and the text after it.
fn brackets(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('[')?;
    let end = find_either::<b']', b' '>(text.as_bytes());
    let (inside, rest) = (text.get(..end)?, text.get(end..)?.strip_prefix(']')?);
    let is_procid = (1..=MAX_PART).contains(&end) && !inside.bytes().any(|byte| matches!(byte, b'[' | b'{'));
    is_procid.then_some((inside, rest))
}

/// Returns the text after MSGID and STRUCTURED-DATA. ESET sends neither.
#[inline]
fn after_structured_data(text: &str) -> &str {
    match text.strip_prefix("- - ") {
        Some(rest) => skip_whitespace(rest),
        None => after_any_structured_data(text),
    }
}

#[inline(never)]
fn after_any_structured_data(text: &str) -> &str {
    token(text).map_or(text, |(_, rest)| structured_data(rest).unwrap_or(rest))
}

/// Returns the text after STRUCTURED-DATA (RFC 5424, section 6.3): `-`, or elements `[id name="value" …]`, in whose
/// values `"`, `\` and `]` are escaped.
#[inline(never)]
fn structured_data(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix(NIL).filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        return Some(skip_whitespace(rest));
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while bytes.get(at) == Some(&b'[') {
        let mut quoted = false;
        loop {
            match bytes.get(at)? {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b']' if !quoted => break,
                _ => {}
            }
            at += 1;
        }
        at += 1;
    }
    (at > 0).then(|| skip_whitespace(after(text, at)))
}

/// Parses `Mmm dd hh:mm:ss`. The day may be padded, a year may follow the day or the time, and the time may have a
/// fraction.
#[inline(never)]
fn bsd_timestamp(text: &str) -> Option<(&str, &str)> {
    let month = text.as_bytes().first_chunk()?;
    is_month(month).then(|| after(text, month.len()).strip_prefix(' '))?.and_then(|rest| after_month(text, rest))
}

/// Returns the offset of `part` in `text`, of which it must be a slice.
pub(crate) fn offset_of(part: &str, text: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// Parses the rest of a timestamp after its month. `text` begins with the timestamp, and `rest` with the text after the
/// month.
fn after_month<'m>(text: &'m str, rest: &'m str) -> Option<(&'m str, &'m str)> {
    let (day, mut rest) = token(skip_whitespace(rest))?;
    is_number(day, 1..=2).then_some(())?;
    if let Some((_, after)) = token(rest).filter(|(year, _)| is_number(year, 4..=4)) {
        rest = after;
    }
    let (time, mut rest) = token(rest)?;
    let time = time.strip_suffix(':').unwrap_or(time);
    is_time(time).then_some(())?;
    let mut end = offset_of(time, text) + time.len();
    if let Some((year, after)) = token(rest).filter(|(year, _)| is_number(year, 4..=4)) {
        end = offset_of(year, text) + year.len();
        rest = after;
    }
    Some((text.get(..end)?, rest))
}

/// Parses `2026-02-27T16:25:37.704Z`.
fn iso_timestamp(text: &str) -> Option<(&str, &str)> {
    let (timestamp, rest) = token(text).filter(|_| text.as_bytes()[0].is_ascii_digit())?;
    let has_time = timestamp.contains('T') && DateTime::parse(timestamp.as_bytes()).is_some();
    has_time.then_some((timestamp, rest))
}

/// Returns whether the text is a time such as `hh:mm:ss` or `hh:mm:ss.fff`.
fn is_time(text: &str) -> bool {
    let Some(([h, i, b':', m, n, b':', s, t], rest)) = text.as_bytes().split_first_chunk() else { return false };
    let is_fraction = match rest {
        [] => true,
        [b'.' | b',', fraction @ ..] => (1..=9).contains(&fraction.len()) && fraction.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_fraction && [h, i, m, n, s, t].into_iter().all(u8::is_ascii_digit)
}

fn is_number(text: &str, length: core::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the text from an offset on, or an empty text if the offset is out of range.
fn after(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

#[inline]
fn skip_whitespace(text: &str) -> &str {
    if text.starts_with([' ', '\t']) { skip_spaces(text) } else { text }
}

#[inline(never)]
fn skip_spaces(text: &str) -> &str {
    let spaces = text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    after(text, spaces)
}

/// Skips byte-order marks, including those that a relay has decoded as Latin-1, and the whitespace and NUL bytes around
/// them.
#[inline(never)]
fn skip_marks(text: &str) -> &str {
    if text.bytes().next().is_some_and(|first| first.is_ascii_graphic()) { text } else { skip_any_marks(text) }
}

#[inline(never)]
pub(crate) fn skip_any_marks(mut text: &str) -> &str {
    const MARKS: [&str; 3] = ["\u{FEFF}", "\u{EF}\u{BB}\u{BF}", "\u{FF}\u{FE}"];
    loop {
        match text.as_bytes() {
            [b' ' | b'\t' | b'\r' | b'\n' | 0, ..] => text = after(text, 1),
            [0x80..=0xFF, ..] => match MARKS.iter().find_map(|mark| text.strip_prefix(mark)) {
                Some(after) => text = after,
                None => return text,
            },
            _ => return text,
        }
    }
}

/// Returns whether the text begins with anything that [`skip_marks`] skips, with the PRI of another header, or with a
/// CEF or LEEF payload.
#[inline]
fn is_not_a_token(text: &str) -> bool {
    let is_plain = |first: u8| first.is_ascii_graphic() && !matches!(first, b'<' | b'C' | b'L');
    !text.bytes().next().is_some_and(is_plain) && is_mark_or_pri_or_format(text)
}

#[cold]
fn is_mark_or_pri_or_format(text: &str) -> bool {
    skip_any_marks(text).len() < text.len() || pri(text).is_some() || begins_format(text)
}

/// Removes line endings and padding from the end of a message, including those that rsyslog has escaped.
#[inline(never)]
pub(crate) fn trim_end(mut text: &str) -> &str {
    loop {
        let cut = match text.as_bytes() {
            [.., b' ' | b'\t' | b'\r' | b'\n' | 0] => 1,
            [.., b'#', b'0', b'1', b'5' | b'2'] | [.., b'#', b'0', b'0', b'0'] => 4,
            _ => return text,
        };
        text = text.get(..text.len() - cut).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let part = |part: Option<&str>| part.unwrap_or("").to_owned();
        let cases: &[(&str, [&str; 6], &str)] = &[
            ("{}", ["", "", "", "", "", ""], "{}"),
            ("<14>{}", ["user", "info", "", "", "", ""], "{}"),
            ("<999>{}", ["", "", "", "", "", ""], "{}"),
            (
                "<1>Oct 30 05:31:10 srv ERAServer[75]: {}",
                ["kern", "alert", "Oct 30 05:31:10", "srv", "ERAServer", "75"],
                "{}",
            ),
            ("Oct  3 05:31:10 srv {}", ["", "", "Oct  3 05:31:10", "srv", "", ""], "{}"),
            ("<14>ERAServer[75]: {}", ["user", "info", "", "", "ERAServer", "75"], "{}"),
            (
                "<12>1 2026-02-27T16:25:37.704Z srv ERAServer 3432 - - \u{FEFF}{}",
                ["user", "warning", "2026-02-27T16:25:37.704Z", "srv", "ERAServer", "3432"],
                "{}",
            ),
            (
                r#"<12>1 2026-02-27T16:25:37+01:00 srv app - - [x@1 a="b\"]"][y@1] {}"#,
                ["user", "warning", "2026-02-27T16:25:37+01:00", "srv", "app", ""],
                "{}",
            ),
            ("<12>1 - - - - - - text", ["user", "warning", "", "", "", ""], "text"),
            ("5 <14>{}", ["user", "info", "", "", "", ""], "{}"),
            ("<14>Oct 30 05:31:10 srv HEARTBEAT\r\n", ["user", "info", "Oct 30 05:31:10", "srv", "", ""], "HEARTBEAT"),
            ("<14>CEF:0|a [1]: b", ["user", "info", "", "", "", ""], "CEF:0|a [1]: b"),
            ("CEF:O|a host[1]: b", ["", "", "", "", "", ""], "CEF:O|a host[1]: b"),
            ("Oct 30 05:31:10 srv LEEF:2.0|a", ["", "", "Oct 30 05:31:10", "srv", "", ""], "LEEF:2.0|a"),
            ("<14>Oct 30 05:31:10 srv app CEF:0|a", ["user", "info", "Oct 30 05:31:10", "srv", "app", ""], "CEF:0|a"),
            (
                "<12>1 2026-02-27T16:25:37Z CEF:0|a b",
                ["user", "warning", "2026-02-27T16:25:37Z", "", "", ""],
                "CEF:0|a b",
            ),
            ("Oct 30 05:31:10 srv CEF: 0|a", ["", "", "Oct 30 05:31:10", "srv", "CEF", ""], "0|a"),
            ("Oct 30 05:31:10 CEF:x {", ["", "", "Oct 30 05:31:10", "CEF:x", "", ""], "{"),
            ("plain words", ["", "", "", "", "", ""], "plain words"),
            ("", ["", "", "", "", "", ""], ""),
        ];
        for (message, parts, body) in cases {
            let Envelope { facility, severity, timestamp, hostname, appname, procid, body: rest, .. } = parse(message);
            assert_eq!([facility, severity, timestamp, hostname, appname, procid].map(part), *parts, "{message}");
            assert_eq!(rest, *body, "{message}");
        }
    }
}
