//! Wrappers: objects of other programs that contain a message in one of their members.

use alloc::vec::Vec;

use crate::fields::{Allowance, Collected};
use crate::json;
use crate::syslog;

/// The keys under which programs pass on messages, in the order in which they are tried.
pub(crate) const MESSAGE_KEYS: &[&str] = &["message", "log", "msg", "MESSAGE", "Message"];

/// Returns the position of a key in [`MESSAGE_KEYS`].
#[inline(never)]
pub(crate) fn message_rank(key: &[u8]) -> Option<usize> {
    MESSAGE_KEYS.iter().position(|known| key == known.as_bytes())
}

/// A wrapper: the offset of its brace, and the key of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrapper {
    /// The offset of the brace in the message. It differs from `brace` if the wrapper was read from the unescaped text.
    #[cfg(feature = "places")]
    pub(crate) in_message: usize,
    pub(crate) brace: usize,
    pub(crate) key: &'static str,
}

impl Wrapper {
    /// Reads the members of the wrapper, except the message. None of them is treated as a field. Returns whether some
    /// of them are not flattened because of the allowance.
    #[cold]
    pub(crate) fn read(&self, text: &str, allowance: Allowance, members: &mut Collected) -> bool {
        members.start_without_fields(allowance);
        let mut end = json::read_object(text, self.brace, members).end;
        let exceeded = members.exceeded();
        if let Some(allowance) = exceeded {
            members.start_without_fields(allowance);
            end = json::read_object(text, self.brace, members).end;
        }
        members.settle(end - self.brace);
        members.keep_all_except(self.key);
        exceeded.is_some() || allowance.objects == 0
    }
}

/// Returns the key of the message that an object wraps, and decodes the message into `message`. Returns `None` if the
/// object wraps no message.
#[cold]
pub(super) fn message_key(text: &str, collected: &Collected, message: &mut Vec<u8>) -> Option<&'static str> {
    MESSAGE_KEYS.iter().copied().find(|key| {
        let Some(found) = collected.text_under(key) else { return false };
        message.clear();
        collected.text(text, found).decode(message);
        str::from_utf8(message).is_ok_and(|message| !syslog::is_blank(message))
    })
}

/// Returns whether the unterminated string that contains the offset `at` is a message, judging by the key before it.
#[cold]
pub(super) fn is_message(text: &str, at: usize) -> bool {
    let bytes = &text.as_bytes()[..at];
    // Only the opening quote of the string has no backslash before it.
    let start = bytes.windows(2).rposition(|pair| pair[0] != b'\\' && pair[1] == b'"').unwrap_or_default();
    let before = |bytes: &[u8], byte| bytes.trim_ascii_end().strip_suffix(&[byte]).map(<[u8]>::len);
    let colon = before(&bytes[..=start], b':').unwrap_or_default();
    let key = &bytes[..before(&bytes[..colon], b'"').unwrap_or_default()];
    let opening = key.iter().rposition(|byte| *byte == b'"').map_or(0, |quote| quote + 1);
    message_rank(&key[opening..]).is_some()
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
            // The last of several equal keys wins, and a blank text is not a message.
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
            // Only one level is unwrapped.
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
            // A wrapper must be the only object, and an event is not a wrapper.
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
