//! The values in an event, for encoders and shippers.

use crate::fields::DateTime;
use crate::json::{self, JsonText, Shape};

/// A value in an event. Text borrows from the message.
///
/// ```
/// use eset_filter::{Filter, Options, Value};
///
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.parse(br#"{"user":"ann","count":"7","resolved":0,"new":[1]}"#);
/// let event = events.next().unwrap();
/// let mut texts = Vec::new();
/// event.for_each(|name, value| {
///     texts.push(match value {
///         Value::Text(text) => format!("{} {text}", name.text),
///         Value::JsonText(text) => format!("{} {text}", name.text),
///         Value::Int(number) => format!("{} {number}", name.text),
///         other => format!("{} {other:?}", name.text),
///     });
/// });
/// assert_eq!(texts, ["user ann", "count 7", "resolved Bool(false)", "parse_status ok"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'e> {
    /// Text.
    Text(&'e str),
    /// Text that may contain unresolved JSON escapes.
    JsonText(JsonText<'e>),
    /// An integer.
    Int(i64),
    /// A Boolean.
    Bool(bool),
    /// A timestamp.
    DateTime(DateTime),
    /// A number below 10³⁰⁸, of any precision, in JSON notation.
    Number(&'e str),
    /// JSON `null`.
    Null,
    /// An array, or an object inside an array, with at most [`crate::limits::MAX_ARRAY_LEVELS`] levels and no number of
    /// 10³⁰⁸ or more.
    Container(Container<'e>),
    /// An object without members.
    EmptyObject,
    /// An array or object whose JSON is to be written as text.
    AsJsonText(&'e str),
}

/// A complete JSON array or object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Container<'e> {
    json: &'e str,
}

impl<'e> Container<'e> {
    /// Returns whether this is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.json.starts_with('{')
    }

    /// Returns the JSON of the array or object, as it was sent.
    #[must_use]
    pub fn json(&self) -> &'e str {
        self.json
    }

    /// Returns an iterator over the items in their order. The items of an object have keys.
    ///
    /// ```
    /// use eset_filter::{Filter, Options, Value};
    ///
    /// let mut filter = Filter::new(Options::default());
    /// let mut events = filter.parse(br#"{"user":"ann","ports":[443,{"name":"https"}]}"#);
    /// let event = events.next().unwrap();
    /// let Some((_, Value::Container(ports))) = event.additional_fields().next() else { panic!() };
    /// let items: Vec<_> = ports.items().collect();
    /// assert_eq!(items[0], (None, Value::Number("443")));
    /// assert!(matches!(items[1], (None, Value::Container(object)) if object.is_object()));
    /// ```
    pub fn items(&self) -> impl Iterator<Item = (Option<JsonText<'e>>, Value<'e>)> + use<'e> {
        /// No limit, because an item has fewer levels than its container.
        const ALL: Levels = Levels { arrays: u8::MAX, objects: u8::MAX };
        let json = self.json;
        json::items(json).map(move |item| {
            let key = item.key.map(|key| JsonText::new(json, key));
            (key, json_value(json, item.value, ALL))
        })
    }
}

/// The maximum number of levels of an array or object that is not converted to text.
#[derive(Clone, Copy)]
pub(crate) struct Levels {
    pub(crate) arrays: u8,
    pub(crate) objects: u8,
}

/// Converts a JSON value to a form that every shipper accepts. A number of 10³⁰⁸ or more becomes text, and so does an
/// array or object that contains one or has more levels than `most`.
#[inline(never)]
pub(crate) fn json_value(text: &str, value: json::Value, most: Levels) -> Value<'_> {
    let is_within = |levels| value.levels <= levels && !value.huge;
    let json = value.span.of(text);
    match value.shape {
        Shape::String => Value::JsonText(JsonText::new(text, value.span)),
        Shape::Number => Value::Number(json),
        Shape::HugeNumber => Value::Text(json),
        Shape::True => Value::Bool(true),
        Shape::False => Value::Bool(false),
        Shape::Null => Value::Null,
        Shape::Object if value.is_empty_object(text) => Value::EmptyObject,
        Shape::Array if is_within(most.arrays) => Value::Container(Container { json }),
        Shape::Object if is_within(most.objects) => Value::Container(Container { json }),
        Shape::Array | Shape::Object => Value::AsJsonText(json),
    }
}
