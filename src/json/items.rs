//! Walking JSON that is known to be complete.

use super::reader::{past, plain_key, plain_value};
use super::scan::skip_blanks;
use super::{Span, Value};

/// Reads one complete value, of any shape, at the beginning of `text`; `None` where there is none.
pub(crate) fn read_value(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    plain_value(bytes, skip_blanks(bytes, 0), 0).ok().map(|(value, _)| value)
}

/// An element of an array, or a member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// A member's key.
    pub(crate) key: Option<Span>,
    /// Its value.
    pub(crate) value: Value,
}

/// The items of a complete array or object, in their order.
pub(crate) fn items(container: &str) -> impl Iterator<Item = Item> {
    let bytes = container.as_bytes();
    let is_object = container.starts_with('{');
    let mut at = skip_blanks(bytes, 1);
    std::iter::from_fn(move || {
        let mut item_key = None;
        if is_object {
            let (key, after) = plain_key(bytes, at).ok()?;
            (item_key, at) = (Some(key), after);
        }
        let (value, after) = plain_value(bytes, at, 0).ok()?;
        let after = skip_blanks(bytes, after);
        at = past(bytes, after, b',').unwrap_or(after);
        Some(Item { key: item_key, value })
    })
}
