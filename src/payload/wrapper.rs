//! Wrappers: objects of other programs that hold a message in one of their members.

use crate::fields::{Allowance, Collected};
use crate::json;
use crate::syslog;

/// The keys under which programs hand messages on, in the order in which they are looked at.
pub(crate) const MESSAGE_KEYS: &[&str] = &["message", "log", "msg", "MESSAGE", "Message"];

/// A wrapper without its message.
#[derive(Debug)]
pub(crate) struct Wrapper {
    text: String,
    members: Collected,
}

impl Wrapper {
    pub(crate) fn new() -> Self {
        Self { text: String::new(), members: Collected::new() }
    }

    /// What the members stand in.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The members, none of which are fields.
    pub(crate) fn members(&self) -> &Collected {
        &self.members
    }

    /// Reads a complete object. What is under `key` is the message.
    pub(super) fn read(&mut self, object: &str, key: &str, allowance: Allowance) {
        let Self { text, members } = self;
        text.clear();
        text.push_str(object);
        let mut allowed = Some(allowance);
        while let Some(allowance) = allowed {
            members.start_without_fields(allowance);
            json::read_object(text, 0, members);
            allowed = members.exceeded();
        }
        members.settle(text.len());
        members.forget(key);
    }
}

/// The key of the message that an object wraps, which is put into `message`; `None` where it wraps none.
pub(super) fn message_key(text: &str, collected: &Collected, message: &mut Vec<u8>) -> Option<&'static str> {
    MESSAGE_KEYS.iter().copied().find(|key| {
        let Some(found) = collected.text_under(text, key) else { return false };
        message.clear();
        found.decode(message);
        str::from_utf8(message).is_ok_and(|message| !syslog::is_blank(message))
    })
}

/// Where the message stands in the wrapper that opens at `brace` and is cut, between its quotes.
pub(super) fn cut_message(text: &str, brace: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found: Option<(usize, (usize, usize))> = None;
    let mut at = json::skip_whitespace(bytes, brace + 1);
    while let Ok((key, start)) = json::plain_key(bytes, at) {
        let rank = MESSAGE_KEYS.iter().position(|known| *known == key.of(text));
        if let Some(rank) = rank.filter(|rank| found.is_none_or(|(best, _)| *rank <= best))
            && bytes.get(start) == Some(&b'"')
        {
            let end = json::plain_string(bytes, start + 1).map_or(bytes.len(), |(string, _)| string.end);
            let is_blank = text.get(start + 1..end).is_none_or(syslog::is_blank);
            found = if is_blank { found } else { Some((rank, (start + 1, end))) };
        }
        let Ok((_, end)) = json::plain_value(bytes, start, 1) else { break };
        let Ok(next) = json::past(bytes, json::skip_whitespace(bytes, end), b',') else { break };
        at = next;
    }
    found.map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use crate::{Filter, Heartbeats, Options, SyslogFields, encode};

    fn records(message: &str) -> Vec<String> {
        let mut filter = Filter::new(Options::default().heartbeats(Heartbeats::Keep).syslog_fields(SyslogFields::All));
        let mut records = Vec::new();
        let mut events = filter.parse_str(message);
        while let Some(event) = events.next() {
            let mut out = Vec::new();
            encode::json::write(&event, &mut out);
            records.push(String::from_utf8(out).unwrap());
        }
        records
    }

    #[test]
    fn wrapped_messages() {
        let cases: &[(&str, &[&str])] = &[
            (
                r#"<13>Oct 30 05:31:11 r {"msg":7,"log":"<14>{\"user\":\"a\",\"new\":1}","hostname":"h","new":2,"x":{"y":[3]}}"#,
                &[
                    r#"{"user":"a","parse_status":"ok","syslog_hostname":"r","syslog_facility":"user","syslog_severity":"info","additional_fields":{"msg":7,"hostname":"h","x_y":[3],"new":1}}"#,
                ],
            ),
            (
                r#"<13>Oct 30 05:31:11 r {"Message":"<14>Oct 30 05:31:10 srv a: {\"user\":\"a\"}{\"user\":\"b\"}"}"#,
                &[
                    r#"{"user":"a","parse_status":"ok","syslog_hostname":"srv","syslog_facility":"user","syslog_severity":"info","syslog_timestamp":"Oct 30 05:31:10","syslog_appname":"a","syslog_relay":"r"}"#,
                    r#"{"user":"b","parse_status":"ok","syslog_hostname":"srv","syslog_facility":"user","syslog_severity":"info","syslog_timestamp":"Oct 30 05:31:10","syslog_appname":"a","syslog_relay":"r"}"#,
                ],
            ),
            // The last of equal keys counts, and a blank text is no message.
            (
                r#"{"message":"x","event_type":"","log":"{\"user\":\"a\"}","message":" \n","occured":"b"}"#,
                &[
                    r#"{"user":"a","parse_status":"ok","additional_fields":{"event_type":"","message":" \n","occured":"b"}}"#,
                ],
            ),
            (
                r#"{"message":"{\"user\":\"a\",\"count\":\"x\"","count":5}"#,
                &[
                    r#"{"user":"a","parse_status":"truncated","raw_message":"{\"message\":\"{\\\"user\\\":\\\"a\\\",\\\"count\\\":\\\"x\\\"\",\"count\":5}","additional_fields":{"count":"x"}}"#,
                ],
            ),
            // Once and no deeper.
            (
                r#"{"message":"{\"message\":\"{}\",\"user\":\"a\"}"}"#,
                &[r#"{"user":"a","parse_status":"ok","additional_fields":{"message":"{}"}}"#],
            ),
            (
                r#"{"message":"{\"message\":\"x\"}"}"#,
                &[r#"{"parse_status":"text","raw_message":"{\"message\":\"{\\\"message\\\":\\\"x\\\"}\"}"}"#],
            ),
            (
                r#"{"user":"a","message":"hello {"}"#,
                &[r#"{"parse_status":"text","raw_message":"{\"user\":\"a\",\"message\":\"hello {\"}"}"#],
            ),
            (
                r#"{"host":"r","message":"<190>HEARTBEAT"}"#,
                &[
                    r#"{"parse_status":"heartbeat","raw_message":"{\"host\":\"r\",\"message\":\"<190>HEARTBEAT\"}","syslog_facility":"local7","syslog_severity":"info"}"#,
                ],
            ),
            // A wrapper is the only object, and an event is none.
            (
                r#"{"message":"{\"user\":\"a\"}"}{"user":"b"}"#,
                &[
                    r#"{"user":"b","parse_status":"ok","raw_message":"{\"message\":\"{\\\"user\\\":\\\"a\\\"}\"}{\"user\":\"b\"}"}"#,
                ],
            ),
            (
                r#"{"event_type":"A","message":"{}"}"#,
                &[r#"{"event_type":"A","parse_status":"ok","additional_fields":{"message":"{}"}}"#],
            ),
            (
                r#"{"a":"C:\Data","message":"{\"user\":\"a\"}"}"#,
                &[
                    r#"{"user":"a","parse_status":"malformed","raw_message":"{\"a\":\"C:\\Data\",\"message\":\"{\\\"user\\\":\\\"a\\\"}\"}","additional_fields":{"a":"C:\\Data"}}"#,
                ],
            ),
            (
                r#""{\"a\":1,\"message\":\"{\\\"user\\\":\\\"a\\\"}\"}""#,
                &[r#"{"user":"a","parse_status":"ok","additional_fields":{"a":1}}"#],
            ),
        ];
        for (message, expected) in cases {
            assert_eq!(records(message), *expected, "{message}");
        }
    }
}
