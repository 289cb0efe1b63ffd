//! YAML as Fluent Bit reads it: every scalar is a string, whatever it looks like, and aliases are not supported.

use std::fmt;

use saphyr_parser::{Event, Parser, ScanError, Span};

/// The maximum nesting depth. No valid configuration is nested as deeply.
const MAX_LEVELS: usize = 64;

/// A value, and the line on which it begins, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Scalar(String),
    Sequence(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
}

/// The key of a mapping entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) line: usize,
    pub(super) text: String,
}

/// Why a text was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct YamlError {
    line: usize,
    column: usize,
    why: String,
}

/// Parses the first document of a text. An empty document is an empty mapping.
///
/// # Errors
///
/// The text is not YAML, or contains something that Fluent Bit does not accept.
pub(super) fn parse(text: &str) -> Result<Node, YamlError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        if builder.take(event, span)? {
            break;
        }
    }
    Ok(builder.root.unwrap_or(Node { line: 1, value: Value::Mapping(Vec::new()) }))
}

/// Builds nodes from parser events.
#[derive(Default)]
struct Builder {
    /// The incomplete sequences and mappings, the outermost first.
    open: Vec<Open>,
    root: Option<Node>,
}

struct Open {
    node: Node,
    /// The key that has no value yet.
    key: Option<Key>,
}

impl Builder {
    /// Processes an event. Returns whether the document is complete.
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<bool, YamlError> {
        let line = span.start.line();
        let error = |why: &str| Err(YamlError { line, column: span.start.col() + 1, why: why.to_owned() });
        match event {
            Event::Scalar(text, ..) => {
                let text = text.into_owned();
                match self.open.last_mut() {
                    Some(Open { node: Node { value: Value::Mapping(_), .. }, key: key @ None }) => {
                        *key = Some(Key { line, text });
                    }
                    _ => self.close(Node { line, value: Value::Scalar(text) }),
                }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if self.is_key_expected() {
                    return error("a list or mapping cannot be a key");
                }
                if self.open.len() == MAX_LEVELS {
                    return error("too many nested levels");
                }
                let value = match event {
                    Event::SequenceStart(..) => Value::Sequence(Vec::new()),
                    _ => Value::Mapping(Vec::new()),
                };
                self.open.push(Open { node: Node { line, value }, key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { node, .. }) = self.open.pop() {
                    self.close(node);
                }
            }
            Event::Alias(_) => return error("Fluent Bit does not accept aliases"),
            Event::DocumentEnd => return Ok(true),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
        Ok(false)
    }

    fn is_key_expected(&self) -> bool {
        self.open.last().is_some_and(|open| open.key.is_none() && matches!(open.node.value, Value::Mapping(_)))
    }

    fn close(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open { node: Node { value: Value::Sequence(items), .. }, .. }) => items.push(node),
            Some(Open { node: Node { value: Value::Mapping(entries), .. }, key }) => {
                entries.extend(key.take().map(|key| (key, node)));
            }
            Some(Open { node: Node { value: Value::Scalar(_), .. }, .. }) => {}
        }
    }
}

impl From<ScanError> for YamlError {
    fn from(error: ScanError) -> Self {
        Self { line: error.marker().line(), column: error.marker().col() + 1, why: error.info().to_owned() }
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, at line {}, column {}", self.why, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(line: usize, text: &str) -> Node {
        Node { line, value: Value::Scalar(text.to_owned()) }
    }

    fn key(line: usize, text: &str) -> Key {
        Key { line, text: text.to_owned() }
    }

    #[test]
    fn scalars_are_strings() {
        let node = parse("a: 1.0\nb: yes\nc: '(?m)\\A'\nd:\ne:\n  - 0x1F\n  - ~\n").unwrap();
        let list = Value::Sequence(vec![scalar(6, "0x1F"), scalar(7, "~")]);
        let Value::Mapping(entries) = node.value else { panic!("{node:?}") };
        assert_eq!(entries[0], (key(1, "a"), scalar(1, "1.0")));
        assert_eq!(entries[1], (key(2, "b"), scalar(2, "yes")));
        assert_eq!(entries[2], (key(3, "c"), scalar(3, "(?m)\\A")));
        assert_eq!((&entries[4].0, &entries[4].1.value), (&key(5, "e"), &list));
    }

    #[test]
    fn yaml_that_fluent_bit_refuses_is_refused() {
        for (text, why) in [
            ("a: &x 1\nb: *x\n", "Fluent Bit does not accept aliases, at line 2, column 4"),
            ("? [a]\n: b\n", "a list or mapping cannot be a key, at line 1, column 3"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), why);
        }
        assert!(parse("a: [1, 2").is_err());
        assert!(parse("a:\n\t- b").is_err());
    }

    #[test]
    fn depth_is_limited() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&nested(MAX_LEVELS)).is_ok());
        assert!(parse(&nested(MAX_LEVELS + 1)).is_err());
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn an_empty_text_is_an_empty_mapping_and_only_the_first_document_is_read() {
        assert_eq!(parse("").unwrap().value, Value::Mapping(Vec::new()));
        assert_eq!(parse("# nothing\n").unwrap().value, Value::Mapping(Vec::new()));
        assert_eq!(parse("a\n---\nb\n").unwrap(), scalar(1, "a"));
    }
}
