//! Parsers of inputs: whether they match every message, and keep all of it.
//!
//! # Limitations
//!
//! It does not test patterns that only Fluent Bit's regex engine (Onigmo) supports, such as those with look-around.
//!
//! Source: Fluent Bit, `src/flb_parser.c` and `src/flb_regex.c`.

use std::path::Path;

use once_cell::sync::Lazy;
use regex_lite::{Captures, Regex};

use super::config::{Config, LONGEST, Section};
use super::sources;
use super::yaml::{self, Value};
use crate::file;
use crate::finding::Finding;
use eset_filter_generator::{Generator, GeneratorOptions, Header};

const CHECK: &str = "parsers";

/// The definition of a parser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parser {
    pub(super) name: String,
    format: String,
    pattern: String,
}

/// What a parser does to messages from ESET PROTECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It matches all of them, and puts the whole message under one of these keys.
    Whole(Vec<String>),
    /// It matches all of them, but does not keep all of this one.
    Cuts(String),
    /// It does not match this one.
    Misses(String),
    /// It cannot be tested, for this reason.
    Unknown(String),
}

/// Returns the parsers that are defined in the configuration, or in files that it names.
pub(super) fn load(config: &Config, base: &Path) -> (Vec<Parser>, Vec<Finding>) {
    let mut parsers: Vec<_> = config.parsers.iter().map(Parser::of_section).collect();
    let mut findings = Vec::new();
    for name in config.service.all("parsers_file") {
        let text = sources::candidates(config, base, name).iter().find_map(|path| file::read_text(path, LONGEST).ok());
        match text {
            Some(text) if name.ends_with(".yaml") || name.ends_with(".yml") => parsers.extend(of_yaml(&text)),
            Some(text) => parsers.extend(of_classic(&text)),
            None => {
                let advice = "Correct the path. A relative path starts at Fluent Bit's working directory.";
                let finding = Finding::error(CHECK, format!("cannot read the parsers in {name}"), advice);
                findings.push(finding.at(&config.service.place_of("parsers_file")));
            }
        }
    }
    (parsers, findings)
}

impl Parser {
    /// Tests the parser with messages from ESET PROTECT, and with unexpected ones.
    pub(super) fn verdict(&self) -> Verdict {
        if self.format != "regex" {
            return Verdict::Misses(SAMPLES[0].clone());
        }
        let pattern = match Regex::new(&to_rust(&self.pattern)) {
            Ok(pattern) => pattern,
            Err(error) => return Verdict::Unknown(error.to_string()),
        };
        let names: Vec<_> = pattern.capture_names().flatten().map(str::to_owned).collect();
        let mut cut = None;
        for sample in SAMPLES.iter() {
            let Some(captures) = pattern.captures(sample) else { return Verdict::Misses(sample.clone()) };
            let is_whole = |name: &&String| captures.name(name).is_some_and(|part| part.as_str() == sample);
            if !names.iter().any(|name| is_whole(&name)) {
                cut.get_or_insert(sample);
            }
        }
        match cut {
            Some(sample) => Verdict::Cuts(sample.clone()),
            None => Verdict::Whole(names),
        }
    }

    fn of_section(section: &Section) -> Self {
        let text = |key| section.get(key).unwrap_or_default().to_owned();
        Self { name: text("name"), format: text("format").to_ascii_lowercase(), pattern: text("regex") }
    }
}

/// Messages of every kind with each header, and other texts.
static SAMPLES: Lazy<Vec<String>> = Lazy::new(|| {
    let others = ["<14>x", "x", "first line\nsecond line", "<190>Aug 12 09:58:13 - ERAServer[16238]: HEARTBEAT"];
    let generated = [Header::Rfc5424, Header::Rfc3164, Header::None].into_iter().flat_map(|header| {
        let messages = Generator::new(GeneratorOptions { header, ..GeneratorOptions::default() });
        messages.take(12).map(|message| String::from_utf8_lossy(&message).into_owned())
    });
    generated.chain(others.map(str::to_owned)).collect()
});

/// The flags of a group in Onigmo's Ruby syntax, such as `(?m)` or `(?m-i:`.
static FLAGS: Lazy<Regex> = Lazy::new(|| Regex::new(r"\(\?([imx-]+)([:)])").expect("the pattern is a constant"));

