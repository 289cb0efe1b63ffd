//! The values of an event, for an encoder or a shipper.

use crate::fields::DateTime;
use crate::json::{self, JsonText, Shape};

/// A value that an event carries. Text borrows from the message.
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
    /// Text in which JSON's escapes may not be resolved yet.
    JsonText(JsonText<'e>),
    /// An integer.
    Int(i64),
    /// A bool.
    Bool(bool),
    /// A point in time.
    DateTime(DateTime),
    /// A number below 10³⁰⁸ of any precision, as JSON.
    Number(&'e str),
    /// JSON's `null`.
    Null,
    /// An array, or an object in one, with at most [`crate::limits::MAX_ARRAY_LEVELS`] levels and no number of 10³⁰⁸ or more.
    Container(Container<'e>),
    /// An object without members.
    EmptyObject,
    /// An array or object whose JSON is to be written as text.
    AsJsonText(&'e str),
}

/// A complete array or object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Container<'e> {
    json: &'e str,
}

impl<'e> Container<'e> {
    /// Whether it is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.json.starts_with('{')
    }

    /// The array's or object's JSON, as it was sent.
    #[must_use]
    pub fn json(&self) -> &'e str {
        self.json
    }

    /// The items in their order, an object's with their keys.
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
        /// What stands in a container has fewer levels than that.
        const ALL: Levels = Levels { arrays: u8::MAX, objects: u8::MAX };
        let json = self.json;
        json::items(json).map(move |item| {
            let key = item.key.map(|key| JsonText::new(json, key));
            (key, json_value(json, item.value, ALL))
        })
    }
}

/// The most levels that arrays and objects may have so as not to be given as text.
#[derive(Clone, Copy)]
pub(crate) struct Levels {
    pub(crate) arrays: u8,
    pub(crate) objects: u8,
}

/// A value as shippers take it: with more levels, or with a number that no double holds, it is given as text.
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
