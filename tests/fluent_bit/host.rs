//! Runs Fluent Bit on a file of messages.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, process, thread};

use serde_json::{Value, json};

use crate::{module, native};

/// Far more than a run takes: about a second, most of it for the host's own way to stop.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// The host's executable.
#[derive(Clone)]
pub(crate) struct FluentBit(PathBuf);

/// A way to have the host filter.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// A function of the module, in a `wasm` filter.
    Wasm(String),
    /// The native filter, with these properties.
    Native(Vec<(String, String)>),
    /// The same as a processor of the input.
    Processor(Vec<(String, String)>),
}

impl FluentBit {
    /// The one that is installed here, if any.
    pub(crate) fn find() -> Option<Self> {
        let named = env::var_os("FLUENT_BIT").unwrap_or_else(|| OsString::from("fluent-bit"));
        let path = env::var_os("PATH").unwrap_or_default();
        let candidates = env::split_paths(&path).map(|folder| folder.join(&named));
        candidates.chain([PathBuf::from(&named)]).find(|candidate| candidate.is_file()).map(Self)
    }

    /// The records that become of messages, read from a file and filtered.
    pub(crate) fn filter<'m>(
        &self,
        filter: &Filter,
        messages: impl Iterator<Item = &'m [u8]>,
    ) -> Result<Vec<Value>, String> {
        let folder = Folder::new().map_err(|error| format!("cannot make a folder: {error}"))?;
        let lines: Vec<_> = messages.flat_map(|message| [message, b"\n"]).collect();
        let write = |name: &str, text: &[u8]| {
            fs::write(folder.file(name), text).map_err(|error| format!("cannot write {name}: {error}"))
        };
        write("messages", &lines.concat())?;
        // JSON is YAML.
        write("config.yaml", config(filter, &folder).to_string().as_bytes())?;
        self.run(&folder)?;
        let records = fs::read_to_string(folder.file("records")).unwrap_or_default();
        let record = |line: &str| serde_json::from_str(line).map_err(|error| format!("{error}: {line}"));
        records.lines().map(record).collect()
    }

    fn run(&self, folder: &Folder) -> Result<(), String> {
        let log = fs::File::create(folder.file("log")).map_err(|error| format!("cannot write a log: {error}"))?;
        let mut command = Command::new(&self.0);
        command.arg("--quiet").arg("--plugin").arg(native::plugin()).arg("--config").arg(folder.file("config.yaml"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.0.display()))?;
        let start = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Ok(status),
                Ok(None) if start.elapsed() < LONGEST_RUN => thread::sleep(Duration::from_millis(50)),
                _ => {
                    let ended = child.kill().and_then(|()| child.wait());
                    break Err(format!("did not end by itself: {ended:?}"));
                }
            }
        };
        match status {
            Ok(status) if status.success() => Ok(()),
            ended => {
                Err(format!("Fluent Bit: {ended:?}\n{}", fs::read_to_string(folder.file("log")).unwrap_or_default()))
            }
        }
    }
}

fn config(filter: &Filter, folder: &Folder) -> Value {
    let mut input = json!({
        "name": "tail", "path": folder.file("messages"), "read_from_head": true, "exit_on_eof": true,
        "buffer_max_size": "4M",
    });
    let mut filters = json!([]);
    match filter {
        Filter::Wasm(function) => {
            filters = json!([{
                "name": "wasm", "match": "*", "event_format": "json",
                "wasm_path": module::path(), "function_name": function,
            }]);
        }
        Filter::Native(properties) => filters = json!([native(properties, json!({ "match": "*" }))]),
        Filter::Processor(properties) => input["processors"] = json!({ "logs": [native(properties, json!({}))] }),
    }
    json!({
        "service": { "flush": 0.5, "grace": 1, "log_level": "error" },
        "pipeline": {
            "inputs": [input],
            "filters": filters,
            "outputs": [{ "name": "file", "match": "*", "path": folder.0, "file": "records", "format": "plain" }],
        },
    })
}

/// The native filter with its properties, in addition to what stands there already.
fn native(properties: &[(String, String)], mut filter: Value) -> Value {
    filter["name"] = "eset".into();
    for (name, value) in properties {
        filter[name] = value.as_str().into();
    }
    filter
}

/// A folder for one run, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let name = format!("eset-filter-{}-{:?}", process::id(), thread::current().id());
        let folder = env::temp_dir().join(name.replace(['(', ')'], ""));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.0).join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it is the system's to tidy up.
        let _ = fs::remove_dir_all(&self.0);
    }
}
