//! Input that is meant to harm whoever looks at it: to steer a terminal, to take all memory, or to be no module.

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

/// Runs with no more than so many megabytes of address space, the executable's own included. What `feed` writes arrives
/// by a pipe: a capture of this size is nothing to keep on a disk.
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

/// Writes `begin`, so many megabytes of one letter, and `end`.
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
fn the_limit_is_the_longest_line_that_is_whole() {
    let limit = EVENT.len().to_string();
    let given = stdout(&["--max-message", &limit], format!("{EVENT}\n{EVENT} \n{EVENT}").as_bytes());
    assert_eq!(given, format!("{RECORD}\n{RECORD}\n{RECORD}\n"));
    let given =
        stdout(&["--max-message", "20", "--raw=never"], format!("{{\"user\":\"ann\",\"a\":12}}\n{EVENT}").as_bytes());
    let cut = by_library(&Options::default().raw(Raw::Never), &EVENT.as_bytes()[..20]);
    assert_eq!(given, format!("{{\"user\":\"ann\",\"parse_status\":\"truncated\"}}\n{cut}"));
    for size in ["0", "x", "1.5M", "10KB", ""] {
        let told = failure(2, &["--max-message", size], b"");
        assert!(told.contains("--max-message"), "{size}: {told}");
    }
}

/// What is given for a module and is none is told in one sentence, which says what to give.
#[test]
fn what_is_no_module_is_told() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let text_file = file("no-module.log", EVENT);
    let empty = file("no-module-empty", "");
    let aot = file("no-module.aot", b"\0aot\x05\0\0\0");
    let damaged = file("no-module-damaged.wasm", b"\0asm\x01\0\0\0\x01\xFF");
    let other = file("no-module-other.wasm", wat::parse_str("(module (memory (export \"memory\") 1))").unwrap());
    let takes = "; --wasm expects eset_filter.wasm, as `make wasm` builds it";
    for (path, told) in [
        ("no such module", "cannot read no such module: No such file or directory".to_owned()),
        (folder, format!("cannot read {folder}: Is a directory")),
        (&text_file, format!("cannot use {text_file}: it is not a WebAssembly module{takes}")),
        (&empty, format!("cannot use {empty}: it is empty{takes}")),
        (&aot, format!("cannot use {aot}: it is compiled ahead of time, and only Fluent Bit can run it{takes}")),
        (&other, format!("cannot use {other}: the module does not export malloc as function (i32) -> i32{takes}")),
    ] {
        assert_eq!(failure(1, &["--wasm", path], b"x\n"), format!("eset-filter: {told}\n"));
    }
    let told = failure(1, &["--wasm", &damaged], b"");
    assert!(
        told.starts_with(&format!("eset-filter: cannot use {damaged}: not a WebAssembly module that can be run: "))
    );
    assert!(told.lines().count() == 1 && told.ends_with(&format!("{takes}\n")) && !told.contains('['), "{told}");
}
