//! A written record, read again: for what needs some of its fields and has nothing but its JSON.

use std::borrow::Cow;

use crate::json::{self, Nested, Shape, Span, Value, Visitor};
use crate::text::JsonText;

/// Where the fields of a record stand. The memory is kept from record to record.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    fields: Vec<(Span, Value)>,
}

impl Fields {
    /// Looks where the record's fields stand. Tells whether it is one JSON object.
    pub(crate) fn read(&mut self, record: &str) -> bool {
        self.fields.clear();
        let text = record.trim_ascii();
        text.starts_with('{') && {
            let open = record.len() - record.trim_ascii_start().len();
            let outcome = json::read_object(record, open, self);
            outcome.stopped.is_none() && record[outcome.end..].trim_ascii().is_empty()
        }
    }

    /// The text of a field of the record that was read last; `None` if it is not there, is empty, or is no string.
    pub(crate) fn text<'r>(&self, record: &'r str, name: &str) -> Option<Cow<'r, str>> {
        let (_, value) = self.fields.iter().rfind(|(key, _)| key.of(record) == name)?;
        let is_text = value.shape == Shape::String && value.span.start < value.span.end;
        is_text.then(|| text(JsonText::new(record, value.span)))
    }
}

/// The text itself, which is only copied where there are escapes to resolve.
pub(crate) fn text(text: JsonText<'_>) -> Cow<'_, str> {
    if let Some(plain) = text.plain() {
        return String::from_utf8_lossy(plain);
    }
    let mut decoded = Vec::new();
    text.decode(&mut decoded);
    Cow::Owned(String::from_utf8(decoded).unwrap_or_default())
}

impl Visitor for Fields {
    fn member(&mut self, _text: &str, key: Span, value: Value) {
        self.fields.push((key, value));
    }

    fn nested(&mut self, _text: &str, _key: Span) -> Nested {
        Nested::Whole
    }

    fn leave(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_are_found() {
        let record = r#" {"a":"1","b":2,"c":"","d":{"a":"no"},"e":"\n\"","a":"last"} "#;
        let mut fields = Fields::default();
        assert!(fields.read(record));
        let text = |name| fields.text(record, name);
        assert_eq!(text("a").as_deref(), Some("last"));
        assert_eq!(text("e").as_deref(), Some("\n\""));
        for absent in ["b", "c", "d", "f"] {
            assert_eq!(text(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for bad in ["", " ", "[]", "{", "{} x", "{}{}", "\"{}\"", "{\"a\":1,}"] {
            assert!(!Fields::default().read(bad), "{bad}");
        }
    }
}
