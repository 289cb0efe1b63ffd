//! Messages that relays have forwarded: headers within headers, in the formats that relays and container runtimes
//! write.

use super::{
    Envelope, MAX_HEADERS, Tag, after, after_month, begins_payload, bsd_timestamp, iso_timestamp, offset_of, pri,
    skip_marks, skip_octet_count, skip_whitespace, token,
};
use crate::fields::DateTime;

/// The maximum length of a month name, in bytes.
const MAX_MONTH: usize = 12;

/// Parses all headers of a message, the outermost first. `outer` is the envelope around the message.
#[cold]
pub(super) fn parse<'m>(text: &'m str, outer: Envelope<'m>) -> Envelope<'m> {
    let mut envelope = outer;
    let mut rest = skip_marks(skip_octet_count(skip_cri(text)));
    envelope.innermost_header = rest;
    let mut header = Header::first(rest);
    while let Some(found) = header.filter(|_| envelope.headers < MAX_HEADERS) {
        envelope = Envelope { innermost_header: rest, ..envelope.around(found.parts) };
        rest = skip_marks(found.rest);
        header = Header::further(rest, found.ends_with_host);
    }
    envelope.present |= rest.len() < text.len();
    envelope.body = rest;
    envelope
}

impl Envelope<'_> {
    /// Returns the envelope with a further header inside.
    fn around(self, inner: Self) -> Self {
        let outermost = self.relay.or(self.hostname);
        let hostname = inner.hostname.or(self.hostname);
        let relay = outermost.filter(|outermost| hostname != Some(*outermost));
        Self { hostname, relay, headers: self.headers + 1, present: true, ..inner }
    }
}

/// One header.
struct Header<'m> {
    parts: Envelope<'m>,
    /// The text after the header.
    rest: &'m str,
    /// Whether the host is the last part of the header.
    ends_with_host: bool,
}

impl<'m> Header<'m> {
    /// Parses the first header of a message. Any part of it may be missing.
    #[cold]
    fn first(text: &'m str) -> Option<Self> {
        let mut parts = Envelope::default();
        let after_pri = parts.take_pri(text);
        let has_pri = after_pri.len() < text.len();
        let rest = parts.take_rfc5424(after_pri, has_pri);
        let rest = rest.unwrap_or_else(|| parts.take_relayed_rfc3164(after_pri, has_pri));
        let after_host = |host: &str| skip_whitespace(after(text, offset_of(host, text) + host.len()));
        let ends_with_host = parts.hostname.is_some_and(|host| after_host(host).len() == rest.len());
        (rest.len() < text.len()).then_some(Self { parts, rest, ends_with_host })
    }

    /// Parses a header inside another header. It has a PRI; or a version and a timestamp; or a timestamp, a host and a
    /// tag with a colon; or, between a host and the payload, a host and a tag with a process ID and a colon.
    #[cold]
    fn further(text: &'m str, follows_host: bool) -> Option<Self> {
        let mut parts = Envelope::default();
        if pri(text).is_some() || parts.take_rfc5424(text, false).is_some() {
            return Self::first(text);
        }
        let rest = parts.take_timestamp(text, false);
        let (host, tag) = host_and_tag(rest).filter(|(_, tag)| tag.colon)?;
        let precedes_payload = || tag.procid.is_some() && begins_payload(skip_marks(tag.rest));
        if parts.timestamp.is_none() && !(follows_host && precedes_payload()) {
            return None;
        }
        parts.take_host(host);
        let rest = parts.take_tag(tag);
        Some(Self { parts, rest, ends_with_host: false })
    }
}

