//! The fields of a record that is available only as JSON.

use std::borrow::Cow;
use std::fmt;

use eset_filter::JsonText;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of a record, as JSON. If a field is repeated, its last value counts.
#[derive(Debug, Default)]
pub(crate) struct Fields<'r>(Vec<(&'r RawValue, &'r RawValue)>);

impl<'r> Fields<'r> {
    /// Returns the fields of a record; `None` if it is not exactly one JSON object.
    pub(crate) fn of(record: &'r str) -> Option<Self> {
        serde_json::from_str(record).ok()
    }

    /// Returns the text of a field; `None` if the field is missing, empty, or not a string.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'r, str>> {
        let is_meant = |key: &RawValue| string(key).is_some_and(|key| key == name);
        let (_, value) = self.0.iter().rfind(|(key, _)| is_meant(key))?;
        string(value).filter(|text| !text.is_empty())
    }
}

/// Returns the contents of a JSON string; copied only if it contains escapes.
fn string(json: &RawValue) -> Option<Cow<'_, str>> {
    let inside = json.get().strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        serde_json::from_str(json.get()).map(Cow::Owned).ok()
    } else {
        Some(Cow::Borrowed(inside))
    }
}

/// Returns the decoded text; copied only if it contains escapes.
pub(crate) fn text(text: JsonText<'_>) -> Cow<'_, str> {
    if let Some(plain) = text.plain() {
        return String::from_utf8_lossy(plain);
    }
    let mut decoded = Vec::new();
    text.decode(&mut decoded);
    Cow::Owned(String::from_utf8(decoded).unwrap_or_default())
}

impl<'r> Deserialize<'r> for Fields<'r> {
    fn deserialize<D: Deserializer<'r>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'r> Visitor<'r> for Members {
    type Value = Fields<'r>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<M: MapAccess<'r>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let mut fields = Vec::new();
        while let Some(member) = members.next_entry()? {
            fields.push(member);
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nonempty_strings_are_found() {
        let record = r#" {"a":"1","b":2,"c":"","d":{"a":"no"},"e":"\n\"","a":"last","\u0066":"f"} "#;
        let fields = Fields::of(record).unwrap();
        assert_eq!(fields.text("a").as_deref(), Some("last"));
        assert_eq!(fields.text("e").as_deref(), Some("\n\""));
        assert_eq!(fields.text("f").as_deref(), Some("f"));
        for absent in ["b", "c", "d", "g"] {
            assert_eq!(fields.text(absent), None, "{absent}");
        }
    }

    #[test]
    fn only_a_single_object_is_accepted() {
        for bad in ["", " ", "[]", "{", "{} x", "{}{}", "\"{}\"", "{\"a\":1,}"] {
            assert!(Fields::of(bad).is_none(), "{bad}");
        }
    }
}
