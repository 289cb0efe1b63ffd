//! The filter as a program in the Vector Remap Language, for builds of Vector that cannot load native code.
//!
//! ```
//! use eset_filter::record::ShipperOptions;
//!
//! let program = eset_filter_vector_vrl::program(&ShipperOptions::default());
//! assert!(program.contains("parse_json"));
//! ```
//!
//! `program.vrl` is the template of the program. This crate fills in the parts that depend on the schema, the options
//! and the core's limits, and the patterns that occur often. docs/contract.md lists where the program differs from the
//! filter.
#![forbid(unsafe_code)]

use std::fmt::Write;

use eset_filter::record::{MESSAGE_KEYS, ShipperOptions};
use eset_filter::schema::{self, FIELDS, Field, Kind};
use eset_filter::{Choice, limits};

const TEMPLATE: &str = include_str!("program.vrl");

/// The maximum number of headers read from a message, and the maximum length in bytes of a month name in them.
const MAX_HEADERS: &str = "4";
const MAX_MONTH: &str = "12";

/// The maximum width of a line of names, in columns.
const WIDTH: usize = 120;

/// Returns the program for these options. `single` has no effect: VRL can turn one event into several.
#[must_use]
pub fn program(ShipperOptions { filter, message_key, .. }: &ShipperOptions) -> String {
    let mut program = TEMPLATE.to_owned();
    let mut fill = |placeholder: &str, text: &str| program = program.replace(&format!("@{placeholder}@"), text);

    fill("RAW", filter.raw.name());
    fill("HEARTBEATS", filter.heartbeats.name());
    fill("SYSLOG_FIELDS", filter.syslog_fields.name());
    fill(
        "RECORD_LIMIT",
        &filter.record_limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX).to_string(),
    );
    fill("MESSAGE", &take_message(message_key.as_deref()));

    fill("KNOWN", &alternatives(|_| true, 2));
    fill("TEXTS", &alternatives(|kind| kind == Kind::String, 2));
    fill("BOOLS", &alternatives(|kind| kind == Kind::Bool, 2));
    fill("KNOWN_NAMES", &alternatives(|_| true, 20));
    fill("TEXT_NAMES", &alternatives(|kind| kind == Kind::String, 6));
    fill("BOOL_NAMES", &alternatives(|kind| kind == Kind::Bool, 6));
    fill("INT_NAMES", &alternatives(|kind| kind == Kind::Int, 6));
    fill("TIME_NAMES", &alternatives(|kind| kind == Kind::DateTime, 6));
    fill("GUID_NAMES", &alternatives(|kind| kind == Kind::Guid, 6));
    fill("CANONICAL", &canonical());
    fill("RENAMED", &renamed());
    fill("MESSAGE_KEYS", &MESSAGE_KEYS.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(", "));

    fill("EVENT_TYPE", FIELDS[0].name.text);
    for added in schema::ADDED {
        fill(&added.name.text.to_uppercase(), added.name.text);
    }
    fill("MESSAGE_KEY", &MESSAGE_KEYS.join("|"));
    fill("MAX_HEADERS", MAX_HEADERS);
    fill("MAX_MONTH", MAX_MONTH);
    fill("MAX_PART", &limits::MAX_PART.to_string());
    fill("MAX_DEPTH", &limits::MAX_DEPTH.to_string());
    fill("MAX_PREFIX", &limits::MAX_PREFIX.to_string());
    fill("MAX_ARRAY_LEVELS", &limits::MAX_ARRAY_LEVELS.to_string());
    fill("MAX_NAMES", &limits::MAX_NAMES.to_string());
    fill("FACTOR", &limits::FACTOR.to_string());
    fill("ALLOWANCE", &limits::ALLOWANCE.to_string());
    fill("LEAST_TEXT", &limits::LEAST_TEXT.to_string());

    for (placeholder, pattern) in PATTERNS {
        fill(placeholder, pattern);
    }
    program
}

