//! The native filter for Fluent Bit in a host that imitates Fluent Bit's calls, `plugin/fluent-bit/host/host.c`.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::{env, fs, process, thread};

use once_cell::sync::Lazy;
use rmpv::Value;

/// The contract's cases that come out otherwise, and why.
pub const DIFFERENCES: [(&str, &str); 1] =
    [("record/kept-number-keeps-its-digits", "a number of a record is what the host has made of it before")];

/// The host, as a compiler on this machine makes it.
pub struct NativeHost(PathBuf);

/// A run of the host.
pub struct Run {
    /// The answer to each chunk: none for one that stays.
    pub answers: Vec<Option<Vec<u8>>>,
    /// What the filter has appended: tags and events.
    pub appended: Vec<(String, Vec<u8>)>,
    /// What the host and the filter have said.
    pub log: String,
    /// How it has ended.
    pub status: ExitStatus,
}

/// The plain host.
pub static HOST: Lazy<NativeHost> = Lazy::new(|| NativeHost::compile("plain", &[]));

impl NativeHost {
    /// Compiles the host under that name, with these arguments for the C compiler.
    pub fn compile(name: &str, arguments: &[&str]) -> Self {
        let folder = Path::new(env!("OUT_DIR"));
        let source = crate::root().join("plugin/fluent-bit/host/host.c");
        // Several tests may do this at a time, each of them a process of its own.
        let new = folder.join(format!("host-{name}-{}", process::id()));
        let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compiler.args(["-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-rdynamic"]);
        let done = compiler.args(arguments).arg(source).arg("-o").arg(&new).arg("-ldl").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let host = folder.join(format!("host-{name}"));
        fs::rename(new, &host).unwrap();
        Self(host)
    }

    /// The host's executable.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Has the filter with these properties answer these chunks.
    pub fn run(&self, properties: &[String], chunks: &[Vec<u8>]) -> Run {
        run(Command::new(&self.0).arg(plugin()).args(properties), chunks)
    }
}

/// Hands the chunks to a command that runs the host.
pub fn run(command: &mut Command, chunks: &[Vec<u8>]) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout, mut stderr) =
        (child.stdin.take().unwrap(), child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (mut answers, mut log) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| stdout.read_to_end(&mut answers).unwrap());
        scope.spawn(|| stderr.read_to_end(&mut log).unwrap());
        for chunk in chunks {
            let size = u32::try_from(chunk.len()).unwrap();
            // A host that has refused to start reads nothing.
            let _ = stdin.write_all(&size.to_be_bytes()).and_then(|()| stdin.write_all(chunk));
        }
        drop(stdin);
    });
    let (answers, appended) = read_answers(&answers);
    Run { answers, appended, log: String::from_utf8_lossy(&log).into_owned(), status: child.wait().unwrap() }
}

/// `dist/flb-filter_eset.so`, or what `ESET_FILTER_NATIVE` names.
pub fn plugin() -> PathBuf {
    let built = || crate::root().join("dist/flb-filter_eset.so");
    let path = env::var_os("ESET_FILTER_NATIVE").map_or_else(built, PathBuf::from);
    assert!(path.is_file(), "{} is not there; run `make native` first", path.display());
    path
}

/// A chunk of log events with these bodies, each with a timestamp and metadata that tell its place.
pub fn chunk(bodies: &[Value]) -> Vec<u8> {
    let mut chunk = Vec::new();
    for (at, body) in bodies.iter().enumerate() {
        let event = Value::Array(vec![header(at), body.clone()]);
        rmpv::encode::write_value(&mut chunk, &event).unwrap();
    }
    chunk
}

/// The header of the event at that place in a [`chunk`].
pub fn header(at: usize) -> Value {
    let stamp = [1_700_000_000_u32.to_be_bytes(), u32::try_from(at).unwrap().to_be_bytes()].concat();
    Value::Array(vec![Value::Ext(0, stamp), Value::Map(vec![(Value::from("at"), Value::from(at))])])
}

/// The record in which a message comes. Its bytes may be any, which `rmpv` holds in a string of its own.
pub fn record(message: &[u8]) -> Value {
    let mut text = Vec::new();
    rmp::encode::write_str_len(&mut text, u32::try_from(message.len()).unwrap()).unwrap();
    text.extend_from_slice(message);
    let text = rmpv::decode::read_value(&mut text.as_slice()).unwrap();
    Value::Map(vec![(Value::from("message"), text)])
}

/// The values that stand in a chunk, one behind the other.
pub fn values(mut chunk: &[u8]) -> Vec<Value> {
    let mut values = Vec::new();
    while !chunk.is_empty() {
        values.push(rmpv::decode::read_value(&mut chunk).unwrap());
    }
    values
}

/// The header and body of a log event.
pub fn parts(event: &Value) -> (&Value, &Value) {
    match event.as_array().map(Vec::as_slice) {
        Some([header, body]) => (header, body),
        _ => panic!("{event} is no log event"),
    }
}

type Answers = (Vec<Option<Vec<u8>>>, Vec<(String, Vec<u8>)>);

fn read_answers(mut bytes: &[u8]) -> Answers {
    fn sized(bytes: &mut &[u8]) -> Vec<u8> {
        let (size, rest) = bytes.split_first_chunk().unwrap();
        let (chunk, rest) = rest.split_at(u32::from_be_bytes(*size) as usize);
        *bytes = rest;
        chunk.to_vec()
    }
    let (mut answers, mut appended) = (Vec::new(), Vec::new());
    while let Some((answer, rest)) = bytes.split_first() {
        bytes = rest;
        match answer {
            1 => answers.push(Some(sized(&mut bytes))),
            2 => answers.push(None),
            3 => appended.push((String::from_utf8(sized(&mut bytes)).unwrap(), sized(&mut bytes))),
            other => panic!("{other} is no answer"),
        }
    }
    (answers, appended)
}