impl<'m> Envelope<'m> {
    /// Behaves like [`Envelope::take_rfc3164`], but stops where another header begins.
    fn take_relayed_rfc3164(&mut self, text: &'m str, has_pri: bool) -> &'m str {
        let rest = self.take_timestamp(text, has_pri);
        if self.timestamp.is_some() && Header::further(rest, false).is_some() {
            rest
        } else {
            self.take_host_and_tag(rest, has_pri)
        }
    }

    /// Parses a timestamp in any format, and skips the time zone after it.
    #[cold]
    fn take_timestamp(&mut self, text: &'m str, has_pri: bool) -> &'m str {
        let any_month = || foreign_timestamp(text).filter(|_| has_pri);
        let found =
            bsd_timestamp(text).or_else(|| iso_timestamp(text)).or_else(|| spaced_timestamp(text)).or_else(any_month);
        let Some((timestamp, rest)) = found else { return text };
        self.timestamp = Some(timestamp);
        skip_zone(rest)
    }
}

/// Parses a host and a tag that cannot be a host.
fn host_and_tag(text: &str) -> Option<(&str, Tag<'_>)> {
    let (host, rest) = token(text).filter(|_| !Tag::parse(text).is_some_and(|tag| tag.is_explicit()))?;
    Tag::parse(rest).filter(Tag::is_explicit).map(|tag| (host, tag))
}

/// Parses a timestamp whose month name may be in any language.
fn foreign_timestamp(text: &str) -> Option<(&str, &str)> {
    let (month, rest) = token(text).filter(|(month, _)| month.len() <= MAX_MONTH)?;
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let belongs = |byte: &u8| is_letter(byte) || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'\'');
    let (mut bytes, any_letter) = (month.bytes(), month.as_bytes().iter().any(is_letter));
    (any_letter && bytes.all(|byte| belongs(&byte))).then(|| after_month(text, rest))?
}

/// Parses `2026-02-27 16:25:37.704Z`.
fn spaced_timestamp(text: &str) -> Option<(&str, &str)> {
    let (date, rest) = token(text).filter(|(date, _)| date.len() == super::DATE.len() && date.as_bytes()[4] == b'-')?;
    let (time, rest) = token(rest)?;
    let timestamp = text.get(..date.len() + 1 + time.len())?;
    (timestamp.ends_with(time) && DateTime::parse(timestamp.as_bytes()).is_some()).then_some((timestamp, rest))
}

/// Skips a time zone after a timestamp. If no host and tag follow, the text is a host and not a time zone.
fn skip_zone(text: &str) -> &str {
    let after_zone = || {
        let (_, rest) = token(text).filter(|(zone, _)| is_zone(zone.as_bytes()))?;
        host_and_tag(rest).map(|_| rest)
    };
    after_zone().unwrap_or(text)
}

/// Returns whether the text is a time zone such as `CEST`, `+02:00`, `+0200` or `+02`.
fn is_zone(text: &[u8]) -> bool {
    let are_digits = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    match text {
        [b'+' | b'-', h, i] => are_digits(&[*h, *i]),
        [b'+' | b'-', h, i, m, n] | [b'+' | b'-', h, i, b':', m, n] => are_digits(&[*h, *i, *m, *n]),
        _ => (2..=5).contains(&text.len()) && text.iter().all(u8::is_ascii_uppercase),
    }
}

/// Skips the prefix that container runtimes write before each line (CRI): timestamp, stream, and `F` or `P` for a full
/// or partial line.
#[cold]
fn skip_cri(text: &str) -> &str {
    let after_prefix = || {
        let (_, rest) = iso_timestamp(text)?;
        let (_, rest) = token(rest).filter(|(stream, _)| matches!(*stream, "stdout" | "stderr"))?;
        let (_, rest) = token(rest).filter(|(tag, _)| matches!(*tag, "F" | "P"))?;
        Some(skip_marks(rest))
    };
    after_prefix().unwrap_or(text)
}

/// Returns whether [`skip_cri`] would skip anything.
#[inline]
pub(super) fn begins_with_cri(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first.is_ascii_digit()) && skip_cri(text).len() < text.len()
}

#[cfg(test)]
mod tests {
    use super::super::{is_heartbeat, parse};