/// Parts of patterns. Each may contain the parts listed after it. Spaces in them are ignored (`(?x)`).
const PATTERNS: [(&str, &str); 53] = [
    // A header in the form that nearly all messages have.
    (
        "USUAL_TIME",
        r"@YEAR@-(?: (?:0[13-9]|1[0-2])-(?:0[1-9]|[12][0-9]|30) | (?:0[13578]|1[02])-31 | 02-@DAY@ )
      T@HOUR@:@SIXTIETH@:@SIXTIETH@(?:\.[0-9]{1,9})?Z",
    ),
    ("USUAL_HOST", r"[0-9A-Za-z_.-]+(?::+[0-9A-Za-z_.%-]+)*"),
    ("USUAL_NAME", r"[!-9;=-Z\\-z|}~][!-9;-Z\\-z|}~]*"),
    ("PRINTABLE", r"[!-;=-z|}~][!-z|}~]*"),
    // The envelope. A mark is a byte-order mark, white space or NUL. Neither a word nor a name begins with a mark or a
    // PRI. `NO_TAG` is a word that is not a tag.
    ("ANY_TIMESTAMP", r"(?: @TIMESTAMP@ | @MONTH@ @BSD_DAY@ (?: :? @SPACES@ [0-9]{4} | : )? )"),
    ("TIMESTAMP", r"(?: @BSD_TIME@ (?: :? @SPACES@ [0-9]{4} | : )? | @DATE@ T @CLOCK@ | @LONG_DATE@ \x20 @CLOCK@ )"),
    ("BSD_TIME", r"(?i-u:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) @BSD_DAY@"),
    (
        "BSD_DAY",
        r"@SPACES@ [0-9]{1,2} @SPACES@ (?: [0-9]{4} @SPACES@ )?
      [0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?",
    ),
    (
        "MONTH",
        r"(?: [0-9.\x27-]+[A-Za-z\x{80}-\x{10FFFF}] | [A-Za-z\x{80}-\x{FEFE}\x{FF00}-\x{10FFFF}] )
      [A-Za-z0-9.\x27\x{80}-\x{10FFFF}-]*",
    ),
    ("ZONE", r"(?: [A-Z]{2,5} | [+-][0-9]{2}(?::?[0-9]{2})? )"),
    (
        "LONG_DATE",
        r"(?: @YEAR@-(?: @LONG@-(?:@DAY@|29|3[01]) | @SHORT@-(?:@DAY@|29|30) | 02-@DAY@ ) | @LEAP_YEAR@-02-29 )",
    ),
    (
        "DATE",
        r"(?: @YEAR@ (?: -(?: @LONG@-(?:@DAY@|29|3[01]) | @SHORT@-(?:@DAY@|29|30) | 02-@DAY@ )
        | @LONG@(?:@DAY@|29|3[01]) | @SHORT@(?:@DAY@|29|30) | 02@DAY@ ) | @LEAP_YEAR@(?:-02-29|0229) )",
    ),
    ("YEAR", "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"),
    ("LEAP_YEAR", "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"),
    ("LONG", "(?:0[13578]|1[02])"),
    ("SHORT", "(?:0[469]|11)"),
    ("DAY", "(?:0[1-9]|1[0-9]|2[0-8])"),
    (
        "CLOCK",
        r"(?:@HOUR@:@SIXTIETH@(?::@SIXTIETH@@FRACTION@?)?|@HOUR@@SIXTIETH@@SIXTIETH@@FRACTION@?)
      (?:[Zz]|[+-]@HOUR@(?::?@SIXTIETH@)?)?",
    ),
    ("HOUR", "(?:[01][0-9]|2[0-3])"),
    ("SIXTIETH", "[0-5][0-9]"),
    ("FRACTION", "(?:[.,][0-9]{1,18})"),
    ("ELEMENTS", r#"(?: \[ (?: [^"\]] | "(?: [^"\\] | \\. )*" )* \] )+"#),
    (
        "NO_TAG",
        r"(?: [:\[]@ANY@* | @NAME@ (?: :@ANY@+
        | \[(?: [^\x20\[\]{]*(?:\[@ANY@*)? | \]@ANY@* | @PID@\](?:[^:\x20{]@ANY@*|:@ANY@+) ) )? )",
    ),
    ("TAG", r"@NAME@ (?: \[@PID@\]:? | : )"),
    ("FOLLOWS", r"(?: @MARK@ | \{ | HEARTBEAT\z | \z )"),
    ("FORMAT", r"(?: (?:CEF|LEEF):[0-9.O]{1,4}\| )"),
    (
        "WORD",
        r"(?: [^<{\x20\t\r\n\x00\x{FEFF}]@ANY@* | <[0-9]{0,3}(?:[^0-9>\x20{]@ANY@*)? | <>@ANY@* | <[0-9]{4}@ANY@* )",
    ),
    ("ANY", r"[^\x20{]"),
    (
        "NAME",
        r"(?: [^<{\[:\x20\t\r\n\x00\x{FEFF}]@LETTER@* | <[0-9]{0,3}(?:[^0-9>\x20{\[:]@LETTER@*)?
        | <>@LETTER@* | <[0-9]{4}@LETTER@* )",
    ),
    ("LETTER", r"[^\x20{\[:]"),
    ("PID", r"[^\x20{\[\]]+"),
    ("MARK", r"[\x20\t\r\n\x00\x{FEFF}]"),
    ("GAP", r"(?:\x20[\x20\t]*|\z)"),
    ("SPACES", r"\x20[\x20\t]*"),
    // Complete JSON. A member is one of a flat object: its value is a string, an integer or a literal, with optional
    // white space. A plain string contains no control characters. A brace begins an object, which may be escaped once
    // too often.
    ("BRACE", r#"\{[\x20\t\r\n]*(?:\\?"|\}|\z)"#),
    ("OPEN", r"(?: @KEY@? [\[{] @WS@* )"),
    ("ITEM", "(?: @KEY@? @SCALAR@ @WS@* )"),
    ("CLOSE", r"(?: [\]}] @WS@* )"),
    ("KEY", "(?: @STRING@ @WS@* : @WS@* )"),
    ("MEMBER", "@STRING@ @WS@* : @WS@* (?: @STRING@ | @INT@ | true | false | null ) @WS@*"),
    ("PLAIN_MEMBER", "@PLAIN_STRING@ @WS@* : @WS@* (?: @PLAIN_STRING@ | @INT@ | true | false | null ) @WS@*"),
    ("PLAIN_STRING", r#""(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u@HEX@{4}))*""#),
    ("GUID", r"(?: @HEX@{8}-@HEX@{4}-@HEX@{4}-@HEX@{4}-@HEX@{12} )"),
    ("SCALAR", "(?: @STRING@ | @NUMBER@ | true | false | null )"),
    ("STRING", r#""@CHARACTERS@""#),
    // Truncated JSON.
    ("STRING_PART", r#""@CHARACTERS@(?:\\(?:u@HEX@{0,3})?)?"#),
    ("WORD_PART", "(?:t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)"),
    ("NUMBER_PART", r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*|(?:\.[0-9]+)?[eE][+-]?[0-9]*)?)?"),
    // The components of JSON. An integer is always within VRL's range.
    ("CHARACTERS", r#"(?:[^"\\]|\\(?:["\\/bfnrt]|u@HEX@{4}))*"#),
    ("NUMBER", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"),
    ("INT", "(?:0|-?[1-9][0-9]{0,17})"),
    ("HEX", "[0-9a-fA-F]"),
    ("WS", r"[\x20\t\r\n]"),
];

/// Returns an expression that takes the message out of the record.
fn take_message(message_key: Option<&str>) -> String {
    let keys = message_key.map_or(MESSAGE_KEYS.to_vec(), |key| vec![key]);
    let branches = keys.iter().map(|key| {
        let path = path(key);
        format!("if is_string({path}) {{\n  del({path})\n}}")
    });
    format!("message = {}", branches.collect::<Vec<_>>().join(" else "))
}

/// Returns the path of a key of the record.
fn path(key: &str) -> String {
    let is_plain =
        |(at, byte): (usize, u8)| byte.is_ascii_alphabetic() || byte == b'_' || (at > 0 && byte.is_ascii_digit());
    if !key.is_empty() && key.bytes().enumerate().all(is_plain) {
        return format!(".{key}");
    }
    let mut path = ".\"".to_owned();
    for character in key.chars() {
        if matches!(character, '"' | '\\') {
            path.push('\\');
        }
        path.push(character);
    }
    path + "\""
}

/// Returns the keys of all fields of the selected types as alternatives of a pattern. Lines are broken at `WIDTH`, and
/// all lines except the first are indented.
fn alternatives(is_meant: impl Fn(Kind) -> bool, indent: usize) -> String {
    let mut text = String::new();
    let mut column = indent;
    for key in FIELDS.iter().filter(|field| is_meant(field.kind)).flat_map(keys) {
        if !text.is_empty() {
            if column + key.len() + 2 > WIDTH {
                let _ = write!(text, "\n{:indent$}", "");
                column = indent;
            }
            text.push('|');
            column += 1;
        }
        text.push_str(key);
        column += key.len();
    }
    text
}

/// The spellings of a field's key.
fn keys(field: &'static Field) -> impl Iterator<Item = &'static str> {
    std::iter::once(field.name.text).chain(field.aliases.iter().copied())
}

/// Returns an expression for the canonical name of the field whose spelling is `name`.
fn canonical() -> String {
    let spellings = FIELDS.iter().flat_map(|field| field.aliases.iter().map(|alias| (*alias, field.name.text)));
    spellings.fold("name".to_owned(), |name, (alias, field)| format!("replace({name}, r'^{alias}$', \"{field}\")"))
}

/// Returns statements that rename the aliases of all fields except timestamps to their canonical names.
fn renamed() -> String {
    let texts = FIELDS.iter().filter(|field| field.kind != Kind::DateTime);
    let spellings = texts.flat_map(|field| field.aliases.iter().map(|alias| (*alias, field.name.text)));
    let statement = |(alias, field): (&str, &str)| {
        let is_there = format!(r#"contains(members, "\"{alias}\"")"#);
        let renamed = format!(r#"replace(members, r'"{alias}"([ \t\r\n]*:)', "\"{field}\"$1")"#);
        format!("if {is_there} {{\n    members = {renamed}\n  }}")
    };
    spellings.map(statement).collect::<Vec<_>>().join("\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled() {
        let program = program(&eset_filter::Options::default().into());
        let line = program.lines().find(|line| line.contains('@'));
        assert_eq!(line, None);
    }

    #[test]
    fn each_alias_is_renamed() {
        let program = program(&eset_filter::Options::default().into());
        for alias in FIELDS.iter().flat_map(|field| field.aliases) {
            assert!(program.contains(&format!("r'^{alias}$'")), "{alias}");
        }
        assert!(renamed().contains("group_desription"));
    }

    #[test]
    fn keys_that_are_not_identifiers_are_quoted() {
        for (key, expected) in [
            ("payload", ".payload"),
            ("log_2", ".log_2"),
            ("2nd", ".\"2nd\""),
            ("a.b", ".\"a.b\""),
            ("a b", ".\"a b\""),
            ("a\"b\\c", ".\"a\\\"b\\\\c\""),
        ] {
            assert_eq!(path(key), expected);
        }
    }
}
