//! Tests with hostile input: text that controls a terminal, input that exhausts memory, and files that are not modules.

use nix::pty::openpty;

use super::*;

/// Characters that control a terminal, or that hide or reverse the text around them.
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
fn pretty_is_the_same_json_with_control_characters_escaped() {
    let event = steering_event();
    let pretty = stdout(&["--format=pretty"], event.as_bytes());
    steers_nothing(&pretty);
    let plain = stdout(&[], event.as_bytes());
    assert!(STEERING.iter().all(|char| plain.contains(*char)), "{plain:?}");
    let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    assert_eq!(value(&pretty), value(&plain));
    assert!(pretty.contains("<\\udb40\\udc41>"), "{pretty}");
}

#[test]
fn the_table_replaces_control_characters() {
    let table = stdout(&["--format=table"], steering_event().as_bytes());
    steers_nothing(&table);
    assert!(table.contains("T<\u{fffd}><\u{fffd}>"), "{table}");
    assert!(table.contains("\u{fffd}evil"), "{table}");
}

#[test]
fn statistics_and_errors_are_harmless() {
    let output =
        run(&["--stats", "no\u{9b}31m such\u{202e}\nfile", "-"], b"{\"event_type\":\"E\xC2\x9B\xE2\x80\xAE\"}");
    let stderr = text(&output.stderr);
    steers_nothing(&stderr);
    assert!(stderr.starts_with("eset-filter: cannot read no\u{fffd}31m such\u{fffd} file: "), "{stderr}");
    assert!(stderr.contains("  E\u{fffd}\u{fffd} "), "{stderr}");
}

#[test]
fn records_on_a_terminal_are_the_same_json() {
    let pty = openpty(None, None).unwrap();
    let event = fs::File::open(file("steering", steering_event())).unwrap();
    let mut child = command(&[]).stdin(event).stdout(pty.slave).spawn().unwrap();
    // Only the child has the other end open now, so reading ends with an error when the child ends.
    let mut shown = Vec::new();
    let _ = fs::File::from(pty.master).read_to_end(&mut shown);
    assert!(child.wait().unwrap().success());
    let shown = text(&shown);
    let shown = shown.strip_suffix("\r\n").unwrap();
    steers_nothing(shown);
    let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    assert_eq!(value(shown), value(&stdout(&[], steering_event().as_bytes())));
}

/// Runs the command with a limit on its address space, including the executable. `feed` writes to its stdin, because a
/// large capture should not be stored on disk.
pub(super) fn with_memory(megabytes: usize, arguments: &[&str], feed: impl FnOnce(&mut ChildStdin) + Send) -> Output {
    let limit = format!("ulimit -v {} && exec \"$0\" \"$@\"", megabytes * 1024);
    let mut child = Command::new("sh")
        .args(["-c", &limit])
        .arg(eset_filter_tests::command())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || feed(&mut stdin));
        child.wait_with_output().unwrap()
    })
}

/// Writes `begin`, `megabytes` megabytes of one letter, and `end`.
fn huge(to: &mut ChildStdin, begin: &str, megabytes: usize, end: &str) {
    to.write_all(begin.as_bytes()).unwrap();
    for _ in 0..megabytes {
        to.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    to.write_all(end.as_bytes()).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_huge_line_is_cut_and_read() {
    let begin = "{\"user\":\"ann\",\"detail\":\"";
    let output = with_memory(200, &["--max-message=1M", "--raw=never", "--stats"], |stdin| {
        huge(stdin, &format!("{EVENT}\n{begin}"), 300, &format!("\n{EVENT}"));
    });
    let cut = "{\"user\":\"ann\",\"parse_status\":\"truncated\"}";
    assert_eq!(text(&output.stdout), format!("{RECORD}\n{cut}\n{RECORD}\n"), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
    let stats = text(&output.stderr);
    let line = stats.lines().find(|line| line.starts_with("  cut")).unwrap_or_else(|| panic!("{stats}"));
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["cut", "1", "at", "--max-message"]);
    let read = (EVENT.len() * 2 + "\n".len() * 2 + begin.len() + (300 << 20)).to_string();
    assert!(stats.replace(',', "").contains(&read), "{read}: {stats}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_huge_record_is_cut_and_read() {
    let record = serde_json::json!({ "log": EVENT });
    let output = with_memory(200, &["--input=json", "--max-message=1M", "--raw=never"], |stdin| {
        huge(stdin, &format!("{record}\n{{\"log\":\""), 300, &format!("\"}}\n{record}"));
    });
    let lines = text(&output.stdout);
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines, [RECORD, "{\"parse_status\":\"malformed\"}", RECORD], "{}", text(&output.stderr));
}

#[test]
fn a_line_of_exactly_the_limit_is_not_cut() {
    let limit = EVENT.len().to_string();
    let records = stdout(&["--max-message", &limit], format!("{EVENT}\n{EVENT} \n{EVENT}").as_bytes());
    assert_eq!(records, format!("{RECORD}\n{RECORD}\n{RECORD}\n"));
    let records =
        stdout(&["--max-message", "20", "--raw=never"], format!("{{\"user\":\"ann\",\"a\":12}}\n{EVENT}").as_bytes());
    let cut = by_library(&Options::default().raw(Raw::Never), &EVENT.as_bytes()[..20]);
    assert_eq!(records, format!("{{\"user\":\"ann\",\"parse_status\":\"truncated\"}}\n{cut}"));
    for size in ["0", "x", "1.5M", "10KB", ""] {
        let message = failure(2, &["--max-message", size], b"");
        assert!(message.contains("--max-message"), "{size}: {message}");
    }
}

/// The error for a file that is not a module is one line, and says which file to use instead.
#[test]
fn files_that_are_not_modules_are_refused() {
    let directory = env!("CARGO_TARGET_TMPDIR");
    let text_file = file("no-module.log", EVENT);
    let empty = file("no-module-empty", "");
    let aot = file("no-module.aot", b"\0aot\x05\0\0\0");
    let damaged = file("no-module-damaged.wasm", b"\0asm\x01\0\0\0\x01\xFF");
    let other = file("no-module-other.wasm", wat::parse_str("(module (memory (export \"memory\") 1))").unwrap());
    let advice = "; --wasm expects eset_filter.wasm, as `make wasm` builds it";
    for (path, message) in [
        ("no such module", "cannot read no such module: No such file or directory".to_owned()),
        (directory, format!("cannot read {directory}: Is a directory")),
        (&text_file, format!("cannot use {text_file}: it is not a WebAssembly module{advice}")),
        (&empty, format!("cannot use {empty}: it is empty{advice}")),
        (&aot, format!("cannot use {aot}: it is compiled ahead of time, and only Fluent Bit can run it{advice}")),
        (&other, format!("cannot use {other}: the module does not export malloc as function (i32) -> i32{advice}")),
    ] {
        assert_eq!(failure(1, &["--wasm", path], b"x\n"), format!("eset-filter: {message}\n"));
    }
    let message = failure(1, &["--wasm", &damaged], b"");
    assert!(
        message.starts_with(&format!("eset-filter: cannot use {damaged}: not a WebAssembly module that can be run: "))
    );
    assert!(message.lines().count() == 1 && message.ends_with(&format!("{advice}\n")), "{message}");
    assert!(!message.contains('['), "{message}");
}
