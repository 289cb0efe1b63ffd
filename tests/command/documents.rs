//! Tests of the documents: links have targets, commands work as written, and facts repeated from the code are current.

mod commands;
mod facts;
mod links;
mod reference;

use std::fs;
use std::path::PathBuf;

use once_cell::sync::Lazy;
use regex_lite::Regex;

/// The patterns of the document paths. They exclude directories with files from elsewhere, such as `target`.
const PATTERNS: [&str; 9] = [
    "*.md",
    "docs/*.md",
    "examples/*.md",
    "fluent-bit-config/*.md",
    "plugin/*/*.md",
    "sentinel/*.md",
    "tests/contract/*.md",
    "vector-config/*.md",
    "crates/*/*.md",
];

/// A fenced code block with its language.
static BLOCK: Lazy<Regex> = Lazy::new(|| regex(r"(?ms)^( *)```([a-z]*)\n(.*?)^ *```$"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

fn path(name: &str) -> PathBuf {
    eset_filter_tests::root().join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns every document: its path in the repository, and its text.
fn documents() -> Vec<(String, String)> {
    let paths = PATTERNS.iter().flat_map(|pattern| glob::glob(&path(pattern).to_string_lossy()).unwrap());
    let files = paths.map(Result::unwrap);
    let named = files.map(|file| {
        let name = file.strip_prefix(eset_filter_tests::root()).unwrap().to_string_lossy().into_owned();
        let text = read(&name);
        (name, text)
    });
    let documents: Vec<_> = named.collect();
    assert!(documents.len() > 15, "too few documents match {PATTERNS:?}");
    documents
}

/// Returns the language and the content of each code block.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let captures = BLOCK.captures_iter(text);
    captures.map(|block| (block.get(2).unwrap().as_str(), block.get(3).unwrap().as_str())).collect()
}

#[test]
fn blocks_are_distinguished_from_text() {
    let text = "a\n```sh\nb\n```\n```\nc\n\nd\n```\n  ```json\n  e\n  ```\n";
    assert_eq!(blocks(text), [("sh", "b\n"), ("", "c\n\nd\n"), ("json", "  e\n")]);
}
