//! Writes one flat JSON object in the dialect of a [`Sender`], straight into the message.
//!
//! `serde_json` would neither write `\/` nor leave the choice between `true` and `"true"` to one place.

use std::fmt::{self, Display, Write};

use crate::vocabulary::Sender;

/// An object under construction: `{`, then members in the order of the calls, then [`end`](Self::end).
pub(crate) struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    sender: &'static Sender,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    pub(crate) fn begin(out: &'a mut Vec<u8>, sender: &'static Sender) -> Self {
        out.push(b'{');
        Self { out, sender, empty: true }
    }

    pub(crate) fn text(&mut self, key: &str, value: impl Display) {
        self.key(key);
        self.string(value);
    }

    pub(crate) fn bool(&mut self, key: &str, value: bool) {
        self.plain(key, value);
    }

    pub(crate) fn int(&mut self, key: &str, value: u64) {
        self.plain(key, value);
    }

    /// A field without a value: the cloud sends it empty, ESET PROTECT on-prem leaves it out.
    pub(crate) fn absent(&mut self, key: &str) {
        if self.sender.cloud {
            self.text(key, "");
        }
    }

    pub(crate) fn text_or_absent(&mut self, key: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.text(key, value),
            None => self.absent(key),
        }
    }

    pub(crate) fn bool_or_absent(&mut self, key: &str, value: Option<bool>) {
        match value {
            Some(value) => self.bool(key, value),
            None => self.absent(key),
        }
    }

    /// Members that are JSON already.
    pub(crate) fn members(&mut self, json: &str) {
        self.separator();
        self.out.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn end(self) {
        self.out.push(b'}');
    }

    fn plain(&mut self, key: &str, value: impl Display) {
        self.key(key);
        if self.sender.cloud {
            self.string(value);
        } else {
            append(self.out, format_args!("{value}"));
        }
    }

    fn key(&mut self, key: &str) {
        self.separator();
        self.string(key);
        self.out.push(b':');
    }

    fn separator(&mut self) {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
    }

    fn string(&mut self, value: impl Display) {
        self.out.push(b'"');
        // Escaping cannot fail, and the values' own Display implementations do not.
        let _ = write!(Escaper { out: self.out, slash: self.sender.escapes_slash }, "{value}");
        self.out.push(b'"');
    }
}

/// Appends formatted text to a message.
pub(crate) fn append(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = std::io::Write::write_fmt(out, text);
}

/// Escapes what RFC 8259, section 7 demands, and `/` if asked to.
struct Escaper<'a> {
    out: &'a mut Vec<u8>,
    slash: bool,
}

impl Write for Escaper<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        let special = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\') || (*byte == b'/' && self.slash);
        while let Some(at) = rest.iter().position(special) {
            self.out.extend_from_slice(&rest[..at]);
            match rest[at] {
                b'\n' => self.out.extend_from_slice(br"\n"),
                b'\r' => self.out.extend_from_slice(br"\r"),
                b'\t' => self.out.extend_from_slice(br"\t"),
                control @ ..b' ' => append(self.out, format_args!("\\u{control:04x}")),
                other => self.out.extend_from_slice(&[b'\\', other]),
            }
            rest = &rest[at + 1..];
        }
        self.out.extend_from_slice(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::SENDERS;

    const AWKWARD: &str = "C:\\x\\\"{y}\"\r\n\t\u{1}/č🎉";

    fn object(sender: &'static Sender) -> String {
        let mut out = Vec::new();
        let mut json = ObjectWriter::begin(&mut out, sender);
        json.text("s", AWKWARD);
        json.bool("b", true);
        json.int("i", 158);
        json.absent("a");
        json.end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn on_prem_has_types_and_leaves_out() {
        let json = object(&SENDERS[0]);
        assert_eq!(json, r#"{"s":"C:\\x\\\"{y}\"\r\n\t\u0001/č🎉","b":true,"i":158}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["s"], AWKWARD);
    }

    #[test]
    fn cloud_has_strings_and_empty_fields() {
        let json = object(SENDERS.iter().find(|sender| sender.escapes_slash).unwrap());
        assert_eq!(json, r#"{"s":"C:\\x\\\"{y}\"\r\n\t\u0001\/č🎉","b":"true","i":"158","a":""}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["s"], AWKWARD);
    }
}
