//! Captures as they are kept: compressed with gzip or Zstandard.

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

/// The ways to compress, with the extension that files have.
const FORMATS: [(&str, Compress); 2] = [("gz", gzip), ("zst", zstd)];

#[test]
fn they_are_read_from_files_and_from_stdin() {
    let expected = by_library(&Options::default(), &MESSAGES);
    for (extension, compress) in FORMATS {
        let data = compress(&MESSAGES);
        assert_eq!(stdout(&[], &data), expected, "{extension}");
        // What a file is, its first bytes tell, not its name.
        let compressed = file(&format!("messages-{extension}.log"), &data);
        let plain = file(&format!("messages.{extension}"), EVENT);
        assert_eq!(stdout(&[&compressed, &plain], b""), format!("{expected}{RECORD}\n"), "{extension}");
        let record = format!("{}\n", serde_json::json!({ "log": EVENT }));
        assert_eq!(stdout(&["--input=json"], &compress(record.as_bytes())), format!("{RECORD}\n"));
    }
}

#[test]
fn rotated_files_glued_together_are_one_capture() {
    for (extension, compress) in FORMATS {
        let lines = format!("{EVENT}\n");
        let half = EVENT.len() / 2;
        let glued =
            [compress(lines.as_bytes()), compress(&EVENT.as_bytes()[..half]), compress(&EVENT.as_bytes()[half..])];
        assert_eq!(stdout(&[], &glued.concat()), format!("{RECORD}\n{RECORD}\n"), "{extension}");
    }
}

#[test]
fn what_ends_early_is_told_and_read_to_its_end() {
    let messages = format!("{}\n{EVENT}", EVENT.to_owned() + "\n{\"user\":\"ann\"}");
    for (extension, compress) in FORMATS {
        let mut data = compress(messages.as_bytes());
        // A frame or member of its own, so that it is known how much is there.
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
fn damage_is_told() {
    for (extension, compress) in FORMATS {
        let mut data = compress(format!("{EVENT}\n").as_bytes());
        let first = data.len();
        data.extend(compress(&MESSAGES));
        let last = data.len() - 8;
        data[last] ^= 0xFF;
        let output = run(&[&file(&format!("damaged.{extension}"), &data)], b"");
        let (out, told) = (text(&output.stdout), text(&output.stderr));
        assert!(out.starts_with(RECORD) && first < last, "{out}");
        assert!(told.contains(" data cannot be decompressed: ") && told.lines().count() == 1, "{told}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn sizes_are_those_of_the_messages() {
    for (extension, compress) in FORMATS {
        let output = run(&["--stats"], &compress(&MESSAGES));
        let stats = text(&output.stderr).replace(',', "");
        let line = stats.lines().find(|line| line.starts_with("in ")).unwrap();
        assert_eq!(line.split_whitespace().nth(1), Some(MESSAGES.len().to_string().as_str()), "{extension}: {stats}");
    }
}

/// Hundreds of megabytes in a line, in one megabyte or less.
#[cfg(target_os = "linux")]
#[test]
fn a_bomb_costs_no_memory() {
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