/// Converts a pattern to the syntax of `regex_lite`. In Ruby, `m` makes a dot match a line break, and `^` and `$`
/// always match at the start and end of a line.
fn to_rust(pattern: &str) -> String {
    // `/pattern/flags` is the same as `(?flags)pattern`.
    let (pattern, flags) = match pattern.strip_prefix('/').and_then(|pattern| pattern.rsplit_once('/')) {
        Some((pattern, flags)) if flags.bytes().all(|flag| b"imxo".contains(&flag)) => (pattern, flags),
        _ => (pattern, ""),
    };
    let rename = |flags: &str| flags.replace('m', "s").replace('o', "");
    let pattern = FLAGS.replace_all(pattern, |group: &Captures<'_>| format!("(?{}{}", rename(&group[1]), &group[2]));
    format!("(?m{}){pattern}", rename(flags))
}

/// Returns the parsers in the `[PARSER]` sections of a file in the classic format.
fn of_classic(text: &str) -> Vec<Parser> {
    let mut parsers = Vec::new();
    let mut is_parser = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_parser = line.eq_ignore_ascii_case("[parser]");
            if is_parser {
                parsers.push(Parser::default());
            }
        } else if is_parser
            && let Some((key, value)) = line.split_once(char::is_whitespace)
            && let Some(parser) = parsers.last_mut()
        {
            set(parser, key, value.trim());
        }
    }
    parsers
}

/// Returns the parsers in a YAML file. Returns none if it is invalid; Fluent Bit's own check reports why.
fn of_yaml(text: &str) -> Vec<Parser> {
    let mut parsers = Vec::new();
    let Ok(Value::Mapping(sections)) = yaml::parse(text).map(|root| root.value) else { return parsers };
    for (key, node) in sections {
        let Value::Sequence(items) = node.value else { continue };
        for item in items.into_iter().filter(|_| key.text == "parsers") {
            let Value::Mapping(entries) = item.value else { continue };
            let mut parser = Parser::default();
            for (key, node) in entries {
                if let Value::Scalar(text) = node.value {
                    set(&mut parser, &key.text, &text);
                }
            }
            parsers.push(parser);
        }
    }
    parsers
}

fn set(parser: &mut Parser, key: &str, value: &str) {
    match key.to_ascii_lowercase().as_str() {
        "name" => parser.name = value.to_owned(),
        "format" => parser.format = value.to_ascii_lowercase(),
        "regex" => parser.pattern = value.to_owned(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(format: &str, pattern: &str) -> Verdict {
        Parser { name: "p".to_owned(), format: format.to_owned(), pattern: pattern.to_owned() }.verdict()
    }

    #[test]
    fn parsers_are_judged() {
        let whole = |keys: &[&str]| Verdict::Whole(keys.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(verdict("regex", r"(?m)\A(?<message>.*)\z"), whole(&["message"]));
        assert_eq!(verdict("regex", r"/\A(?<log>.*)\z/m"), whole(&["log"]));
        assert_eq!(verdict("regex", r"(?<a>(?m:.*))"), whole(&["a"]));
        // Without `m` the second line is lost.
        assert_eq!(verdict("regex", r"^(?<message>.*)$"), Verdict::Cuts("first line\nsecond line".to_owned()));
        assert_eq!(verdict("regex", r"\A(?<message>.*)\z"), Verdict::Misses("first line\nsecond line".to_owned()));
        assert!(matches!(verdict("regex", r"^<(?<pri>[0-9]+)>(?m:(?<message>.*))$"), Verdict::Misses(_)));
        assert!(matches!(verdict("json", ""), Verdict::Misses(_)));
        assert!(matches!(verdict("regex", r"(?<message>(?=x).*)"), Verdict::Unknown(_)));
        assert!(matches!(verdict("regex", "("), Verdict::Unknown(_)));
    }

    /// Fluent Bit includes these parsers.
    #[test]
    fn stock_parsers_do_not_match_everything() {
        for pattern in [
            r"^\<(?<pri>[0-9]{1,5})\>1 (?<time>[^ ]+) (?<host>[^ ]+) (?<ident>[^ ]+) (?<pid>[-0-9]+) (?<msgid>[^ ]+) (?<extradata>(\[(.*?)\]|-)) (?<message>.+)$",
            r"/^\<(?<pri>[0-9]+)\>(?<time>[^ ]* {1,2}[^ ]* [^ ]*) (?<host>[^ ]*) (?<ident>[a-zA-Z0-9_\/\.\-]*)(?:\[(?<pid>[0-9]+)\])?(?:[^\:]*\:)? *(?<message>.*)$/",
        ] {
            assert!(matches!(verdict("regex", pattern), Verdict::Misses(_)), "{pattern}");
        }
    }

    #[test]
    fn files_of_parsers_are_read() {
        let expected = [Parser {
            name: "whole_message".to_owned(),
            format: "regex".to_owned(),
            pattern: r"(?m)\A(?<message>.*)\z".to_owned(),
        }];
        let classic = "# c\n[PARSER]\n    Name   whole_message\n    Format regex\n    Regex  (?m)\\A(?<message>.*)\\z\n[MULTILINE_PARSER]\n    Name x\n";
        assert_eq!(of_classic(classic), expected);
        let yaml = "parsers:\n  - name: whole_message\n    format: regex\n    regex: '(?m)\\A(?<message>.*)\\z'\nother:\n  - name: x\n";
        assert_eq!(of_yaml(yaml), expected);
        assert_eq!(of_yaml("- ["), []);
    }
}
