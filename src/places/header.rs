//! The places of the headers and their parts.

use alloc::vec::Vec;
use core::ops::Range;

use super::{MemberPlace, Part, Texts, offset};
use crate::event::Frame;
use crate::schema::{
    SYSLOG_APPNAME, SYSLOG_FACILITY, SYSLOG_HOSTNAME, SYSLOG_PROCID, SYSLOG_RELAY, SYSLOG_SEVERITY, SYSLOG_TIMESTAMP,
};
use crate::syslog::{self, Envelope};

/// The headers of a message.
#[derive(Debug)]
pub(super) struct Headers {
    pub(super) header: Option<Range<usize>>,
    pub(super) outer: Option<Range<usize>>,
    /// The parts of the headers.
    pub(super) members: Vec<MemberPlace>,
}

impl Headers {
    pub(super) fn new(frame: &Frame<'_>, texts: &Texts) -> Self {
        let Frame { message, text, envelope, .. } = frame;
        let is_wrapped = texts.wrapper.is_some();
        let outer = syslog::parse(message);
        let inner = if is_wrapped { syslog::parse_inside(text, Envelope::default()) } else { outer };
        let around = around(frame, outer, texts.wrapper);
        let in_text = |range| texts.in_message(range);
        let range = of(text, &inner, envelope);
        // A part is either in the text around the event or in the message around that text.
        let part = |part: Option<&str>| {
            let part = part?;
            offset(text, part).map(in_text).or_else(|| offset(message, part))
        };
        let of_inner = range.as_ref().and_then(|_| pri(text, envelope)).map(in_text);
        let pri = of_inner.or_else(|| if is_wrapped { pri(message, &around) } else { None });
        let parts = [
            (&SYSLOG_HOSTNAME, part(envelope.hostname)),
            (&SYSLOG_FACILITY, pri.clone().filter(|_| envelope.facility.is_some())),
            (&SYSLOG_SEVERITY, pri.filter(|_| envelope.severity.is_some())),
            (&SYSLOG_TIMESTAMP, part(envelope.timestamp)),
            (&SYSLOG_APPNAME, part(envelope.appname)),
            (&SYSLOG_PROCID, part(envelope.procid)),
            (&SYSLOG_RELAY, part(envelope.relay)),
        ];
        let there = parts.into_iter().filter(|(_, value)| value.is_some());
        Self {
            header: range.map(in_text),
            outer: if is_wrapped { of(message, &outer, &around) } else { None },
            members: there.map(|(field, value)| MemberPlace::new(field.name.text, Part::Header, None, value)).collect(),
        }
    }
}

/// Returns the envelope of the message around the wrapper at `brace`. It may be directly before the brace, after other
/// text.
fn around<'m>(frame: &Frame<'m>, envelope: Envelope<'m>, brace: Option<usize>) -> Envelope<'m> {
    let mut around = Frame { text: frame.message, envelope, ..*frame };
    let body = offset(frame.message, envelope.body).map_or(0, |body| body.start);
    if let Some(brace) = brace.filter(|brace| *brace > body) {
        around.take_header_before(brace);
    }
    around.envelope
}

/// Returns the range of the headers of a text, which is the text before its body. `parsed` is the envelope at the
/// beginning of the text. The header in `envelope` may follow other text.
fn of(text: &str, parsed: &Envelope<'_>, envelope: &Envelope<'_>) -> Option<Range<usize>> {
    let innermost = offset(text, envelope.innermost_header())?.start;
    let body = offset(text, envelope.body).map_or(text.len(), |body| body.start);
    let is_at_start = offset(text, parsed.body).is_none_or(|parsed| parsed.start == body);
    let start = if is_at_start { 0 } else { innermost };
    let header = text.get(start..body)?;
    let marks = header.len() - syslog::skip_any_marks(header).len();
    let end = start + header.trim_end().len();
    (start + marks < end).then_some(start + marks..end)
}

/// Returns the range of the innermost header's PRI, with its angle brackets.
fn pri(text: &str, envelope: &Envelope<'_>) -> Option<Range<usize>> {
    let start = offset(text, envelope.innermost_header())?.start;
    let header = text.get(start..)?;
    let end = header.find('>').filter(|_| header.starts_with('<'))?;
    Some(start..start + end + 1)
}