    /// The host, the relay, the timestamp, the tag name and the body.
    type Parts = [&'static str; 5];

    #[test]
    fn headers_within_headers() {
        const TIME: &str = "Oct 30 05:31:10";
        let cases: &[(&'static str, Parts)] = &[
            ("<13>Oct 30 05:31:11 r <14>Oct 30 05:31:10 srv app[1]: {", ["srv", "r", TIME, "app", "{"]),
            ("<13>Oct 30 05:31:11 r <14>{", ["r", "", "", "", "{"]),
            ("<13>Oct 30 05:31:11 r <14>app[1]: {", ["r", "", "", "app", "{"]),
            ("<13>Oct 30 05:31:11 <14>Oct 30 05:31:10 srv app[1]: {", ["srv", "", TIME, "app", "{"]),
            ("<13><14>Oct 30 05:31:10 srv app[1]: {", ["srv", "", TIME, "app", "{"]),
            ("<13>Oct 30 05:31:11 r Oct 30 05:31:10 srv app[1]: {", ["srv", "r", TIME, "app", "{"]),
            ("<13>Oct 30 05:31:11 Oct 30 05:31:10 srv app: {", ["srv", "", TIME, "app", "{"]),
            ("<13>Oct 30 05:31:11 r Oct 30 05:31:10 srv {", ["r", "", "Oct 30 05:31:11", "", "Oct 30 05:31:10 srv {"]),
            ("<13>Oct 30 05:31:11 r srv app[1]: {", ["srv", "r", "", "app", "{"]),
            ("<13>Oct 30 05:31:11 r srv app: {", ["r", "", "Oct 30 05:31:11", "", "srv app: {"]),
            ("<13>Oct 30 05:31:11 r srv app[1]: x", ["r", "", "Oct 30 05:31:11", "", "srv app[1]: x"]),
            ("r srv app[1]: {", ["", "", "", "", "r srv app[1]: {"]),
            (
                "<13>1 2026-02-27T16:25:37.704Z r - - - - \u{FEFF}<14>1 2026-02-27T16:25:36.704Z srv app 1 - - {",
                ["srv", "r", "2026-02-27T16:25:36.704Z", "app", "{"],
            ),
            ("<13>1 2026-02-27T16:25:37.704Z r <14>Oct 30 05:31:10 srv app[1]: {", ["srv", "r", TIME, "app", "{"]),
            ("<13>Oct 30 05:31:11 r <14>Oct 30 05:31:10 - app[1]: {", ["r", "", TIME, "app", "{"]),
            ("<13>Oct 30 05:31:11 r <14>Oct 30 05:31:10 r app[1]: {", ["r", "", TIME, "app", "{"]),
            (
                "<1>Oct 30 05:31:10 a <2>Oct 30 05:31:10 b <3>Oct 30 05:31:10 c <4>Oct 30 05:31:10 d {",
                ["d", "a", TIME, "", "{"],
            ),
            (
                "<1>Oct 30 05:31:10 a <2>Oct 30 05:31:10 b <3>Oct 30 05:31:10 c <4>Oct 30 05:31:10 d <5>{",
                ["d", "a", TIME, "", "<5>{"],
            ),
        ];
        check(cases);
    }

    #[test]
    fn relay_formats() {
        let cases: &[(&'static str, Parts)] = &[
            ("<14>juin 14 10:11:12 srv app[1]: {", ["srv", "", "juin 14 10:11:12", "app", "{"]),
            ("<14>f\u{E9}vr. 4 2026 10:11:12 srv {", ["srv", "", "f\u{E9}vr. 4 2026 10:11:12", "", "{"]),
            ("<14>10\u{6708} 30 05:31:10 srv app: x", ["srv", "", "10\u{6708} 30 05:31:10", "app", "x"]),
            ("<14>10 30 05:31:10 srv app: x", ["", "", "", "", "10 30 05:31:10 srv app: x"]),
            ("<14>thirteenchars 30 05:31:10 srv x", ["", "", "", "", "thirteenchars 30 05:31:10 srv x"]),
            ("juin 14 10:11:12 srv app[1]: {", ["", "", "", "", "juin 14 10:11:12 srv app[1]: {"]),
            ("<14>Oct 30 05:31:10 CEST srv app[1]: {", ["srv", "", "Oct 30 05:31:10", "app", "{"]),
            ("<14>Oct 30 05:31:10 +02:00 srv app: {", ["srv", "", "Oct 30 05:31:10", "app", "{"]),
            ("<14>Oct 30 05:31:10 CEST app[1]: {", ["CEST", "", "Oct 30 05:31:10", "app", "{"]),
            ("<14>Oct 30 05:31:10 CEST srv {", ["CEST", "", "Oct 30 05:31:10", "srv", "{"]),
            ("<14>Oct 30 05:31:10 RELAYS srv app: {", ["RELAYS", "", "Oct 30 05:31:10", "", "srv app: {"]),
            ("<14>2026-10-30 05:31:10 srv app[1]: {", ["srv", "", "2026-10-30 05:31:10", "app", "{"]),
            ("2026-10-30 05:31:10,250 UTC srv app[1]: {", ["srv", "", "2026-10-30 05:31:10,250", "app", "{"]),
            ("<14>2026-02-30 05:31:10 srv x", ["", "", "", "", "2026-02-30 05:31:10 srv x"]),
            (
                "2026-02-27T16:25:37.704159263Z stdout F <14>Oct 30 05:31:10 srv {",
                ["srv", "", "Oct 30 05:31:10", "", "{"],
            ),
            ("2026-02-27T16:25:37.704159263Z stderr P {", ["", "", "", "", "{"]),
            ("2026-02-27T16:25:37.704159263Z stdout G {", ["stdout", "", "2026-02-27T16:25:37.704159263Z", "G", "{"]),
        ];
        check(cases);
    }

    fn check(cases: &[(&'static str, Parts)]) {
        for (message, expected) in cases {
            let envelope = parse(message);
            let part = |part: Option<&'static str>| part.unwrap_or_default();
            let parts = [envelope.hostname, envelope.relay, envelope.timestamp, envelope.appname].map(part);
            assert_eq!((parts, envelope.body), (expected[..4].try_into().unwrap(), expected[4]), "{message}");
        }
    }

    #[test]
    fn relayed_heartbeats() {
        let cases = [
            ("HEARTBEAT", true),
            ("<190>Aug 12 09:58:13 localhost - ERAServer[16238]: HEARTBEAT", true),
            ("<190>1 2026-02-27T16:25:37.704Z localhost - - - -  ERAServer[16238]: HEARTBEAT", true),
            ("<190>1 2026-02-27T16:25:37.704Z localhost - - - - srv ERAServer: HEARTBEAT", true),
            ("<190>1 2026-02-27T16:25:37.704Z localhost - - - - no srv ERAServer: HEARTBEAT", false),
            ("<190>1 2026-02-27T16:25:37.704Z localhost - - - - no HEARTBEAT", false),
            ("<190>Aug 12 09:58:13 localhost srv ERAServer: no HEARTBEAT", false),
            ("no ERAServer: HEARTBEAT", false),
        ];
        for (message, expected) in cases {
            assert_eq!(is_heartbeat(&parse(message)), expected, "{message}");
        }
    }
}
