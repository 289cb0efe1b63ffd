//! The native filter for Fluent Bit in a host that imitates the calls of Fluent Bit: `plugin/fluent-bit/host/host.c`.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::{env, fs, process, thread};

use once_cell::sync::Lazy;
use rmpv::Value;

/// The cases of the contract whose records differ on this host, each with the reason.
pub const DIFFERENCES: [(&str, &str); 1] =
    [("record/kept-number-keeps-its-digits", "the host has already converted the number in the record")];

/// The executable of the host, compiled on this machine.
pub struct NativeHost(PathBuf);

/// A run of the host.
pub struct Run {
    /// The answer to each chunk. `None` means that the filter left the chunk unchanged.
    pub answers: Vec<Option<Vec<u8>>>,
    /// The tags and events that the filter appended.
    pub appended: Vec<(String, Vec<u8>)>,
    /// The log of the host and the filter.
    pub log: String,
    /// The exit status of the host.
    pub status: ExitStatus,
}

/// The host, compiled without additional arguments.
pub static HOST: Lazy<NativeHost> = Lazy::new(|| NativeHost::compile("plain", &[]));

impl NativeHost {
    /// Compiles a host with this name and these additional arguments for the C compiler.
    pub fn compile(name: &str, arguments: &[&str]) -> Self {
        let directory = Path::new(env!("OUT_DIR"));
        let source = crate::root().join("plugin/fluent-bit/host/host.c");
        // Several test processes may compile the host at the same time.
        let new = directory.join(format!("host-{name}-{}", process::id()));
        let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compiler.args(["-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-rdynamic"]);
        let done = compiler.args(arguments).arg(source).arg("-o").arg(&new).arg("-ldl").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let host = directory.join(format!("host-{name}"));
        fs::rename(new, &host).unwrap();
        Self(host)
    }

    /// Returns the path of the executable.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Runs the filter with these properties on these chunks.
    pub fn run(&self, properties: &[String], chunks: &[Vec<u8>]) -> Run {
        run(Command::new(&self.0).arg(plugin()).args(properties), chunks)
    }
}

/// Passes the chunks to a command that runs the host.
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
            // A host that refused to start reads nothing.
            let _ = stdin.write_all(&size.to_be_bytes()).and_then(|()| stdin.write_all(chunk));
        }
        drop(stdin);
    });
    let (answers, appended) = read_answers(&answers);
    Run { answers, appended, log: String::from_utf8_lossy(&log).into_owned(), status: child.wait().unwrap() }
}

/// Returns the path of the native filter: `dist/flb-filter_eset.so`, or the file that `ESET_FILTER_NATIVE` names.
pub fn plugin() -> PathBuf {
    let built = || crate::root().join("dist/flb-filter_eset.so");
    let path = env::var_os("ESET_FILTER_NATIVE").map_or_else(built, PathBuf::from);
    assert!(path.is_file(), "{} does not exist; run `make native` first", path.display());
    path
}

/// Returns a chunk of log events with these bodies. The timestamp and the metadata of each contain its position.
pub fn chunk(bodies: &[Value]) -> Vec<u8> {
    let mut chunk = Vec::new();
    for (at, body) in bodies.iter().enumerate() {
        let event = Value::Array(vec![header(at), body.clone()]);
        rmpv::encode::write_value(&mut chunk, &event).unwrap();
    }
    chunk
}

/// Returns the header of the event at this position in a [`chunk`].
pub fn header(at: usize) -> Value {
    let stamp = [1_700_000_000_u32.to_be_bytes(), u32::try_from(at).unwrap().to_be_bytes()].concat();
    Value::Array(vec![Value::Ext(0, stamp), Value::Map(vec![(Value::from("at"), Value::from(at))])])
}

/// Returns a record with a message of any bytes. It is decoded, because `rmpv` cannot otherwise create a string that is
/// not UTF-8.
pub fn record(message: &[u8]) -> Value {
    let mut text = Vec::new();
    rmp::encode::write_str_len(&mut text, u32::try_from(message.len()).unwrap()).unwrap();
    text.extend_from_slice(message);
    let text = rmpv::decode::read_value(&mut text.as_slice()).unwrap();
    Value::Map(vec![(Value::from("message"), text)])
}

/// Returns the values of a chunk in order.
pub fn values(mut chunk: &[u8]) -> Vec<Value> {
    let mut values = Vec::new();
    while !chunk.is_empty() {
        values.push(rmpv::decode::read_value(&mut chunk).unwrap());
    }
    values
}

/// Returns the header and the body of a log event.
pub fn parts(event: &Value) -> (&Value, &Value) {
    match event.as_array().map(Vec::as_slice) {
        Some([header, body]) => (header, body),
        _ => panic!("{event} is not a log event"),
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
            other => panic!("{other} is not the code of an answer"),
        }
    }
    (answers, appended)
}
