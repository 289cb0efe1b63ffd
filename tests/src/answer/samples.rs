//! Good and bad answers from a module, and how Fluent Bit 5.1 treats them. `tests/shippers` checks them with Fluent
//! Bit.

use crate::answer::MAX_LEVELS;

/// Returns answers that the host accepts and reads correctly.
pub fn taken() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = [
        r#"{}"#,
        r#"{"a":1}"#,
        " { \"a\" :\t[ 1 , true,false ,null,{ } , [ ] ]\r\n} \n",
        r#"{"":"","a":{"":{"":[]}}}"#,
        r#"{"a":[0,-0,-0.0,0.0,1.5,-1.5e3,1e5,1E5,1e+5,1E-5,0e5,0E+0,1.0e-0]}"#,
        r#"{"a":[9007199254740993,9223372036854775807,-9223372036854775808,18446744073709551615]}"#,
        r#"{"a":[18446744073709551616,-9223372036854775809,123456789012345678901234567890]}"#,
        r#"{"a":[1e307,1e-307,5e-324,1e-400,1e-99999999999999999999,0e99999999999999999999]}"#,
        r#"{"a":[0.1234567890123456789012345678901234567890,1.7976931348623157e307]}"#,
        r#"{"a":"\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\u20AC\ud83c\udf89\uffff\ue0ff"}"#,
        "{\"a\":\"\u{7f}é€🎉\u{feff}\u{fffe}\u{10ffff}\",\"é\":1}",
        r#"{"a":[{"b":1,"b":2}]}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    texts.push(format!("{{\"a\":{}}}", "9".repeat(307)).into_bytes());
    texts.push(format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)).into_bytes());
    let members: Vec<_> = (0..10_000).map(|at| format!("\"k{at}\":{at}")).collect();
    texts.push(format!("{{{}}}", members.join(",")).into_bytes());
    texts.push(nested(MAX_LEVELS).into_bytes());
    texts
}

/// Returns nested objects around an empty array, with this many levels in all.
fn nested(levels: usize) -> String {
    format!("{}[]{}", "{\"a\":".repeat(levels - 1), "}".repeat(levels - 1))
}

/// Answers that the parser refuses.
pub const REFUSED: [&str; 42] = [
    r#"{"a":1e+-5}"#,
    r#"{"a":1e--5}"#,
    r#"{"a":0e+-5}"#,
    r#"{"a":1e}"#,
    r#"{"a":1e+}"#,
    r#"{"a":1.}"#,
    r#"{"a":1.e5}"#,
    r#"{"a":.5}"#,
    r#"{"a":+1}"#,
    r#"{"a":-}"#,
    r#"{"a":--1}"#,
    r#"{"a":01}"#,
    r#"{"a":-01}"#,
    r#"{"a":1.5.5}"#,
    r#"{"a":1e5e5}"#,
    r#"{"a":0x10}"#,
    r#"{"a":1e309}"#,
    r#"{"a":-1e400}"#,
    r#"{"a":1.7976931348623159e308}"#,
    r#"{"a":1e99999999999999999999}"#,
    r#"{"a":NaN}"#,
    r#"{"a":Infinity}"#,
    r#"{"a":tru}"#,
    r#"{"a":nul}"#,
    r#"{"a":True}"#,
    r#"{"a"}"#,
    r#"{"a":}"#,
    r#"{"a" 1}"#,
    r#"{"a":1,}"#,
    r#"{,"a":1}"#,
    r#"{"a":1 "b":2}"#,
    r#"{a:1}"#,
    r#"{'a':1}"#,
    r#"{"a":[1,]}"#,
    r#"{"a":[1}"#,
    r#"{"a":"\x41"}"#,
    r#"{"a":"b}"#,
    r#"{"a":1"#,
    r#"{"#,
    "\u{feff}{}",
    "x",
    "/**/{}",
];

/// Answers that the parser accepts, but that are not records.
pub const NO_OBJECTS: [&str; 4] = ["[]", "1", "\"a\"", "null"];

/// Answers that are accepted although they are not JSON, or are read incorrectly.
pub const MISREAD: [&[u8]; 7] = [
    b"{\"a\":\"\x01\"}",
    b"{\"a\":\"\xFF\"}",
    b"{\"a\":\"\\uZZZZ\"}",
    b"{\"a\":\"\\u12\"}",
    b"{\"a\":1} x",
    b"{\"a\":1}}",
    b"{\"a\":1,\"a\":2}",
];

/// Returns answers that break the chunk, so that the next record is lost as well.
pub fn breaking() -> [String; 2] {
    /// Fluent Bit 5.1 reads one level fewer.
    const LEVELS: usize = 64;
    [r#"{"a":1}{"b":2}"#.to_owned(), nested(LEVELS)]
}
