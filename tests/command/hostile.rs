//! Input that is meant to harm whoever looks at it: to steer a terminal.

use nix::pty::openpty;

use super::*;

/// Text that a terminal would obey, or that hides or turns around what stands beside it: as a message and in a file's name.
const STEERING: [char; 12] = [
    '\u{7f}',
    '\u{80}',
    '\u{9b}',
    '\u{ad}',
    '\u{61c}',
    '\u{200b}',
    '\u{2028}',
    '\u{202e}',
    '\u{2066}',
    '\u{feff}',
    '\u{fffb}',
    '\u{e0041}',
];

fn steering_event() -> String {
    let text: String = STEERING.iter().flat_map(|char| ['<', *char, '>']).collect();
    format!("{{\"event_type\":\"T{text}\",\"user\":\"\u{202e}evil\",\"\u{9b}31m\":\"\\u001b[2J\"}}")
}

#[track_caller]
fn steers_nothing(text: &str) {
    let steering = text.chars().find(|char| STEERING.contains(char) || (char.is_control() && *char != '\n'));
    assert_eq!(steering, None, "{text:?}");
}

#[test]
fn pretty_is_the_same_json_without_what_a_terminal_obeys() {
    let event = steering_event();
    let given = stdout(&["--format=pretty"], event.as_bytes());
    steers_nothing(&given);
    let plain = stdout(&[], event.as_bytes());
    assert!(STEERING.iter().all(|char| plain.contains(*char)), "{plain:?}");
    let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    assert_eq!(value(&given), value(&plain));
    assert!(given.contains("<\\udb40\\udc41>"), "{given}");
}

#[test]
fn the_table_shows_that_something_was_there() {
    let given = stdout(&["--format=table"], steering_event().as_bytes());
    steers_nothing(&given);
    assert!(given.contains("T<\u{fffd}><\u{fffd}>"), "{given}");
    assert!(given.contains("\u{fffd}evil"), "{given}");
}

#[test]
fn counts_and_errors_are_harmless_too() {
    let output =
        run(&["--stats", "no\u{9b}31m such\u{202e}\nfile", "-"], b"{\"event_type\":\"E\xC2\x9B\xE2\x80\xAE\"}");
    let told = text(&output.stderr);
    steers_nothing(&told);
    assert!(told.starts_with("eset-filter: cannot read no\u{fffd}31m such\u{fffd} file: "), "{told}");
    assert!(told.contains("  E\u{fffd}\u{fffd} "), "{told}");
}

#[test]
fn records_on_a_terminal_are_the_same_json() {
    let pty = openpty(None, None).unwrap();
    let event = fs::File::open(file("steering", steering_event())).unwrap();
    let mut child = command(&[]).stdin(event).stdout(pty.slave).spawn().unwrap();
    // The other end is open in the child alone now, so that reading comes to an end, with an error, when it ends.
    let mut shown = Vec::new();
    let _ = fs::File::from(pty.master).read_to_end(&mut shown);
    assert!(child.wait().unwrap().success());
    let shown = text(&shown);
    let shown = shown.strip_suffix("\r\n").unwrap();
    steers_nothing(shown);
    let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    assert_eq!(value(shown), value(&stdout(&[], steering_event().as_bytes())));
}
