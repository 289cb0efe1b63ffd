//! Tests with compressed captures: gzip and Zstandard.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap()
}

type Compress = fn(&[u8]) -> Vec<u8>;

/// The compression formats, with their file extensions.
const FORMATS: [(&str, Compress); 2] = [("gz", gzip), ("zst", zstd)];

#[test]
fn compressed_captures_are_read_from_files_and_from_stdin() {
    let expected = by_library(&Options::default(), &MESSAGES);
    for (extension, compress) in FORMATS {
        let data = compress(&MESSAGES);
        assert_eq!(stdout(&[], &data), expected, "{extension}");
        // The first bytes of a file determine its format, not its name.
        let compressed = file(&format!("messages-{extension}.log"), &data);
        let plain = file(&format!("messages.{extension}"), EVENT);
        assert_eq!(stdout(&[&compressed, &plain], b""), format!("{expected}{RECORD}\n"), "{extension}");
        let record = format!("{}\n", serde_json::json!({ "log": EVENT }));
        assert_eq!(stdout(&["--input=json"], &compress(record.as_bytes())), format!("{RECORD}\n"));
    }
}

#[test]
fn concatenated_files_are_one_capture() {
    for (extension, compress) in FORMATS {
        let lines = format!("{EVENT}\n");
        let half = EVENT.len() / 2;
        let parts =
            [compress(lines.as_bytes()), compress(&EVENT.as_bytes()[..half]), compress(&EVENT.as_bytes()[half..])];
        assert_eq!(stdout(&[], &parts.concat()), format!("{RECORD}\n{RECORD}\n"), "{extension}");
    }
}

#[test]
fn truncated_data_is_reported_and_read_to_its_end() {
    let messages = format!("{}\n{EVENT}", EVENT.to_owned() + "\n{\"user\":\"ann\"}");
    for (extension, compress) in FORMATS {
        let mut data = compress(messages.as_bytes());
        // The truncated part is a separate frame or member, so that everything before it is complete.
        data.extend(&compress(b"\nlast")[..10]);
        let path = file(&format!("early.{extension}"), &data);
        let output = run(&[&path, &file(&format!("after-early.{extension}"), EVENT)], b"");
        let record = "{\"user\":\"ann\",\"parse_status\":\"ok\"}";
        assert_eq!(text(&output.stdout), format!("{RECORD}\n{record}\n{RECORD}\n{RECORD}\n"), "{extension}");
        let name = if extension == "gz" { "gzip" } else { "zstd" };
        assert_eq!(text(&output.stderr), format!("eset-filter: cannot read {path}: its {name} data ends early\n"));
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn damage_is_reported() {
    for (extension, compress) in FORMATS {
        let mut data = compress(format!("{EVENT}\n").as_bytes());
        let first = data.len();
        data.extend(compress(&MESSAGES));
        let last = data.len() - 8;
        data[last] ^= 0xFF;
        let output = run(&[&file(&format!("damaged.{extension}"), &data)], b"");
        let (out, message) = (text(&output.stdout), text(&output.stderr));
        assert!(out.starts_with(RECORD) && first < last, "{out}");
        assert!(message.contains(" data cannot be decompressed: ") && message.lines().count() == 1, "{message}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn statistics_count_decompressed_bytes() {
    for (extension, compress) in FORMATS {
        let output = run(&["--stats"], &compress(&MESSAGES));
        let stats = text(&output.stderr).replace(',', "");
        let line = stats.lines().find(|line| line.starts_with("in ")).unwrap();
        assert_eq!(line.split_whitespace().nth(1), Some(MESSAGES.len().to_string().as_str()), "{extension}: {stats}");
    }
}

/// A line of hundreds of megabytes that is compressed to one megabyte or less.
#[cfg(target_os = "linux")]
#[test]
fn a_decompression_bomb_needs_little_memory() {
    let megabytes = 300;
    let gz = {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        for _ in 0..megabytes {
            encoder.write_all(&vec![b'x'; 1 << 20]).unwrap();
        }
        encoder.finish().unwrap()
    };
    let zst = zstd::encode_all(std::io::repeat(b'x').take(megabytes << 20), 1).unwrap();
    for (extension, mut data, compress) in [("gz", gz, gzip as Compress), ("zst", zst, zstd)] {
        data.extend(compress(format!("\n{EVENT}\n").as_bytes()));
        let path = file(&format!("bomb.{extension}"), &data);
        let output = hostile::with_memory(200, &["--max-message=1M", "--raw=never", "--stats", &path], |_| ());
        let record = "{\"parse_status\":\"text\"}";
        assert_eq!(text(&output.stdout), format!("{record}\n{RECORD}\n"), "{extension}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("at --max-message"), "{extension}");
        assert_eq!(output.status.code(), Some(0));
    }
}
