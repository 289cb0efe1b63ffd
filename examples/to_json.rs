//! Reads messages from stdin, one per line, and prints the records as JSON, one per line.
//!
//!     eset-filter generate --count 4 | cargo run --quiet --example to_json

use std::io::{self, BufRead, Write};

use eset_filter::{Filter, Options, encode};

fn main() -> io::Result<()> {
    let mut filter = Filter::new(Options::default());
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let (mut line, mut records) = (Vec::new(), Vec::new());
    while input.read_until(b'\n', &mut line)? > 0 {
        // A message can contain any bytes, and several events.
        let mut events = filter.parse(line.trim_ascii_end());
        while let Some(event) = events.next() {
            encode::json::write(&event, &mut records);
            records.push(b'\n');
        }
        output.write_all(&records)?;
        line.clear();
        records.clear();
    }
    Ok(())
}
