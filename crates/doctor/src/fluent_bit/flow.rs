//! Which records reach which filters and outputs: the tags of inputs, and the rules that match them.
//!
//! Source: Fluent Bit, `src/flb_router.c`.

use std::collections::HashMap;

use regex_lite::Regex;

use super::config::{Config, Section};

/// The inputs whose senders choose the tag unless it is set.
const TAGGED_BY_SENDERS: [&str; 5] = ["elasticsearch", "forward", "http", "opentelemetry", "splunk"];

/// The tag of an input's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Known(String),
    /// Unknown until a record arrives.
    Open,
}

/// An input with its tag.
#[derive(Clone, Debug)]
pub(super) struct Flow<'c> {
    pub(super) input: &'c Section,
    pub(super) tag: Tag,
}

/// Returns the flows from all inputs, in their order.
pub(super) fn flows(config: &Config) -> Vec<Flow<'_>> {
    let mut counts = HashMap::new();
    let flow = |input| {
        let name = Section::name(input);
        let count = counts.entry(name.clone()).or_insert(0_usize);
        let default = format!("{name}.{count}");
        *count += 1;
        let tag = match input.get("tag") {
            Some(tag) if tag.contains('*') => Tag::Open,
            Some(tag) => Tag::Known(tag.to_owned()),
            None if TAGGED_BY_SENDERS.contains(&name.as_str()) => Tag::Open,
            None => Tag::Known(default),
        };
        Flow { input, tag }
    };
    config.inputs.iter().map(flow).collect()
}

/// Returns whether filters change the tags of records, so that records may have tags other than those of the inputs.
pub(super) fn has_new_tags(config: &Config) -> bool {
    config.filters.iter().any(|filter| filter.name() == "rewrite_tag")
}

/// Returns whether a filter or output matches this tag.
pub(super) fn matches(section: &Section, tag: &Tag) -> bool {
    let (rule, pattern) = (section.get("match"), section.get("match_regex"));
    match tag {
        Tag::Open => rule.is_some() || pattern.is_some(),
        Tag::Known(tag) => {
            rule.is_some_and(|rule| is_match(&wildcard(rule), tag)) || pattern.is_some_and(|rule| is_match(rule, tag))
        }
    }
}

/// Converts a rule, in which `*` matches any text, to a regex.
fn wildcard(rule: &str) -> String {
    let parts: Vec<_> = rule.split('*').map(regex_lite::escape).collect();
    format!("(?s)^{}$", parts.join(".*"))
}

/// Returns whether a pattern matches a tag. Also returns true for patterns that only Fluent Bit's regex engine
/// supports.
fn is_match(pattern: &str, tag: &str) -> bool {
    Regex::new(pattern).map_or(true, |pattern| pattern.is_match(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_globs() {
        for (rule, tag, expected) in [
            ("eset", "eset", true),
            ("eset", "eset.udp", false),
            ("eset*", "eset", true),
            ("eset*", "eset.udp", true),
            ("*", "", true),
            ("*.udp", "eset.udp", true),
            ("e*.u*p", "eset.udp", true),
            ("e*.u*p", "eset.tcp", false),
            ("e.et", "eset", false),
            ("[e]*", "eset", false),
            ("", "eset", false),
        ] {
            assert_eq!(is_match(&wildcard(rule), tag), expected, "{rule} {tag}");
        }
    }
}
