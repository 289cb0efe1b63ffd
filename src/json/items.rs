//! Iteration over JSON that is known to be complete.

use super::reader::{past, plain_key, plain_value};
use super::scan::skip_whitespace;
use super::{Span, Value};

/// Reads one complete value of any type at the start of `text`. Returns `None` if there is none.
pub(crate) fn read_value(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    plain_value(bytes, skip_whitespace(bytes, 0), 0).ok().map(|(value, _)| value)
}

/// An element of an array, or a member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The key of a member.
    pub(crate) key: Option<Span>,
    /// The value.
    pub(crate) value: Value,
}

/// Returns an iterator over the items of a complete array or object, in their order.
pub(crate) fn items(container: &str) -> impl Iterator<Item = Item> {
    let bytes = container.as_bytes();
    let is_object = container.starts_with('{');
    let mut at = skip_whitespace(bytes, 1);
    core::iter::from_fn(move || {
        let mut item_key = None;
        if is_object {
            let (key, after) = plain_key(bytes, at).ok()?;
            (item_key, at) = (Some(key), after);
        }
        let (value, after) = plain_value(bytes, at, 0).ok()?;
        let after = skip_whitespace(bytes, after);
        at = past(bytes, after, b',').unwrap_or(after);
        Some(Item { key: item_key, value })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_in_order() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("[]", &[]),
            ("[ ]", &[]),
            ("{}", &[]),
            ("[1, true ,null]", &[("", "1"), ("", "true"), ("", "null")]),
            (r#"["a","b\"c"]"#, &[("", "a"), ("", r#"b\"c"#)]),
            (r#"{"a":1,"a":[2,3] }"#, &[("a", "1"), ("a", "[2,3]")]),
            (r#"{ "k" : {"l":"m"} }"#, &[("k", r#"{"l":"m"}"#)]),
        ];
        for (container, expected) in cases {
            let of = |item: Item| (item.key.map_or("", |key| key.of(container)), item.value.span.of(container));
            assert_eq!(items(container).map(of).collect::<Vec<_>>(), *expected, "{container}");
        }
    }
}
